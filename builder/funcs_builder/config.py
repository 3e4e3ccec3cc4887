"""An image's config: what runs in it, and which layers it is made of (OCI image-spec, config.md).

Docker's own field ``Healthcheck`` is written too: OCI knows none, Docker and Nuclio's dashboard
read it.
"""

from __future__ import annotations

import re
import time
from collections.abc import Mapping, Sequence
from types import MappingProxyType
from typing import NamedTuple

from funcs_builder.checked import checked
from funcs_builder.digest import canonical_json, is_digest
from funcs_builder.document import Document
from funcs_builder.errors import BuildError
from funcs_builder.platforms import Platform

__all__ = ["Healthcheck", "History", "ImageConfig", "RunConfig", "timestamp"]

_NANOSECONDS = 1_000_000_000
_ENV_NAME = re.compile(r"[A-Za-z_.-][A-Za-z0-9_.-]*")
_PORT = re.compile(r"\d{1,5}(/(tcp|udp|sctp))?")
_USER = re.compile(r"([A-Za-z0-9_.-]+(:[A-Za-z0-9_.-]+)?)?")
_SIGNAL = re.compile(r"[A-Z0-9+-]*")


def timestamp(epoch: int) -> str:
    """Seconds since 1970 as images write time.

    >>> timestamp(0)
    '1970-01-01T00:00:00Z'
    """
    return time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime(epoch))


class Healthcheck(NamedTuple):
    """A command that the engine runs to see whether the container is well; it needs no shell."""

    command: tuple[str, ...]
    interval_s: float = 1.0
    timeout_s: float = 5.0
    start_period_s: float = 0.0
    retries: int = 3

    def to_dict(self) -> dict[str, object]:
        """As Docker writes it: times in nanoseconds."""
        return {
            "Test": ["CMD", *self.command],
            "Interval": round(self.interval_s * _NANOSECONDS),
            "Timeout": round(self.timeout_s * _NANOSECONDS),
            "StartPeriod": round(self.start_period_s * _NANOSECONDS),
            "Retries": self.retries,
        }


@checked
class RunConfig(NamedTuple):
    """What a plan says of running; what it leaves empty stays as the base has it.

    ``env`` and ``labels`` are added to the base's, name by name; ``ports`` (``8080/tcp``) and
    ``volumes`` too. An ``entrypoint`` takes the base's ``cmd`` away, as in a Dockerfile.

    Raises on construction:
        BuildError: a variable's name, a port, the user or the signal has a form that none has.
    """

    env: Mapping[str, str] = MappingProxyType({})
    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    working_dir: str = ""
    ports: tuple[str, ...] = ()
    labels: Mapping[str, str] = MappingProxyType({})
    volumes: tuple[str, ...] = ()
    stop_signal: str = ""
    healthcheck: Healthcheck | None = None

    def check(self) -> None:
        """Refuse a form that no variable, port, user or signal has."""
        for name, value in self.env.items():
            if not _ENV_NAME.fullmatch(name) or "\0" in value:
                fix = "use letters, digits, _ . or -, the first no digit"
                raise BuildError(f"{name!r} cannot be a variable of an image", fix=fix)
        for port in self.ports:
            if not _PORT.fullmatch(port):
                raise BuildError(f"{port!r} is no port of an image", fix="write 8080/tcp")
        if not _USER.fullmatch(self.user):
            fix = "write a number or a name, and one for the group: 65532:0"
            raise BuildError(f"{self.user!r} is no user of an image", fix=fix)
        if not _SIGNAL.fullmatch(self.stop_signal):
            raise BuildError(f"{self.stop_signal!r} is no signal", fix="write SIGTERM")

    def to_dict(self) -> dict[str, object]:
        """The fields in Docker's words, without the empty ones."""
        found: dict[str, object] = {
            "Env": [f"{name}={value}" for name, value in self.env.items()],
            "Entrypoint": list(self.entrypoint),
            "Cmd": list(self.cmd),
            "User": self.user,
            "WorkingDir": self.working_dir,
            "ExposedPorts": {port: {} for port in self.ports},
            "Labels": dict(self.labels),
            "Volumes": {volume: {} for volume in self.volumes},
            "StopSignal": self.stop_signal,
            "Healthcheck": self.healthcheck.to_dict() if self.healthcheck else None,
        }
        return {key: value for key, value in found.items() if value}

    def over(self, base: Document) -> dict[str, object]:
        """The ``config`` of a base image with these fields laid over it."""
        added = self.to_dict()
        found = {key: value for key, value in base.fields.items() if value}
        found.pop("OnBuild", None)  # a Dockerfile's triggers; nothing here runs them
        found.pop("Image", None)  # the classic builder's parent, an id that means nothing here
        if self.entrypoint:
            found.pop("Cmd", None)
        if self.env:
            inherited = dict(item.partition("=")[::2] for item in base.words("Env"))
            added["Env"] = [f"{name}={value}" for name, value in {**inherited, **self.env}.items()]
        for key in ("ExposedPorts", "Labels", "Volumes"):
            if key in added:
                added[key] = {**base.child(key).fields, **_object(added[key])}
        return found | added


