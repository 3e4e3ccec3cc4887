"""Batches: several events for one call of the handler (Nuclio: `batch` of an HTTP trigger).

Events wait for company until there are enough of them or the first has waited its time. Each is
answered exactly once, whatever the handler returns: by the result that names its id, by the
failure of the whole batch, or by what says that there was no result for it.
"""

from __future__ import annotations

from funcs.processor.caller import Follower
from funcs.worker.wire import HEADER_BYTES, Result, read_results

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Protocol

    from funcs.processor.caller import Caller, Source
    from funcs.processor.config import Batching
    from funcs.processor.http_event import FrameMaker
    from funcs.processor.logs import Sink
    from funcs.processor.pool import Pool
    from funcs.processor.reactor import Timer
    from funcs.worker.wire import LogRecord

    class Member(Caller, Protocol):
        """A caller whose event may be one of a batch."""

        def finish(self, result: Result) -> None:
            """A worker answered; this is the result for its event."""


_NAMELESS = "Received response with empty event_id, response won't be returned"
_HINT = (
    "the handler's answer does not say which event it is for: "
    "return a list with context.Response(event_id=event.id) for each event of the batch"
)
_NO_STREAM = "a batch cannot be answered by a generator: return a list of responses"
_PLAIN = "text/plain; charset=utf-8"
#: A batch is closed before its frame grows beyond this.
_MOST_BYTES = 1 << 30


class Batcher:
    """Gathers the events of one trigger and has ``pool`` handle them in batches."""

    def __init__(self, config: Batching, pool: Pool, frames: FrameMaker, sink: Sink) -> None:
        self._config = config
        self._pool = pool
        self._frames = frames
        self._sink = sink
        self._batch: Batch | None = None
        self._timer: Timer | None = None

    def submit(self, caller: Member) -> None:
        """Have the event that was made last handled, together with others."""
        size = len(caller.frame)
        if self._batch is not None and self._batch.size_bytes + size > _MOST_BYTES:
            self.flush()
        if self._batch is None:
            self._batch = Batch(self._warn)
            self._timer = self._pool.reactor.call_in(self._config.timeout_s, self.flush)
        self._batch.add(caller, self._frames.last_id.decode("utf-8", "surrogateescape"))
        if len(self._batch) >= self._config.size:
            self.flush()

    def flush(self) -> None:
        """Let those that wait for company go as they are."""
        batch, self._batch = self._batch, None
        if self._timer is not None:
            self._timer.cancel()
            self._timer = None
        if batch is not None:
            batch.seal()
            self._pool.submit(batch)

    def _warn(self, sentence: str) -> None:
        self._sink.log("warn", "processor.http", sentence, {})


class Batch:
    """Events on their way together; to the pool it is one caller."""

    def __init__(self, warn: Callable[[str], None]) -> None:
        self.frame = b""
        self.logs: list[LogRecord] | None = None  # Nuclio 1.14: X-Nuclio-Logs is [] in a batch
        self.queued_at = 0.0
        self.size_bytes = 0
        self._warn = warn
        self._members: list[tuple[str, Member]] = []

    def __len__(self) -> int:
        return len(self._members)

    def add(self, member: Member, event_id: str) -> None:
        """One more event."""
        self._members.append((event_id, member))
        self.size_bytes += len(member.frame)

    def seal(self) -> None:
        """Make one frame of all: a msgpack array of the events' maps."""
        payloads = [memoryview(member.frame)[HEADER_BYTES:] for _, member in self._members]
        header = _array_header(len(payloads))
        size = len(header) + sum(map(len, payloads))
        self.frame = b"".join((size.to_bytes(HEADER_BYTES, "big"), header, *payloads))
        for _, member in self._members:
            member.frame = b""

    def answered(self, line: bytes) -> None:
        """Give each member its result."""
        results = read_results(line)
        if line[1:2] != b"[" and not results[0].event_id and results[0].status_code >= 500:
            self._finish_all(results[0])  # the handler failed, and all of them with it
            return
        if results and results[0].error and not results[0].event_id:
            self._finish_all(results[0])
            return
        nameless = sum(not result.event_id for result in results)
        for result in results:
            if not result.event_id:
                self._warn(_NAMELESS)
            elif not self._finish(result):
                self._warn(f"a response names {result.event_id!r}, no event of its batch")
        if self._members:
            self._warn(f"{len(self._members)} events of a batch got no response")
        # Nuclio 1.14 gives whom no response names an empty 200, and ends if one names nobody.
        missing = _failure(_HINT) if nameless else Result(200, b"", "", {})
        self._finish_all(missing)

    def stream_began(self, line: bytes, source: Source) -> Follower:
        """Refuse: one stream is no answer to several clients."""
        source.cancel()
        self._finish_all(_failure(_NO_STREAM))
        return Follower()

    def unavailable(self) -> None:
        """No worker was free in time."""
        for member in self._take():
            member.unavailable()

    def timed_out(self) -> None:
        """The worker took too long."""
        for member in self._take():
            member.timed_out()

    def died(self, reason: str) -> None:
        """The worker ended before it answered."""
        for member in self._take():
            member.died(reason)

    def _finish(self, result: Result) -> bool:
        """Give the result to the first member that waits for it; whether there is one."""
        for at, (event_id, member) in enumerate(self._members):
            if event_id == result.event_id:
                del self._members[at]
                member.finish(result)
                return True
        return False

    def _finish_all(self, result: Result) -> None:
        for member in self._take():
            member.finish(result)

    def _take(self) -> list[Member]:
        members, self._members = self._members, []
        return [member for _, member in members]


def _failure(sentence: str) -> Result:
    return Result(500, sentence.encode(), _PLAIN, {})


def _array_header(count: int) -> bytes:
    """What msgpack begins an array of so many elements with."""
    if count < 16:
        return bytes((0x90 | count,))
    if count < 1 << 16:
        return b"\xdc" + count.to_bytes(2, "big")
    return b"\xdd" + count.to_bytes(4, "big")
