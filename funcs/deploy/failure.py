"""Why a function does not run: its own error first, then the platform's.

What a dashboard says of a failed deploy is its own stack, the container's log, and a Go panic; the
Python traceback stands somewhere in between, raw or inside a JSON log line.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from pathlib import Path

from funcs.deploy.errors import FunctionFailedError
from funcs.emulator.blame import blame
from funcs.spec.image_paths import IMAGE_FOLDER

_ANSI = re.compile(r"\x1b\[[0-9;]*m")
_HEAD = "Traceback (most recent call last):"
_LAST = re.compile(r"[A-Za-z_][\w.]*(:.*)?")
#: Frames of the wrapper and of funcs, wherever they are installed.
_WRAPPER = re.compile(
    r'^ +File "(?:.*/_nuclio_wrapper\.py|.*/asyncio/\w+\.py|<frozen .*'
    r'|(?!/opt/nuclio/).*/funcs/.*)", line'
)
_FRAME = re.compile(r"^ +File \"")
#: Root causes, the platform's first and then the container's, of which these say nothing of why.
_ROOT = re.compile(r"^(?:Error - |docker: Error response from daemon: )(.*)", re.MULTILINE)
_NO_CAUSE = re.compile(r"(?:Container exited with|exit) status:? \d+")
_GO_FRAME = re.compile(r"^\s+\S+\.go:\d+|^\.\.\.|^goroutine |^created by |^github\.com/")
#: Lines that say nothing of why, and may hold all of the function's variables.
_READ = "Read configuration"
_DEBUG = re.compile(r"^[\d. :]+\(D\) |\"level\": ?\"debug\"")
#: Headings between which something is said, or nothing.
_HEADING = re.compile(
    r"^(?:Call stack:|stdout:|stderr:|Error - exit status \d+|Run 'docker run --help' .*)$"
)
_LOG_TAIL = 15
_MOST_CHARACTERS = 500

_REASONS: tuple[tuple[re.Pattern[str], str, str], ...] = (
    (
        re.compile(
            r"Unable to find image '([^']+)'|pull access denied for ([^\s,]+)"
            r'|(?:ErrImageNeverPull|ErrImagePull|ImagePullBackOff)(?: [^"\n]*"([^"\n]+)")?'
        ),
        "the platform cannot find the image{0}",
        "push it to a registry that the platform reads, or load it into its engine",
    ),
    (
        re.compile(r"listen tcp4? \S*:(\d+): bind: address already in use"),
        "port {0} of the platform's host is taken",
        "choose another in attributes.port of the http trigger, or leave it out",
    ),
    (
        re.compile(r"port is already allocated"),
        "a port of the platform's host is taken",
        "choose another in attributes.port of the http trigger, or leave it out",
    ),
    (
        re.compile(r"argument list too long"),
        "the function is too large for the dashboard's shell",
        "shorten function.yaml and its variables, or deploy an image",
    ),
    (
        re.compile(r"The command '(?:/bin/sh -c )?(.*)' returned a non-zero code: \d+"),
        "a build command failed: {0}",
        "mend it in requirements.txt or spec.build.commands",
    ),
    (
        re.compile(r"Unterminated quoted string"),
        "a quote broke the dashboard's shell command",
        "take quotes out of variables and labels",
    ),
    (
        re.compile(r"processor\.yaml: no such file"),
        "the platform started the function before it wrote its configuration",
        "deploy again",
    ),
    (
        re.compile(r"exceeded quota: ([^,\n]+)"),
        "the namespace's quota is used up: {0}",
        "delete what nobody needs, or ask for less in spec.resources",
    ),
    (
        re.compile(r"InvalidImageName [^\"\n]*\"([^\"\n]+)\""),
        "{0!r} is no image's name",
        "correct it: -i NAME:TAG",
    ),
    (
        re.compile(r'violates PodSecurity "[^"]+": ([^\n]+)'),
        "the namespace's security rules refuse it: {0}",
        "say what they want in spec.securityContext, e.g. {runAsNonRoot: true, runAsUser: 1000}",
    ),
    (
        re.compile(r"CreateContainerConfigError ([^\n]+)"),
        "its variables cannot be read: {0}",
        "make in the namespace what spec.env and spec.envFrom name, or correct them",
    ),
    (
        re.compile(r"Unschedulable ([^\n]+)"),
        "no node has room for it: {0}",
        "ask for less in spec.resources, or see nodeSelector, affinity and tolerations",
    ),
    (
        re.compile(r"^OOMKilled", re.MULTILINE),
        "it needs more memory than it may have (OOMKilled)",
        "raise spec.resources.limits.memory, or load less",
    ),
    (
        re.compile(r"The container name \S+ is already in use"),
        "another deploy of it ran at the same moment",
        "deploy again",
    ),
    (
        re.compile(r"^Function is not healthy$"),
        "its container ended, or does not answer",
        "look into its log (funcs logs), and deploy again",
    ),
    (
        re.compile(r"bind source path does not exist: (\S+)"),
        "the platform's host has no folder {0}",
        "make it there, or correct --volume",
    ),
)


def failure(name: str, message: str, container_log: str, folder: Path) -> FunctionFailedError:
    """The error that a person can mend, of what a dashboard says of a failed function.

    ``folder`` is where the function's code lies here, to name its files.
    """
    for text in (message, container_log):
        lines = _ANSI.sub("", text).splitlines()
        traceback = max(_tracebacks(lines), key=_weight, default=[])
        if error := _own_error(name, traceback):
            return error
    return _platform_error(name, _ANSI.sub("", message), _ANSI.sub("", container_log))


def _own_error(name: str, traceback: list[str]) -> FunctionFailedError | None:
    """What the function's own code raised."""
    if not traceback:
        return None
    shown = list(_without_wrapper(traceback))
    found = blame(shown, Path(IMAGE_FOLDER)) or blame(traceback, Path(IMAGE_FOLDER))
    if found is None:
        return None
    what = f"function {name!r} fails at its start: {found.error.what}"
    error = found.error
    lines = tuple(shown) if found.traceback else ()
    return FunctionFailedError(what, where=error.where, fix=error.fix, lines=lines)


