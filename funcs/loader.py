"""Turns ``module:attribute`` into the object it names."""

from __future__ import annotations

import importlib
import sys
from pathlib import Path
from types import ModuleType

from funcs.errors import LoadError
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


def load_object(reference: str, *, folder: Path | None = None) -> Any:
    """The object that ``reference`` names, as ``module:attribute`` or ``module.attribute``.

    ``folder`` is the function's own: it comes first on sys.path and stays there, since user code
    may import its neighbours as late as in ``load``. A module of the same name that another
    function's folder left behind is imported anew.

    Raises:
        LoadError: the reference has another form, there is no such module, the module has no such
            attribute, or importing it failed; then ``__cause__`` is what the user's file raised.
    """
    name, attribute = split_reference(reference)
    if folder is not None:
        _enter(folder.resolve())
    value: Any = _import(name, reference, folder)
    for part in attribute.split("."):
        value = _attribute(value, part, name, reference)
    return value


def split_reference(reference: str) -> tuple[str, str]:
    """The module and the attribute of a reference.

    Raises:
        LoadError: it has another form.
    """
    colon = ":" in reference
    name, _, attribute = reference.partition(":") if colon else reference.rpartition(".")
    words = [*name.split("."), *attribute.split(".")]
    if all(word.isidentifier() for word in words):
        return name, attribute
    raise LoadError(f"{reference!r} is not of the form 'module:attribute'", fix="e.g. 'main:graph'")


def _enter(folder: Path) -> None:
    """Put the folder first on sys.path, and forget other folders' modules that it would hide."""
    text = str(folder)
    if sys.path[:1] != [text]:
        sys.path[:] = [text, *(entry for entry in sys.path if entry != text)]
        importlib.invalidate_caches()
    ours = _modules(folder) - {"funcs", "__main__"}
    for name, module in list(sys.modules.items()):
        if name.partition(".")[0] in ours and _is_foreign(module, folder):
            del sys.modules[name]


def _modules(folder: Path) -> set[str]:
    try:
        entries = list(folder.iterdir())
    except OSError as error:
        raise LoadError(
            f"the folder cannot be read: {error.strerror}", where=str(folder)
        ) from error
    files = {path.stem for path in entries if path.suffix == ".py"}
    return files | {path.name for path in entries if (path / "__init__.py").is_file()}


def _is_foreign(module: ModuleType, folder: Path) -> bool:
    """Whether the module is some other folder's file.

    The interpreter's own and installed packages are never taken out: others hold on to them.
    """
    file = getattr(module, "__file__", None)
    if not file or file.startswith((sys.prefix, sys.base_prefix)):
        return False
    return folder not in Path(file).resolve().parents


def _import(name: str, reference: str, folder: Path | None) -> ModuleType:
    try:
        return importlib.import_module(name)
    except ModuleNotFoundError as error:
        if error.name is not None and (name == error.name or name.startswith(f"{error.name}.")):
            raise _no_module(name, reference, folder) from None
        raise _broken(name, error, folder) from error
    except (Exception, SystemExit) as error:
        raise _broken(name, error, folder) from error


def _no_module(name: str, reference: str, folder: Path | None) -> LoadError:
    files = sorted(_modules(folder)) if folder is not None else []
    fix = did_you_mean(name, files, noun="modules") if files else "check the name and sys.path"
    where = str(folder) if folder is not None else ""
    return LoadError(f"there is no module {name!r}, named by {reference!r}", where=where, fix=fix)


def _broken(name: str, error: BaseException, folder: Path | None) -> LoadError:
    """The user's file failed while it was imported: its own error, at its own line."""
    fix = ""
    if isinstance(error, ModuleNotFoundError) and error.name:
        package = error.name.partition(".")[0]
        fix = f"install {package!r} and name it in requirements.txt, or correct the import"
    what = f"importing {name!r} failed: {type(error).__name__}: {error}"
    return LoadError(what, where=_place(error, folder), fix=fix)


def _place(error: BaseException, folder: Path | None) -> str:
    """``file:line`` of the last frame in the user's folder, else of the last one at all."""
    if isinstance(error, SyntaxError) and error.filename:
        return f"{error.filename}:{error.lineno}"
    frames: list[tuple[str, int]] = []
    trace = error.__traceback__
    while trace is not None:
        frames.append((trace.tb_frame.f_code.co_filename, trace.tb_lineno))
        trace = trace.tb_next
    own = [
        frame
        for frame in frames
        if folder is not None and folder.resolve() in Path(frame[0]).parents
    ]
    real = [frame for frame in frames if "importlib" not in frame[0]]
    file, line = (own or real or [("", 0)])[-1]
    return f"{file}:{line}" if file else ""


def _attribute(value: Any, part: str, name: str, reference: str) -> Any:
    try:
        return getattr(value, part)
    except AttributeError:
        names = [known for known in dir(value) if not known.startswith("_")]
        where = getattr(sys.modules.get(name), "__file__", None) or name
        raise LoadError(
            f"module {name!r} has no {part!r}, named by {reference!r}",
            where=where,
            fix=did_you_mean(part, names, noun="names"),
        ) from None
