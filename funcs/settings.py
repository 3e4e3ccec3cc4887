"""funcs' own settings, parsed once at an entry point and passed in from there."""

from __future__ import annotations

from funcs.errors import SpecError
from funcs.record import Record
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from pathlib import Path
    from typing import Any

_CHOICES = {
    "nuclio": ("1.14", "1.15"),
    "error_detail": ("message", "full"),
    "load": ("sync", "async"),
    "log_requests": ("none", "all"),
}
_SECONDS = frozenset(
    {"header_timeout_s", "body_timeout_s", "send_timeout_s", "keepalive_timeout_s", "handover_s"}
)
_COUNTS = frozenset({
    "max_connections", "max_response_mb", "record_body_bytes", "record_file_bytes", "record_files",
})  # fmt: skip
_NAMES = frozenset({"protocols", "record_mask"})
_MOST = 1e9
_TEMPORARY = "/tmp"


class Settings(Record):
    """What a function's host and processor are told beside function.yaml's Nuclio keys.

    >>> Settings.from_environ({"FUNCS_CONFIG": '{"graph": "main:graph"}'}).graph
    'main:graph'
    """

    graph: str = ""
    """``module:attribute`` of the graph, or Model class, to host; empty: a plain handler."""

    protocols: tuple[str, ...] = ()
    """The wire protocols that are spoken, the first winning where two fit; empty = all."""

    nuclio: str = "1.15"
    """The Nuclio release whose behaviour is kept: ``1.14`` or ``1.15``."""

    error_detail: str = "message"
    """What a client reads of an unexpected error: its ``message``, or all (``full``)."""

    host: str = ""
    """The address the processor binds; empty = loopback."""

    load: str = "sync"
    """Whether models load before the first event (``sync``) or beside it (``async``)."""

    files: str = ""
    """The folder below which answers may be files (``X-nuclio-filestream-path``); empty = none."""

    header_timeout_s: float = 10.0
    """How long the head of a request may take from its first byte; 0 = for ever."""

    body_timeout_s: float = 30.0
    """How long 16 KiB of a body, or its rest, may take to arrive; 0 = for ever."""

    send_timeout_s: float = 30.0
    """How long a client may take to read 16 KiB of its answer; 0 = for ever."""

    keepalive_timeout_s: float = 620.0
    """How long a connection without a request is kept; 0 = for ever."""

    max_connections: int = 10_000
    """How many clients an HTTP trigger holds at once; open files may allow fewer."""

    max_response_mb: int = 256
    """How long an answer may be between worker and processor, in MiB of JSON (base64 included)."""

    models: str = ""
    """The folder that the models' files lie in, where that is not the function's own."""

    record: str = ""
    """The tape that events and answers are written to; empty = none."""

    record_mask: tuple[str, ...] = ()
    """Headers, keys of JSON and fields whose values are kept out of it, beside the usual ones."""

    record_body_bytes: int = 1_048_576
    """How long a body may be to be kept."""

    record_file_bytes: int = 104_857_600
    """How long the tape may become before the next one is begun."""

    record_files: int = 5
    """How many old tapes are kept beside it: ``.1`` is the latest."""

    log_requests: str = "none"
    """Whether each request that was answered is logged (``all``) or not (``none``)."""

    handover_s: float = 0.0
    """How long a processor that is told to end stays for its clients while another one at the same
    port takes the new ones; 0 = its port is its own."""

    @classmethod
    def from_environ(cls, environ: Mapping[str, str], *, folder: Path | None = None) -> Settings:
        """The settings of a process: FUNCS_CONFIG (JSON), overlaid by single FUNCS_* variables.

        Without FUNCS_CONFIG, ``spec.runtimeAttributes.funcs`` of the function.yaml in ``folder``
        is read instead. An empty variable counts as unset. At level 1.14, whose functions name
        files freely, ``files`` is the folder for temporary ones unless something else is said.

        Raises:
            SpecError: a key is unknown or a value not allowed; it names the variable or file.
        """
        raw, where = _base(environ, folder)
        _refuse_unknown(raw, where)
        values = {name: _parse(name, value, f"{where}  {name}") for name, value in raw.items()}
        for name in cls.__match_args__:
            variable = f"FUNCS_{name.upper()}"
            if text := environ.get(variable):
                values[name] = _parse(name, text, variable)
        if values.get("nuclio") == "1.14":
            values.setdefault("files", environ.get("TMPDIR") or _TEMPORARY)
        return cls(**values)


