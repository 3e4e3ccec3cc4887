"""Awaits what tests say, many at once, in one process."""

import asyncio
import os
import resource
import time

OPEN = {}
CANCELLED = []


async def init_context(context):
    context.user_data.made = await asyncio.sleep(0, "made")


async def handler(context, event):
    what, _, name = event.path.strip("/").partition("/")
    return await globals()[what](context, event, name)


async def pid(context, event, name):
    return str(os.getpid())


async def files(context, event, name):
    """How many it may have open."""
    return str(resource.getrlimit(resource.RLIMIT_NOFILE)[0])


async def wait(context, event, name):
    """Return when somebody asks for /wake of the same name."""
    context.logger.info_with("waits", name=name)
    OPEN.setdefault(name, asyncio.Event())
    try:
        await OPEN[name].wait()
    except asyncio.CancelledError:
        CANCELLED.append(name)
        raise
    return name


async def wake(context, event, name):
    OPEN.setdefault(name, asyncio.Event()).set()
    return "woken"


async def waiting(context, event, name):
    """How many have come to wait."""
    return str(len(OPEN))


async def cancelled(context, event, name):
    return ",".join(CANCELLED)


async def blocks(context, event, name):
    time.sleep(60)


async def dies(context, event, name):
    os._exit(3)


async def stream(context, event, name):
    return endless(name)


async def endless(name):
    try:
        while True:
            yield b"x" * 10_000
            await asyncio.sleep(0)
    finally:
        CANCELLED.append(name)


def plain(context, event):
    return "plain"
