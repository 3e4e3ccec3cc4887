"""The cron trigger, and kickstart: events that the clock brings (Nuclio 1.14: trigger/cron).

An event waits for a worker as any other. The next one counts from the end of the one before, so
that a slow handler stretches the interval and no two events of one trigger are under way at once.
"""

from __future__ import annotations

import time
from time import monotonic

from funcs.errors import SpecError
from funcs.processor.caller import Follower
from funcs.processor.duration import parse_duration
from funcs.processor.http_event import EventIds
from funcs.tape.exchange import Exchange
from funcs.worker.wire import Result, pack_event, read_results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    from funcs.processor.caller import Source
    from funcs.processor.config import TriggerConfig
    from funcs.processor.logs import Sink
    from funcs.processor.observer import Observer
    from funcs.processor.pool import Pool
    from funcs.worker.wire import LogRecord

    NextDelay = Callable[[], float]

_DESCRIPTORS = {
    "@yearly": "0 0 1 1 *",
    "@annually": "0 0 1 1 *",
    "@monthly": "0 0 1 * *",
    "@weekly": "0 0 * * 0",
    "@daily": "0 0 * * *",
    "@midnight": "0 0 * * *",
    "@hourly": "0 * * * *",
}
_EVERY = "@every "
#: The clock may be set while a timer runs: it is asked again at least so often.
_LONGEST_NAP_S = 60.0
#: A timer that rings so little early is on time.
_EARLY_S = 0.001


class CronTrigger:
    """Brings one event at each tick; of kind ``kickstart``, one event at the start.

    Raises on construction:
        SpecError: the attributes are wrong; there is neither interval nor schedule.
    """

    def __init__(
        self, settings: TriggerConfig, pool: Pool, *, sink: Sink, observer: Observer | None = None
    ) -> None:
        self.settings = settings
        self.pool = pool
        self.sink = sink
        self._observer = observer
        self.port = 0
        self.successes = 0
        self.failures = 0
        self.frame = b""
        self.logs: list[LogRecord] | None = None
        self.queued_at = 0.0
        event = _event_of(settings)
        self._event = pack_event(event)
        self._request = _Request(event)
        self._began_at = 0.0
        self._delay = None if settings.kind == "kickstart" else _delay_of(settings)
        self._due_at = 0.0
        self._is_busy = False
        self._is_closed = False

    def start(self) -> None:
        """Begin to tick."""
        if self._delay is None:
            self._fire()
        else:
            self._await_tick(self._delay)

    def flush(self) -> None:
        """Nothing is held back."""

    def leave(self) -> None:
        """Tick no more: another clock does."""
        self._is_closed = True

    def close_door(self) -> None:
        """Nobody comes in."""

    @property
    def has_clients(self) -> bool:
        """There are none."""
        return False

    def close(self) -> None:
        """Tick no more."""
        self._is_closed = True

    @property
    def is_quiet(self) -> bool:
        """Whether no event is under way."""
        return not self._is_busy

    def answered(self, line: bytes) -> None:
        """A worker is done with the event; only an observer asks for its answer."""
        self.successes += 1
        if self._observer is not None and line:
            self._tell(self._observer, read_results(line))
        self._end()

    def stream_began(self, line: bytes, source: Source) -> Follower:
        """A worker answers piece by piece: it is done when it has told the last."""
        return _LastPiece(self)

    def unavailable(self) -> None:
        """No worker was free in time."""
        self._failed("no worker was free in time")

    def timed_out(self) -> None:
        """The worker took longer than eventTimeout."""
        self._failed("it took longer than the function's eventTimeout")

    def died(self, reason: str) -> None:
        """The worker ended before it was done."""
        self._failed(reason)

    def _await_tick(self, delay: NextDelay) -> None:
        self._due_at = time.time() + delay()
        self._nap()

    def _nap(self) -> None:
        """Sleep until the tick is due by the wall clock."""
        if self._is_closed or self.pool.is_closed:
            return
        left_s = self._due_at - time.time()
        if left_s <= _EARLY_S:
            self._fire()
        else:
            self.pool.reactor.call_in(min(left_s, _LONGEST_NAP_S), self._nap)

    def _fire(self) -> None:
        self.frame = self._event
        self._began_at = monotonic()
        self.logs = None if self._observer is None else []
        self._is_busy = True
        self.pool.submit(self)

    def _tell(self, observer: Observer, results: list[Result]) -> None:
        result = results[0] if results else Result(200, b"[]", "application/json", {})
        headers = {"Content-Type": result.content_type, **result.headers}
        exchange = Exchange(
            (self.settings.kind, self.settings.name),
            self._request,
            result.status_code or 200,
            event=(self._request.event_id, self._request.body),
            headers=[
                (name.encode(), value.encode("utf-8", "replace"))
                for name, value in headers.items()
                if isinstance(value, str) and value
            ],
            answer=result.body,
            size_bytes=len(result.body),
            duration_s=monotonic() - self._began_at,
            worker=self.pool.answered_by,
            logs=self.logs or (),
        )
        observer.on_exchange(exchange)

    def _failed(self, reason: str) -> None:
        self.failures += 1
        fields = {"trigger": self.settings.name, "reason": reason}
        self.sink.log("warn", f"processor.{self.settings.kind}", "Event was not handled", fields)
        self._end()

    def _end(self) -> None:
        self._is_busy = False
        if self._delay is not None and not self._is_closed and not self.pool.is_closed:
            self._await_tick(self._delay)


