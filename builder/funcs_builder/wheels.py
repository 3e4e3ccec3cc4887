"""Wheels as entries of an image: unpacked as they are written, never held.

What a wheel may hold is the wheel specification's word (packaging.python.org, "Binary
distribution format"); what it may not, whoever made it, is a path that leads elsewhere.
"""

from __future__ import annotations

import csv
import hashlib
import posixpath
import stat
import threading
import zipfile
from collections.abc import Iterable, Iterator
from functools import cached_property
from pathlib import Path

from funcs_builder.entry import BytesContent, Content, Entry
from funcs_builder.errors import BuildError
from funcs_builder.lock import normal_name, wheel_name
from funcs_builder.record import Recorded, digest_of, read_record, record_text
from funcs_builder.scheme import Scheme
from funcs_builder.scripts import console_scripts, with_python
from funcs_builder.zip_content import ZipContent

__all__ = ["Wheel", "unpacked"]

_INSTALLER = b"funcs\n"
_SIGNATURES = ("RECORD.jws", "RECORD.p7s")
_ENCRYPTED = 0x1
_FIX = "delete it, and have it fetched or built again"
_PIECE_BYTES = 1 << 20


class Wheel:
    """The wheel at ``path``: its name, its metadata, and what it puts into an image.

    Raises on construction:
        BuildError: it is no wheel, is damaged, or holds what no wheel may.
    """

    def __init__(self, path: Path) -> None:
        self.path = path
        self.name, self.version = wheel_name(path.name)
        try:
            with zipfile.ZipFile(path) as archive:
                members = archive.infolist()
        except (OSError, zipfile.BadZipFile) as error:
            raise self._wrong(f"cannot be read: {error}") from error
        self._members = {member.filename: member for member in members if not member.is_dir()}
        self._refuse_unsafe(members)
        self._folder = self._dist_info()
        self._refuse_newer()
        self._known: dict[Scheme, list[Entry]] = {}
        self._lock = threading.Lock()

    @property
    def size_bytes(self) -> int:
        """The size of the wheel itself, packed."""
        return self.path.stat().st_size

    @cached_property
    def metadata(self) -> str:
        """The text of METADATA.

        Raises:
            BuildError: there is none.
        """
        return self.dist_info("METADATA")

    def dist_info(self, file: str) -> str:
        """The text of a file of the wheel's ``.dist-info``.

        Raises:
            BuildError: it is not there, or no text.
        """
        try:
            return self._read(f"{self._folder}/{file}").decode()
        except (KeyError, UnicodeDecodeError):
            raise self._wrong(f"has no {file} that can be read") from None

    def entries(self, scheme: Scheme) -> list[Entry]:
        """The files that installing the wheel would write, by path; found once for a scheme.

        Raises:
            BuildError: a part of it has no place, or a path leads out of it.
        """
        with self._lock:
            if scheme not in self._known:
                self._known[scheme] = self._entries(scheme)
            return self._known[scheme]

    def _entries(self, scheme: Scheme) -> list[Entry]:
        placed = dict(self._placed(scheme))
        placed |= self._scripts(scheme)
        folder = f"{scheme.site}/{self._folder}"
        placed[f"{folder}/INSTALLER"] = _file(f"{folder}/INSTALLER", _INSTALLER)
        record = record_text(self._records(placed, scheme), scheme.site, f"{folder}/RECORD")
        placed[f"{folder}/RECORD"] = _file(f"{folder}/RECORD", record.encode())
        return [placed[path] for path in sorted(placed)]

    def _placed(self, scheme: Scheme) -> Iterator[tuple[str, Entry]]:
        own = {f"{self._folder}/{name}" for name in ("RECORD", "INSTALLER", *_SIGNATURES)}
        for name, member in self._members.items():
            if name in own:
                continue
            path, is_script = self._place(name, scheme)
            content: Content = ZipContent(self.path, member)
            if is_script:
                content = BytesContent(with_python(self._read(name), scheme.python))
            mode = 0o755 if is_script or member.external_attr >> 16 & 0o111 else 0o644
            yield path, Entry(path, content, mode)

    def _place(self, name: str, scheme: Scheme) -> tuple[str, bool]:
        """Where a member goes, and whether it is a script."""
        top, _, below = name.partition("/")
        if not (below and top.endswith(".data") and self._is_own(top)):
            return f"{scheme.site}/{name}", False
        part, _, rest = below.partition("/")
        folder = scheme.folder_of(part)
        if folder is None or not rest:
            raise self._wrong(f"has files for {part!r}, which is no place")
        if part == "headers":
            rest = f"{self.name}/{rest}"
        return f"{folder}/{rest}", part == "scripts"

    def _is_own(self, folder: str) -> bool:
        """Whether a folder at the top is called after the wheel, as ``.dist-info`` is."""
        own, _, _ = self._folder.rpartition(".")
        return normal_name(folder.rpartition(".")[0]) == normal_name(own)

    def _scripts(self, scheme: Scheme) -> dict[str, Entry]:
        if f"{self._folder}/entry_points.txt" not in self._members:
            return {}
        try:
            found = console_scripts(self.dist_info("entry_points.txt"), scheme.python)
        except ValueError as error:
            raise self._wrong(f"has an entry point that is none: {error}") from None
        folder = scheme.scripts
        files = [_file(f"{folder}/{name}", text, 0o755) for name, text in found.items()]
        return {file.path: file for file in files}

    def _records(self, placed: dict[str, Entry], scheme: Scheme) -> Iterator[Recorded]:
        """What RECORD says of each file: the wheel's own word where it is unchanged."""
        try:
            known = read_record(self.dist_info("RECORD"))
        except csv.Error as error:
            raise self._wrong(f"has a RECORD that cannot be read: {error}") from None
        said = {
            self._place(name, scheme)[0]: known[name] for name in self._members if name in known
        }
        for path, entry in placed.items():
            content = entry.content
            digest = said.get(path, "") if isinstance(content, ZipContent) else ""
            if content is not None:
                yield Recorded(path, digest or _digest(content), content.size_bytes)

    def _dist_info(self) -> str:
        folders = {name.partition("/")[0] for name in self._members if "/" in name}
        found = sorted(folder for folder in folders if folder.endswith(".dist-info"))
        if len(found) == 1:
            return found[0]
        raise self._wrong(f"has {len(found)} .dist-info folders, not one")

    def _refuse_unsafe(self, members: list[zipfile.ZipInfo]) -> None:
        for member in members:
            name = member.orig_filename
            bare = name.removesuffix("/")
            outside = bare.startswith(("/", "../")) or bare in ("", ".", "..")
            if outside or posixpath.normpath(bare) != bare or {"\\", "\0"} & set(bare):
                raise self._wrong(f"holds the path {name!r}, which leads out of it")
            if stat.S_ISLNK(member.external_attr >> 16):
                raise self._wrong(f"holds the link {name!r}")
            if member.flag_bits & _ENCRYPTED:
                raise self._wrong(f"holds {name!r}, which is encrypted")
        if len(self._members) < sum(not member.is_dir() for member in members):
            raise self._wrong("holds two files of one name")

    def _refuse_newer(self) -> None:
        lines = self.dist_info("WHEEL").splitlines()
        said = next((line for line in lines if line.lower().startswith("wheel-version:")), "")
        version = said.partition(":")[2].strip()
        if version.partition(".")[0] != "1":
            raise self._wrong(f"is of the format {version!r}, and 1.0 is known")

    def _read(self, name: str) -> bytes:
        with ZipContent(self.path, self._members[name]).open() as stream:
            return stream.read()

    def _wrong(self, what: str) -> BuildError:
        return BuildError(f"the wheel {self.path.name!r} {what}", where=str(self.path), fix=_FIX)


def unpacked(wheels: Iterable[Wheel], scheme: Scheme) -> list[Entry]:
    """The entries of several wheels as one layer, by path; of two at one path the later's.

    Raises:
        BuildError: one cannot be unpacked.
    """
    placed = {entry.path: entry for wheel in wheels for entry in wheel.entries(scheme)}
    return [placed[path] for path in sorted(placed)]


def _file(path: str, data: bytes, mode: int = 0o644) -> Entry:
    return Entry(path, BytesContent(data), mode)


def _digest(content: Content) -> str:
    digest = hashlib.sha256()
    with content.open() as stream:
        while piece := stream.read(_PIECE_BYTES):
            digest.update(piece)
    return digest_of(digest.digest())
