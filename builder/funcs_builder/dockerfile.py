"""The other way to an image: a Dockerfile that a Docker engine builds, for plans that need ``RUN``.

The same plan as without an engine; its layers are tars that ``ADD`` unpacks, owners and modes as
they are. The result is not the same each time: an engine stamps its own times.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from importlib.resources import files
from string import Template
from typing import BinaryIO

from funcs_builder.config import Healthcheck, RunConfig
from funcs_builder.engine import Engine
from funcs_builder.entry import BytesContent, Entry
from funcs_builder.errors import BuildError, EngineError
from funcs_builder.image import Base
from funcs_builder.plan import SCRATCH, BuildPlan
from funcs_builder.reference import Reference
from funcs_builder.tar import Piece, TarStream, arranged, pieces_of, size_of

__all__ = ["DockerfileBuild", "Recipe", "base_name"]

_STEP = re.compile(r"Step (\d+/\d+) : (.*)", re.DOTALL)
_NO_SHELL = re.compile(r"/bin/sh\b.*no such file")
_TAIL_LINES = 10


@dataclass(frozen=True, slots=True)
class Recipe:
    """A plan and the instructions around its layers, as a Dockerfile writes them.

    ``before`` come after ``FROM``, ``after`` once all layers are there: ``RUN pip install …``.
    They run as root; who the container runs as is the plan's.

    Raises on construction:
        BuildError: an instruction is more than one line, brings a value in by ``ARG``, or needs
            what the classic builder lacks.
    """

    plan: BuildPlan
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()

    def __post_init__(self) -> None:
        for line in (*self.before, *self.after):
            _check(line)

    def dockerfile(self, base: str) -> str:
        """The Dockerfile's text, on the image that the engine calls ``base``."""
        layers = [f"ADD {_layer_path(number)} /" for number in range(len(self.plan.layers))]
        before = ["USER 0", *self.before] if self.plan.run.user else self.before
        template = files("funcs_builder").joinpath("dockerfiles", "classic.dockerfile").read_text()
        text = Template(template).substitute(
            base=base,
            before="\n".join(before),
            layers="\n".join(layers),
            after="\n".join(self.after),
            config="\n".join(_instructions(self.plan.run)),
        )
        return "\n".join(line for line in text.splitlines() if line) + "\n"

    def context(self, base: str) -> Iterator[Piece]:
        """The build context: the Dockerfile and each layer's tar; files are read when written.

        Raises:
            LayerError: a layer's entries cannot be listed.
        """
        entries = [Entry("Dockerfile", BytesContent(self.dockerfile(base).encode()))]
        for number, layer in enumerate(self.plan.layers):
            pieces = tuple(pieces_of(layer.source.entries(), self.plan.epoch))
            entries.append(Entry(_layer_path(number), _TarContent(pieces)))
        return pieces_of(arranged(entries), self.plan.epoch)


@dataclass(frozen=True)
class DockerfileBuild:
    """Builds recipes in an engine; ``log`` is given each line that the engine says.

    ``network`` is what ``RUN`` may reach, in Docker's words (``host``, ``none``; empty: its own).
    """

    engine: Engine
    log: Callable[[str], None] = lambda line: None
    network: str = ""

    def build(self, recipe: Recipe, base: str) -> str:
        """The id of the image, which the engine has under the plan's target from then on.

        ``base`` is the name that the engine knows the base by: `base_name`.

        Raises:
            EngineError: a step failed, or the engine does not answer.
            LayerError: a layer's files cannot be read.
        """
        target = recipe.plan.target
        said = _Said(self.log)
        events = self.engine.build(
            (chunk for piece in recipe.context(base) for chunk in piece.read_from(0)),
            name=target.familiar if target else "",
            platform=_other_platform(recipe.plan, self.engine),
            network=self.network,
        )
        for event in events:
            said.hear(event)
        if said.error or not said.image_id:
            raise said.refusal(self.engine.where)
        return self.engine.image_id(target.familiar if target else said.image_id)


def base_name(base: Base, load: Callable[[Reference], object]) -> str:
    """What an engine calls ``base``: its name and digest, or the one it is loaded under.

    ``load`` brings a base that no registry has into the engine under the reference it is given.
    """
    if base.name:
        return str(Reference.parse(base.name).pinned(base.digest)) if base.digest else base.name
    if not base.image.layers:
        return SCRATCH
    reference = Reference.parse(f"funcs-base:{base.image.id.removeprefix('sha256:')[:12]}")
    load(reference)
    return reference.familiar


