"""funcs itself as a wheel, made of the running package: images get this one.

The name ``funcs`` on the package index is a stranger's, so no image asks an index for it. The
wheel asks for what an image needs and no more: the command's other packages stay here.
"""

from __future__ import annotations

import hashlib
import os
import re
import sys
from collections.abc import Iterator, Mapping
from importlib import util
from pathlib import Path, PurePosixPath

import funcs
from funcs._data import data_folder
from funcs.errors import LoadError
from funcs.manifest import written_whole

TYPE_CHECKING = False
if TYPE_CHECKING:
    from importlib import metadata

DISTRIBUTION = "funcs-serving"
#: What a function needs in its image: the first group of pyproject's dependencies.
RUNTIME = ("nuclio-sdk", "msgpack", "httptools", "pyyaml", "cronsim")
#: The file beside the wheel that says what it asks for.
_REQUIRES = "requires.txt"
_NAME = re.compile(r"[A-Za-z0-9._-]+")
_KEPT = ("Name", "Version", "Summary", "License-Expression", "Requires-Python")
#: Zip knows no earlier day.
_EPOCH = (1980, 1, 1, 0, 0, 0)
_WHEEL = "Wheel-Version: 1.0\nGenerator: funcs\nRoot-Is-Purelib: true\nTag: py3-none-any\n"


def own_wheel(folder: Path) -> Path:
    """The wheel of the running funcs, in ``folder``; it is made again only when funcs changed.

    It holds the same bytes wherever it is made, from a checkout or from an installed wheel.

    Raises:
        LoadError: this funcs was not installed, or its installation is of another version.
    """
    place = folder / _fingerprint() / f"funcs_serving-{funcs.__version__}-py3-none-any.whl"
    if place.is_file():
        return place
    from funcs_builder.record import Recorded, digest_text, record_text

    sources = dict(_sources())
    info = f"funcs_serving-{funcs.__version__}.dist-info"
    files = {path: file.read_bytes() for path, file in sorted(sources.items())}
    files |= {f"{info}/{name}": text for name, text in sorted(_dist_info().items())}
    record = [Recorded(path, digest_text(data), len(data)) for path, data in files.items()]
    files[f"{info}/RECORD"] = record_text(record, ".", f"{info}/RECORD").encode()
    try:
        place.parent.mkdir(parents=True, exist_ok=True)
        with written_whole(place.with_name(_REQUIRES)) as draft:
            draft.write_text("\n".join(runtime_requirements()), "utf-8")
        with written_whole(place) as draft:
            _write(draft, files)
    except OSError as error:
        what = f"cannot write funcs' own wheel: {error.strerror}"
        fix = "free space on the disk, or name another folder: XDG_CACHE_HOME"
        raise LoadError(what, where=str(folder), fix=fix) from error
    return place


def wheel_requirements(wheel: Path) -> tuple[str, ...]:
    """What the wheel that `own_wheel` made asks for, without opening it."""
    return tuple(wheel.with_name(_REQUIRES).read_text("utf-8").splitlines())


def runtime_requirements() -> tuple[str, ...]:
    """What images install beside the wheel: ``"msgpack<2,>=1.0.8"``.

    Raises:
        LoadError: this funcs was not installed.
    """
    # as hatchling writes them; packaging's parser would take 15 ms to import
    asked = [line for line in _distribution().requires or () if ";" not in line]
    bare = {_NAME.match(line)[0].lower(): line for line in asked}  # type: ignore[index]
    return tuple(bare[name] for name in RUNTIME)


def _write(path: Path, files: Mapping[str, bytes]) -> None:
    """A zip that depends on its files alone: no compressor whose next release packs otherwise."""
    import zipfile

    with zipfile.ZipFile(path, "w", zipfile.ZIP_STORED) as archive:
        for name, data in files.items():
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3  # what external_attr means: Unix
            member.external_attr = 0o100644 << 16
            archive.writestr(member, data)


