"""Bytecode for what an image imports: without it a start takes twice as long.

It is a layer of its own, so that sources keep their digests whatever Python compiles them, and is
written by a Python of the image's minor version or not at all.
"""

from __future__ import annotations

import hashlib
import os
from collections.abc import Iterable, Iterator, Mapping
from contextlib import suppress
from pathlib import Path
from typing import BinaryIO, NamedTuple, cast

from funcs_builder.draft import appear, draft_in
from funcs_builder.entry import Entry, FileContent
from funcs_builder.errors import BuildError
from funcs_builder.interpreter import Interpreter

__all__ = ["Bytecode", "Compiler"]

_FORMAT = 2
_CHILDREN = 4
_CHILD = Path(__file__).with_name("compile_child.py")
#: Folders of modules that no function imports.
_UNUSED = {"test", "tests"}


class Bytecode(NamedTuple):
    """The .pyc files by path; or none, and ``note`` says why."""

    entries: tuple[Entry, ...]
    note: str = ""


class Compiler(NamedTuple):
    """Compiles for Python ``minor``, and keeps what it compiled in ``folder``."""

    folder: Path
    minor: str
    interpreter: Interpreter | None

    @classmethod
    def from_environ(cls, folder: Path, minor: str, environ: Mapping[str, str]) -> Compiler:
        """A compiler by the Python that is there."""
        return cls(folder, minor, Interpreter.find(minor, environ))

    def compiled(self, sources: Iterable[Entry], key: str) -> Bytecode:
        """The bytecode of the modules among ``sources``; other entries are passed over.

        ``key`` changes when ``sources`` do, a digest of what they were made of: with a known key
        they are not read. All are compiled in order of their paths by a few fresh processes, since
        what it has seen before can show in the bytes (CPython issue 129724). Sources that are no
        valid Python have no bytecode.

        Raises:
            BuildError: a source cannot be read, or the compiler ended early.
        """
        if self.interpreter is None:
            python = f"Python {self.minor}"
            note = f"no bytecode, since there is no {python} here: the image starts slower"
            return Bytecode((), f"{note}; with python{self.minor} on PATH it would have some")
        parts = f"{_FORMAT}\n{self.interpreter.magic}\n{self.interpreter.cache_tag}\n{key}"
        place = self.folder / hashlib.sha256(parts.encode()).hexdigest()
        if not place.is_dir():
            self._compile(self.interpreter, sources, place)
        return Bytecode(tuple(sorted(_kept(place), key=lambda entry: entry.path)))

    def _compile(self, interpreter: Interpreter, sources: Iterable[Entry], place: Path) -> None:
        from concurrent.futures import ThreadPoolExecutor

        wanted = sorted(filter(_is_module, sources), key=lambda entry: entry.path)
        with draft_in(self.folder) as folder:
            draft = folder / "made"
            draft.mkdir()
            # as many everywhere, whatever cores there are: what one sees before decides its bytes
            parts = [(wanted[number::_CHILDREN], interpreter, draft) for number in range(_CHILDREN)]
            with ThreadPoolExecutor(_CHILDREN, "compile") as pool:
                for _ in pool.map(_compile_part, *zip(*parts, strict=True)):
                    pass
            appear(draft, place)


def _compile_part(entries: Iterable[Entry], interpreter: Interpreter, folder: Path) -> None:
    with _Child(interpreter) as child:
        for entry in entries:
            data = child.bytecode(entry)
            if data:
                _write(folder / _cached(entry.path, interpreter.cache_tag), data)


class _Child:
    """The compiler's process, until the end of the block."""

    def __init__(self, interpreter: Interpreter) -> None:
        from subprocess import PIPE, Popen  # what is known is not compiled, and is most often so

        line = [interpreter.path, "-I", "-S", "-B", "-W", "ignore", str(_CHILD)]
        # nothing of our environment may show in what is compiled
        self._process = Popen(line, stdin=PIPE, stdout=PIPE, env={})
        self._in = cast("BinaryIO", self._process.stdin)
        self._out = cast("BinaryIO", self._process.stdout)

    def __enter__(self) -> _Child:
        return self

    def __exit__(self, *error: object) -> None:
        with suppress(BrokenPipeError):
            self._in.close()  # it ends where its input does
        self._out.close()
        self._process.wait()

    def bytecode(self, entry: Entry) -> bytes:
        """The .pyc of a module; empty if it does not compile."""
        try:
            for part in (f"/{entry.path}".encode(), _source(entry)):
                self._in.write(len(part).to_bytes(4, "big") + part)
            self._in.flush()
        except BrokenPipeError:
            raise _ended(entry) from None
        size = self._out.read(4)
        data = self._out.read(int.from_bytes(size, "big"))
        if len(size) < 4 or len(data) < int.from_bytes(size, "big"):
            raise _ended(entry)
        return data


def _ended(entry: Entry) -> BuildError:
    fix = "build without bytecode, or with another Python of this version on PATH"
    return BuildError("the compiler of bytecode ended early", where=entry.path, fix=fix)


def _source(entry: Entry) -> bytes:
    if entry.content is None:
        return b""
    try:
        with entry.content.open() as stream:
            return stream.read()
    except OSError as error:
        raise BuildError(f"cannot read it: {error.strerror}", where=entry.path) from error


def _is_module(entry: Entry) -> bool:
    path, content = entry.path, entry.content
    return path.endswith(".py") and content is not None and _UNUSED.isdisjoint(path.split("/"))


def _cached(path: str, cache_tag: str) -> str:
    """Where Python looks for the bytecode of the module at ``path`` (PEP 3147)."""
    folder, slash, name = path.rpartition("/")
    return f"{folder}{slash}__pycache__/{name.removesuffix('.py')}.{cache_tag}.pyc"


def _write(file: Path, data: bytes) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    file.write_bytes(data)


def _kept(place: Path) -> Iterator[Entry]:
    """The .pyc files below ``place``, which are thousands: pathlib would take ten times as long."""
    start = len(str(place)) + 1
    for folder, _, names in os.walk(place):
        for name in names:
            file = os.path.join(folder, name)  # noqa: PTH118
            yield Entry(file[start:].replace(os.sep, "/"), FileContent.of(Path(file)))
