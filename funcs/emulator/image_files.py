"""What a container of a built image is configured by, and the sample events in it."""

from __future__ import annotations

import tarfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path, PurePosixPath
from typing import Any

import yaml

from funcs.errors import ProcessorError
from funcs.processor.config import ProcessorConfig
from funcs_builder.container import Container

_OWN = "/opt/funcs/processor.yaml"
_EVENTS = "/opt/nuclio/events"
_PROCESSOR_YAML = "etc/nuclio/config/processor/processor.yaml"
_PLATFORM_YAML = "etc/nuclio/config/platform/platform.yaml"
_JSON = {"encoding": "json", "varGroupName": "with"}
#: Logs that a program can read, and metrics where `docker run` would have none.
_PLATFORM = {
    "kind": "local",
    "logger": {
        "sinks": {"run": {"kind": "stdout", "attributes": _JSON}},
        "functions": [{"level": "debug", "sink": "run"}],
    },
    "metrics": {
        "sinks": {"pull": {"kind": "prometheusPull", "url": ":8090"}},
        "functions": ["pull"],
    },
}
_LARGEST_BYTES = 1 << 20
_MOST_EVENTS = 20


@dataclass(frozen=True, slots=True)
class ImageFiles:
    """``document`` is the image's own processor.yaml, ``config`` the same as it is read.

    ``folder`` has its ``events/``, where it has some.
    """

    document: dict[str, Any]
    config: ProcessorConfig
    folder: Path

    @classmethod
    def of(cls, container: Container, scratch: Path) -> ImageFiles:
        """What a container has before it is started; files are copied to ``scratch``.

        Raises:
            ProcessorError: it has no processor.yaml, or one that is none.
            EngineError: the engine refuses.
        """
        file = scratch / "processor.yaml"
        file.write_bytes(_own(container))
        config = ProcessorConfig.load(file)
        _copy_events(container, scratch)
        return cls(yaml.safe_load(file.read_bytes()), config, scratch)

    @property
    def workers(self) -> int:
        """How many workers its HTTP trigger has."""
        return next((each.workers for each in self.config.triggers if each.kind == "http"), 1)

    def to_put(self, *, workers: int = 0) -> Mapping[str, bytes]:
        """The files to put into the container; ``workers`` above 0 takes the place of its own."""
        document = self._with_workers(workers) if workers else self.document
        files = {_PROCESSOR_YAML: document, _PLATFORM_YAML: _PLATFORM}
        return {
            path: yaml.safe_dump(value, allow_unicode=True).encode()
            for path, value in files.items()
        }

    def _with_workers(self, workers: int) -> dict[str, Any]:
        spec = self.document["spec"]
        triggers = spec.get("triggers") or {"default-http": {"kind": "http"}}
        changed = {
            name: {**each, "numWorkers": workers} if each.get("kind") == "http" else each
            for name, each in triggers.items()
        }
        return {**self.document, "spec": {**spec, "triggers": changed}}


def _own(container: Container) -> bytes:
    with container.files(_OWN) as stream:
        if stream is not None:
            with tarfile.open(fileobj=stream, mode="r|") as archive:
                for member in archive:
                    if member.isfile() and member.size <= _LARGEST_BYTES:
                        content = archive.extractfile(member)
                        return content.read() if content is not None else b""
    fix = "build it again with funcs build"
    raise ProcessorError("the image has no processor.yaml", where=_OWN, fix=fix)


def _copy_events(container: Container, scratch: Path) -> None:
    """Copy ``events/*.json``: names of their own, sizes that a request has."""
    (scratch / "events").mkdir()
    count = 0
    with container.files(_EVENTS) as stream:
        if stream is None:
            return
        with tarfile.open(fileobj=stream, mode="r|") as archive:
            for member in archive:
                path = PurePosixPath(member.name)
                is_event = member.isfile() and path.suffix == ".json" and len(path.parts) == 2
                content = archive.extractfile(member) if is_event else None
                if content is not None and member.size <= _LARGEST_BYTES and count < _MOST_EVENTS:
                    (scratch / "events" / path.name).write_bytes(content.read())
                    count += 1
