"""Answers that come piece by piece; what became of them is asked for at /ended."""

import asyncio
import socket

ENDED = []


def handler(context, event):
    name = event.path.strip("/")
    return globals()[name](context, event)


def words(context, event):
    yield from ("one", "", "two", "three")


def response(context, event):
    return context.Response(
        body=words(context, event),
        status_code=int(event.fields.get("status", 202)),
        content_type="text/event-stream",
        headers={"X-Kind": "words"},
    )


async def later(context, event):
    for word in ("one", "two"):
        await asyncio.sleep(0)
        yield word


def endless(context, event):
    context.logger.info("begun")
    try:
        while True:
            yield b"x" * 10_000
    finally:
        ENDED.append("endless")


def steps(context, event):
    """One piece, and another each time that whoever listens at the port says so."""
    with socket.create_connection(("127.0.0.1", int(event.fields["port"]))) as gate:
        gate.sendall(b"here\n")
        yield "first"
        while word := gate.recv(100):
            yield word


def breaks(context, event):
    yield "one"
    raise ValueError("broken on the way")


def fails(context, event):
    yield 1 / 0


def dies(context, event):
    yield "one"
    import os

    os._exit(7)


def hangs(context, event):
    yield "one"
    import time

    time.sleep(60)


def ended(context, event):
    return ",".join(ENDED)
