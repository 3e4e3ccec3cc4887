"""A container of a Docker engine: made of an image, given files, started, heard, ended."""

from __future__ import annotations

import contextlib
import io
import tarfile
from collections.abc import Generator, Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, BinaryIO, cast

from funcs_builder.engine import Engine, speaking
from funcs_builder.errors import EngineError

__all__ = ["Container", "ContainerPlan", "files_of"]

_MODE = 0o644


@dataclass(frozen=True, slots=True)
class ContainerPlan:
    """What is run: an ``image`` that the engine has, by name or id.

    ``ports`` are the container's, each with the host's (0: any free one), opened on ``host``
    alone, unless ``hosts`` names another for it. An empty ``command``, ``entrypoint`` or
    ``healthcheck`` is the image's own; ``NONE`` is no healthcheck. ``network`` is that of another
    container, by its id. ``folders`` are the host's, each with its place and whether it is for
    reading alone.
    """

    image: str
    env: Mapping[str, str] = field(default_factory=dict)
    ports: Mapping[int, int] = field(default_factory=dict)
    host: str = "127.0.0.1"
    command: tuple[str, ...] = ()
    labels: Mapping[str, str] = field(default_factory=dict)
    name: str = ""
    entrypoint: tuple[str, ...] = ()
    hosts: Mapping[int, str] = field(default_factory=dict)
    network: str = ""
    user: str = ""
    folders: tuple[tuple[str, str, bool], ...] = ()
    memory_bytes: int = 0
    cpus: float = 0.0
    gpus: int = 0
    healthcheck: tuple[str, ...] = ()
    drops_capabilities: bool = False
    restart: str = ""


class Container:
    """One container, which is there until `remove`.

    Raises on construction:
        EngineError: the engine does not make it.
    """

    def __init__(self, engine: Engine, plan: ContainerPlan) -> None:
        self._engine = engine
        self._api = engine.api
        with self._speaking(f"make a container of {plan.image}"):
            made = self._api.create_container(
                plan.image,
                name=plan.name or None,
                entrypoint=list(plan.entrypoint) or None,
                command=list(plan.command) or None,
                environment=dict(plan.env),
                ports=list(plan.ports),
                labels=dict(plan.labels),
                user=plan.user or None,
                healthcheck=_healthcheck(plan),
                host_config=self._api.create_host_config(**_host_config(plan)),
            )
        self.id = str(made["Id"])

    @classmethod
    def found(cls, engine: Engine, container_id: str) -> Container:
        """One that the engine has already, by its id or name."""
        container = cls.__new__(cls)
        container._engine, container._api, container.id = engine, engine.api, container_id
        return container

    def put(self, files: Mapping[str, bytes]) -> None:
        """Write files, by their whole paths, readable by all; as if they were mounted.

        Raises:
            EngineError: the engine refuses.
        """
        with self._speaking("put files into the container"):
            self._api.put_archive(self.id, "/", _tar(files))

    @contextlib.contextmanager
    def files(self, path: str) -> Iterator[BinaryIO | None]:
        """A tar of the file or folder at ``path``; None where there is none.

        Raises:
            EngineError: the engine refuses.
        """
        import docker

        with self._speaking("read the container's files"):
            try:
                if path == "/":
                    chunks = self._api.export(self.id)
                else:
                    chunks, _ = self._api.get_archive(self.id, path)
            except docker.errors.NotFound:
                yield None
                return
            stream = _Chunks(chunks)
        with contextlib.closing(stream):
            yield cast("BinaryIO", io.BufferedReader(stream))

    def start(self) -> None:
        """Start it.

        Raises:
            EngineError: it cannot be; the engine says why.
        """
        with self._speaking("start the container"):
            self._api.start(self.id)

    def listen(self, *, tail: int = 0, since: int = 0) -> Generator[bytes, None, None]:
        """What it has printed, and prints, piece by piece, until it ends.

        Of what it has printed the last ``tail`` lines, from a time on (0: all, from the start).

        Raises:
            EngineError: the engine refuses.
        """
        with self._speaking("listen to the container"):
            output = self._api.logs(
                self.id, stream=True, follow=True, tail=tail or "all", since=since or None
            )
        return _until_closed(output)

    def printed(self, *, tail: int = 0, since: int = 0) -> bytes:
        """What it has printed: the last ``tail`` lines, from a time on (0: all, from the start).

        Raises:
            EngineError: the engine does not answer.
        """
        with self._speaking("read what the container printed"):
            output = self._api.logs(self.id, tail=tail or "all", since=since or None)
        return bytes(output)

    def rename(self, name: str) -> None:
        """Call it otherwise, while it runs.

        Raises:
            EngineError: the engine refuses; another one has the name.
        """
        with self._speaking(f"call the container {name}"):
            self._api.rename(self.id, name)

    def restart_by(self, policy: str) -> None:
        """Have the engine start it again by a ``policy``: ``no``, ``unless-stopped``, ``always``.

        Raises:
            EngineError: the engine refuses.
        """
        with self._speaking("set the container's restart policy"):
            self._api.update_container(self.id, restart_policy={"Name": policy})

    def port(self, port: int) -> int:
        """The host's port that leads to the container's; 0 where none does.

        Raises:
            EngineError: the engine does not answer.
        """
        with self._speaking("ask for the container's ports"):
            found = self._api.port(self.id, port)
        return int(found[0]["HostPort"]) if found else 0

    def wait(self) -> int:
        """Its exit code, once it has ended.

        Raises:
            EngineError: the engine does not answer.
        """
        with self._speaking("wait for the container"):
            return int(self._api.wait(self.id)["StatusCode"])

    def stop(self, timeout_s: float) -> None:
        """Send SIGTERM, and SIGKILL after so long.

        Raises:
            EngineError: the engine does not answer.
        """
        with self._speaking("stop the container"):
            self._api.stop(self.id, timeout=int(timeout_s))

    def terminate(self) -> None:
        """Send SIGTERM, and do not wait; nothing where it has ended."""
        with contextlib.suppress(EngineError), self._speaking("terminate the container"):
            self._api.kill(self.id, "SIGTERM")

    def kill(self) -> None:
        """End it at once; nothing where it has ended."""
        with contextlib.suppress(EngineError), self._speaking("kill the container"):
            self._api.kill(self.id)

    def remove(self) -> None:
        """Take it away with its files, running or not; nothing where it is gone."""
        with contextlib.suppress(EngineError), self._speaking("remove the container"):
            self._api.remove_container(self.id, force=True, v=True)

    def _speaking(self, action: str) -> contextlib.AbstractContextManager[None]:
        return speaking(action, self._engine.where)


