"""Answers batches in ways right and wrong; the first event's path chooses."""

import json
import os
import socket
import time


def handler(context, events):
    return globals()[events[0].path.strip("/")](context, events)


def _answer(context, event, body, **more):
    return context.Response(body=body, event_id=event.id, **more)


def each(context, events):
    """How many came together, and who each is."""
    return [_answer(context, one, f"{len(events)} {one.body.decode()}") for one in events]


def backwards(context, events):
    return [_answer(context, one, one.body) for one in reversed(events)]


def mixed(context, events):
    statuses = [int(one.body) for one in events]
    return [
        _answer(context, one, "", status_code=status)
        for one, status in zip(events, statuses, strict=True)
    ]


def twice(context, events):
    return [_answer(context, one, word) for one in events for word in ("first", "second")]


def odd(context, events):
    """One result each of kinds that cannot be sent, and one good."""
    answers = [_answer(context, one, "good") for one in events]
    answers[0].content_type = 5
    return answers


def some(context, events):
    return [_answer(context, events[0], "me alone")]


def fails(context, events):
    raise ValueError("all of them")


def stream(context, events):
    yield "one for all"


def dies(context, events):
    os._exit(3)


def waits(context, events):
    """Hold the batch until the port named by the first body is closed."""
    with socket.create_connection(("127.0.0.1", int(events[0].body))) as gate:
        gate.sendall(json.dumps([os.getpid(), len(events)]).encode() + b"\n")
        gate.recv(1)
    return [_answer(context, one, str(os.getpid())) for one in events]


def hangs(context, events):
    time.sleep(60)
