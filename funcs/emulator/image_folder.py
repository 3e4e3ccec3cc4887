"""Gives workers their function's folder at /opt/nuclio, where the kernel allows it."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from funcs.emulator import mounted
from funcs.processor.launch import ExecLauncher, Order
from funcs.spec.image_paths import IMAGE_FOLDER, image_paths, names_image_folder

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Mapping

    from funcs.processor.config import Function

_PATIENCE_S = 10.0


class MountingLauncher(ExecLauncher):
    """Execs workers that see ``folder`` at /opt/nuclio, in a mount namespace of their own."""

    def __init__(
        self,
        function: Function,
        environ: Mapping[str, str],
        folder: Path,
        *,
        platform_kind: str,
        keeps_terminal: bool,
    ) -> None:
        super().__init__(
            function, environ, platform_kind=platform_kind, keeps_terminal=keeps_terminal
        )
        self._head = _mounting(self.python, folder)

    def command(self, order: Order) -> list[str]:
        """The argument vector: what mounts the folder, and the wrapper's own."""
        return [*self._head, *super().command(order)]


def is_allowed(folder: Path) -> bool:
    """Whether the kernel lets us; tried on a process that does nothing (15 ms)."""
    if not sys.platform.startswith("linux"):
        return False
    command = [*_mounting(sys.executable, folder), "true"]
    try:
        done = subprocess.run(
            command, stdin=subprocess.DEVNULL, capture_output=True, timeout=_PATIENCE_S, check=False
        )
    except (OSError, subprocess.TimeoutExpired):
        return False
    return done.returncode == 0


@dataclass(frozen=True, slots=True)
class ImageFolder:
    """Whether a function's workers see ``folder`` at /opt/nuclio: only if the function looks there.

    ``notices`` say that it looks there and the kernel forbids it.
    """

    folder: Path
    is_shown: bool
    notices: tuple[str, ...] = ()

    @classmethod
    def of(
        cls,
        folder: Path,
        values: Iterable[str] = (),
        *,
        may: Callable[[Path], bool] = is_allowed,
    ) -> ImageFolder:
        """For a function: reads its code, and asks the kernel whether it ``may`` if it must.

        ``values`` are those of its environment, which may name the place too.
        """
        if not _is_wanted(folder, values):
            return cls(folder, is_shown=False)
        if may(folder):
            return cls(folder, is_shown=True)
        found = image_paths(folder)
        first = f" ({found[0].file.relative_to(folder)}:{found[0].line})" if found else ""
        refusal = f"{IMAGE_FOLDER} cannot be shown to the function here{first}; see: funcs check"
        return cls(folder, is_shown=False, notices=(refusal,))

    def head(self, python: str) -> list[str]:
        """What stands before a command of ``python`` so that it sees the folder there."""
        return _mounting(python, self.folder) if self.is_shown else []

    def launcher(
        self,
        function: Function,
        environ: Mapping[str, str],
        *,
        platform_kind: str,
        keeps_terminal: bool,
    ) -> ExecLauncher:
        """What starts the function's workers so."""
        if not self.is_shown:
            return ExecLauncher(
                function, environ, platform_kind=platform_kind, keeps_terminal=keeps_terminal
            )
        return MountingLauncher(
            function,
            environ,
            self.folder,
            platform_kind=platform_kind,
            keeps_terminal=keeps_terminal,
        )


def _is_wanted(folder: Path, values: Iterable[str]) -> bool:
    speaks = any(IMAGE_FOLDER in value for value in values) or names_image_folder(folder)
    return speaks and folder.resolve() != Path(IMAGE_FOLDER).resolve()


def _mounting(python: str, folder: Path) -> list[str]:
    return [python, "-I", "-S", mounted.__file__, str(folder.resolve())]
