"""Which wheels a set of requirements comes to, and the wheels: uv or pip, run on this machine.

They use the machine's own configuration (index, proxy, CA, credentials), and nothing of it is
kept: what leaves this module is wheels by name and sha256.
"""

from __future__ import annotations

import importlib.util
import shutil
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from funcs_builder.complaint import complaint
from funcs_builder.errors import BuildError
from funcs_builder.lock import Lock
from funcs_builder.requirements import Requirements
from funcs_builder.target import Target
from funcs_builder.tool import Pip, Uv, output_of

__all__ = ["Resolver"]


@dataclass(frozen=True, slots=True)
class Resolver:
    """Downloads wheels for a target; ``uv`` finds the versions where it is there, else pip does."""

    pip: Pip
    uv: Uv | None = None

    @classmethod
    def from_environ(cls, environ: Mapping[str, str]) -> Resolver:
        """What is there: uv on PATH, and this interpreter's pip, or one that uv brings.

        Raises:
            BuildError: there is neither.
        """
        uv = shutil.which("uv", path=environ.get("PATH", ""))
        if importlib.util.find_spec("pip") is not None:
            python: tuple[str, ...] = (sys.executable,)
        elif uv is not None:
            line = [uv, "run", "--quiet", "--no-project", "--python", sys.executable]
            python = (*line, "--with", "pip", "python")
        else:
            fix = f"run: {sys.executable} -m ensurepip, or install uv"
            raise BuildError("neither pip nor uv is here to fetch packages", fix=fix)
        pip = Pip(python, dict(environ))
        return cls(pip, Uv(uv, dict(environ)) if uv is not None else None)

    def download(self, requirements: Requirements, target: Target, folder: Path) -> None:
        """Put the wheels of ``requirements`` into ``folder``, which is there and empty.

        Raises:
            BuildError: they cannot be had: a sentence with what the tool said, and the fix.
        """
        requirements.refuse_folders()
        if requirements.is_hashed:
            self._hashed(requirements, target, folder)
        elif self.uv is not None and not requirements.is_local:
            self._resolved(self.uv, requirements, target, folder)
        else:
            self._ask_pip(requirements, target, folder)
        _refuse_sources(target, folder)

    def fetch(self, lock: Lock, folder: Path, sources: Requirements) -> None:
        """Put the wheels of ``lock`` into ``folder``; ``sources`` says where else they may lie.

        Raises:
            BuildError: one cannot be had any more, or has another sha256.
        """
        with tempfile.TemporaryDirectory(prefix="funcs-lock-") as name:
            file = Path(name) / "lock.txt"
            file.write_text(lock.to_requirements())
            pinned = Requirements((file,), (), sources.find_links, sources.no_index)
            self._ask_pip(pinned, lock.target, folder, "--no-deps", "--require-hashes")

    def _ask_pip(
        self, requirements: Requirements, target: Target, folder: Path, *options: str
    ) -> None:
        with tempfile.TemporaryDirectory(prefix="funcs-pip-") as name:
            log = Path(name) / "pip.log"
            line = self.pip.download(requirements, target, folder, "--log", str(log), *options)
            done = output_of(line, self.pip.environ, requirements.folder)
            if done.status:
                told = log.read_text("utf-8", "replace") if log.is_file() else ""
                raise complaint(done.text, told, target)

    def _resolved(self, uv: Uv, requirements: Requirements, target: Target, folder: Path) -> None:
        """Let uv name the versions and pip fetch just these: uv itself downloads no wheels."""
        with tempfile.TemporaryDirectory(prefix="funcs-uv-") as name:
            lines, file = Path(name) / "lines.txt", Path(name) / "lock.txt"
            lines.write_text("".join(f"{line}\n" for line in requirements.lines))
            line = uv.compile(requirements, target, lines, file)
            done = output_of(line, uv.environ_with(self.pip), requirements.folder)
            if done.status:
                raise complaint(done.text, "", target)
            pinned = Requirements((file,), (), requirements.find_links, requirements.no_index)
            self._ask_pip(pinned, target, folder, "--no-deps")

    def _hashed(self, requirements: Requirements, target: Target, folder: Path) -> None:
        """Files with hashes name every version already; lines beside them have none.

        uv would forget the hashes, and pip wants one for each line: so pip takes the files as they
        are, and the lines after that, held to the same versions.
        """
        links, no_index = requirements.find_links, requirements.no_index
        self._ask_pip(Requirements(requirements.files, (), links, no_index), target, folder)
        if not requirements.lines:
            return
        pins = Lock.of(target, folder.iterdir())
        with tempfile.TemporaryDirectory(prefix="funcs-pins-") as name:
            file = Path(name) / "pins.txt"
            file.write_text("".join(f"{w.name}=={w.version}\n" for w in pins.wheels))
            rest = Requirements((), requirements.lines, links, no_index)
            self._ask_pip(rest, target, folder, "--constraint", str(file))


def _refuse_sources(target: Target, folder: Path) -> None:
    """Refuse what is no wheel, as pip leaves it for a folder or a repository named by its URL."""
    from packaging.tags import parse_tag

    fits = target.tags()
    for path in sorted(folder.iterdir()):
        if path.suffix != ".whl":
            what = f"{path.name!r} is source code, and images are made of wheels"
            fix = "run: funcs build --engine docker, which builds it in the image"
            raise BuildError(what, fix=fix)
        tag = "-".join(path.stem.rsplit("-", 3)[1:])
        if fits.isdisjoint(parse_tag(tag)):
            what = f"the wheel {path.name!r} does not run with {target}"
            fix = (
                f"name one whose tags fit, e.g. {target.abi}-{target.abi}-{target.platform_tags[0]}"
            )
            raise BuildError(what, fix=fix)
