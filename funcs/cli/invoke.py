"""`funcs invoke`: one request to a function, its answer, and what its handler logged."""

from __future__ import annotations

import argparse
import json
import os
import re
import sys
from base64 import b64encode
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import TYPE_CHECKING, BinaryIO, TextIO

from funcs.cli.invoke_deployed import call_deployed
from funcs.cli.numbers import seconds
from funcs.cli.targets import add_target_arguments
from funcs.cli.terminal import paint_for
from funcs.errors import FuncsError

if TYPE_CHECKING:
    from funcs.emulator.answer import Answer

_ADDRESS = re.compile(r"[\w.-]+:\d+(/.*)?")
_NEXT_PAIR = re.compile(r",(?=[\w-]+=)")
_HEADER_NAME = re.compile(r"[\w!#$%&'*+.^`|~-]+", re.ASCII)  # RFC 9110, 5.6.2
_NO_LOGS = "(no log lines came along: they were more than 4 kB, or the handler did not run)"
_EPILOG = """\
Exit code 0 for an answer below 400, otherwise 1 (nuctl answers 0 whatever came).
examples:
  funcs invoke -b '{"rows": 1}'            POST to the function of this folder
  funcs invoke shop -p /v2/models/svm      GET a path of the function in shop/
  funcs invoke http://host:8080 -b @e.json -d 'x-tenant=a,x-trace=1' -l debug
  funcs invoke --deployed -b '{"rows": 1}'  the function of this folder, where it is deployed
"""


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take where to send it, and the rest with nuctl's letters and names."""
    parser.epilog = _EPILOG
    add = parser.add_argument
    add(
        "target",
        nargs="?",
        default=".",
        metavar="PATH|URL",
        help="a function's folder (.), or an address; a folder that is not being served is "
        "started for this one call",
    )
    add("-b", "--body", help="the body; @file reads it from a file, - from standard input")
    add("-c", "--content-type", metavar="TYPE", help="of the body (application/json)")
    add("-m", "--method", help="GET, or POST if there is a body")
    add("-p", "--path", default="/", help="path and query (/)")
    add(
        "-d",
        "--headers",
        action="append",
        default=[],
        metavar="NAME=VALUE[,NAME=VALUE]",
        help="headers; may be repeated, 'Name: value' works too",
    )
    add(
        "-l",
        "--log-level",
        default="info",
        choices=["none", "debug", "info", "warn", "error"],
        help="print what the handler logged, from this level up (info)",
    )
    add("-t", "--timeout", type=seconds, default=60.0, metavar="SECONDS", help="(60)")
    add("--deployed", action="store_true", help="where it is deployed, through the dashboard")
    add("--direct", action="store_true", help="where it is deployed, at its own address")
    add("-v", "--verbose", action="store_true", help="print status and headers too")
    add("--json", action="store_true", help="print one JSON object: status, headers, body, logs")
    add_target_arguments(parser, waits=False)


def run(args: argparse.Namespace) -> int:
    """Send the request, print the answer; 0 if its status is below 400."""
    body = read_body(args.body, sys.stdin.buffer)
    method = (args.method or ("GET" if body is None else "POST")).upper()
    headers = request_headers(args, has_body=body is not None)

    if args.deployed or args.direct:
        return _show(call_deployed(args, method, headers, body), args)
    from funcs.emulator.call import call  # --help does without

    def send(url: str) -> Answer:
        timeout_s = args.timeout
        return call(url, method, args.path, body=body, headers=headers, timeout_s=timeout_s)

    return _show(_reach(args.target, send), args)


def _show(answer: Answer, args: argparse.Namespace) -> int:
    """Print the answer as it was asked for; the exit code."""
    if args.json:
        print(_as_json(answer))
    else:
        if args.log_level != "none" and has_lost_logs(answer):
            print(_NO_LOGS, file=sys.stderr)
        show(answer, sys.stdout, sys.stderr, verbose=args.verbose)
    return 0 if answer.ok else 1


def read_body(argument: str | None, stdin: BinaryIO) -> bytes | None:
    """The bytes that ``-b`` names; nothing if it was left out.

    Raises:
        FuncsError: the file cannot be read.
    """
    if argument is None:
        return None
    if argument == "-":
        return stdin.read()
    if not argument.startswith("@"):
        return argument.encode("utf-8", "surrogateescape")
    try:
        return Path(argument[1:]).read_bytes()
    except OSError as error:
        raise FuncsError(f"the body cannot be read: {error.strerror}", where=argument[1:]) from None


def request_headers(args: argparse.Namespace, *, has_body: bool) -> list[tuple[str, str]]:
    """The headers to send: the content type, the log level, and those of ``-d``.

    Raises:
        FuncsError: one of them has neither ``=`` nor ``:``, or holds what no header can.
    """
    given = given_headers(args.headers)
    names = {name.lower() for name, _ in given}
    ours = []
    content_type = args.content_type or ("application/json" if has_body else None)
    if content_type is not None and "content-type" not in names:
        ours.append(("Content-Type", content_type))
    if args.log_level != "none" and "x-nuclio-log-level" not in names:
        ours.append(("X-Nuclio-Log-Level", args.log_level))
    return ours + given


