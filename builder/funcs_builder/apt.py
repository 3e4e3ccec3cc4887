"""Debian packages by apt, for any architecture, without touching the machine's own apt.

apt gets folders of its own, so that it neither needs root nor shares a lock; the machine's proxy
and certificates count, its sources do not: a base image is made of Debian's packages alone.
"""

from __future__ import annotations

import re
import shutil
import tempfile
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from funcs_builder.errors import BuildError
from funcs_builder.recipe import Recipe
from funcs_builder.tool import Output, output_of

__all__ = ["Apt"]

_SOURCES = """Types: deb
URIs: {mirror}
Suites: {suite} {suite}-updates
Components: main
Signed-By: {keyring}

Types: deb
URIs: {security}
Suites: {suite}-security
Components: main
Signed-By: {keyring}
"""
_CONFIG = """
APT::Architecture "{architecture}";
APT::Architectures {{ "{architecture}"; }};
APT::Sandbox::User "root";
Acquire::Languages "none";
Dir::State "{folder}/state/";
Dir::State::status "{folder}/status";
Dir::State::lists "{folder}/state/lists/";
Dir::Cache "{folder}/cache/";
Dir::Etc::main "/dev/null";
Dir::Etc::parts "{folder}/none/";
Dir::Etc::sourcelist "{folder}/debian.sources";
Dir::Etc::sourceparts "{folder}/none/";
Dir::Etc::preferences "/dev/null";
Dir::Etc::preferencesparts "{folder}/none/";
"""
_FAILED = re.compile(r"^(?:E|W|Err)[:\d]", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Apt:
    """apt-get, run with ``environ``."""

    environ: Mapping[str, str]

    def download(
        self, recipe: Recipe, architecture: str, packages: Sequence[str], folder: Path
    ) -> None:
        """Put the .deb of each of ``packages`` (``name`` or ``name=version``) into ``folder``.

        Their hashes are checked by apt against the distribution's signed index.

        Raises:
            BuildError: apt is not here, the mirror cannot be reached, or a package is not there.
        """
        self._program("apt-get")
        if not Path(recipe.keyring).is_file():
            fix = "run: apt-get install debian-archive-keyring, or take a base from a registry"
            raise BuildError("Debian's keys are not here to check packages by", fix=fix)
        with self._own_folders(recipe, architecture) as environ:
            self._run(["update", "--error-on=any"], environ, folder)
            self._run(["download", *packages], environ, folder)

    def _run(self, arguments: Sequence[str], environ: Mapping[str, str], folder: Path) -> None:
        done = output_of([self._program("apt-get"), "-q", *arguments], environ, folder)
        if done.status:
            what = f"apt-get {arguments[0]} failed: {_told(done)}"
            fix = "check the network and Debian's mirror, or take a base image from a registry"
            raise BuildError(what, fix=fix)

    @contextmanager
    def _own_folders(self, recipe: Recipe, architecture: str) -> Iterator[dict[str, str]]:
        """The environment of an apt that keeps everything in a folder that is gone afterwards."""
        with tempfile.TemporaryDirectory(prefix="funcs-apt-") as name:
            folder = Path(name)
            for path in ("state/lists/partial", "cache/archives/partial", "none"):
                (folder / path).mkdir(parents=True)
            (folder / "status").touch()
            sources = _SOURCES.format(
                mirror=recipe.mirror,
                security=recipe.security,
                suite=recipe.suite,
                keyring=recipe.keyring,
            )
            (folder / "debian.sources").write_text(sources)
            config = _CONFIG.format(architecture=architecture, folder=folder)
            (folder / "apt.conf").write_text(self._acquire() + config)
            yield {**self.environ, "APT_CONFIG": str(folder / "apt.conf"), "LC_ALL": "C"}

    def _acquire(self) -> str:
        """How the machine's apt reaches the network: proxies, certificates, retries."""
        line = [self._program("apt-config"), "dump", "Acquire"]
        return output_of(line, self.environ, Path("/")).text

    def _program(self, name: str) -> str:
        found = shutil.which(name, path=self.environ.get("PATH"))
        if found is None:
            fix = "build on Debian or Ubuntu, or take a base image from a registry"
            raise BuildError(f"{name} is not on PATH, and this base is made by it", fix=fix)
        return found


def _told(done: Output) -> str:
    lines = [line for line in done.text.splitlines() if _FAILED.match(line)]
    return "\n       ".join(lines[:4] or done.text.splitlines()[-3:])
