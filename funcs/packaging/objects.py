"""Objects without a file: a graph or class of a notebook, packed by value.

What is defined in ``__main__``, and in modules that no image would have, goes along as bytecode;
installed packages are named with their versions, and are the same in the image.
"""

from __future__ import annotations

import dis
import io
import pickle
import sys
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from hashlib import sha256
from importlib import metadata
from types import CodeType, FunctionType, ModuleType
from typing import Any

import cloudpickle

from funcs.errors import FuncsError
from funcs.manifest import Artifact
from funcs.packaging.folder import CODE
from funcs_builder.entry import BytesContent, Entry

_MODULE = '''"""Loads what was packed from a running Python; there was no source."""

from pathlib import Path

from funcs.packed import load_packed

{name} = load_packed(Path(__file__).with_name("{file}"))
'''
_FORMAT = "cloudpickle"
_TENSORS = "funcs.tensor"
#: Modules of ours, in every image.
_OURS = {"funcs"}


@dataclass(frozen=True, slots=True)
class PackedObject:
    """An object as files of a function's folder.

    ``entries`` are a module that loads it, to be named ``main:<name>``, and its bytes;
    ``artifact`` belongs into models.json, and ``requirements`` into the image.
    """

    entries: tuple[Entry, ...]
    artifact: Artifact

    @property
    def requirements(self) -> tuple[str, ...]:
        """What it was packed with: ``"numpy==2.4.6"``."""
        return tuple(f"{name}=={version}" for name, version in self.artifact.packages.items())


def packed_object(obj: object, name: str = "graph", *, under: str = CODE) -> PackedObject:
    """``obj`` as ``main.py`` and a pickle in the image's folder ``under``.

    ``name`` is what the module calls it: ``main:graph``.

    Raises:
        FuncsError: it holds what cannot be packed: an open file, a connection, a lock.
    """
    if not name.isidentifier():
        raise FuncsError(f"{name!r} is no name for an object", fix="e.g. 'graph'")
    data, modules = _pickled(obj, name)
    if _TENSORS in modules:  # declared tensors are bound as arrays, whoever imports numpy or not
        modules.add("numpy")
    file = f"{name}.pkl"
    artifact = Artifact(
        path=file,
        sha256=sha256(data).hexdigest(),
        size_bytes=len(data),
        format=_FORMAT,
        python=f"{sys.version_info.major}.{sys.version_info.minor}",
        packages=_versions([*modules, _FORMAT]),
    )
    entries = (
        Entry(f"{under}/{file}", BytesContent(data)),
        Entry.text(f"{under}/main.py", _MODULE.format(name=name, file=file)),
    )
    return PackedObject(entries, artifact)


def _pickled(obj: object, name: str) -> tuple[bytes, set[str]]:
    """The pickle, and the modules that loading it imports.

    It is done again while it names modules that are nowhere but here: these go along by value.
    """
    taken: list[ModuleType] = []
    try:
        while True:
            stream = io.BytesIO()
            pickler = _Pickler(stream)
            pickler.dump(obj)
            local = [module for module in _local(pickler.modules) if module not in taken]
            if not local:
                own = {module.__name__ for module in taken}
                return stream.getvalue(), pickler.modules - own
            for module in local:
                cloudpickle.register_pickle_by_value(module)
                taken.append(module)
    except (pickle.PicklingError, TypeError, AttributeError, ValueError, RecursionError) as error:
        fix = "open files and connections in load(), and keep none in globals that it uses"
        raise FuncsError(f"{name!r} cannot be packed: {error}", fix=fix) from error
    finally:
        for module in taken:
            cloudpickle.unregister_pickle_by_value(module)


class _Pickler(cloudpickle.Pickler):  # type: ignore[misc]
    """Notes the modules of all that it packs, by reference or by value."""

    def __init__(self, stream: io.BytesIO) -> None:
        super().__init__(stream)
        self.modules: set[str] = set()

    def persistent_id(self, obj: Any) -> None:
        """Called with each object on its way in; none of them is left out."""
        if isinstance(obj, ModuleType):
            self.modules.add(obj.__name__)
        elif isinstance(obj, type | FunctionType) or callable(obj):
            self.modules.add(getattr(obj, "__module__", None) or "")
        if isinstance(obj, FunctionType) and _is_by_value(obj):
            self.modules.update(_imported(obj.__code__))


def _is_by_value(function: FunctionType) -> bool:
    """Whether its code goes along: it is no function of an installed package."""
    module = function.__module__ or "__main__"
    return not _distributions(module) and not _is_known(module)


def _imported(code: CodeType) -> Iterator[str]:
    """The modules that a function imports when it runs."""
    for instruction in dis.get_instructions(code):
        if instruction.opname == "IMPORT_NAME":
            yield str(instruction.argval)
    for constant in code.co_consts:
        if isinstance(constant, CodeType):
            yield from _imported(constant)


def _local(modules: Iterable[str]) -> Iterator[ModuleType]:
    """Those that are here as files of their own, of no package that an image could install."""
    for name in sorted(modules):
        module = sys.modules.get(name)
        file = getattr(module, "__file__", None)
        if name == "__main__" or module is None or not file:
            continue  # cloudpickle packs these by value anyhow
        if not _is_known(name) and not _distributions(name):
            yield module


def _is_known(name: str) -> bool:
    top = name.partition(".")[0]
    return top in sys.stdlib_module_names or top in _OURS


def _distributions(name: str | None) -> Sequence[str]:
    """The installed packages that the module belongs to."""
    return _homes().get((name or "").partition(".")[0], ())


@cache
def _homes() -> Mapping[str, Sequence[str]]:
    """Of each top-level module, the packages that have it: read once, it takes 50 ms."""
    return metadata.packages_distributions()


def _versions(modules: Iterable[str]) -> dict[str, str]:
    names = {name for module in modules for name in _distributions(module) if not _is_known(module)}
    return {name: metadata.version(name) for name in sorted(names)}
