"""Runs a recorded case against our processor and says in what it differs."""

from __future__ import annotations

import base64
import difflib
import hashlib
import json
import os
import re
import signal
import socket
import subprocess
import threading
from collections.abc import Mapping, Sequence
from time import monotonic
from typing import Any

from tests.conformance.nuclio.conversation import Conversation
from tests.conformance.nuclio.masking import Mask, masked
from tests.conformance.nuclio.program import DATA, Program, listens

Case = Mapping[str, Any]

#: Upper limits of recorded times are stretched: this machine does other work as well.
_SLACK, _SLACK_S = 3.0, 1.0
_LOG_DEADLINE_S = 5.0
_LINGER_S = 0.04
_EXIT_DEADLINE_S = 15.0
_LOG_MASKS: tuple[Mask, ...] = ("vars", "console-time", "log-datetime", "uuid", "epoch-ms", "pid")


class Mismatch(Exception):
    """What was seen is not what was recorded."""


def cases(*areas: str) -> list[Case]:
    """The recorded cases of these files, in their order."""
    texts = [(DATA / f"{area}.jsonl").read_text(encoding="utf-8") for area in areas]
    return [json.loads(line) for text in texts for line in text.split("\n") if line]


class Replay:
    """One case against a running program."""

    def __init__(self, program: Program, case: Case) -> None:
        self._program = program
        self._case = case
        self._conversations: dict[str, Conversation] = {}
        self._pids: dict[str, int] = {}
        self._signalled_at = program.started_at
        self._start = 0 if case.get("from_start") else len(program.output)

    def run(self) -> None:
        """Go through the steps.

        Raises:
            Mismatch: something differs.
        """
        whole = [dict(self._case, do="send"), dict(self._case, do="recv")]
        try:
            for step in self._case.get("steps") or whole:
                getattr(self, f"_do_{step['do']}")(step)
            if "log_grep" in self._case:
                self._compare_log()
        finally:
            for conversation in self._conversations.values():
                conversation.close()

    def _do_send(self, step: Case) -> None:
        name = step.get("conn", "a")
        if name not in self._conversations:
            port = self._program.ports[step.get("port", "HTTP")]
            self._conversations[name] = Conversation(port)
        conversation = self._conversations[name]
        conversation.send(_request(step))
        for later in step.get("then", ()):
            _pass_time(later["after"])
            conversation.send(_request(later))

    def _do_recv(self, step: Case) -> None:
        conversation = self._conversations[step.get("conn", "a")]
        took_s = conversation.answers(step.get("responses", 1), step.get("timeout", 15))
        wants_closed = step.get("after") == "closed"
        is_open = conversation.lingers(2.0 if wants_closed else _LINGER_S)
        if "after" in step and is_open == wants_closed:
            raise Mismatch(f"the connection is {'open' if is_open else 'closed'}")
        _compare_time(step, took_s)
        received = self._program.place(conversation.take())
        if "save_pid" in step:
            self._pids[step["save_pid"]] = int(received.rpartition(b"\r\n\r\n")[2])
        _compare(step, received)

    def _do_close(self, step: Case) -> None:
        self._conversations.pop(step.get("conn", "a")).close()

    def _do_sleep(self, step: Case) -> None:
        _pass_time(step["seconds"])

    def _do_signal(self, step: Case) -> None:
        whose = step["to"]
        pid = self._program.process.pid if whose == "program" else self._pids[whose]
        self._signalled_at = monotonic()
        os.kill(pid, signal.Signals[step["signal"]])

    def _do_exit(self, step: Case) -> None:
        deadline_s = step.get("within", (0, 0))[1] + _EXIT_DEADLINE_S
        try:
            code = self._program.process.wait(deadline_s)
        except subprocess.TimeoutExpired:
            raise Mismatch(f"it runs on, recorded was its end with {step['code']}") from None
        if code != step["code"]:
            raise Mismatch(f"it ended with {code}, recorded was {step['code']}")
        _compare_time(step, monotonic() - self._signalled_at)

    def _do_alive(self, step: Case) -> None:
        if (self._program.process.poll() is None) != step["alive"]:
            raise Mismatch(f"it {'ended' if step['alive'] else 'runs on'}")

    def _do_listening(self, step: Case) -> None:
        with socket.socket() as probe:
            port = self._program.ports[step["port"]]
            is_open = probe.connect_ex(("127.0.0.1", port)) == 0
        if is_open and not step["open"]:  # it may be another program's by now
            is_open = listens(self._program.process.pid, port)
        if is_open != step["open"]:
            raise Mismatch(f"port {step['port']} is {'open' if is_open else 'closed'}")

    def _do_file(self, step: Case) -> None:
        if (self._program.folder / step["name"]).exists() != step["exists"]:
            raise Mismatch(f"file {step['name']} is {'there' if not step['exists'] else 'gone'}")

    def _do_gone(self, step: Case) -> None:
        deadline = monotonic() + _LOG_DEADLINE_S
        while _lives(self._pids[step["pid"]]) == step["gone"]:
            if monotonic() > deadline:
                raise Mismatch(f"process {step['pid']} {'lives' if step['gone'] else 'is gone'}")
            _pass_time(0.02)

    def _compare_log(self) -> None:
        """Every recorded line comes, in order unless said otherwise."""
        deadline = monotonic() + _LOG_DEADLINE_S
        while missing := self._missing_line():
            if monotonic() > deadline:
                raise Mismatch(f"no line {missing!r} in the log")
            self._program.output.wait(0.1)

    def _missing_line(self) -> str:
        pattern = re.compile(self._case["log_grep"].encode())
        masks = [*_LOG_MASKS, *self._case.get("log_masks", ())]
        data = self._program.place(self._program.output.since(self._start))
        seen = [
            masked(line, masks).decode("utf-8", "backslashreplace")
            for line in data.split(b"\n")
            if pattern.search(line)
        ]
        if self._case.get("log_order") == "any":
            return next((line for line in self._case["logs"] if line not in seen), "")
        rest = iter(seen)
        return next((line for line in self._case["logs"] if line not in rest), "")


