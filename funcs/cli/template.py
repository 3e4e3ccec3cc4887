"""A folder that ``funcs new`` copies, with ``{{name}}`` filled in."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from funcs._data import data_folder
from funcs.errors import FuncsError
from funcs.suggest import did_you_mean

_VARIABLE = re.compile(r"\{\{\s*(\w+)\s*\}\}")
#: What running or testing a template leaves behind; a checkout's templates may hold some.
_LEFT_BEHIND = {
    "__pycache__", ".pytest_cache", ".mypy_cache", ".ruff_cache", ".hypothesis", ".funcs",
}  # fmt: skip


class TemplateError(FuncsError):
    """A template does not exist, or cannot be filled in."""


@dataclass(frozen=True, slots=True)
class Template:
    """One template: its ``folder``, and in a sentence what it makes (README.md's first)."""

    folder: Path
    summary: str

    @property
    def name(self) -> str:
        """What ``--template`` calls it."""
        return self.folder.name

    @classmethod
    def find(cls, name: str, known: Mapping[str, Template]) -> Template:
        """The template of that name.

        Raises:
            TemplateError: there is none.
        """
        if name not in known:
            fix = did_you_mean(name, known, noun="templates")
            raise TemplateError(f"there is no template {name!r}", fix=fix)
        return known[name]

    def has(self, path: str) -> bool:
        """Whether it has this file."""
        return (self.folder / path).is_file()

    def render(self, values: Mapping[str, str]) -> dict[str, bytes]:
        """Its files by path (with slashes), each ``{{variable}}`` replaced by its value.

        Raises:
            TemplateError: a file names a variable that ``values`` has not.
        """
        files = {}
        for path in sorted(self.folder.rglob("*")):
            relative = path.relative_to(self.folder)
            if path.is_file() and _LEFT_BEHIND.isdisjoint(relative.parts):
                files[relative.as_posix()] = _fill(path, values)
        return files

    def write(self, folder: Path, values: Mapping[str, str]) -> None:
        """Make ``folder`` with the filled-in files; nothing is written if one cannot be filled.

        Raises:
            TemplateError: as ``render``, or the folder cannot be written.
        """
        files = self.render(values)
        try:
            for relative, content in files.items():
                path = folder / relative
                path.parent.mkdir(parents=True, exist_ok=True)
                path.write_bytes(content)
        except OSError as error:
            where = str(error.filename or folder)
            raise TemplateError(f"cannot write it: {error.strerror}", where=where) from None


def templates(root: Path | None = None) -> dict[str, Template]:
    """The templates by name: those of this installation, or the folders in ``root``."""
    folders = sorted(path for path in (root or data_folder("templates")).iterdir() if path.is_dir())
    return {folder.name: Template(folder, _summary(folder / "README.md")) for folder in folders}


def _summary(readme: Path) -> str:
    """The first line of a README that is neither empty nor its title."""
    lines = readme.read_text("utf-8").splitlines() if readme.is_file() else []
    return next((line for line in lines if line and not line.startswith("#")), "")


def _fill(path: Path, values: Mapping[str, str]) -> bytes:
    content = path.read_bytes()
    try:
        text = content.decode("utf-8")
    except UnicodeDecodeError:
        return content  # a picture or a model goes as it is

    def value(match: re.Match[str]) -> str:
        if match[1] in values:
            return values[match[1]]
        line = text.count("\n", 0, match.start()) + 1
        fix = did_you_mean(match[1], values, noun="variables")
        what = f"the template names an unknown variable {match[1]!r}"
        raise TemplateError(what, where=f"{path}:{line}", fix=fix)

    return _VARIABLE.sub(value, text).encode()
