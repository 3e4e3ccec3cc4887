"""Does what the path says: for tests of what is around a handler."""

import os
import socket
import sys
import time
from pathlib import Path


def init_context(context):
    context.user_data.seen = []


def handler(context, event):
    name = event.path.strip("/") or "hello"
    return ACTIONS[name](context, event)


def hello(context, event):
    return "hello"


def echo(context, event):
    return event.body


def pid(context, event):
    return str(os.getpid())


def size(context, event):
    return str(len(event.body or b""))


def big(context, event):
    return "x" * int(event.fields["size"])


def gate(context, event):
    """Stay until the test lets go: it listens at a port and is told the process's id."""
    with socket.create_connection(("127.0.0.1", int(event.fields["port"]))) as held:
        held.sendall(f"{os.getpid()}\n".encode())
        return held.recv(1024)


def note(context, event):
    """Append the query's id to a file that outlives the process."""
    with Path(event.fields["file"]).open("a") as file:
        file.write(event.fields["id"] + "\n")
    return event.fields["id"]


def seen(context, event):
    context.user_data.seen.append(event.fields["id"])
    return ",".join(context.user_data.seen)


def leave(context, event):
    os._exit(3)


def log(context, event):
    context.logger.info_with("noted", word=event.fields["word"])
    return "logged"


def fail(context, event):
    raise ValueError("as asked")


def spin(context, event):
    time.sleep(float(event.fields["s"]))
    return "slept"


def environment(context, event):
    return dict(os.environ)


def arguments(context, event):
    return {"argv": sys.argv[1:], "stdin": sys.stdin.read()}


ACTIONS = {
    name: action
    for name, action in list(globals().items())
    if callable(action) and not name.startswith("_") and name not in ("handler", "Path")
}