def _compare_time(step: Case, took_s: float) -> None:
    low, high = step.get("within", (0, float("inf")))
    if not low <= took_s <= high * _SLACK + _SLACK_S:
        raise Mismatch(f"it took {took_s:.2f} s, recorded were {low} to {high}")


def _compare(step: Case, received: bytes) -> None:
    masks: Sequence[Mask] = step.get("masks", ())
    if "response_head_b64" in step:
        head, _, body = received.partition(b"\r\n\r\n")
        recorded_head = base64.b64decode(step["response_head_b64"])
        _compare_bytes(recorded_head.partition(b"\r\n\r\n")[0], head, masks)
        digest = hashlib.sha256(body).hexdigest()
        if (len(body), digest) != (step["response_body_len"], step["response_body_sha256"]):
            raise Mismatch(f"the body differs; it has {len(body)} bytes")
        return
    recorded = [base64.b64decode(text) for text in (step["response_b64"], *step.get("or_b64", ()))]
    if all(masked(each, masks) != masked(received, masks) for each in recorded):
        _compare_bytes(recorded[0], received, masks)


def _compare_bytes(recorded: bytes, received: bytes, masks: Sequence[Mask]) -> None:
    expected, actual = masked(recorded, masks), masked(received, masks)
    if expected != actual:
        before, after = _lines(expected), _lines(actual)
        shown = list(difflib.unified_diff(before, after, "recorded", "ours", lineterm="", n=0))
        raise Mismatch("\n".join(line[:400] for line in shown[:16]))


def _lines(data: bytes) -> list[str]:
    return data.decode("utf-8", "backslashreplace").replace("\r\n", "\n").split("\n")


def _request(step: Case) -> bytes:
    if "request_parts" not in step:
        return base64.b64decode(step["request_b64"])
    return b"".join(
        base64.b64decode(part["b64"]) if "b64" in part else part["repeat"].encode() * part["n"]
        for part in step["request_parts"]
    )


def _pass_time(seconds: float) -> None:
    """Let time pass where the recording did: what is asked is what happens meanwhile."""
    threading.Event().wait(seconds)


def _lives(pid: int) -> bool:
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return False
    return True
