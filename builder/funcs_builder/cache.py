"""What builds remember between them: blobs by their digest, answers by the key of their inputs.

Everything is written beside its place and renamed into it, so that a reader sees all of a thing
or nothing, two builds at once meet only in equal results, and an interrupted one leaves nothing
but a temporary file that `Cache.collect` takes away. Builds hold a shared lock; collecting waits
for none and needs it alone.

    cache/
      blobs/sha256/<hex>         content, touched when used
      memo/<kind>/<hex>.json     small answers: a file's digest, a layer's, a base's manifest
      part/                      being written
      lock
"""

from __future__ import annotations

import contextlib
import errno
import fcntl
import hashlib
import json
import os
import stat
import time
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import BinaryIO

from funcs_builder.digest import sha256_of
from funcs_builder.errors import BuildError, LayerError

__all__ = ["PART_PREFIX", "Cache", "atomic_file"]

MAX_BYTES = 10 << 30
#: What temporary files are called, wherever they are.
PART_PREFIX = ".part-"
_PART_AGE_S = 24 * 3600.0


class Cache:
    """A folder of blobs and memos, made when first written to."""

    def __init__(self, root: Path) -> None:
        self.root = root
        self._blobs = root / "blobs" / "sha256"
        self._memo = root / "memo"
        self._part = root / "part"

    @classmethod
    def of(cls, environ: Mapping[str, str]) -> Cache:
        """The person's own: ``$XDG_CACHE_HOME/funcs``, or ``~/.cache/funcs``."""
        home = environ.get("XDG_CACHE_HOME") or str(Path(environ.get("HOME") or "~", ".cache"))
        return cls(Path(home).expanduser() / "funcs")

    def path(self, digest: str) -> Path:
        """Where the blob lies, or would lie."""
        return self._blobs / digest.removeprefix("sha256:")

    def has(self, digest: str) -> bool:
        """Whether the blob is here; if so it counts as used now."""
        try:
            os.utime(self.path(digest))
        except OSError:
            return False
        return True

    def open(self, digest: str) -> BinaryIO | None:
        """The blob, to be closed by the caller; None where it is not here."""
        try:
            return self.path(digest).open("rb")
        except FileNotFoundError:
            return None

    def read(self, digest: str) -> bytes | None:
        """A small blob's bytes; None where it is not here, or is not what it is named by."""
        try:
            data = self.path(digest).read_bytes()
        except FileNotFoundError:
            return None
        return data if sha256_of(data) == digest else None

    def remove(self, digest: str) -> None:
        """Forget a blob, as one that was found damaged."""
        self.path(digest).unlink(missing_ok=True)

    def add(self, chunks: Iterable[bytes], expected: str = "") -> tuple[str, int]:
        """Keep a blob and give its digest and size; it is seen when the last chunk is written.

        Raises:
            LayerError: its digest is not the ``expected`` one; nothing is kept.
            BuildError: the cache cannot be written.
        """
        sha, size = hashlib.sha256(), 0
        with self._writing() as (stream, place):
            for chunk in chunks:
                sha.update(chunk)
                size += len(chunk)
                stream.write(chunk)
            digest = f"sha256:{sha.hexdigest()}"
            if expected and digest != expected:
                fix = "the sender or the line damages it: try again"
                raise LayerError(f"a blob came with digest {digest}, not {expected}", fix=fix)
            place(self.path(digest))
        return digest, size

    def recall(self, kind: str, key: str, *fields: str) -> dict[str, object] | None:
        """What was remembered of ``key``; None where nothing was, or it cannot be read.

        It is damaged too where it lacks one of ``fields``.
        """
        path = self._memo_path(kind, key)
        try:
            value = json.loads(path.read_bytes())
            os.utime(path)
        except (OSError, ValueError):
            return None
        return value if isinstance(value, dict) and value.keys() >= set(fields) else None

    def remember(self, kind: str, key: str, value: Mapping[str, object]) -> None:
        """Remember ``value`` (as JSON, in its order) of ``key``, over what was remembered before.

        Raises:
            BuildError: the cache cannot be written.
        """
        with self._writing() as (stream, place):
            stream.write(json.dumps(value).encode())
            place(self._memo_path(kind, key))

    @contextlib.contextmanager
    def in_use(self) -> Iterator[None]:
        """Nothing is collected while this is held; any number of builds may hold it at once."""
        self._make(self.root)
        with (self.root / "lock").open("a") as lock:
            fcntl.flock(lock, fcntl.LOCK_SH)
            yield

    def collect(self, max_bytes: int = MAX_BYTES) -> int:
        """Remove what was used longest ago until ``max_bytes`` are left; the bytes freed.

        Does nothing while a build is going on.
        """
        if not self.root.is_dir():
            return 0
        with (self.root / "lock").open("a") as lock:
            try:
                fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
            except BlockingIOError:
                return 0
            old = time.time() - _PART_AGE_S
            for status, path in _files(self._part):
                if status.st_mtime < old:
                    path.unlink(missing_ok=True)
            return _shrink([*_files(self._blobs), *_files(self._memo)], max_bytes)

    def _memo_path(self, kind: str, key: str) -> Path:
        name = hashlib.sha256(key.encode(errors="surrogateescape")).hexdigest()
        return self._memo / kind / f"{name}.json"

    @contextlib.contextmanager
    def _writing(self) -> Iterator[tuple[BinaryIO, _Place]]:
        """A temporary file, and what to call to put it in its place."""
        with contextlib.ExitStack() as stack:
            try:
                self._make(self._part)
                yield stack.enter_context(atomic_file(self._part))
            except OSError as error:
                raise self._refusal(error) from error

    def _make(self, folder: Path) -> None:
        try:
            folder.mkdir(parents=True, exist_ok=True)
        except OSError as error:
            raise self._refusal(error) from error

    def _refusal(self, error: OSError) -> BuildError:
        fix = "set XDG_CACHE_HOME to a folder that you may write to"
        if error.errno in (errno.ENOSPC, errno.EDQUOT):
            fix = "make room, or set XDG_CACHE_HOME to a folder on another disk"
        what = f"could not write the build cache: {error.strerror or error}"
        return BuildError(what, where=str(self.root), fix=fix)