def _base(environ: Mapping[str, str], folder: Path | None) -> tuple[dict[str, Any], str]:
    """The settings written as one map, and the place they were written at."""
    if text := environ.get("FUNCS_CONFIG"):
        return _from_json(text), "FUNCS_CONFIG"
    path = folder / "function.yaml" if folder is not None else None
    if path is not None and path.is_file():
        return _from_yaml(path), str(path)
    return {}, ""


def _from_json(text: str) -> dict[str, Any]:
    import json  # not every process is given FUNCS_CONFIG

    try:
        value = json.loads(text)
    except ValueError as error:
        raise SpecError(f"FUNCS_CONFIG is not JSON: {error}", where="FUNCS_CONFIG") from error
    return _map(value, "FUNCS_CONFIG")


def _from_yaml(path: Path) -> dict[str, Any]:
    import yaml  # only where no FUNCS_CONFIG was passed

    try:
        value = yaml.safe_load(path.read_text(encoding="utf-8"))
    except (yaml.YAMLError, ValueError) as error:
        mark = getattr(error, "problem_mark", None)
        where = f"{path}:{mark.line + 1}" if mark else str(path)
        problem = getattr(error, "problem", None) or error
        raise SpecError(f"{path.name} is not YAML: {problem}", where=where) from error
    for key in ("spec", "runtimeAttributes", "funcs"):
        value = _map(value, str(path)).get(key)
    return _map(value, f"{path}  spec.runtimeAttributes.funcs")


def _map(value: object, where: str) -> dict[str, Any]:
    if value is None:
        return {}
    if not isinstance(value, dict):
        raise SpecError(f"expected a map, got {type(value).__name__}", where=where)
    return value


def _refuse_unknown(raw: Mapping[str, Any], where: str) -> None:
    for name in raw:
        if name not in Settings.__match_args__:
            fix = did_you_mean(str(name), Settings.__match_args__, noun="settings")
            raise SpecError(f"funcs has no setting {name!r}", where=where, fix=fix)


def _parse(name: str, value: object, where: str) -> Any:
    if name in _NAMES:
        return _names(name, value, where)
    if name in _SECONDS or name in _COUNTS:
        return _number(name, value, where)
    if name == "nuclio" and isinstance(value, float):
        value = str(value)  # `nuclio: 1.15` without quotes is a YAML number
    if not isinstance(value, str):
        raise SpecError(f"{name} must be text, got {value!r}", where=where)
    choices = _CHOICES.get(name)
    if choices is not None and value not in choices:
        raise SpecError(f"{name} cannot be {value!r}", where=where, fix=f"use {_either(choices)}")
    if name == "files" and value and value[0] != "/":
        fix = "write it from the root, e.g. /tmp/answers"
        raise SpecError(f"files is no absolute path: {value!r}", where=where, fix=fix)
    return value


def _number(name: str, value: object, where: str) -> float | int:
    """Seconds, or a whole number of things; an environment variable has it as text."""
    kind = int if name in _COUNTS else float
    least = 1 if name in _COUNTS else 0
    try:
        number = kind(value) if isinstance(value, (int, float, str)) else -1
    except (ValueError, OverflowError):
        number = -1
    is_exact = isinstance(value, str) or number == value
    if isinstance(value, bool) or not is_exact or not least <= number < _MOST:
        what = (
            f"{name} must be a whole number from 1" if least else f"{name} must be seconds from 0"
        )
        raise SpecError(f"{what}, got {value!r}", where=where, fix=f"e.g. {name}: {least or 10}")
    return number


def _names(name: str, value: object, where: str) -> tuple[str, ...]:
    """A list of names, or one text with commas as environment variables have it."""
    if isinstance(value, str):
        value = [part.strip() for part in value.split(",") if part.strip()]
    if not isinstance(value, (list, tuple)) or not all(isinstance(part, str) for part in value):
        raise SpecError(f"{name} must be a list of names, got {value!r}", where=where)
    return tuple(value)


def _either(choices: tuple[str, ...]) -> str:
    return " or ".join(repr(choice) for choice in choices)