def _sources() -> Iterator[tuple[str, Path]]:
    """Each file of the wheel by its path there."""
    package = Path(funcs.__file__).parent
    builder = util.find_spec("funcs_builder")
    if builder is None or builder.origin is None:
        fix = f"install {DISTRIBUTION} again"
        raise LoadError("funcs_builder is missing from this installation", fix=fix)
    yield from _files(package, "funcs")
    yield from _files(Path(builder.origin).parent, "funcs_builder")
    for name in ("handlers", "templates"):
        yield from _files(data_folder(name), f"funcs/_data/{name}")


def _files(folder: Path, under: str) -> Iterator[tuple[str, Path]]:
    """What belongs to the package, as its .gitignore files and ours say."""
    from funcs.packaging.ignore import Ignore

    ignore = Ignore.caches(folder)
    waiting = [PurePosixPath()]
    while waiting:
        path = waiting.pop()
        ignore.enter(path)
        for item in (folder / path).iterdir():
            inner = path / item.name
            if ignore.left_out_by(inner, is_folder=item.is_dir()) is not None:
                continue
            if item.is_dir():
                waiting.append(inner)
            else:
                yield f"{under}/{inner}", item


def _fingerprint() -> str:
    """Changes when a file of the package does, or its installation: by size and time, unread."""
    digest = hashlib.sha256(funcs.__version__.encode())
    for folder in _folders():
        for path, _, names in os.walk(folder):
            if not path.endswith("__pycache__"):
                for name in sorted(names):
                    digest.update(_stamp(f"{path}/{name}"))
    return digest.hexdigest()


def _folders() -> Iterator[str]:
    """Where the wheel's files are, and what the installation says of itself."""
    yield str(Path(funcs.__file__).parent)
    builder = util.find_spec("funcs_builder")
    if builder is not None and builder.origin is not None:
        yield str(Path(builder.origin).parent)
    for name in ("handlers", "templates"):
        yield str(data_folder(name))
    info = f"funcs_serving-{funcs.__version__}.dist-info"
    yield from (f"{entry}/{info}" for entry in sys.path if Path(entry, info).is_dir())


def _stamp(file: str) -> bytes:
    found = os.stat(file)  # noqa: PTH116 - of some 500 files, a third of the time
    return f"{file}\0{found.st_size}\0{found.st_mtime_ns}\0{found.st_ino}\n".encode()


def _dist_info() -> dict[str, bytes]:
    """METADATA and its like, of what every installation says of itself alike."""
    found = _distribution()
    files = {"METADATA": _metadata(found), "WHEEL": _WHEEL, "entry_points.txt": _points(found)}
    licence = found.read_text("licenses/LICENSE")
    if licence is not None:
        files["licenses/LICENSE"] = licence
    return {name: text.encode() for name, text in files.items()}


def _metadata(found: metadata.Distribution) -> str:
    said = found.metadata
    lines = ["Metadata-Version: 2.4"]
    lines += [f"{key}: {said[key]}" for key in _KEPT if key in said]
    lines += [f"Requires-Dist: {line}" for line in runtime_requirements()]
    return "\n".join(lines) + "\n"


def _points(found: metadata.Distribution) -> str:
    groups: dict[str, list[str]] = {}
    for point in found.entry_points:
        groups.setdefault(point.group, []).append(f"{point.name} = {point.value}\n")
    parts = [f"[{name}]\n{''.join(sorted(groups[name]))}" for name in sorted(groups)]
    return "\n".join(parts)


def _distribution() -> metadata.Distribution:
    from importlib import metadata  # 10 ms, and no build needs it whose funcs is the same

    fix = f"install {DISTRIBUTION}: pip install -e . in a checkout"
    try:
        found = metadata.distribution(DISTRIBUTION)
    except metadata.PackageNotFoundError:
        raise LoadError("this funcs was never installed: it has no metadata", fix=fix) from None
    if found.version != funcs.__version__:
        what = f"funcs {funcs.__version__} runs, and {found.version} is installed"
        raise LoadError(what, where=str(Path(funcs.__file__).parent), fix=fix)
    return found
