"""A base image without a registry: a distribution's packages, unpacked into a root of our own.

No maintainer script runs; what they would have made is in the recipe. The same packages come to
the same bytes, so the root is kept by the hash of its packages and recipe.
"""

from __future__ import annotations

import hashlib
import json
import os
import stat
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import NamedTuple
from urllib.parse import unquote

from funcs_builder.draft import appear, draft_in
from funcs_builder.entry import Entry, FileContent
from funcs_builder.errors import BuildError
from funcs_builder.lock import sha256_of
from funcs_builder.recipe import Recipe

__all__ = ["DebianBase", "DebianBases", "DebianPackage"]

#: Raised when the same packages and recipe come to other files.
_FORMAT = 1
_CERTIFICATES = "etc/ssl/certs/ca-certificates.crt"


class DebianPackage(NamedTuple):
    """One package: ``name=version`` and the sha256 of its .deb, ``file``."""

    name: str
    version: str
    sha256: str
    file: str

    @classmethod
    def of(cls, deb: Path) -> DebianPackage:
        """The package in ``deb``, whose name apt has written: ``zlib1g_1%3a1.2_amd64.deb``."""
        name, version, _ = deb.name.split("_")
        return cls(name, unquote(version), sha256_of(deb), deb.name)


class DebianBase(NamedTuple):
    """A base's files, unpacked in ``root``, and the packages that they are from."""

    recipe: Recipe
    architecture: str
    packages: tuple[DebianPackage, ...]
    root: Path

    @property
    def digest(self) -> str:
        """What the base is made of, as one sha256 in hex."""
        return _digest(self.recipe, self.architecture, self.packages)

    def entries(self) -> list[Entry]:
        """The files and links of the base, by path, and the folders that its recipe names."""
        found = [*_tree(self.root), *(Entry.folder(*item) for item in self.recipe.folders.items())]
        return sorted(found, key=lambda entry: entry.path)


class DebianBases(NamedTuple):
    """Bases kept in ``folder``; ``environ`` is what apt and dpkg run with."""

    folder: Path
    environ: Mapping[str, str]

    def base(self, recipe: Recipe, architecture: str, *, refresh: bool = False) -> DebianBase:
        """The base of ``recipe`` for ``"amd64"`` or ``"arm64"``.

        Its packages stay as they were the first time; ``refresh`` takes the newest, with their
        security fixes.

        Raises:
            BuildError: the packages cannot be had or unpacked.
        """
        memo = self.folder / f"{recipe.name}-{architecture}.json"
        packages = None if refresh else _read(memo, recipe)
        if packages is None:
            packages = self._download(recipe, architecture)
            self._write(memo, packages)
        root = self.folder / "roots" / _digest(recipe, architecture, packages)
        if not root.is_dir():
            self._unpack(recipe, architecture, packages, root)
        return DebianBase(recipe, architecture, packages, root)

    def _download(
        self, recipe: Recipe, architecture: str, wanted: tuple[str, ...] = ()
    ) -> tuple[DebianPackage, ...]:
        from funcs_builder.apt import Apt

        with draft_in(self.folder) as draft:
            asked = wanted or recipe.packages
            Apt(self.environ).download(recipe, architecture, asked, draft)
            found = {deb: DebianPackage.of(deb) for deb in draft.glob("*.deb")}
            for deb, package in found.items():
                place = self._deb(package)
                place.parent.mkdir(parents=True, exist_ok=True)
                deb.replace(place)
            return tuple(sorted(found.values()))

    def _unpack(
        self,
        recipe: Recipe,
        architecture: str,
        packages: tuple[DebianPackage, ...],
        place: Path,
    ) -> None:
        missing = [item for item in packages if not self._deb(item).is_file()]
        if missing:
            wanted = tuple(f"{item.name}={item.version}" for item in missing)
            self._download(recipe, architecture, wanted)
        with draft_in(self.folder) as draft:
            root = draft / "root"
            root.mkdir()
            for package in packages:
                self._unpack_one(package, root)
            _finish(root, recipe)
            appear(root, place)

    def _unpack_one(self, package: DebianPackage, root: Path) -> None:
        deb = self._deb(package)
        if not deb.is_file():
            what = f"the mirror no longer has {package.name}={package.version} as it was locked"
            raise BuildError(what, fix="take the newest: funcs build --refresh")
        self._dpkg("-x", str(deb), str(root))
        status = root / "var/lib/dpkg/status.d" / package.name
        status.parent.mkdir(parents=True, exist_ok=True)
        # where scanners look for the packages of an image that has no dpkg
        status.write_text(self._dpkg("-f", str(deb)))

    def _dpkg(self, *arguments: str) -> str:
        import shutil  # 3 ms, which a base that is known does without

        from funcs_builder.tool import output_of

        program = shutil.which("dpkg-deb", path=self.environ.get("PATH"))
        if program is None:
            fix = "build on Debian or Ubuntu, or take a base image from a registry"
            raise BuildError("dpkg-deb is not on PATH, and this base is made by it", fix=fix)
        done = output_of([program, *arguments], {**self.environ, "LC_ALL": "C"}, self.folder)
        if done.status and "No space left on device" in done.text:
            fix = "make room on the disk of the cache"
            raise BuildError("the disk is full", where=str(self.folder), fix=fix)
        if done.status:
            fix = "delete the file, and build again"
            what = f"dpkg-deb cannot unpack it: {done.text.strip()[-300:]}"
            raise BuildError(what, where=arguments[1], fix=fix)
        return done.text

    def _deb(self, package: DebianPackage) -> Path:
        return self.folder / "debs" / package.sha256 / package.file

    def _write(self, memo: Path, packages: tuple[DebianPackage, ...]) -> None:
        with draft_in(self.folder) as draft:
            (draft / "lock").write_text(json.dumps([item._asdict() for item in packages], indent=1))
            (draft / "lock").replace(memo)


