"""An image of this machine's own Python, funcs and a function: made without any network."""

from __future__ import annotations

import re
import subprocess
import sys
import sysconfig
from collections.abc import Iterator, Mapping
from pathlib import Path

import nuclio_sdk

import funcs
from funcs.spec import FunctionSpec
from funcs_builder.cache import Cache
from funcs_builder.config import RunConfig
from funcs_builder.entry import Entry, FileContent
from funcs_builder.image import Base, Image, assemble
from funcs_builder.plan import SCRATCH, BuildPlan, LayerPlan
from funcs_builder.platforms import LINUX_AMD64
from funcs_builder.source import Deferred, Listed

_PREFIX = Path(sys.base_prefix)
_VERSION = f"python{sys.version_info.major}.{sys.version_info.minor}"
#: Python finds its library by its own place, so that it may lie elsewhere than here.
_HOME = "usr/local"
_SITE = f"{_HOME}/lib/{_VERSION}/site-packages"
_LEFT_OUT = {
    "site-packages", "test", "tests", "idlelib", "tkinter", "lib2to3", "ensurepip", "turtledemo",
    "__pycache__",
}  # fmt: skip
_PACKAGES = ("nuclio_sdk", "msgpack", "httptools", "yaml", "cronsim")
_LIBRARY = re.compile(r"(/\S+)")


def python_image(
    folder: Path, cache: Cache, *, files: Mapping[str, str] | None = None, labelled: bool = True
) -> Image:
    """The function in ``folder``, with ``files`` beside it, started as `funcs build` starts it."""
    spec = FunctionSpec.of(folder)
    code = [
        Entry.text(f"opt/nuclio/{path.relative_to(folder)}", path.read_text())
        for path in sorted(folder.rglob("*"))
        if path.is_file()
    ]
    record = [Entry.text("opt/funcs/processor.yaml", spec.to_processor_yaml())]
    code += [Entry.text(name, text) for name, text in (files or {}).items()]
    env = {"PATH": f"/{_HOME}/bin", "FUNCS_HOST": "0.0.0.0", "LD_LIBRARY_PATH": f"/{_HOME}/lib"}
    if spec.is_graph:
        env["NUCLIO_PYTHON_PATH"] = f"/opt/nuclio:/{_SITE}/funcs/_data/handlers/serving"
    labels = {"io.funcs.function": spec.name} if labelled else {}
    plan = BuildPlan(
        SCRATCH,
        (
            LayerPlan("python", Deferred(f"{sys.version} {funcs.__file__}", _python)),
            LayerPlan("funcs", Listed(list(_funcs()))),
            LayerPlan("record", Listed(record if labelled else [])),
            LayerPlan("code", Listed(code)),
        ),
        RunConfig(
            env={**env, **{each.name: each.value for each in spec.spec.env}},
            entrypoint=("python3", "-P", "-m", "funcs", "processor"),
            user="65532:0",
            working_dir="/opt/nuclio",
            ports=("8080/tcp",),
            labels=labels,
        ),
        LINUX_AMD64,
    )
    return assemble(plan, Base(Image.scratch(LINUX_AMD64)), cache)


def _python() -> list[Entry]:
    """The interpreter, its standard library, the packages that funcs needs, and their libraries."""
    site = Path(nuclio_sdk.__file__).parent.parent
    stdlib = Path(sysconfig.get_path("stdlib"))
    home = f"{_HOME}/lib/{_VERSION}"
    files = {path: f"{home}/{path.relative_to(stdlib)}" for path in _files(stdlib)}
    for name in _PACKAGES:
        files |= {path: f"{_SITE}/{path.relative_to(site)}" for path in _files(site / name)}
    program = (_PREFIX / "bin" / "python3").resolve()
    files[program] = f"{_HOME}/bin/python3"
    binaries = [program, *(path for path in files if ".so" in path.suffixes)]
    libraries = sorted(set(_libraries(binaries)))
    files |= {library: _place(library) for library in libraries}
    binaries += libraries
    entries = [
        Entry(place, FileContent.of(path.resolve()), 0o755 if path in binaries else 0o644)
        for path, place in files.items()
    ]
    return [*entries, Entry.folder("tmp", 0o1777)]


def _funcs() -> Iterator[Entry]:
    root = Path(funcs.__file__).parent
    for path in _files(root):
        yield Entry(f"{_SITE}/funcs/{path.relative_to(root)}", FileContent.of(path))
    handlers = root.parent / "handlers"
    for path in _files(handlers):
        place = f"{_SITE}/funcs/_data/handlers/{path.relative_to(handlers)}"
        yield Entry(place, FileContent.of(path))


def _files(folder: Path) -> Iterator[Path]:
    for path in sorted(folder.rglob("*")):
        inner = path.relative_to(folder).parts
        if path.is_file() and _LEFT_OUT.isdisjoint(inner):
            yield path


def _libraries(binaries: list[Path]) -> Iterator[Path]:
    """Shared libraries that the system's loader finds for them."""
    done = subprocess.run(["ldd", *map(str, binaries)], capture_output=True, text=True, check=False)
    for line in done.stdout.splitlines():
        found = _LIBRARY.search(line.partition("=>")[2] or line)
        if found is not None and line.startswith("\t"):
            path = Path(found[1])
            if path.is_file():
                yield path


def _place(library: Path) -> str:
    """Where it goes: what is Python's own beside Python, all else where it is."""
    if library.is_relative_to(_PREFIX):
        return f"{_HOME}/lib/{library.name}"
    return str(library).lstrip("/")
