"""`funcs deploy --watch`: deploys whenever a file is saved, until Ctrl-C."""

from __future__ import annotations

import asyncio
import signal
import sys
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import NoReturn

from funcs.errors import FuncsError

_INTERRUPTED = 130


def deploy_on_save(folder: Path, deploy: Callable[[], int], environ: Mapping[str, str]) -> int:
    """Deploy now and after each change of the folder's files; 0 once a person ends it.

    A deploy that fails is told; what served before goes on, and the next change tries again.

    Raises:
        ProcessorError: the system cannot watch so many files.
    """
    try:
        asyncio.run(_go_on(folder, deploy, environ))
    except KeyboardInterrupt:
        print("\nnot watching any more; what is deployed goes on", file=sys.stderr)
    return 0


async def _go_on(folder: Path, deploy: Callable[[], int], environ: Mapping[str, str]) -> None:
    from funcs.emulator.watch import Watch

    interrupt = _Interrupt()
    signal.signal(signal.SIGINT, interrupt)
    watch = Watch(folder, asyncio.Event())
    await watch.begin()
    while True:
        if _tried(deploy, environ) == _INTERRUPTED or interrupt.has_come:
            raise KeyboardInterrupt
        print("watching for changes; Ctrl-C ends it", file=sys.stderr)
        changed = await watch.next()
        names = ", ".join(path.name for path in changed[:3])
        more = f" and {len(changed) - 3} more" if len(changed) > 3 else ""
        print(f"changed: {names}{more}", file=sys.stderr)


class _Interrupt:
    """Hears Ctrl-C: it ends a deploy where that is, as without --watch, and then the watching.

    A deploy that serves already ends well all the same, and says nothing of having heard it.
    """

    def __init__(self) -> None:
        self.has_come = False

    def __call__(self, number: int, frame: object) -> NoReturn:
        self.has_come = True
        raise KeyboardInterrupt


def _tried(deploy: Callable[[], int], environ: Mapping[str, str]) -> int:
    from funcs.cli.failure import report
    from funcs_builder.errors import BuildError

    try:
        return deploy()
    except (FuncsError, BuildError) as error:
        return report(error, sys.stderr, environ, debug=False)