class _Said:
    """What an engine says while it builds: the step it is at, its last lines, how it ends."""

    def __init__(self, log: Callable[[str], None]) -> None:
        self._log = log
        self._step = ""
        self._lines: list[str] = []
        self.error = ""
        self.image_id = ""

    def hear(self, event: Mapping[str, object]) -> None:
        """One event of the engine's stream."""
        text = str(event.get("stream") or event.get("status") or "").rstrip()
        if found := _STEP.fullmatch(text):
            self._step = f"step {found[1]}: {found[2]}"
            self._lines.clear()
        elif text:
            self._lines.append(text)
        if text:
            self._log(text)
        if "error" in event:
            self.error = str(event["error"])
        aux = event.get("aux")
        if isinstance(aux, dict) and "ID" in aux:
            self.image_id = str(aux["ID"])

    def refusal(self, where: str) -> EngineError:
        """The failing step, what it said last, and the engine's own word."""
        reason = self.error or "it ended without an image"
        rows = [f"could not build through the Docker engine: {self._step or reason}"]
        rows += [f"    {line}" for line in self._lines[-_TAIL_LINES:]]
        if self._step:
            rows.append(f"    {reason}")
        fix = "mend that step; the lines above are what it printed last"
        if _NO_SHELL.search(reason):
            fix = "take a base with a shell: --base python:3.11-slim"
        return EngineError("\n".join(rows), where=where, fix=fix)


@dataclass(frozen=True, slots=True)
class _TarContent:
    """A tar within the context."""

    pieces: tuple[Piece, ...]

    @property
    def size_bytes(self) -> int:
        return size_of(self.pieces)

    def open(self) -> BinaryIO:
        import io
        from typing import cast

        return cast("BinaryIO", io.BufferedReader(TarStream(self.pieces), 1 << 18))


def _layer_path(number: int) -> str:
    return f"layers/{number:03}.tar"


def _check(line: str) -> None:
    word = line.split(maxsplit=1)[0].upper() if line.strip() else ""
    if "\n" in line or "\r" in line or not word:
        fix = "write one instruction in one line, with && between its commands"
        raise BuildError(f"{line!r} is no instruction of a Dockerfile", fix=fix)
    if word == "ARG":
        fix = "use ENV for what may be seen; resolve what needs credentials on this machine"
        raise BuildError(f"{line!r}: what ARG says stays readable in the image", fix=fix)
    if word in ("FROM", "#") or line.rstrip().endswith("\\"):
        raise BuildError(f"{line!r} cannot stand between the layers", fix="take it out")
    if word == "RUN" and re.search(r"<<-?\s*[\"']?\w|^\s*RUN\s+--mount", line, re.IGNORECASE):
        fix = "use && between commands; copy files in by preCopy"
        raise BuildError(f"{line!r} needs BuildKit, which engines do not offer here", fix=fix)


def _instructions(run: RunConfig) -> Iterator[str]:
    """The plan's config as a Dockerfile writes it."""
    yield from (f"ENV {name}={_quoted(value)}" for name, value in run.env.items())
    yield from (f"LABEL {_quoted(name)}={_quoted(value)}" for name, value in run.labels.items())
    yield from (f"EXPOSE {port}" for port in run.ports)
    single = {
        "VOLUME": json.dumps(run.volumes) if run.volumes else "",
        "WORKDIR": _quoted(run.working_dir) if run.working_dir else "",
        "STOPSIGNAL": run.stop_signal,
        "HEALTHCHECK": _health(run.healthcheck) if run.healthcheck else "",
        "ENTRYPOINT": json.dumps(run.entrypoint) if run.entrypoint else "",
        "CMD": json.dumps(run.cmd) if run.cmd else "",
        "USER": run.user,
    }
    yield from (f"{word} {value}" for word, value in single.items() if value)


def _health(check: Healthcheck) -> str:
    options = f"--interval={check.interval_s}s --timeout={check.timeout_s}s"
    if check.start_period_s:  # 0 is what it is without the option, and refused in it
        options += f" --start-period={check.start_period_s}s"
    options += f" --retries={check.retries}"
    return f"{options} CMD {json.dumps(check.command)}"


def _quoted(value: str) -> str:
    """A value as it is: no variable in it is replaced, no quote ends it.

    Raises:
        BuildError: it has more than one line, which a Dockerfile cannot say.
    """
    if "\n" in value or "\r" in value:
        fix = "build without the engine, or put it into a file"
        raise BuildError(f"{value!r} has more than one line: no Dockerfile can say it", fix=fix)
    escaped = value.replace("\\", "\\\\").replace('"', '\\"').replace("$", "\\$")
    return f'"{escaped}"'


def _other_platform(plan: BuildPlan, engine: Engine) -> str:
    """The plan's platform where it is not the engine's own."""
    return "" if engine.platform.accepts(plan.platform) else str(plan.platform)
