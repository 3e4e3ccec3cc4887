"""A digest of a function's code, by which two tapes tell whether it was the same."""

from __future__ import annotations

import hashlib
import os

#: What a function's behaviour is written in; a model's own file is named by its models.json.
_SUFFIXES = (".py", ".yaml", ".json", ".toml", ".txt")
_LEFT_OUT = frozenset({"__pycache__", "tests", "events", "node_modules"})
_MOST_FILES = 2000
_MOST_BYTES = 4 * 1024 * 1024


def code_digest(folder: str) -> str:
    """``sha256:…`` over the names and contents of the code in ``folder``; "" if there is none.

    Files over 4 MiB count by their size, and no more than 2000 files count.
    """
    total = hashlib.sha256()
    count = 0
    for path in _files(folder):
        count += 1
        if count > _MOST_FILES:
            break
        try:
            size = os.path.getsize(path)  # noqa: PTH202 - pathlib is dear at a start
            content = str(size).encode()
            if size <= _MOST_BYTES:
                with open(path, "rb") as file:  # noqa: PTH123
                    content = file.read()
        except OSError:  # it went away meanwhile
            continue
        name = os.path.relpath(path, folder).encode("utf-8", "surrogateescape")
        total.update(b"%b\0%d\0%b" % (name, len(content), content))
    return f"sha256:{total.hexdigest()[:32]}" if count else ""


def _files(folder: str) -> list[str]:
    found = []
    for root, folders, names in os.walk(folder):
        folders[:] = sorted(
            name for name in folders if name not in _LEFT_OUT and not name.startswith(".")
        )
        found += [os.path.join(root, name) for name in sorted(names) if name.endswith(_SUFFIXES)]  # noqa: PTH118
        if len(found) > _MOST_FILES:
            break
    return found
