"""What ``spec.build`` asks of an image beside the code: packages, and steps that must run in it.

Nuclio runs each of ``commands`` in the image (1.14: pkg/processor/build), before the files are
copied until ``@nuclio.postCopy`` and after them from there on. Those that only install packages
need no engine here: the packages are resolved on this machine.
"""

from __future__ import annotations

import shlex
from pathlib import PurePosixPath

from funcs.errors import SpecError
from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.spec.build import Build, Directive

_POST_COPY = "@nuclio.postCopy"
_CODE = PurePosixPath("/opt/nuclio")
_PIPS = (("pip",), ("pip3",), ("python", "-m", "pip"), ("python3", "-m", "pip"))
#: Options of pip install that change nothing here.
_PASSED_OVER = frozenset(
    {"-q", "--quiet", "-U", "--upgrade", "--no-cache-dir", "--disable-pip-version-check",
     "--no-input", "--prefer-binary", "--root-user-action=ignore"}
)  # fmt: skip
#: What an image of ours has no use for, or has in its own way.
_TOOLS = frozenset({"pip", "setuptools", "wheel", "nuclio-sdk", "msgpack"})
_FOREIGN = frozenset("|&;$`\\?#%(){}/ ")


class BuildSteps(Record):
    """``lines`` and ``files`` (relative to the function's folder) are requirements.

    ``before`` and ``after`` are instructions of a Dockerfile, around the image's layers; ``needed``
    says which of them no image without an engine can have.
    """

    lines: tuple[str, ...] = ()
    files: tuple[str, ...] = ()
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()
    needed: tuple[str, ...] = ()
    notes: tuple[str, ...] = ()

    @classmethod
    def of(cls, build: Build) -> BuildSteps:
        """The steps of ``spec.build``."""
        lines, files, needed = list(build.dependencies), list[str](), list[str]()
        before, after = _copied(build.directives.pre_copy), list[str]()
        needed += [*before, *_copied(build.directives.post_copy)]
        place = before
        for command in build.commands:
            if command.strip() == _POST_COPY:
                place = after
                continue
            found = _installed(command)
            if found is None:
                place.append(f"RUN {command}")
                needed.append(command)
            else:
                lines += found.lines
                files += found.files
        after += _copied(build.directives.post_copy)
        unknown = {"args": build.args, "flags": build.flags, "scriptPaths": build.script_paths}
        unknown["addedPaths"] = build.added_paths
        notes = [f"spec.build.{name} is Nuclio's alone, and was passed over" for name, value in
                 unknown.items() if value]  # fmt: skip
        return cls(*map(tuple, (lines, files, before, after, needed, notes)))

    def refuse(self, where: str) -> None:
        """Refuse what needs an engine, since there is to be none.

        Raises:
            SpecError: there is such a step.
        """
        if self.needed:
            fix = "run: funcs build --engine docker; packages alone may stand in requirements.txt"
            what = f"a step of spec.build must run in the image: {self.needed[0]!r}"
            raise SpecError(what, where=where, fix=fix)


class _Installed(Record):
    lines: list[str]
    files: list[str]


def _copied(directives: tuple[Directive, ...]) -> list[str]:
    return [f"{each.kind} {each.value}" for each in directives]


def _installed(command: str) -> _Installed | None:
    """The requirements that a command installs, if it does nothing else."""
    found = _Installed([], [])
    for part in command.split("&&"):
        one = _pip(part)
        if one is None:
            return None
        found.lines.extend(one.lines)
        found.files.extend(one.files)
    return found


def _pip(command: str) -> _Installed | None:
    """What one ``pip install`` names; None if it does more."""
    try:
        words = shlex.split(command)
    except ValueError:
        return None
    head = next((pip for pip in _PIPS if tuple(words[: len(pip) + 1]) == (*pip, "install")), None)
    if head is None:
        return None
    found, rest = _Installed([], []), iter(words[len(head) + 1 :])
    for word in rest:
        if word in ("-r", "--requirement"):
            file = _file(next(rest, ""))
            if file is None:
                return None
            found.files.append(file)
        elif word in _PASSED_OVER or word in _TOOLS:
            continue
        elif _is_requirement(word):
            found.lines.append(word)
        else:
            return None
    return found


def _is_requirement(word: str) -> bool:
    """Whether it names a package, and is no option, path, address or part of a shell's line."""
    return not word.startswith("-") and not _FOREIGN & set(word)


def _file(word: str) -> str | None:
    """A requirements file by its path in the function's folder; None if it is not in there."""
    path = PurePosixPath(word)
    if path.is_absolute():
        if not path.is_relative_to(_CODE):
            return None
        path = path.relative_to(_CODE)
    return str(path) if path.parts and ".." not in path.parts else None
