"""A function as source that Nuclio builds itself: one file in the request, or an archive.

A file that is too large for the dashboard's shell goes as an archive too.

The archive brings our own wheel, installed by its hash: the name ``funcs`` on the package index is
a stranger's.
"""

from __future__ import annotations

import base64
import hashlib
import io
import zipfile
from collections.abc import Mapping
from pathlib import Path, PurePosixPath

from funcs._data import data_folder
from funcs.deploy import guards
from funcs.deploy.document import Document
from funcs.deploy.guards import Surroundings
from funcs.deploy.nuclio.serve import ARCHIVE_HOST
from funcs.errors import DeployError
from funcs.packaging.folder import CODE, folder_contents
from funcs.packaging.own_wheel import own_wheel, runtime_requirements
from funcs.spec import FunctionSpec
from funcs.spec.build import Build

#: Our own folder in the archive; Nuclio copies all of it to /opt/nuclio.
_OURS = "_funcs"
_AT = f"/{CODE}/{_OURS}"
_POST_COPY = "@nuclio.postCopy"
_PIP = "python -m pip install --disable-pip-version-check --no-cache-dir"
#: Zip knows no earlier day.
_EPOCH = (1980, 1, 1, 0, 0, 0)
#: Larger ones belong into an image, whose layers are sent once.
_MOST_BYTES = 512 << 20
_CODE_KEYS = ("path", "functionSourceCode", "codeEntryType", "codeEntryAttributes", "mode")

#: What no function reads, so that it may stay behind.
_UNREAD = ("README.md",)

Files = dict[str, bytes]


def source_document(
    spec: FunctionSpec, document: Document, wheels: Path | None
) -> tuple[Document, Files]:
    """The document with ``spec.build``, and the archive that is served beside it, by its name.

    Raises:
        DeployError: the folder is too large, or the folder of wheels has none.
    """
    files = _code(spec)
    build = _build(spec.spec.build)
    if source := _only_file(spec, files):
        encoded = base64.b64encode(source).decode()
        inline = _with_build(document, build | {"functionSourceCode": encoded})
        if not any(guards.sizes(inline, Surroundings("local"))):
            return inline, {}
    commands = list(build.pop("commands", ()))
    before, after = _split(commands)
    installs = _add_packages(spec, files, wheels)
    lines = [*before, _POST_COPY, *installs, *after] if installs or after else before
    data = _archive(files)
    digest = hashlib.sha256(data).hexdigest()
    name = f"{digest}/{spec.name}.zip"
    build |= {"path": f"http://{ARCHIVE_HOST}/{name}", "codeEntryType": "archive"}
    build |= {"commands": lines} if lines else {}
    return _with_build(document, build), {name: data}


def _code(spec: FunctionSpec) -> Files:
    """The function's files by their paths, and the file that hosts a graph.

    function.yaml stays out: all that it says is in the request, and Nuclio would merge it again.
    """
    contents = folder_contents(spec.folder)
    files: Files = {}
    size = 0
    for entry in contents.entries:
        path = PurePosixPath(entry.path).relative_to(CODE)
        place = spec.folder / path
        if str(path) == "function.yaml" or not place.is_file():
            continue
        size += place.stat().st_size
        if size > _MOST_BYTES:
            fix = "build an image (funcs build), which sends large files once"
            what = f"the function's folder has more than {_MOST_BYTES >> 20} MiB"
            raise DeployError(what, where=str(spec.folder), fix=fix)
        files[str(path)] = place.read_bytes()
    if spec.is_graph:
        files["function.py"] = (data_folder("handlers") / "serving" / "function.py").read_bytes()
    return files


def _build(build: Build) -> Document:
    """What function.yaml says of the build, but for where the code is."""
    given = build.model_dump(by_alias=True, exclude_unset=True, mode="json")
    return {key: value for key, value in given.items() if key not in _CODE_KEYS and value}


def _only_file(spec: FunctionSpec, files: Mapping[str, bytes]) -> bytes:
    """The handler's file, if the function is nothing else; empty otherwise."""
    module = spec.handler.partition(":")[0]
    known = (f"{module}.py", "requirements.txt", *_UNREAD)
    others = [name for name in files if name not in known and not name.startswith("events/")]
    if spec.is_graph or others or _asks_for_packages(files):
        return b""
    return files.get(f"{module}.py", b"")


def _asks_for_packages(files: Mapping[str, bytes]) -> bool:
    lines = files.get("requirements.txt", b"").decode("utf-8", "replace").splitlines()
    return any(line.strip() and not line.lstrip().startswith("#") for line in lines)


def _split(commands: list[str]) -> tuple[list[str], list[str]]:
    """The commands before the files are copied, and those after."""
    if _POST_COPY not in commands:
        return commands, []
    at = commands.index(_POST_COPY)
    return commands[:at], commands[at + 1 :]


def _add_packages(spec: FunctionSpec, files: Files, wheels: Path | None) -> list[str]:
    """Put what is installed into ``files``; the commands that install it."""
    found = _wheels(wheels) if wheels is not None else {}
    files |= {f"{_OURS}/wheels/{name}": data for name, data in found.items()}
    offline = f" --no-index --find-links {_AT}/wheels" if found else ""
    commands = []
    if spec.is_graph:
        wheel = own_wheel(spec.folder / ".funcs" / "wheel")
        digest = hashlib.sha256(wheel.read_bytes()).hexdigest()
        files[f"{_OURS}/{wheel.name}"] = wheel.read_bytes()
        files[f"{_OURS}/funcs.txt"] = f"{_AT}/{wheel.name} --hash=sha256:{digest}\n".encode()
        files[f"{_OURS}/runtime.txt"] = "".join(f"{x}\n" for x in runtime_requirements()).encode()
        commands.append(f"{_PIP} --no-deps --require-hashes -r {_AT}/funcs.txt")
        commands.append(f"{_PIP}{offline} -r {_AT}/runtime.txt")
    if _asks_for_packages(files):
        commands.append(f"{_PIP}{offline} -r /{CODE}/requirements.txt")
    return commands


def _wheels(folder: Path) -> dict[str, bytes]:
    found = {path.name: path.read_bytes() for path in sorted(folder.glob("*.whl"))}
    if not found:
        fix = "fill it: pip download --dest DIR --only-binary :all: -r requirements.txt"
        raise DeployError("the folder of wheels has none", where=str(folder), fix=fix)
    return found


def _archive(files: Mapping[str, bytes]) -> bytes:
    """A zip of the files that depends on them alone."""
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_STORED) as archive:
        for name in sorted(files):
            member = zipfile.ZipInfo(name, _EPOCH)
            member.create_system = 3  # what external_attr means: Unix
            member.external_attr = 0o100644 << 16
            archive.writestr(member, files[name])
    return buffer.getvalue()


def _with_build(document: Document, build: Document) -> Document:
    spec = {key: value for key, value in document["spec"].items() if key != "image"}
    return {**document, "spec": spec | {"build": build}}
