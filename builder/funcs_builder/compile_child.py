"""Compiles sources to bytecode, one after another: run as a script by the image's Python.

Each request on standard input is a path and a source, each after its length (4 bytes, big end
first); each answer the bytes of a .pyc after their length, nothing where the source is no Python.
"""

from __future__ import annotations

import importlib.util
import marshal
import sys

#: PEP 552: the bytecode is held to a hash of its source, and that hash is not looked at.
_UNCHECKED_HASH = (1).to_bytes(4, "little")


def compiled(path: str, source: bytes) -> bytes:
    """The .pyc of ``source``, whose tracebacks name ``path``; empty if it does not compile."""
    try:
        code = compile(source, path, "exec", dont_inherit=True, optimize=0)
    except (SyntaxError, ValueError, RecursionError, MemoryError):
        return b""
    source_hash = importlib.util.source_hash(source)
    return importlib.util.MAGIC_NUMBER + _UNCHECKED_HASH + source_hash + marshal.dumps(code)


def _part() -> bytes:
    size = int.from_bytes(sys.stdin.buffer.read(4), "big")
    return sys.stdin.buffer.read(size)


def main() -> None:
    """Answer until the input ends."""
    while path := _part():
        answer = compiled(path.decode(), _part())
        sys.stdout.buffer.write(len(answer).to_bytes(4, "big") + answer)
        sys.stdout.buffer.flush()


if __name__ == "__main__":
    main()
