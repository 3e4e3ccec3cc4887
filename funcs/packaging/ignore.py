"""Which files of a function's folder stay behind, by the ignore files that lie in it.

A ``.gitignore`` in each folder, then the ``.dockerignore`` at the top, which has the last word;
before all of them, what is never part of a function.
"""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path, PurePosixPath

from funcs.errors import FuncsError
from funcs.packaging.patterns import Patterns

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs_builder.cache import Cache

DOCKERIGNORE = ".dockerignore"
GITIGNORE = ".gitignore"
#: What tools leave in a folder, and what serves its development alone.
DEFAULTS = (
    ".git/", ".hg/", ".svn/", ".gitignore", ".gitattributes", ".gitmodules", ".dockerignore",
    ".venv/", "__pycache__/", "*.py[cod]", ".funcs/", "*.egg-info/", ".eggs/",
    ".pytest_cache/", ".mypy_cache/", ".ruff_cache/", ".hypothesis/", ".tox/", ".nox/",
    ".ipynb_checkpoints/", ".coverage", "htmlcov/", ".idea/", ".vscode/", ".DS_Store",
    "*.swp", "*~", "node_modules/", "/tests/", "/conftest.py", "/Dockerfile", "/funcs.toml",
    "*.sbom.cdx.json", ".*.sbom.cdx.json.*", ".part-*",
)  # fmt: skip


BY_DEFAULT = "by default"
_CACHES = ("__pycache__/", "*.py[cod]", ".DS_Store", "*.swp", "*~")
_TOP = PurePosixPath()


class _Rules:
    """The patterns of one file; ``base`` is the folder that they are relative to."""

    def __init__(self, name: str, base: PurePosixPath, patterns: Patterns) -> None:
        self.name = name
        self.base = base
        self.patterns = patterns

    def exclude(self, path: PurePosixPath, *, is_folder: bool) -> bool | None:
        """Whether ``path`` stays behind; None where they say nothing of it."""
        if not path.is_relative_to(self.base):
            return None
        text = str(path.relative_to(self.base)) + ("/" if is_folder else "")
        return self.patterns.excludes(text)


class Ignore:
    """The rules of one function's folder; those of a folder inside are read on the way.

    What they say is remembered in ``cache``, if there is one.
    """

    def __init__(self, folder: Path, defaults: Sequence[str], cache: Cache | None = None) -> None:
        self.folder = folder
        self._cache = cache
        self._rules = [_Rules(BY_DEFAULT, _TOP, Patterns(defaults, folder, cache))]
        self._last: _Rules | None = None
        self._has_exceptions = False

    @classmethod
    def of(cls, folder: Path, cache: Cache | None = None) -> Ignore:
        """The rules at the top of ``folder``.

        Raises:
            FuncsError: an ignore file cannot be read.
        """
        found = cls(folder, DEFAULTS, cache)
        file = folder / DOCKERIGNORE
        if file.is_file():
            lines = [_anchored(line) for line in _lines(file)]
            found._last = _Rules(DOCKERIGNORE, _TOP, Patterns(lines, file, cache))
            found._has_exceptions = any(line.startswith("!") for line in lines)
        return found

    @classmethod
    def caches(cls, folder: Path) -> Ignore:
        """The rules of a folder that is no function's: of what tools leave, and of .gitignore."""
        return cls(folder, _CACHES)

    def enter(self, path: PurePosixPath) -> None:
        """Heed the .gitignore of the folder ``path`` for what lies in it.

        Raises:
            FuncsError: it cannot be read.
        """
        file = self.folder / path / GITIGNORE
        if file.is_file():
            patterns = Patterns(_lines(file), file, self._cache)
            self._rules.append(_Rules(str(path / GITIGNORE), path, patterns))

    def remember(self) -> None:
        """Keep what the rules said.

        Raises:
            BuildError: the cache cannot be written.
        """
        for rule in self._every():
            rule.patterns.remember()

    def left_out_by(self, path: PurePosixPath, *, is_folder: bool = False) -> str | None:
        """What says that ``path`` stays behind: an ignore file's name; None where it goes in."""
        for rule in reversed(self._every()):
            verdict = rule.exclude(path, is_folder=is_folder)
            if verdict is False:
                return None
            if verdict:
                # what nobody would miss is not told, even where .gitignore names it as well
                is_default = self._rules[0].exclude(path, is_folder=is_folder)
                return BY_DEFAULT if is_default else rule.name
        return None

    def may_hold_exceptions(self, reason: str) -> bool:
        """Whether something in a folder left out by ``reason`` may go in all the same.

        Docker lets ``!models/digits.skops`` be taken from ``models``; git does not.
        """
        return self._has_exceptions and reason != BY_DEFAULT

    def is_asked_for(self, path: PurePosixPath) -> bool:
        """Whether .dockerignore names ``path`` after a ``!``: it is meant to go in."""
        return self._last is not None and self._last.exclude(path, is_folder=False) is False

    def _every(self) -> list[_Rules]:
        """All rules, those that have the last word at the end."""
        return self._rules if self._last is None else [*self._rules, self._last]


def _anchored(line: str) -> str:
    """A line of .dockerignore, whose patterns start at the top, as .gitignore would say it."""
    bare = line.strip()
    if not bare or bare.startswith("#"):
        return ""
    mark = "!" if bare.startswith("!") else ""
    pattern = bare.removeprefix("!").strip().removeprefix("./").lstrip("/")
    return f"{mark}/{pattern}" if pattern else ""


def _lines(file: Path) -> list[str]:
    try:
        return file.read_text("utf-8-sig").splitlines()
    except (OSError, UnicodeDecodeError) as error:
        raise FuncsError(f"cannot read it: {error}", where=str(file)) from None
