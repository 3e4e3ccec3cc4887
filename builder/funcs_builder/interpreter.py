"""A Python of one minor version on this machine: only that one writes bytecode for an image."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from importlib.util import MAGIC_NUMBER
from pathlib import Path
from typing import NamedTuple

from funcs_builder.errors import BuildError

__all__ = ["Interpreter"]

_QUESTION = (
    "import sys; from importlib.util import MAGIC_NUMBER as magic;"
    "print(sys.implementation.cache_tag, magic.hex(), sys.version_info.releaselevel)"
)


class Interpreter(NamedTuple):
    """CPython at ``path``; ``cache_tag`` (``"cpython-311"``) and ``magic`` are its bytecode's."""

    path: str
    cache_tag: str
    magic: str

    @classmethod
    def find(cls, minor: str, environ: Mapping[str, str]) -> Interpreter | None:
        """This process's Python if it is a CPython ``minor``, else ``python<minor>`` on PATH."""
        wanted = f"cpython-{minor.replace('.', '')}"
        is_final = sys.version_info.releaselevel == "final"
        if sys.implementation.cache_tag == wanted and is_final:
            return cls(sys.executable, wanted, MAGIC_NUMBER.hex())
        import shutil  # 3 ms, and tool's; most often this Python is the one

        path = shutil.which(f"python{minor}", path=environ.get("PATH", ""))
        if path is None:
            return None
        from funcs_builder.tool import output_of

        try:
            # a shim of pyenv or asdf may be there without its Python
            said = output_of([path, "-I", "-S", "-c", _QUESTION], environ, Path("/"))
        except BuildError:
            return None
        words = said.text.split()
        if said.status or words[:1] != [wanted] or words[2:] != ["final"]:
            return None
        return cls(path, wanted, words[1])
