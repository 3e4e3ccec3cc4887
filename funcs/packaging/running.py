"""How an image runs, by its config: command, user, environment, ports, health."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any

from funcs.record import Record
from funcs_builder.config import ImageConfig
from funcs_builder.document import Document

_SECRET = re.compile(r"passw|secret|token|credential|api_?key|private_?key|access_?key", re.I)
HIDDEN = "•••"
_NANOSECONDS = 1e9


def is_secret(name: str) -> bool:
    """Whether a variable's name speaks of a secret.

    >>> is_secret("DB_PASSWORD"), is_secret("PATH")
    (True, False)
    """
    return _SECRET.search(name) is not None


class Running(Record):
    """What a config says of running; what it does not say is empty.

    ``healthcheck`` is the command, ``interval_s`` how often it is run (0.0: not said).
    """

    entrypoint: tuple[str, ...] = ()
    cmd: tuple[str, ...] = ()
    user: str = ""
    working_dir: str = ""
    ports: tuple[str, ...] = ()
    env: Mapping[str, str] = MappingProxyType({})
    labels: Mapping[str, str] = MappingProxyType({})
    healthcheck: tuple[str, ...] = ()
    interval_s: float = 0.0
    stop_signal: str = ""

    @classmethod
    def of(cls, config: ImageConfig) -> Running:
        """What ``config`` says.

        Raises:
            BuildError: a field of it has another type than Docker gives it.
        """
        run = Document(config.run, "the image's config")
        health = run.child("Healthcheck")
        test = health.words("Test")
        interval = health.fields.get("Interval")
        return cls(
            run.words("Entrypoint"),
            run.words("Cmd"),
            run.text("User", ""),
            run.text("WorkingDir", ""),
            tuple(sorted(run.child("ExposedPorts").fields)),
            dict(item.partition("=")[::2] for item in run.words("Env")),
            run.texts("Labels"),
            () if test[:1] == ("NONE",) else test,
            interval / _NANOSECONDS if isinstance(interval, int) else 0.0,
            run.text("StopSignal", ""),
        )

    @property
    def command(self) -> tuple[str, ...]:
        """What is executed."""
        return self.entrypoint + self.cmd

    def masked(self) -> Running:
        """The same without the values of variables whose names speak of secrets."""
        env = {name: HIDDEN if is_secret(name) else value for name, value in self.env.items()}
        return self._replace(env=env)

    def to_dict(self) -> dict[str, Any]:
        """The same for a program, secrets masked."""
        found = self.masked()._asdict()
        del found["labels"]
        return found