def _tracebacks(lines: list[str]) -> Iterator[list[str]]:
    """Each traceback, raw or as a field of a JSON log line."""
    for at, line in enumerate(lines):
        if line.strip() == _HEAD:
            yield list(_block(lines, at))
        elif _HEAD in line and (text := _in_json(line)):
            inner = text.splitlines()
            start = max(index for index, each in enumerate(inner) if _HEAD in each)
            yield list(_block(inner, start))


def _block(lines: list[str], at: int) -> Iterator[str]:
    """The traceback that begins at a line, with its last line and our own errors' notes."""
    yield lines[at].strip()
    rest = iter(lines[at + 1 :])
    for line in rest:
        yield line
        if not line.startswith(" ") and _LAST.match(line):
            break
    for line in rest:
        if not line.startswith(("  at:", "  fix:")):
            return
        yield line


def _in_json(line: str) -> str:
    """The longest text that stands in the JSON object of a log line."""
    start = line.find("{")
    while start != -1:
        try:
            value, _ = json.JSONDecoder().raw_decode(line, start)
        except ValueError:
            start = line.find("{", start + 1)
            continue
        return max((text for text in _texts(value) if _HEAD in text), key=len, default="")
    return ""


def _texts(value: object) -> Iterator[str]:
    if isinstance(value, str):
        yield value
    elif isinstance(value, dict):
        for item in value.values():
            yield from _texts(item)


def _weight(traceback: list[str]) -> tuple[bool, int]:
    """Prefer one that has lines of the function's own, then the longer one."""
    own = [line for line in traceback if _FRAME.match(line) and not _WRAPPER.match(line)]
    return bool(own), len(traceback)


def _without_wrapper(lines: list[str]) -> Iterator[str]:
    """The traceback without the frames of the wrapper, which are the same every time."""
    is_wrapper = False
    for line in lines:
        if _FRAME.match(line):
            is_wrapper = bool(_WRAPPER.match(line))
        elif not line.startswith("    "):
            is_wrapper = False
        if not is_wrapper:
            yield line


def _platform_error(name: str, message: str, container_log: str) -> FunctionFailedError:
    for text in (message, container_log):
        for pattern, what, fix in _REASONS:
            if match := pattern.search(text):
                groups = [group for group in match.groups() if group]
                word = groups[0] if groups else ""
                if "image{0}" in what:
                    word = f" {word!r}" if word else ""
                said = f"function {name!r} is not deployed: {what.format(word)}"
                return FunctionFailedError(said, fix=fix, lines=tuple(_output(text)))
    reason, fix = _root_cause(message), ""
    if "healthy in time" in message:
        fix = (
            "make it start faster, or give it longer with readinessTimeoutSeconds; what it wrote "
            "stands above"
        )
        reason = "it was not healthy in time"
    lines = tuple(_output(message) or _output(container_log))
    what = f"function {name!r} does not run: {reason or 'the platform does not say why'}"
    return FunctionFailedError(what, fix=fix, lines=lines)


def _root_cause(message: str) -> str:
    """The innermost cause that says why; else the first line."""
    causes = [cause.strip() for cause in _ROOT.findall(message) if cause.strip()]
    telling = [cause for cause in causes if not _NO_CAUSE.fullmatch(cause)]
    first = next((line.strip() for line in message.splitlines() if line.strip()), "")
    first = "" if first == "Error -" else first
    return next(iter(telling[-1:] or causes[:1]), first)[:_MOST_CHARACTERS]


def _output(text: str) -> list[str]:
    """The last lines that are no frames of Go's."""
    lines = [line.rstrip() for line in text.splitlines()]
    _, found, said = text.partition("Logs:\n")
    if found:
        lines = [line.rstrip() for line in said.splitlines()]
    silent = (_GO_FRAME, _HEADING)
    kept = [
        line[:_MOST_CHARACTERS]
        for line in lines
        if line.strip() and _READ not in line and not any(each.match(line) for each in silent)
    ]
    telling = [line for line in kept if not _DEBUG.search(line)]
    return (telling or kept)[-_LOG_TAIL:]
