"""One repository of a registry: its manifests and blobs (OCI distribution-spec)."""

from __future__ import annotations

from collections.abc import Iterator
from typing import cast

from funcs_builder.access import Access
from funcs_builder.digest import is_digest, sha256_of
from funcs_builder.errors import RegistryError
from funcs_builder.manifest import MANIFEST_TYPES
from funcs_builder.transport import Call, Transport

__all__ = ["Repository", "UploadSession"]

MANIFEST_LIMIT = 4 << 20  # the distribution-spec asks registries for as much
_CHUNK = 1 << 18

#: Where an upload goes on, as the registry last said.
UploadSession = str


class Repository:
    """A repository that is pulled from or (``is_pushed``) pushed to.

    ``others`` are repositories of the same registry that blobs may be mounted from.
    """

    def __init__(
        self,
        registry: str,
        name: str,
        access: Access,
        *,
        is_pushed: bool = False,
        others: tuple[str, ...] = (),
    ) -> None:
        self.registry = registry
        self.name = name
        self.transport = Transport(registry, access)
        actions = "pull,push" if is_pushed else "pull"
        own = f"repository:{name}:{actions}"
        rest = tuple(f"repository:{other}:pull" for other in sorted(set(others) - {name}))
        self.scopes = (own, *rest)

    def close(self) -> None:
        """Give the connections back."""
        self.transport.close()

    def manifest_digest(self, target: str) -> str:
        """The digest of the manifest that ``target`` (tag or digest) means; empty if there is none.

        Raises:
            RegistryError: the registry refuses, or cannot be reached.
        """
        call = self._call(f"look for {self._at(target)}", "HEAD", (200, 404), _accept())
        with self.transport.send(call, self._path("manifests", target)) as response:
            if response.status_code == 404:
                return ""
            return response.headers.get("Docker-Content-Digest", "")

    def manifest(self, target: str) -> tuple[str, bytes]:
        """The digest and the bytes of the manifest or index that ``target`` means.

        Raises:
            RegistryError: there is none, or it is not what its digest names.
        """
        call = self._call(f"get {self._at(target)}", "GET", (200,), _accept())
        with self.transport.send(call, self._path("manifests", target)) as response:
            data = b"".join(_read(response.raw, call.action, self.registry, MANIFEST_LIMIT))
        digest = sha256_of(data)
        if is_digest(target) and digest != target:
            what = f"could not {call.action}: what came has digest {digest}"
            raise RegistryError(what, where=self.registry, fix="something damages it on the way")
        return digest, data

    def put_manifest(self, target: str, media_type: str, data: bytes) -> None:
        """Keep a manifest under a tag or its digest; from then on it is seen.

        Raises:
            RegistryError: the registry refuses.
        """
        headers = {"Content-Type": media_type}
        call = self._call(f"push {self._at(target)}", "PUT", (200, 201, 202), headers)
        with self.transport.send(call, self._path("manifests", target), body=lambda: data):
            return

    def has_blob(self, digest: str) -> bool:
        """Whether the repository has the blob.

        Raises:
            RegistryError: the registry refuses, or cannot be reached.
        """
        call = self._call(f"look for a blob in {self._at('')}", "HEAD", (200, 404))
        with self.transport.send(call, self._path("blobs", digest)) as response:
            return response.status_code == 200

    def blob(self, digest: str, name: str) -> Iterator[bytes]:
        """The blob's bytes as they come, unchecked; ``name`` is for errors.

        Raises:
            RegistryError: there is none, or the line was cut.
        """
        call = self._call(f"get {name} of {self._at('')}", "GET")
        with self.transport.send(call, self._path("blobs", digest)) as response:
            yield from _read(response.raw, call.action, self.registry)

    def start_upload(self, action: str, digest: str = "", origin: str = "") -> UploadSession:
        """Begin an upload; empty where the blob was mounted from repository ``origin`` instead.

        Raises:
            RegistryError: the registry refuses.
        """
        query = {"mount": digest, "from": origin} if origin else {}
        call = self._call(action, "POST", (201, 202))
        path = self._path("blobs", "uploads/")
        with self.transport.send(call, path, query=query) as response:
            if response.status_code == 201:
                return ""
            return self.location(response.headers.get("Location", ""), action)

    def location(self, header: str, action: str) -> UploadSession:
        """Where an upload goes on, made absolute.

        Raises:
            RegistryError: the registry did not say.
        """
        if not header:
            what = f"could not {action}: the registry does not say where to send it"
            raise RegistryError(what, where=self.registry)
        return self.transport.address(header)

    def _call(
        self,
        action: str,
        method: str,
        wanted: tuple[int, ...] = (200,),
        headers: dict[str, str] | None = None,
    ) -> Call:
        return Call(action, method, scopes=self.scopes, wanted=wanted, headers=headers)

    def _path(self, kind: str, target: str) -> str:
        return f"/v2/{self.name}/{kind}/{target}"

    def _at(self, target: str) -> str:
        mark = "@" if is_digest(target) else ":" if target else ""
        return f"{self.registry}/{self.name}{mark}{target}"


def _accept() -> dict[str, str]:
    return {"Accept": ", ".join(MANIFEST_TYPES)}


def _read(raw: object, action: str, registry: str, limit: int = 0) -> Iterator[bytes]:
    """An answer's body in pieces; a line that is cut is an error."""
    from urllib3 import HTTPResponse
    from urllib3.exceptions import HTTPError

    size = 0
    try:
        for chunk in cast("HTTPResponse", raw).stream(_CHUNK, decode_content=False):
            size += len(chunk)
            if limit and size > limit:
                what = f"could not {action}: it is larger than {limit} bytes"
                raise RegistryError(what, where=registry)
            yield chunk
    except (HTTPError, OSError) as error:
        what = f"could not {action}: the line was cut after {size} bytes"
        raise RegistryError(what, where=registry, fix="try again") from error
