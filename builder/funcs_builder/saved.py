"""Images in one tar: what ``docker save``, ``skopeo``, ``podman save`` and we write.

Nothing is unpacked to disk: members are looked up by name and read where they lie in the file.
"""

from __future__ import annotations

import io
import posixpath
import tarfile
from pathlib import Path
from typing import BinaryIO, cast

from funcs_builder.codec import LAYER_TAR
from funcs_builder.config import ImageConfig
from funcs_builder.digest import sha256_of, sha256_of_stream
from funcs_builder.document import Document
from funcs_builder.errors import BaseError
from funcs_builder.image import Image
from funcs_builder.manifest import OCI_CONFIG, Descriptor, Manifest
from funcs_builder.platforms import Platform
from funcs_builder.stored import DOCUMENT_LIMIT, image_in, stored_layers

__all__ = ["ArchiveStore"]

_LINK_DEPTH = 8
_GZIP_MAGIC = b"\x1f\x8b"


class ArchiveStore:
    """A tar that is an OCI layout, or what ``docker load`` takes, or both.

    Raises on construction:
        BaseError: the file is no plain tar.
    """

    def __init__(self, path: Path) -> None:
        self._path = path
        self._where = str(path)
        try:
            with tarfile.open(path, "r:") as archive:
                self._members = _places(archive)
        except (tarfile.TarError, OSError) as error:
            fix = "name a tar of docker save or of an OCI layout; gunzip it if it is compressed"
            raise BaseError(f"the file is no tar: {error}", where=self._where, fix=fix) from error

    def image(self, tag: str, platform: Platform) -> tuple[str, Image]:
        """The digest and the image of ``tag`` for ``platform``.

        Raises:
            BaseError: there is none, or it is damaged.
        """
        if "index.json" in self._members:
            index = Document.of(self._bytes("index.json"), self._where)
            return image_in(index, self._blob, self._open_blob, tag, platform, self._where)
        if "manifest.json" not in self._members:
            fix = "name a tar of docker save or of an OCI layout"
            raise BaseError("the tar holds no image", where=self._where, fix=fix)
        return self._saved(tag)

    def _saved(self, tag: str) -> tuple[str, Image]:
        """The image of a tar that only ``docker load`` understands."""
        listing = Document.of(b'{"images":%b}' % self._bytes("manifest.json"), self._where)
        found = [
            image
            for image in listing.children("images")
            if not tag or any(_is_called(name, tag) for name in image.words("RepoTags"))
        ]
        if len(found) != 1:
            names = sorted(
                name for image in listing.children("images") for name in image.words("RepoTags")
            )
            fix = f"name one of them behind a colon: {', '.join(names)}"
            raise BaseError(f"the tar has {len(found)} such images", where=self._where, fix=fix)
        data = self._bytes(found[0].text("Config"))
        config = ImageConfig.from_json(data, self._where)
        members = found[0].words("Layers")
        descriptors = tuple(map(self._descriptor, members))
        places = dict(zip((each.digest for each in descriptors), members, strict=True))
        manifest = Manifest(Descriptor(OCI_CONFIG, sha256_of(data), len(data)), descriptors)
        layers = stored_layers(
            manifest,
            config,
            lambda name, descriptor: self._open(places[descriptor.digest]),
            what=self._where,
        )
        image = Image(config, layers)
        return image.digest, image

    def _descriptor(self, member: str) -> Descriptor:
        """What names a layer of which the archive only says where it lies."""
        with self._open(member) as stream:
            is_gzip = stream.read(2) == _GZIP_MAGIC
            stream.seek(0)
            digest = sha256_of_stream(stream)
            size = stream.tell()
        return Descriptor(f"{LAYER_TAR}+gzip" if is_gzip else LAYER_TAR, digest, size)

    def _blob(self, digest: str) -> bytes:
        return self._bytes(_blob_name(digest))

    def _open_blob(self, name: str, descriptor: Descriptor) -> BinaryIO:
        del name
        return self._open(_blob_name(descriptor.digest))

    def _bytes(self, member: str) -> bytes:
        with self._open(member) as stream:
            data = stream.read(DOCUMENT_LIMIT + 1)
        if len(data) > DOCUMENT_LIMIT:
            what = f"{member} of the tar is larger than {DOCUMENT_LIMIT} bytes"
            raise BaseError(what, where=self._where, fix="name another archive")
        return data

    def _open(self, member: str) -> BinaryIO:
        if member not in self._members:
            raise BaseError(f"the tar lacks {member!r}", where=self._where, fix="copy it again")
        return cast("BinaryIO", io.BufferedReader(_Slice(self._path, *self._members[member])))


class _Slice(io.RawIOBase):
    """A part of a file as a file."""

    def __init__(self, path: Path, start: int, size: int) -> None:
        self._file = path.open("rb", buffering=0)
        self._start = start
        self._size = size
        self._at = 0

    def readable(self) -> bool:
        return True

    def seekable(self) -> bool:
        return True

    def seek(self, offset: int, whence: int = io.SEEK_SET) -> int:
        origins = {io.SEEK_SET: 0, io.SEEK_CUR: self._at, io.SEEK_END: self._size}
        self._at = max(0, origins[whence] + offset)
        return self._at

    def readinto(self, buffer: object) -> int:
        target = memoryview(buffer).cast("B")  # type: ignore[arg-type] # any writable buffer
        count = max(0, min(len(target), self._size - self._at))
        self._file.seek(self._start + self._at)
        count = self._file.readinto(target[:count]) or 0
        self._at += count
        return count

    def close(self) -> None:
        self._file.close()
        super().close()


def _places(archive: tarfile.TarFile) -> dict[str, tuple[int, int]]:
    """Where each file of the archive begins and how long it is, links within it followed."""
    members = {posixpath.normpath(member.name): member for member in archive}
    places: dict[str, tuple[int, int]] = {}
    for name, member in members.items():
        found, path = member, name
        for _ in range(_LINK_DEPTH):
            if not (found.issym() or found.islnk()):
                break
            folder = posixpath.dirname(path) if found.issym() else ""
            path = posixpath.normpath(posixpath.join(folder, found.linkname))
            found = members.get(path, found)
        if found.isreg():
            places[name] = (found.offset_data, found.size)
    return places


def _is_called(name: str, tag: str) -> bool:
    return name == tag or name.endswith(f":{tag}")


def _blob_name(digest: str) -> str:
    return "blobs/" + digest.replace(":", "/")
