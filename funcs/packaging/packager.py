"""A function as a `BuildPlan`: what lies in its image, in which order, and how it is started.

What changes seldom comes first: base, packages, their bytecode, funcs, models, the record of what
was built, the function's own code.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import funcs
from funcs.packaging.bytecode import missing_bytecode
from funcs.packaging.environment import environment_notes, image_environment
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.folder import CODE
from funcs.packaging.foundation import Foundation
from funcs.packaging.models import PackedModel
from funcs.packaging.packages import Packages
from funcs.packaging.record import ImageRecord
from funcs.packaging.source import FunctionSource
from funcs.record import Record
from funcs_builder.cache import Cache
from funcs_builder.config import Healthcheck, RunConfig, timestamp
from funcs_builder.entry import Entry
from funcs_builder.image import Base
from funcs_builder.plan import BuildPlan, LayerPlan
from funcs_builder.platforms import Platform
from funcs_builder.source import Listed

#: Root's group, which OpenShift gives any user; files are root's and readable by all.
_USER = "65532:0"
_PORT = "8080/tcp"
_TRAINING = f"{CODE}/train.py"
#: The user's folder is not on the processor's path (-P): a json.py of theirs is the workers' alone.
_ENTRYPOINT = ("python3", "-P", "-m", "funcs", "processor")
#: Nothing but the socket's own module is imported: a probe costs 10 ms of CPU, not 100.
_PROBE = (
    "import _socket;s=_socket.socket();s.settimeout(2);s.connect(('127.0.0.1',8082));"
    "s.send(b'GET /ready HTTP/1.0\\r\\n\\r\\n');raise SystemExit(b' 200 ' not in s.recv(64))"
)
_INTERVAL_S = 1.0  # as Nuclio's own images: a deploy waits for the first probe that succeeds
_READY_S = 120.0
#: So many models, or large files, have layers of their own; the rest share one.
_MOST_ALONE = 40
#: From this size on a file is no code: it has a layer of its own, never packed.
_LARGE_BYTES = 1 << 20
_IMAGE = "org.opencontainers.image"
_FUNCS = "io.funcs"


class PackedFunction(Record):
    """A function's plan for one platform, and what it was made of; ``inputs`` names all of that.

    ``before`` and ``after`` are instructions of a Dockerfile around the layers.
    """

    plan: BuildPlan
    base: Base
    record: ImageRecord
    inputs: str
    before: tuple[str, ...] = ()
    after: tuple[str, ...] = ()


class Stamp(Record):
    """When and of what: ``created`` in seconds since 1970, ``revision`` a commit."""

    created: int = 0
    revision: str = ""


def packed_function(
    source: FunctionSource,
    foundation: Foundation,
    packages: Packages,
    platform: Platform,
    stamp: Stamp,
    cache: Cache,
) -> PackedFunction:
    """The plan of ``source`` on ``foundation`` with ``packages``.

    Raises:
        BuildError: a file cannot be read, or there are too many layers.
    """
    function = source.function
    notes = (
        *foundation.notes,
        *missing_bytecode(packages.compiler),
        *source.models.notes(packages.versions),
        *source.notes,
        *_untrained(source),
        *environment_notes(function),
        *function.steps.notes,
    )
    record = ImageRecord(source, foundation, packages, str(platform), notes, cache)
    code, large = _parted(source.code)
    layers = (
        *foundation.layers,
        *packages.layers(),
        *_model_layers(source.models.models),
        *_file_layers(large),
        record.layer(),
        LayerPlan("code", Listed(code), detail=f"{len(code)} files"),
    )
    run = RunConfig(
        env={**image_environment(function), **foundation.env},
        entrypoint=_ENTRYPOINT,
        user=_USER,
        working_dir=f"/{CODE}",
        ports=(_PORT,),
        labels=_labels(function, foundation, stamp),
        stop_signal="SIGTERM",
        healthcheck=_healthcheck(function),
    )
    plan = BuildPlan(_pinned(foundation), layers, run, platform, created=stamp.created, notes=notes)
    # a path is this machine's, the digest everybody's
    inputs = plan._replace(base=foundation.digest).digest(cache)
    labels = {**run.labels, f"{_FUNCS}.inputs": inputs}
    plan = plan._replace(run=run._replace(labels=labels))
    steps = function.steps
    return PackedFunction(plan, foundation.base, record, inputs, steps.before, steps.after)


def _untrained(source: FunctionSource) -> tuple[str, ...]:
    """What is told of a function that can be trained, and has not been; none for any other."""
    function = source.function
    is_elsewhere = function.models or function.mounts
    if source.models.models or is_elsewhere or _TRAINING not in {e.path for e in source.code}:
        return ()
    return ("no model goes along: there is no models.json; to make it: python train.py",)


def _labels(function: FunctionFacts, foundation: Foundation, stamp: Stamp) -> Mapping[str, str]:
    found = {
        f"{_IMAGE}.title": function.name,
        f"{_IMAGE}.description": function.description,
        f"{_IMAGE}.version": str(function.version),
        f"{_IMAGE}.created": timestamp(stamp.created),
        f"{_IMAGE}.revision": stamp.revision,
        f"{_IMAGE}.base.name": foundation.name,
        f"{_IMAGE}.base.digest": foundation.digest,
        f"{_FUNCS}.function": function.name,
        f"{_FUNCS}.handler": function.handler,
        f"{_FUNCS}.runtime": f"python:{foundation.python}",
        f"{_FUNCS}.version": funcs.__version__,
    }
    return {name: value for name, value in found.items() if value}


def _healthcheck(function: FunctionFacts) -> Healthcheck:
    """Asks the processor whether it is ready; what is still loading models is not ill."""
    return Healthcheck(
        ("python3", "-I", "-S", "-c", _PROBE),
        interval_s=_INTERVAL_S,
        timeout_s=3.0,
        start_period_s=float(function.readiness_s or _READY_S),
    )


def _pinned(foundation: Foundation) -> str:
    name, digest = foundation.text, foundation.base.digest
    return f"{name}@{digest}" if digest and "@" not in name else name


def _parted(entries: Iterable[Entry]) -> tuple[list[Entry], list[Entry]]:
    """Code, and the files that are too large to be packed again with each change of it."""
    code, large = list[Entry](), list[Entry]()
    for entry in entries:
        is_large = entry.content is not None and entry.content.size_bytes >= _LARGE_BYTES
        (large if is_large and not entry.path.endswith(".py") else code).append(entry)
    return code, large


def _model_layers(models: Iterable[PackedModel]) -> list[LayerPlan]:
    entries = [model.entry for model in models if model.entry is not None]
    return _alone("model", "models", entries)


def _file_layers(entries: list[Entry]) -> list[LayerPlan]:
    return _alone("file", "files", entries)


def _alone(noun: str, nouns: str, entries: list[Entry]) -> list[LayerPlan]:
    """A layer for each, the smallest together where they are too many."""
    by_size = sorted(entries, key=lambda entry: (-_size(entry), entry.path))
    alone = sorted(by_size[:_MOST_ALONE], key=lambda entry: entry.path)
    rest = by_size[_MOST_ALONE:]
    layers = [
        LayerPlan(
            f"{noun} {entry.path.removeprefix(f'{CODE}/')}",
            Listed([entry]),
            is_packed=False,
            detail=f"{_size(entry) / 1e6:.1f} MB",
        )
        for entry in alone
    ]
    if rest:
        layers.append(LayerPlan(f"{len(rest)} more {nouns}", Listed(rest), is_packed=False))
    return layers


def _size(entry: Entry) -> int:
    return entry.content.size_bytes if entry.content is not None else 0