class _LastPiece(Follower):
    """Tells a trigger when the handler has made the last piece of its answer."""

    def __init__(self, trigger: CronTrigger) -> None:
        super().__init__(trigger.logs)
        self._trigger = trigger

    def ended(self, *, is_whole: bool) -> None:
        """The event is done."""
        self._trigger.answered(b"")


class _Request:
    """The one event as an observer is shown it."""

    def __init__(self, event: Mapping[str, Any]) -> None:
        self.event_id = event["id"].encode()
        self.body = event["body"] or None
        self.method = _bytes(event["method"])
        self.path = _bytes(event["path"])
        self.fields: dict[bytes, bytes] = {}
        self.headers = {_bytes(key): _bytes(value) for key, value in event["headers"].items()}


def _bytes(value: object) -> bytes:
    return str(value).encode("utf-8", "surrogateescape")


def _event_of(settings: TriggerConfig) -> dict[str, Any]:
    """The one event of the trigger: its id and its time, the epoch, are always the same."""
    given = _typed(settings, settings.attributes, "event", dict, {})
    body = _typed(settings, given, "body", str, "").encode("utf-8", "surrogateescape")
    headers = _typed(settings, given, "headers", dict, {})
    return {
        "trigger": {"kind": settings.kind, "name": settings.name},
        "url": "", "shard_id": -1, "num_shards": 0, "type": "", "type_version": "",
        "version": "", "offset": 0, "topic": "", "content_type": "", "content-type": "",
        "method": _typed(settings, given, "method", str, ""),
        "path": _typed(settings, given, "path", str, "") or "/",
        "fields": {}, "headers": {str(key): _number(value) for key, value in headers.items()},
        "size": len(body), "id": EventIds().next().decode(), "timestamp": 0, "body": body,
    }  # fmt: skip


def _number(value: object) -> object:
    """As Go reads JSON: every number is a float."""
    return float(value) if isinstance(value, int) and not isinstance(value, bool) else value


def _typed(
    settings: TriggerConfig, given: Mapping[str, Any], key: str, kind: type, default: Any
) -> Any:
    value = given.get(key)
    if value is None:
        return default
    if not isinstance(value, kind):
        what = f"{key!r} of a {settings.kind} trigger is {value!r}"
        expected = "a text" if kind is str else "a map"
        raise SpecError(what, where=f"{settings.where}.attributes", fix=f"make it {expected}")
    return value


def _delay_of(settings: TriggerConfig) -> NextDelay:
    """What tells the seconds from now to the next tick."""
    interval = _typed(settings, settings.attributes, "interval", str, "")
    schedule = _typed(settings, settings.attributes, "schedule", str, "").strip()
    where = f"{settings.where}.attributes"
    if interval:
        return _every(interval, f"{where}.interval")
    if schedule.startswith(_EVERY):
        return _every(schedule.removeprefix(_EVERY).strip(), f"{where}.schedule")
    if schedule:
        return _on_schedule(schedule, f"{where}.schedule")
    what = "a cron trigger has neither interval nor schedule"
    raise SpecError(what, where=where, fix='write interval: 5s or schedule: "0 * * * *"')


def _every(text: str, where: str) -> NextDelay:
    fix = "write it as 30s, 500ms or 1m30s"
    try:
        seconds = parse_duration(text)
    except ValueError as error:
        raise SpecError(str(error), where=where, fix=fix) from error
    if seconds <= 0:
        raise SpecError(f"the interval {text!r} is not above zero", where=where, fix=fix)
    return lambda: seconds


def _on_schedule(schedule: str, where: str) -> NextDelay:
    from datetime import datetime

    from cronsim import CronSim, CronSimError

    expression = _DESCRIPTORS.get(schedule, schedule).replace("?", "*")

    def delay() -> float:
        now = datetime.now()  # a schedule is in the processor's own time zone
        return (next(CronSim(expression, now)) - now).total_seconds()

    try:
        delay()
    except (CronSimError, StopIteration) as error:
        what = f"{schedule!r} is no schedule that ever comes"
        fix = "write five fields, six with seconds first, @hourly, or @every 5s"
        raise SpecError(what, where=where, fix=fix) from error
    return delay
