"""Does the harm that the path says: for tests of what stays unharmed."""

import asyncio
import ctypes
import json
import multiprocessing
import os
import resource
import signal
import socket
import stat
import subprocess
import sys
import threading
import time
from pathlib import Path


def handler(context, event):
    name, _, word = event.path.strip("/").partition("/")
    return ACTIONS[name](context, word)


def hello(context, _):
    return "hello"


def pid(context, _):
    return str(os.getpid())


def leave(context, code):
    os._exit(int(code))


def crash(context, _):
    ctypes.string_at(0)


def abort(context, _):
    os.abort()


def throw(context, name):
    raise getattr(__import__("builtins"), name)("as asked")


def recurse(context, word):
    return recurse(context, word) + "x"


def exhaust(context, _):
    resource.setrlimit(resource.RLIMIT_AS, (1 << 29, 1 << 29))
    return len([bytes(1 << 24) for _ in range(1 << 20)])


def block(context, _):
    threading.Event().wait()


def block_alone(context, _):
    """Stay in one call that no signal ends."""
    signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())
    threading.Event().wait()


async def block_on_loop(context, _):
    await asyncio.Event().wait()


def freeze(context, _):
    os.kill(os.getpid(), signal.SIGSTOP)
    return "thawed"


def close_all(context, first):
    os.closerange(int(first), 4096)
    return "closed"


def close_events(context, _):
    os.close(_event_socket())
    return "closed"


def close_events_and_stay(context, _):
    os.close(_event_socket())
    threading.Event().wait()


def scribble(context, kind):
    """Write to the socket that the worker answers on, before it does."""
    lines = {
        "noise": b"\n" + bytes(range(256)) * 40 + b"\n",
        "other-kinds": b"zzz\nl\nl{}\nlnull\nm\nmnull\ns\ns\n\n",
        "half-a-record": b'l{"level": "info", "mess',
        "no-answer": b"\nr\x00\x01\x02\n",
        "an-answer-too-many": b'r{"body": "forged", "body_encoding": "text"}\n',
        "endless": bytes(100 << 20),
    }
    with socket.socket(fileno=os.dup(_event_socket())) as events:
        events.sendall(lines[kind])
    return "scribbled"


def change(context, _):
    os.chdir("/")
    os.umask(0o777)
    for number in signal.valid_signals() - {signal.SIGKILL, signal.SIGSTOP, signal.SIGIO}:
        signal.signal(number, signal.SIG_IGN)
    os.close(0)
    os.environ.clear()
    sys.path.clear()
    sys.stdin = sys.stdout = sys.stderr = None
    return "changed"


def starve(context, _):
    resource.setrlimit(resource.RLIMIT_NOFILE, (0, 0))
    resource.setrlimit(resource.RLIMIT_FSIZE, (0, 0))
    resource.setrlimit(resource.RLIMIT_STACK, (1 << 16, 1 << 16))
    return "starved"


def unlink_sockets(context, _):
    for path in sockets(context, "").split():
        Path(path).unlink(missing_ok=True)
    return "unlinked"


def sockets(context, _):
    options = ("--event-socket-path", "--control-socket-path")
    return " ".join(sys.argv[sys.argv.index(option) + 1] for option in options)


def patch(context, _):
    json.dumps = json.loads = json.JSONEncoder.default = None
    time.time = time.perf_counter_ns = time.strftime = time.localtime = time.sleep = None
    socket.socket = socket.socketpair = socket.create_connection = None
    return "patched"


def chatter(context, _):
    def talk():
        for number in range(2000):
            context.logger.info_with("late", number=number)

    for _ in range(4):
        threading.Thread(target=talk, daemon=True).start()
    return "chattering"


async def tasks(context, _):
    async def tick():
        while True:
            context.logger.debug("tick")
            await asyncio.sleep(0.001)

    async def fail():
        raise ValueError("nobody awaits this")

    context.user_data.tasks = [asyncio.create_task(each()) for each in (tick, tick, fail)]
    return "left running"


def log(context, kind):
    if kind == "long":
        context.logger.info("x" * (8 << 20))
    elif kind == "many":
        for number in range(10_000):
            context.logger.info_with("one of many", number=number)
    else:
        circle = []
        circle.append(circle)
        values = {"a": object(), "b": {1, 2}, "c": b"\xff", "d": "\ud800", "e": float("nan")}
        context.logger.info_with("strange", **values)
        context.logger.info_with("circular", circle=circle, error=ValueError("x"))
    return "logged"


def text(context, megabytes):
    return "t" * (int(megabytes) << 20)


def binary(context, megabytes):
    body = bytes(range(256)) * (int(megabytes) << 12)
    return context.Response(body=body, content_type="application/octet-stream")


def fork(context, _):
    """Both go back to the worker."""
    child = os.fork()
    if child == 0:
        context.logger.info("a record of the fork")
        return "from the fork"
    os.waitpid(child, 0)
    return "from the worker"


async def fork_on_loop(context, _):
    child = os.fork()
    if child == 0:
        await asyncio.sleep(0)
        return "from the fork"
    os.waitpid(child, 0)
    return "from the worker"


def fork_exits(context, code):
    child = os.fork()
    if child == 0:
        sys.exit(int(code))
    return str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def fork_fails(context, _):
    child = os.fork()
    if child == 0:
        raise ValueError("in the fork")
    return str(os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]))


def fork_stays(context, _):
    """A fork that outlives the event; its id and the sockets that it has."""
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        held = [fd for fd in range(64) if _is_workers(fd)]
        os.write(writer, json.dumps(held).encode())
        os.close(writer)
        threading.Event().wait()
    os.close(writer)
    with os.fdopen(reader) as said:
        return {"pid": child, "sockets": json.loads(said.read())}


def child_stays(context, _):
    return {"pid": subprocess.Popen(["sleep", "600"]).pid}


def share_out(context, _):
    with multiprocessing.get_context("fork").Pool(2) as pool:
        return str(pool.map(abs, [-1, -2, -3]))


def print_on(context, _):
    while True:
        os.write(1, b"and on " * 1000 + b"\n")


def _is_workers(fd):
    """Whether it is one of the two sockets that the worker has connected."""
    try:
        if not stat.S_ISSOCK(os.fstat(fd).st_mode):
            return False
        with socket.socket(fileno=os.dup(fd)) as end:
            return "nuclio-rpc-" in str(end.getpeername())
    except OSError:
        return False


def _event_socket():
    """The worker connects it before the control socket."""
    return next(fd for fd in range(3, 64) if _is_workers(fd))


ACTIONS = {name.replace("_", "-"): each for name, each in list(globals().items()) if callable(each)}