class History(NamedTuple):
    """Whence one layer came; ``is_empty`` is for a step that made none."""

    created: str
    created_by: str
    comment: str = ""
    is_empty: bool = False

    def to_dict(self) -> dict[str, object]:
        """As a config writes it."""
        found: dict[str, object] = {"created": self.created, "created_by": self.created_by}
        if self.comment:
            found["comment"] = self.comment
        if self.is_empty:
            found["empty_layer"] = True
        return found


@checked
class ImageConfig(NamedTuple):
    """The whole config document; ``run`` is its ``config`` field in Docker's words.

    Raises on construction:
        BuildError: a diff id is no digest.
    """

    platform: Platform
    created: str
    run: Mapping[str, object] = MappingProxyType({})
    diff_ids: tuple[str, ...] = ()
    history: tuple[History, ...] = ()

    def check(self) -> None:
        """Refuse a diff id that is no digest."""
        for diff_id in self.diff_ids:
            if not is_digest(diff_id):
                raise BuildError(f"an image config has {diff_id!r} where a sha256 should be")

    @classmethod
    def from_json(cls, data: bytes, what: str) -> ImageConfig:
        """The config that ``data`` holds; ``what`` names it in errors.

        Raises:
            BuildError: it is not one.
        """
        return cls.from_document(Document.of(data, what))

    @classmethod
    def from_document(cls, document: Document) -> ImageConfig:
        """The config in a document.

        Raises:
            BuildError: it is not one.
        """
        platform = Platform(
            document.text("os", "linux"),
            document.text("architecture"),
            document.text("variant", ""),
        )
        return cls(
            platform,
            document.text("created", timestamp(0)),
            document.child("config").fields,
            document.child("rootfs").words("diff_ids"),
            tuple(map(_history, document.children("history"))),
        )

    def extended(
        self, run: RunConfig, *, created: str, diff_ids: Sequence[str], steps: Sequence[str]
    ) -> ImageConfig:
        """This one with layers on top: a ``step`` says of each what made it."""
        layers = tuple(History(created, step) for step in steps)
        return ImageConfig(
            self.platform,
            created,
            run.over(Document(self.run, "the base image's config")),
            (*self.diff_ids, *diff_ids),
            (*self._whole_history(), *layers),
        )

    def to_json(self) -> bytes:
        """The document; its digest is the image's id."""
        return canonical_json(
            {
                **self.platform.to_dict(),
                "created": self.created,
                "config": dict(self.run),
                "rootfs": {"type": "layers", "diff_ids": list(self.diff_ids)},
                "history": [step.to_dict() for step in self.history],
            }
        )

    def _whole_history(self) -> tuple[History, ...]:
        """The history if it tells of every layer; engines refuse one that tells of fewer."""
        told = sum(not step.is_empty for step in self.history)
        if told == len(self.diff_ids):
            return self.history
        return tuple(History(self.created, "base image") for _ in self.diff_ids)


def _history(step: Document) -> History:
    return History(
        step.text("created", timestamp(0)),
        step.text("created_by", ""),
        step.text("comment", ""),
        bool(step.fields.get("empty_layer")),
    )


def _object(value: object) -> Mapping[str, object]:
    return value if isinstance(value, Mapping) else {}
