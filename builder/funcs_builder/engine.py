"""A Docker engine: what it has, what it loads; through the ``docker`` package, what it builds."""

from __future__ import annotations

import contextlib
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from functools import cached_property
from http import HTTPStatus
from typing import TYPE_CHECKING, Any, TypeVar
from urllib.parse import quote, urlencode, urlsplit

from funcs_builder.config import History, ImageConfig
from funcs_builder.credentials import Credentials
from funcs_builder.dial import Answer, ClientDial, Dial, SocketDial
from funcs_builder.document import Document
from funcs_builder.engine_address import EngineAddress
from funcs_builder.errors import EngineError
from funcs_builder.platforms import Platform
from funcs_builder.progress import Observer
from funcs_builder.reference import Reference

if TYPE_CHECKING:
    from docker import DockerClient

__all__ = ["Engine", "speaking"]

#: With containerd's store an archive that lacks layers is unsafe (moby/moby#46746).
_CONTAINERD_STORE = "io.containerd.snapshotter.v1"
_LOOKS = 16
T = TypeVar("T")


class Engine:
    """A running engine; close it when done."""

    def __init__(self, address: EngineAddress) -> None:
        """The one at ``address``, which is not asked yet."""
        self.where = address.where
        self._address = address

    @classmethod
    def connect(cls, environ: Mapping[str, str]) -> Engine:
        """The engine of ``DOCKER_HOST``, else of ``docker context``, else this machine's.

        Raises:
            EngineError: none answers there, or the ``docker`` package is not installed.
        """
        engine = cls(EngineAddress.of(environ))
        try:
            engine._ask("reach the Docker engine", "/_ping")
        except BaseException:
            engine.close()
            raise
        return engine

    def close(self) -> None:
        """Give the ``docker`` package's connections back; no other outlives its answer."""
        if "_client" in vars(self):
            self._client.close()

    @property
    def api(self) -> Any:
        """The engine's API as the ``docker`` package has it; what it takes and gives has no types.

        Raises:
            EngineError: the package is not installed, or the engine does not answer.
        """
        return self._client.api

    @cached_property
    def _client(self) -> DockerClient:
        action = "reach the Docker engine"
        try:
            with speaking(action, self.where):
                return self._address.client()
        except ImportError as error:
            raise EngineError("the docker package is missing", fix="pip install docker") from error
        except ValueError as error:  # a port that no machine has
            raise _unreachable(action, self.where, error) from error

    @cached_property
    def _dial(self) -> Dial:
        scheme, _, path = self.where.partition("://")
        return SocketDial(path) if scheme == "unix" else ClientDial(self.api)

    def _ask(
        self,
        action: str,
        path: str,
        *,
        method: str = "GET",
        chunks: Iterable[bytes] | None = None,
        may_lack: bool = False,
    ) -> Answer:
        """What it answers to ``path``; where it ``may_lack`` that, a 404 is an answer too."""
        try:
            answer = self._dial.ask(method, path, chunks)
        except OSError as error:  # requests' errors are OSErrors
            raise _unreachable(action, self.where, error) from error
        if answer.is_ok or (may_lack and answer.status == HTTPStatus.NOT_FOUND):
            return answer
        what = f"could not {action}: {answer.status} {answer.complaint}"
        raise EngineError(what, where=self.where)

    def _found(self, action: str, path: str) -> Mapping[str, object]:
        """The object at ``path``; nothing where there is none."""
        answer = self._ask(action, path, may_lack=True)
        return self._read(action, answer.fields) if answer.is_ok else {}

    def _read(self, action: str, read: Callable[[], T]) -> T:
        try:
            return read()
        except ValueError as error:
            what = f"could not {action}: what answers is no Docker engine"
            raise EngineError(what, where=self.where, fix="look at DOCKER_HOST") from error

    @cached_property
    def _info(self) -> Document:
        return Document(self._found("ask the Docker engine", "/info"), "the engine's own account")

    @property
    def host(self) -> str:
        """The host that its containers' ports are opened on: this machine, where it is its own."""
        found = urlsplit(self.where).hostname if "://" in self.where else None
        is_here = self.where.startswith(("unix:", "npipe:", "http+unix:"))
        return "127.0.0.1" if is_here or not found else found

    @property
    def platform(self) -> Platform:
        """What it runs without emulation.

        Raises:
            EngineError: it does not answer.
        """
        return Platform.parse(f"{self._info.text('OSType')}/{self._info.text('Architecture')}")

    @property
    def is_rootless(self) -> bool:
        """Whether it runs as a user, who is root in its containers.

        Raises:
            EngineError: it does not answer.
        """
        return any("name=rootless" in each for each in self._info.words("SecurityOptions"))

    def takes_thin_archives(self) -> bool:
        """Whether an archive may leave out layers that the engine has.

        Raises:
            EngineError: it does not answer.
        """
        return _CONTAINERD_STORE not in json.dumps(self._info.fields.get("DriverStatus"))

    def image_id(self, name: str) -> str:
        """The id of the image called ``name`` (or of that id); empty where there is none.

        Raises:
            EngineError: it does not answer.
        """
        return str(self.inspect_image(name).get("Id", ""))

    def image_config(self, name: str) -> ImageConfig:
        """The config of an image it has.

        Raises:
            EngineError: it has none of that name, or does not answer.
        """
        found = Document(self._present(name), f"the image {name}")
        history = [
            History("", step.text("CreatedBy", ""), step.text("Comment", ""), is_empty=is_empty)
            for step, is_empty in self._history(name, found)
        ]
        return ImageConfig(
            Platform(found.text("Os"), found.text("Architecture"), found.text("Variant", "")),
            found.text("Created", ""),
            found.child("Config").fields,
            found.child("RootFS").words("Layers"),
            tuple(history),
        )

    def layer_sizes(self, name: str) -> list[int]:
        """The unpacked sizes of an image's layers, lowest first, in bytes.

        Raises:
            EngineError: it has none of that name, or does not answer.
        """
        found = Document(self._present(name), f"the image {name}")
        steps = self._history(name, found)
        return [step.number("Size") for step, is_empty in steps if not is_empty]

    def pull(self, name: str, login: Credentials, observer: Observer) -> None:
        """Have the engine pull an image from its registry, as ``login``.

        Raises:
            EngineError: it cannot.
        """
        auth = {"username": login.username, "password": login.password}
        if login.identity_token:
            auth = {"identitytoken": login.identity_token}
        reference = Reference.parse(name)
        sizes: dict[str, int] = {}
        with speaking(f"pull {name}", self.where):
            events = self.api.pull(
                f"{reference.registry}/{reference.repository}",
                tag=reference.target,
                stream=True,
                decode=True,
                auth_config=auth if login.are_there else {},
            )
            error = ""
            for event in events:  # to their end, so that the connection is given back
                error = error or str(event.get("error", ""))
                _tell(event, sizes, observer)
        if error:
            what, fix = f"could not pull {name}: {error}", "check the name and the login"
            raise EngineError(what, where=self.where, fix=fix)

    def known_layers(self, diff_ids: Sequence[str], name: str) -> int:
        """How many of ``diff_ids``, from the lowest on, are those of an image it has.

        Looks at the image called ``name``, then at others of its repository, then at the newest
        ones, and at those that are of no time, as ours are.

        Raises:
            EngineError: it does not answer.
        """
        best = 0
        for each in self._likely(name):
            root = self.inspect_image(each).get("RootFS") or {}
            layers = root.get("Layers") if isinstance(root, dict) else []
            best = max(best, _common(diff_ids, layers if isinstance(layers, list) else []))
            if best >= len(diff_ids) - 1:  # all but the newest: there is no better
                break
        return best

    def _likely(self, name: str) -> Iterator[str]:
        """Images that may share layers with ``name``, the likeliest first; listed if need be."""
        yield name
        action = "list the Docker engine's images"
        listed = self._read(action, self._ask(action, "/images/json").rows)
        repository = name.rpartition(":")[0]
        named = [each for each in listed if f"{repository}:" in str(each.get("RepoTags"))]
        timeless = [each for each in listed if not each.get("Created")]
        some = (*named[:_LOOKS], *listed[:_LOOKS], *timeless[:_LOOKS])
        yield from dict.fromkeys(str(each.get("Id")) for each in some)

    def load(self, chunks: Iterable[bytes]) -> None:
        """Load an archive as ``docker load`` does.

        Raises:
            EngineError: it refuses the archive, or does not answer.
        """
        action = "load the image into the Docker engine"
        path = "/images/load?quiet=1"
        answer = self._ask(action, path, method="POST", chunks=iter(chunks))
        for event in self._read(action, answer.events):
            if "error" in event:
                raise EngineError(f"could not {action}: {event['error']}", where=self.where)

    def tag(self, image_id: str, repository: str, tag: str) -> None:
        """Call an image it has by a name.

        Raises:
            EngineError: it refuses.
        """
        path = f"/images/{_quoted(image_id)}/tag?{urlencode({'repo': repository, 'tag': tag})}"
        self._ask(f"call the image {repository}:{tag}", path, method="POST")

    def build(
        self, context: Iterator[bytes], *, name: str, platform: str, network: str
    ) -> Iterator[Mapping[str, object]]:
        """What the classic builder says while it builds a context that has a Dockerfile.

        Raises:
            EngineError: it does not answer.
        """
        with speaking("build through the Docker engine", self.where):
            api: Any = self._client.api
            yield from api.build(
                fileobj=context,
                custom_context=True,
                decode=True,
                rm=True,
                forcerm=True,
                tag=name or None,
                platform=platform or None,
                network_mode=network or None,
            )

    def _history(self, name: str, image: Document) -> list[tuple[Document, bool]]:
        """The steps that made an image, oldest first, each with whether it made no layer.

        An engine does not tell: of more steps than there are layers, those of no bytes made none.
        """
        action = "ask the Docker engine for an image"
        answer = self._ask(action, f"/images/{_quoted(name)}/history")
        rows = self._read(action, answer.rows)
        steps = [Document(row, f"a step of the image {name}") for row in reversed(rows)]
        count = len(image.child("RootFS").words("Layers"))
        return [(step, len(steps) != count and not step.number("Size")) for step in steps]

    def _present(self, name: str) -> Mapping[str, object]:
        found = self.inspect_image(name)
        if not found:
            what = f"the Docker engine has no image {name!r}"
            raise EngineError(what, where=self.where, fix="list what it has: docker images")
        return found

    def inspect_image(self, name: str) -> Mapping[str, object]:
        """All it says of an image; nothing where there is none.

        Raises:
            EngineError: it does not answer.
        """
        return self._found("ask the Docker engine for an image", f"/images/{_quoted(name)}/json")

    def inspect_container(self, name: str) -> Mapping[str, object]:
        """All it says of a container; nothing where there is none.

        Raises:
            EngineError: it does not answer.
        """
        action = "ask the Docker engine for a container"
        return self._found(action, f"/containers/{_quoted(name)}/json")


