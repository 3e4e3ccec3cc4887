"""The command lines of pip and uv, and what comes of running one."""

from __future__ import annotations

import ast
import json
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path

from funcs_builder.errors import BuildError
from funcs_builder.requirements import Requirements
from funcs_builder.target import Target

__all__ = ["Output", "Pip", "Uv", "output_of"]

_SCRIPT = Path(__file__).with_name("targeted_pip.py")
#: What an index is called for pip, and for uv.
_SETTINGS = {
    "index-url": "UV_DEFAULT_INDEX",
    "extra-index-url": "UV_INDEX",
    "find-links": "UV_FIND_LINKS",
    "trusted-host": "UV_INSECURE_HOST",
    "cert": "SSL_CERT_FILE",
}
_INDEXES = ("UV_DEFAULT_INDEX", "UV_INDEX_URL", "UV_INDEX", "UV_EXTRA_INDEX_URL", "UV_CONFIG_FILE")


@dataclass(frozen=True, slots=True)
class Output:
    """How a tool ended, and all it printed."""

    status: int
    text: str


@dataclass(frozen=True, slots=True)
class Pip:
    """pip of the interpreter ``python`` (a command line), with the environment it runs in."""

    python: tuple[str, ...]
    environ: Mapping[str, str]

    def download(
        self, requirements: Requirements, target: Target, folder: Path, *options: str
    ) -> list[str]:
        """The command line that puts the wheels of ``requirements`` for ``target`` in ``folder``.

        Its working folder must be the requirements'.
        """
        line = [*self.python, "-P", str(_SCRIPT), json.dumps(target.markers()), "download"]
        line += ["--no-input", "--no-color", "--progress-bar", "off", "--only-binary", ":all:"]
        line += ["--disable-pip-version-check", "--dest", str(folder), *options]
        line += ["--implementation", "cp", "--python-version", target.python]
        for tag in target.platform_tags:
            line += ["--platform", tag]
        line += _sources(requirements)
        for file in requirements.files:
            line += ["--requirement", str(file.absolute())]
        return [*line, "--", *requirements.lines] if requirements.lines else line

    def settings(self) -> dict[str, str]:
        """What pip is set to, by option: in its files, under what the environment says."""
        line = [*self.python, "-P", "-m", "pip", "config", "list"]
        found: dict[str, str] = {}
        for row in output_of(line, self.environ, Path.cwd()).text.splitlines():
            key, equals, value = row.partition("=")
            scope, _, option = key.rpartition(".")
            if equals and scope in ("global", "download", ":env:") and option in _SETTINGS:
                found[option] = str(ast.literal_eval(value))
        return found


@dataclass(frozen=True, slots=True)
class Uv:
    """uv at ``path``, with the environment it runs in."""

    path: str
    environ: Mapping[str, str]

    def compile(
        self, requirements: Requirements, target: Target, lines: Path, result: Path
    ) -> list[str]:
        """The command line that writes pinned, hashed requirements to ``result``.

        ``lines`` is a file that holds the requirements' lines.
        """
        platform = f"{target.machine}-manylinux_2_{target.glibc}"
        line = [self.path, "pip", "compile", "--quiet", "--no-progress", "--color", "never"]
        line += ["--python-platform", platform, "--python-version", target.python]
        line += ["--only-binary", ":all:", "--generate-hashes", "--no-header", "--no-annotate"]
        line += ["--output-file", str(result), *_sources(requirements)]
        return [*line, *(str(file.absolute()) for file in requirements.files), str(lines)]

    def environ_with(self, pip: Pip) -> dict[str, str]:
        """The environment for uv: where it has no index of its own, the one that pip has.

        A machine behind a company's index is often set up for pip alone; uv would ask the public
        index there.
        """
        environ = dict(self.environ)
        home = environ.get("XDG_CONFIG_HOME") or f"{environ.get('HOME', '')}/.config"
        files = (Path(home, "uv/uv.toml"), Path("/etc/uv/uv.toml"))
        if any(environ.get(name) for name in _INDEXES) or any(file.is_file() for file in files):
            return environ
        for option, value in pip.settings().items():
            words = value.split()
            between = "," if option == "find-links" else " "
            environ.setdefault(_SETTINGS[option], between.join(words))
        return environ


def output_of(line: Sequence[str], environ: Mapping[str, str], folder: Path) -> Output:
    """Run ``line`` in ``folder`` to its end.

    Raises:
        BuildError: there is no such program.
    """
    try:
        done = subprocess.run(
            line,
            cwd=folder,
            env=dict(environ),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
    except OSError as error:
        raise BuildError(f"cannot run {line[0]!r}: {error.strerror}", fix="install it") from error
    return Output(done.returncode, done.stdout.decode("utf-8", "replace"))


def _sources(requirements: Requirements) -> list[str]:
    line = ["--no-index"] if requirements.no_index else []
    for folder in requirements.find_links:
        line += ["--find-links", str(folder.absolute())]
    return line