def _finish(root: Path, recipe: Recipe) -> None:
    """Do what the packages' own scripts would have done, and drop what nothing needs."""
    import shutil

    for path in recipe.dropped:
        shutil.rmtree(root / path, ignore_errors=True)
    for file in _files(root / "usr/share/doc"):
        if file.name != "copyright":
            file.unlink()
    for path, target in recipe.links.items():
        _place(root, path).symlink_to(target)
    for path, text in recipe.files.items():
        _place(root, path).write_text(text.lstrip("\n"))
    certificates = sorted((root / "usr/share/ca-certificates").rglob("*.crt"))
    _place(root, _CERTIFICATES).write_bytes(b"".join(file.read_bytes() for file in certificates))


def _place(root: Path, path: str) -> Path:
    """Where ``path`` lies in ``root``, with nothing there yet.

    Raises:
        BuildError: a package has a link on the way that leads out of the root.
    """
    place = root / path
    place.parent.mkdir(parents=True, exist_ok=True)
    if not place.parent.resolve().is_relative_to(root.resolve()):
        raise BuildError(f"{path!r} lies behind a link that leads out of the base", where=str(root))
    if place.is_dir() and not place.is_symlink():
        import shutil

        shutil.rmtree(place)
    else:
        place.unlink(missing_ok=True)
    return place


def _tree(root: Path) -> Iterator[Entry]:
    for file in _files(root):
        path = file.relative_to(root).as_posix()
        if file.is_symlink():
            yield Entry.link(path, str(file.readlink()))
            continue
        found = file.lstat()
        mode = 0o755 if found.st_mode & stat.S_IXUSR else 0o644
        yield Entry(path, FileContent(file, found.st_size), mode)


def _files(folder: Path) -> Iterator[Path]:
    """Every file and link below ``folder``; links are not followed."""
    for parent, folders, names in os.walk(folder):
        links = [name for name in folders if Path(parent, name).is_symlink()]
        yield from (Path(parent, name) for name in [*names, *links])


def _digest(recipe: Recipe, architecture: str, packages: tuple[DebianPackage, ...]) -> str:
    parts = [_FORMAT, recipe._asdict(), architecture, [item._asdict() for item in packages]]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _read(memo: Path, recipe: Recipe) -> tuple[DebianPackage, ...] | None:
    """The packages of last time, if the recipe still asks for the same."""
    try:
        packages = tuple(DebianPackage(**item) for item in json.loads(memo.read_text()))
    except (OSError, ValueError, TypeError):
        return None
    names = {package.name for package in packages}
    return packages if names == set(recipe.packages) else None