def _quoted(name: str) -> str:
    """The name of an image or a container in a path."""
    return quote(name, safe="/:@")


def _common(wanted: Sequence[str], present: Sequence[str]) -> int:
    """How many are the same from the start."""
    count = 0
    for one, other in zip(wanted, present, strict=False):
        if one != other:
            break
        count += 1
    return count


@contextlib.contextmanager
def speaking(action: str, where: str) -> Iterator[None]:
    """An engine's errors as sentences.

    Raises:
        EngineError: it refuses, or does not answer.
    """
    import docker

    try:
        yield
    except docker.errors.APIError as error:
        status = error.status_code or ""
        detail = error.explanation or str(error)
        raise EngineError(f"could not {action}: {status} {detail}", where=where) from error
    except (docker.errors.DockerException, OSError) as error:  # requests' errors are OSErrors
        raise _unreachable(action, where, error) from error


def _unreachable(action: str, where: str, error: Exception) -> EngineError:
    reason = _reason(error)
    fix = "start it, name it in DOCKER_HOST, or build without one: funcs build -o image.tar"
    if "SSL" in reason or "TLS" in reason:
        fix = "look at the certificates of its docker context, or of DOCKER_CERT_PATH"
    return EngineError(f"could not {action}: {reason}", where=where, fix=fix)


def _tell(event: Mapping[str, Any], sizes: dict[str, int], observer: Observer) -> None:
    """Pass on what an engine says of a layer that it pulls."""
    name, status = str(event.get("id", "")), event.get("status")
    progress = event.get("progressDetail") or {}
    if status == "Downloading" and "current" in progress:
        if name not in sizes:
            observer.started("pull", name, int(progress.get("total") or 0))
        observer.advanced("pull", name, int(progress["current"]) - sizes.get(name, 0))
        sizes[name] = int(progress["current"])
    elif status == "Pull complete" and name in sizes:
        observer.finished("pull", name, "done")


def _reason(error: BaseException) -> str:
    """The innermost words of an error."""
    found = error
    while (inner := found.__cause__ or found.__context__) is not None:
        if isinstance(inner, NameError):  # docker's, of a package that it lacks; it says which
            break
        found = inner
    return getattr(found, "strerror", None) or str(found)
