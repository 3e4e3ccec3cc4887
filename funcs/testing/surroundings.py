"""The interpreter as a function in it sees its folder: modules, sys.path, environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from types import ModuleType

#: In a checkout of funcs itself these lie beside the function.
_NEVER_SWAPPED = {"funcs", "funcs_builder", "__main__"}


class Surroundings:
    """Lets several functions, each with a `main` of its own, live in one test process.

    Inside `entered` the function's ``folders`` lead sys.path, its modules are the ones in
    sys.modules, and ``environment`` (the function's `spec.env`) is set; settings of whoever
    runs the tests (``FUNCS_*``, ``NUCLIO_*``) are out of sight. Afterwards all is as before. A
    module that the tests had imported from these folders before is shared with them.
    """

    def __init__(self, folders: Sequence[Path], environment: Mapping[str, str]) -> None:
        self._folders = [folder.resolve() for folder in folders]
        self._environment = dict(environment)
        names = {name for folder in self._folders for name in _module_names(folder)}
        self._names = names - _NEVER_SWAPPED
        self._own: dict[str, ModuleType] = {}

    @contextmanager
    def entered(self) -> Iterator[None]:
        """Be in these surroundings for a while."""
        path, environ = list(sys.path), dict(os.environ)
        displaced = self._displace()
        shared = set(self._namesakes())
        sys.modules.update(self._own)
        sys.path[:0] = [str(folder) for folder in self._folders]
        _hide_settings()
        os.environ.update(self._environment)
        try:
            yield
        finally:
            self._own = {
                name: sys.modules.pop(name) for name in self._namesakes() if name not in shared
            }
            sys.modules.update(displaced)
            sys.path[:] = path
            _restore(environ)

    def _namesakes(self) -> list[str]:
        """The modules that are there by a name of ours, or below one."""
        found = [name for name in self._names if name in sys.modules]
        packages = tuple(f"{name}." for name in found if hasattr(sys.modules[name], "__path__"))
        if packages:
            found += [name for name in list(sys.modules) if name.startswith(packages)]
        return found

    def _displace(self) -> dict[str, ModuleType]:
        """Take out the modules that stand where ours belong."""
        return {
            name: sys.modules.pop(name)
            for name in self._namesakes()
            if name in self._own or not self._is_ours(sys.modules[name])
        }

    def _is_ours(self, module: ModuleType) -> bool:
        file = getattr(module, "__file__", None)
        if not file:
            return False
        return any(Path(file).resolve().is_relative_to(folder) for folder in self._folders)


def _module_names(folder: Path) -> Iterator[str]:
    for entry in folder.iterdir():
        if entry.suffix == ".py" or (entry / "__init__.py").is_file():
            yield entry.stem


def _hide_settings() -> None:
    for name in [name for name in os.environ if name.startswith(("FUNCS_", "NUCLIO_"))]:
        del os.environ[name]


def _restore(environ: Mapping[str, str]) -> None:
    """Make the environment what it was; each variable set costs a system library's call."""
    now = dict(os.environ)
    for name in now.keys() - environ.keys():
        del os.environ[name]
    for name, value in environ.items():
        if now.get(name) != value:
            os.environ[name] = value