def given_headers(texts: Sequence[str]) -> list[tuple[str, str]]:
    """The headers of all ``-d``.

    Raises:
        FuncsError: one of them has neither ``=`` nor ``:``, or holds what no header can.
    """
    return [_sendable(pair) for text in texts for pair in parse_headers(text)]


def parse_headers(text: str) -> list[tuple[str, str]]:
    """The headers in one ``-d``: ``a=1,b=2`` as nuctl has it, or ``Name: value``.

    A comma that no ``name=`` follows belongs to the value.

    >>> parse_headers("x-a=1,x-b=2,3"), parse_headers("Accept: text/*, a=b")
    ([('x-a', '1'), ('x-b', '2,3')], [('Accept', 'text/*, a=b')])
    """
    colon, equals = text.find(":"), text.find("=")
    if colon > 0 and (equals == -1 or colon < equals):
        name, _, value = text.partition(":")
        return [(name.strip(), value.strip())]
    pairs = []
    for part in _NEXT_PAIR.split(text):
        name, sign, value = part.partition("=")
        if not sign or not name.strip():
            raise FuncsError(f"{text!r} is no header", fix="write -d 'name=value,name=value'")
        pairs.append((name.strip(), value))
    return pairs


def _sendable(header: tuple[str, str]) -> tuple[str, str]:
    name, value = header
    if not _HEADER_NAME.fullmatch(name):
        raise FuncsError(f"{name!r} cannot name a header", fix="use letters, digits and '-'")
    if not value.isprintable() or not value.isascii():
        what = f"the header {name!r} cannot hold {value!r}"
        raise FuncsError(what, fix="keep to ASCII on one line; percent-encode the rest")
    return header


def _reach(target: str, send: Callable[[str], Answer]) -> Answer:
    """Send to an address, to who serves the folder, or to an emulator made for the call."""
    if target.startswith(("http://", "https://")):
        return send(target)
    folder = Path(target)
    if _ADDRESS.fullmatch(target) and not folder.exists():
        return send(f"http://{target}")
    if not folder.is_dir():
        raise FuncsError(
            f"{target!r} is neither a folder nor an address",
            fix="give the function's folder, or an address as in http://127.0.0.1:8080",
        )
    from funcs.emulator.running import Running

    running = Running.of(folder)
    if running is not None:
        return send(running.url)
    from funcs.emulator.background import serving

    with serving(folder, environ=os.environ) as background:
        return send(background.url)


def show(answer: Answer, out: TextIO, err: TextIO, *, verbose: bool) -> None:
    """Print the log lines to ``err`` and the body to ``out``: JSON indented on a terminal."""
    from funcs.emulator.answer import LogLine
    from funcs.emulator.console import TextConsole

    console = TextConsole(err, paint_for(err, os.environ))
    for record in answer.logs:
        console.log(LogLine.from_flat(record))
    if verbose or not answer.ok:
        print(status_line(answer.status), file=err)
    if verbose:
        for name, value in answer.headers.pairs:
            print(f"{name}: {value}", file=err)
    err.flush()
    write_body(answer, out)


def has_lost_logs(answer: Answer) -> bool:
    """Whether a Nuclio function left out the log lines it was asked for.

    Nuclio 1.14: X-Nuclio-Logs is `[]` without lines, and absent from 4096 bytes on or on a 408.
    """
    is_nuclio = answer.headers.get("server") == "nuclio"
    return is_nuclio and "x-nuclio-logs" not in answer.headers and answer.status != 408


def status_line(status: int) -> str:
    """`404 Not Found`."""
    from http import HTTPStatus

    try:
        return f"{status} {HTTPStatus(status).phrase}"
    except ValueError:
        return str(status)


def write_body(answer: Answer, out: TextIO) -> None:
    """The body: for a terminal as readable text, otherwise byte for byte."""
    if not out.isatty():
        out.flush()
        out.buffer.write(answer.body)
        out.buffer.flush()
        return
    shown = answer.text
    if answer.is_json:
        with suppress(ValueError):
            shown = json.dumps(answer.json(), indent=2, ensure_ascii=False)
    if shown:
        print(shown, file=out)


def _as_json(answer: Answer) -> str:
    record: dict[str, object] = {"status": answer.status, "headers": dict(answer.headers)}
    try:
        record["body"] = answer.json() if answer.is_json else answer.body.decode()
    except ValueError:
        record["body_base64"] = b64encode(answer.body).decode()
    record["logs"] = answer.logs
    return json.dumps(record, ensure_ascii=False)