class _Place:
    """Puts a finished temporary file into its place."""

    def __init__(self, stream: BinaryIO, path: Path) -> None:
        self._stream = stream
        self._path = path

    def __call__(self, target: Path) -> None:
        self._stream.flush()
        target.parent.mkdir(parents=True, exist_ok=True)
        self._path.replace(target)


@contextlib.contextmanager
def atomic_file(folder: Path) -> Iterator[tuple[BinaryIO, _Place]]:
    """A temporary file in ``folder``, and a call that renames it; gone if that is never made.

    Raises:
        OSError: it cannot be written.
    """
    path = folder / f"{PART_PREFIX}{os.urandom(8).hex()}"
    try:
        with path.open("xb") as stream:
            os.fchmod(stream.fileno(), 0o644)  # whatever the umask is
            yield stream, _Place(stream, path)
    finally:
        path.unlink(missing_ok=True)


def _files(folder: Path) -> Iterator[tuple[os.stat_result, Path]]:
    for path in folder.rglob("*"):
        with contextlib.suppress(FileNotFoundError):  # put in its place meanwhile
            status = path.stat()
            if stat.S_ISREG(status.st_mode):
                yield status, path


def _shrink(found: list[tuple[os.stat_result, Path]], max_bytes: int) -> int:
    """Remove the files least lately used until the rest has ``max_bytes``; the bytes freed."""
    left = sum(status.st_size for status, _ in found)
    freed = 0
    for status, path in sorted(found, key=lambda pair: pair[0].st_mtime_ns):
        if left <= max_bytes:
            break
        path.unlink(missing_ok=True)
        left -= status.st_size
        freed += status.st_size
    return freed
