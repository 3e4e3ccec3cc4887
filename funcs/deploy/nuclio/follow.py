"""Several replicas' logs as one, line by line, while they are written."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping
from queue import SimpleQueue

from funcs.deploy.progress import Progress
from funcs.errors import DeployError

#: Opens a log; its pieces end where the replica does.
Opened = Callable[[], Iterator[str]]
#: What was read: a line, why there are no more, or that all is read.
Lines = SimpleQueue[str | DeployError | None]


def followed(logs: Mapping[str, Opened], progress: Progress) -> Iterator[str]:
    """Whole lines as they come, each behind the name of its replica, until all have ended.

    Each is read by a thread of its own. One that breaks off is told, and the others go on.

    Raises:
        DeployError: the last one broke off, as all others did.
    """
    lines: Lines = SimpleQueue()
    for name, opened in logs.items():
        threading.Thread(target=_read, args=(name, opened, lines), daemon=True).start()
    left, has_ended = len(logs), False
    while left:
        found = lines.get()
        if isinstance(found, str):
            yield found
            continue
        left -= 1
        if found is None:
            has_ended = True
        elif left or has_ended:
            progress.step(found.what)
        else:
            raise found


def _read(name: str, opened: Opened, lines: Lines) -> None:
    """Put a replica's lines there, and how it ended."""
    try:
        for line in _lines(opened()):
            lines.put(f"{name}  {line}\n")
    except DeployError as error:
        lines.put(error)
    else:
        lines.put(None)


def _lines(pieces: Iterator[str]) -> Iterator[str]:
    r"""Lines without their ends, out of pieces that end anywhere.

    >>> list(_lines(iter(["a\nb", "c\n", "d"])))
    ['a', 'bc', 'd']
    """
    rest = ""
    for piece in pieces:
        *whole, rest = (rest + piece).split("\n")
        yield from whole
    if rest:
        yield rest