def _host_config(plan: ContainerPlan) -> dict[str, Any]:
    """What of a plan is the host's; only what is said, as engines differ in their defaults."""
    said: dict[str, Any] = {
        "port_bindings": {
            port: (plan.hosts.get(port, plan.host), at or None) for port, at in plan.ports.items()
        },
        "network_mode": f"container:{plan.network}" if plan.network else None,
        "mounts": [_mount(*folder) for folder in plan.folders],
        "mem_limit": plan.memory_bytes,
        "nano_cpus": round(plan.cpus * 1e9),
        "device_requests": _gpus(plan.gpus),
        "cap_drop": ["ALL"] if plan.drops_capabilities else None,
        "security_opt": ["no-new-privileges"] if plan.drops_capabilities else None,
        "restart_policy": {"Name": plan.restart} if plan.restart else None,
    }
    return {key: value for key, value in said.items() if value}


def _mount(source: str, place: str, is_read_only: bool) -> dict[str, Any]:
    """A folder that must be there: the other way to say it would make an empty one of its name."""
    return {"Type": "bind", "Source": source, "Target": place, "ReadOnly": is_read_only}


def _gpus(count: int) -> list[dict[str, Any]]:
    return [{"Driver": "", "Count": count, "Capabilities": [["gpu"]]}] if count else []


def _healthcheck(plan: ContainerPlan) -> dict[str, Any] | None:
    if not plan.healthcheck:
        return None
    words = list(plan.healthcheck)
    return {"Test": words if words == ["NONE"] else ["CMD", *words]}


@contextlib.contextmanager
def files_of(engine: Engine, image: str, path: str) -> Iterator[BinaryIO | None]:
    """A tar of a file or folder of an image, of a container that is never started.

    Raises:
        EngineError: the engine refuses, or has no such image.
    """
    container = Container(engine, ContainerPlan(image, command=("true",)))
    try:
        with container.files(path) as stream:
            yield stream
    finally:
        container.remove()


def _until_closed(output: Any) -> Generator[bytes, None, None]:
    """The pieces of a stream whose connection is given back at its end."""
    try:
        yield from output
    finally:
        with contextlib.suppress(OSError):  # it is closed at the other end
            output.close()
        for _ in output:  # what had come before: only who has read it all gives its socket back
            pass


class _Chunks(io.RawIOBase):
    """Pieces of bytes as a file."""

    def __init__(self, chunks: Iterator[bytes]) -> None:
        self._chunks = chunks
        self._rest = b""

    def readable(self) -> bool:
        return True

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type] # any writable buffer
        while not self._rest:
            chunk = next(self._chunks, None)
            if chunk is None:
                return 0
            self._rest = chunk
        count = min(len(target), len(self._rest))
        target[:count], self._rest = self._rest[:count], self._rest[count:]
        return count

    def close(self) -> None:
        closing: Any = getattr(self._chunks, "close", None)
        if closing is not None:
            closing()
        super().close()


def _tar(files: Mapping[str, bytes]) -> bytes:
    stream = io.BytesIO()
    with tarfile.open(fileobj=stream, mode="w") as archive:
        for path, data in files.items():
            member = tarfile.TarInfo(path.lstrip("/"))
            member.size, member.mode = len(data), _MODE
            archive.addfile(member, io.BytesIO(data))
    return stream.getvalue()
