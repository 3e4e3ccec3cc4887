"""A second wrapper, written from the wire's description alone and as small as it allows.

It shares no line with the worker: what it and the worker both get right under our processor is
right on the wire. One event at a time, no coroutines, no signals; a handler's error is a 500.
"""

from __future__ import annotations

import argparse
import importlib
import socket
import time
from typing import Any

import msgpack
import nuclio_sdk

_ENCODER = nuclio_sdk.json_encoder.Encoder()


def connect(path: str) -> socket.socket:
    """A connection to a socket of the processor's."""
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return sock


def read(sock: socket.socket, count: int) -> bytes:
    """Exactly so many bytes, or none at the end."""
    data = b""
    while len(data) < count:
        piece = sock.recv(count - len(data))
        if not piece:
            return b""
        data += piece
    return data


def line(kind: str, value: object) -> bytes:
    """A line of this kind with a JSON value."""
    return f"{kind}{_ENCODER.encode(value)}\n".encode()


def result(output: Any) -> dict[str, Any]:
    """What a handler returned, as the processor reads it."""
    answer: dict[str, Any] = nuclio_sdk.Response.from_entrypoint_output(_ENCODER.encode, output)
    return answer


def failure(error: BaseException) -> dict[str, Any]:
    """A 500 that says what was raised."""
    body = f"Exception caught in handler - {error}"
    kind = "text/plain"
    return {"body": body, "content_type": kind, "status_code": 500, "body_encoding": "text"}


def serve(events: socket.socket, handler: Any, context: Any) -> None:
    """Answer events until there are no more."""
    while header := read(events, 4):
        payload = read(events, int.from_bytes(header, "big"))
        event = nuclio_sdk.Event.deserialize(
            msgpack.unpackb(payload, raw=False), nuclio_sdk.EventDeserializerKinds.msgpack
        )
        began = time.perf_counter()
        try:
            answer = result(handler(context, event))
        except Exception as error:
            answer = failure(error)
        events.sendall(line("m", {"duration": time.perf_counter() - began}) + line("r", answer))


def main() -> None:
    """Do as the command line says."""
    parser = argparse.ArgumentParser()
    for name in ("handler", "event-socket-path", "control-socket-path", "worker-id"):
        parser.add_argument(f"--{name}")
    args, _ = parser.parse_known_args()
    module, _, name = args.handler.partition(":")
    handler = getattr(importlib.import_module(module), name)
    events, control = connect(args.event_socket_path), connect(args.control_socket_path)
    record = {"datetime": "", "level": "info", "message": "second wrapper", "with": {"n": 2}}
    events.sendall(line("l", record) + b"s\n")
    control.sendall(line("", {"kind": "wrapperInitialized", "attributes": {"ready": "true"}}))
    context = nuclio_sdk.Context(worker_id=args.worker_id)
    serve(events, handler, context)


if __name__ == "__main__":
    main()
