"""Sends a blob to a registry: in one request, or in parts that go on where a cut line stopped.

Nothing large is held: each try reads the blob again from where it has to go on.
"""

from __future__ import annotations

import re
import threading
import time
from collections.abc import Callable, Iterator
from typing import BinaryIO, NamedTuple, cast

from funcs_builder.digest import CHUNK_BYTES
from funcs_builder.errors import BuildError, RegistryError
from funcs_builder.image import Blob
from funcs_builder.registry import Repository, UploadSession
from funcs_builder.transport import Call

__all__ = ["Upload", "UploadSizes"]

_RANGE = re.compile(r"(?:bytes=)?(\d+)-(\d+)")


class UploadSizes(NamedTuple):
    """Blobs above ``whole_bytes`` are sent in parts of ``part_bytes``."""

    whole_bytes: int = 64 << 20
    part_bytes: int = 16 << 20


class Upload:
    """One blob on its way; ``advance`` is told how many bytes more (or fewer) are sent.

    Setting ``stop`` ends it at the next block.
    """

    def __init__(
        self,
        repository: Repository,
        blob: Blob,
        *,
        sizes: UploadSizes,
        advance: Callable[[int], None],
        stop: threading.Event,
    ) -> None:
        self._repository = repository
        self._blob = blob
        self._sizes = sizes
        self._advance = advance
        self._stop = stop
        self._told = 0
        self._action = f"push {blob.name} to {repository.registry}/{repository.name}"

    def send(self, origin: str = "") -> bool:
        """Bring the blob there; False where it was mounted from repository ``origin`` instead.

        Raises:
            BuildError: the registry refuses, or the bytes cannot be had.
        """
        session = self._repository.start_upload(self._action, self._blob.digest, origin)
        if not session:
            return False
        try:
            if self._blob.size_bytes <= self._sizes.whole_bytes:
                self._send_whole(session)
            else:
                self._finish_parts(self._send_parts(session))
        except RegistryError as error:
            if error.status == 400:  # it is not what its digest names
                self._blob.forget()
            raise
        return True

    def _send_whole(self, session: UploadSession) -> None:
        """One PUT; a new try needs a new session, since the old one may hold half of it."""
        attempts = self._repository.transport.retry.attempts
        for attempt in range(attempts):
            try:
                return self._finish(session, lambda: self._body(0, self._blob.size_bytes))
            except RegistryError as error:
                if attempt == attempts - 1 or not _may_pass(error):
                    raise
            self._tell(0)
            time.sleep(self._repository.transport.retry.wait_s(attempt))
            session = self._repository.start_upload(self._action)
        return None

    def _send_parts(self, session: UploadSession) -> UploadSession:
        """Every part; the session to finish."""
        offset, failures = 0, 0
        while offset < self._blob.size_bytes:
            try:
                session, offset = self._send_part(session, offset)
                failures = 0
            except RegistryError as error:
                failures += 1
                if failures == self._repository.transport.retry.attempts or not _may_pass(error):
                    raise
                time.sleep(self._repository.transport.retry.wait_s(failures - 1))
                session, offset = self._resumed(session)
            self._tell(offset)
        return session

    def _send_part(self, session: UploadSession, offset: int) -> tuple[UploadSession, int]:
        count = min(self._sizes.part_bytes, self._blob.size_bytes - offset)
        end = offset + count
        headers = {
            "Content-Type": "application/octet-stream",
            "Content-Range": f"{offset}-{end - 1}",
        }
        call = self._call("PATCH", (202,), headers)
        with self._repository.transport.send(
            call, session, body=lambda: self._body(offset, count)
        ) as response:
            next_session = response.headers.get("Location", "")
            return self._repository.location(next_session, self._action), end

    def _finish_parts(self, session: UploadSession) -> None:
        """Close the session; an answer that was lost may have been a yes."""
        attempts = self._repository.transport.retry.attempts
        for attempt in range(attempts):
            try:
                return self._finish(session)
            except RegistryError as error:
                if not _may_pass(error):
                    raise
                if self._repository.has_blob(self._blob.digest):
                    return None
                if attempt == attempts - 1:
                    raise
            time.sleep(self._repository.transport.retry.wait_s(attempt))
        return None

    def _resumed(self, session: UploadSession) -> tuple[UploadSession, int]:
        """Where the registry stands; a new session where it has forgotten this one."""
        call = Call(self._action, "GET", scopes=self._repository.scopes, wanted=(200, 204, 404))
        with self._repository.transport.send(call, session) as response:
            found = _RANGE.fullmatch(response.headers.get("Range", ""))
            if response.status_code == 404 or not found:
                return self._repository.start_upload(self._action), 0
            last = int(found[2])
            header = response.headers.get("Location", "") or session
            # "0-0" is how registries say that they have nothing
            return self._repository.location(header, self._action), last + 1 if last else 0

    def _finish(self, session: UploadSession, body: Callable[[], BinaryIO] | None = None) -> None:
        call = self._call("PUT", (201, 204), {"Content-Type": "application/octet-stream"})
        query = {"digest": self._blob.digest}
        with self._repository.transport.send(
            call, session, query=query, body=body or (lambda: b"")
        ):
            self._tell(self._blob.size_bytes)

    def _call(self, method: str, wanted: tuple[int, ...], headers: dict[str, str]) -> Call:
        """A request that is not tried again by itself: the session must be asked first."""
        return Call(
            self._action,
            method,
            scopes=self._repository.scopes,
            wanted=wanted,
            headers=headers,
            attempts=1,
        )

    def _body(self, offset: int, count: int) -> BinaryIO:
        self._tell(offset)
        source = self._blob.open(offset)
        return cast("BinaryIO", _Body(source, count, self._count, self._stop))

    def _count(self, count: int) -> None:
        self._told += count
        self._advance(count)

    def _tell(self, sent_bytes: int) -> None:
        """Tell the difference to what was told, which a new try may have made too much."""
        if sent_bytes != self._told:
            self._count(sent_bytes - self._told)


class _Body:
    """``count`` bytes of a stream, as the body of a request.

    Not one of ``io``'s classes: of those ``requests`` takes the length from ``tell``.
    """

    def __init__(
        self, source: BinaryIO, count: int, advance: Callable[[int], None], stop: threading.Event
    ) -> None:
        self._source = source
        self._count = count
        self._left = count
        self._advance = advance
        self._stop = stop

    def __len__(self) -> int:
        return self._count

    def read(self, size: int = -1) -> bytes:
        """Some of the bytes; as many as asked for while there are so many."""
        if self._stop.is_set():
            raise BuildError("the push was given up")
        size = self._left if size < 0 else min(size, self._left)
        chunk = self._source.read(min(size, CHUNK_BYTES)) if size else b""
        self._left -= len(chunk)
        self._advance(len(chunk))
        return chunk

    def __iter__(self) -> Iterator[bytes]:
        return iter(lambda: self.read(CHUNK_BYTES), b"")

    def __enter__(self) -> _Body:
        return self

    def __exit__(self, *exc: object) -> None:
        self._source.close()


def _may_pass(error: RegistryError) -> bool:
    """Whether another try may do: no answer, a busy or failing server, a session out of step."""
    return error.status in (0, 404, 408, 416, 429) or error.status >= 500
