"""Where our processor differs from the recordings of Nuclio's, and why; all else must agree.

The suite reads this table: each of these cases must differ, or its line here is stale.
docs/reference/nuclio.md is written from it by scripts/nuclio_page.py.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Difference:
    """One difference: the cases that show it, what Nuclio 1.14 does, what ours does, and why.

    Without ``cases`` no recording shows it: it is a matter of load, time or text between lines.
    """

    cases: tuple[str, ...]
    nuclio: str
    ours: str
    why: str

    @property
    def is_defect(self) -> bool:
        """Whether it is a mistake of Nuclio's that ours does not make; else it is our choice."""
        return self.why.startswith("an upstream defect")


_UNREADABLE = "400 `Error when parsing request`, and the connection is closed"

DIFFERENCES: tuple[Difference, ...] = (
    Difference(
        ("method-odd-get", "method-odd-Purge", "method-odd-X"),
        nuclio="hands any word to the handler as the method",
        ours=_UNREADABLE,
        why="HTTP is parsed by httptools, which knows the registered methods alone",
    ),
    Difference(
        ("headers-no-colon~2", "bad-header-null", "bad-header-null~2", "bad-header-control~2"),
        nuclio="takes a header without a name, and control bytes in names and values",
        ours=_UNREADABLE,
        why="what two servers read differently is how requests are smuggled (RFC 9110, 5.5)",
    ),
    Difference(
        ("headers-fold", "headers-lf~2", "bad-header-bare-cr"),
        nuclio="takes folded lines, lines that end with LF alone, and a CR inside a line",
        ours=_UNREADABLE,
        why="what two servers read differently is how requests are smuggled (RFC 9112, 2.2, 5.2)",
    ),
    Difference(
        ("chunked-and-length~2", "bad-length-twice~2"),
        nuclio="takes a length beside chunks, and the last of two lengths; garbage is handled next",
        ours=_UNREADABLE,
        why="what two servers read differently is how requests are smuggled (RFC 9112, 6.3)",
    ),
    Difference(
        ("bad-line-two~2", "bad-version", "bad-version-word~2", "bad-binary"),
        nuclio="takes a request line with another version, or with none, as HTTP/1.0",
        ours=_UNREADABLE,
        why="that is no HTTP/1 request; Nuclio's handler gets garbage",
    ),
    Difference(
        ("path-star~2",),
        nuclio="puts a slash before a target that has none",
        ours=_UNREADABLE,
        why="httptools takes a path, `*` or an absolute URL (RFC 9112, 3.2)",
    ),
    Difference(
        ("bad-spaces",),
        nuclio="several spaces in a request line become part of the path",
        ours="they separate",
        why="httptools reads the line as RFC 9112, 3 allows a server to",
    ),
    Difference(
        ("event-id-same",),
        nuclio="a worker gives all its events the id of the first",
        ours="each event has an id of its own",
        why="an upstream defect: events are reused and the id is set only when it is empty",
    ),
    Difference(
        ("response-type-break", "response-type-break~2", "header-break~2"),
        nuclio="a line break in a content type or in a header's name begins a new header",
        ours="in a content type it is a space; a header of such a name is left out",
        why="an upstream defect: whoever chooses the value can split the response",
    ),
    Difference(
        ("empty-list-three", "metrics-empty-list"),
        nuclio="an empty list answers 500 and takes the worker out of service for good",
        ours="it answers `[]`",
        why="an upstream defect: an index out of range",
    ),
    Difference(
        ("timeout-head",),
        nuclio="sends a line break too many after the head of a 408 to a HEAD request",
        ours="sends the head alone",
        why="an upstream defect: the bytes are taken for the next answer's",
    ),
    Difference(
        ("timeout-busy",),
        nuclio="gives a worker out before its new process is up: 500",
        ours="the event waits for the new process",
        why="an upstream defect",
    ),
    Difference(
        ("timeout-clock-early",),
        nuclio="in the first 10 seconds an event times out too early",
        ours="eventTimeout is exact",
        why="an upstream defect: the clock's first tick comes after 10 seconds",
    ),
    Difference(
        ("metrics-three", "metrics-busy"),
        nuclio="handled_events_duration_milliseconds (sum and count) stays 0",
        ours="counts each worker's events and their time",
        why="an upstream defect: the counters that are kept are a copy of those that are shown",
    ),
    Difference(
        ("kill-9", "kill-segv", "kill-term", "kill-idle-term", "abort", "kill-one-of-three"),
        nuclio="one worker's end ends the processor (exit 2); requests of all workers are cut",
        ours="the event it worked on gets a 500, a new worker takes its place, the others go on",
        why="an upstream defect: one bad event must not cost the others theirs",
    ),
    Difference(
        ("start-init-exits-0",),
        nuclio="a worker that ends with exit code 0 while it starts is waited for, for ever",
        ours="the processor ends with exit code 2, as after any other end at the start",
        why="an upstream defect: exit code 0 is taken for no end at all",
    ),
    Difference(
        ("sigterm-default", "sigterm-async", "sigterm-running"),
        nuclio="SIGTERM waits the whole workerTerminationTimeout and 5 s more, even when idle",
        ours="it stops when the last request is answered and the callbacks have run",
        why="`docker stop` kills after 10 s; a restart should not wait for nothing",
    ),
    Difference(
        ("admin-triggers-slash", "admin-trigger", "admin-cors"),
        nuclio="the web administration shows every field of its Go structs",
        ours="the same shape: what the configuration says, the workers, the counters",
        why="most of those fields speak of things that only Nuclio has",
    ),
    Difference(
        ("batch-single", "batch-without-id", "batch-strings", "batch-plain-handler"),
        nuclio="a batch's result that names no event ends the processor (exit 2): a failure of the "
        "handler, a single response, one without event_id",
        ours="each event of the batch gets a 500: the handler's failure, or a sentence that says "
        "what to return",
        why="an upstream defect: a nil pointer",
    ),
    Difference(
        ("batch-no-worker",),
        nuclio="answers an empty 200 after workerAvailabilityTimeoutMilliseconds while the event "
        "still waits or is handled; then its request's memory is another's",
        ours="503 when no worker was free in that time; an event that is handled is waited for",
        why="an upstream defect: the event outlives its request",
    ),
    Difference(
        (),
        nuclio="one batch at a time, however many workers there are; no eventTimeout for batches",
        ours="as many batches at once as there are workers; eventTimeout counts for a batch",
        why="an upstream defect: batches are handled in the loop that gathers them",
    ),
    Difference(
        (),
        nuclio="level 1.15, mode async: opens all maxConnectionsNumber connections at the start",
        ours="opens one, and another whenever an event would wait; a worker's port is any free one",
        why="a thousand open sockets that nobody uses cost both processes",
    ),
    Difference(
        (),
        nuclio="level 1.15: pieces of a stream are sent every streamingFlushPeriod (1 s)",
        ours="each piece is sent when it is made; the attribute is read and not needed",
        why="who streams words wants them now",
    ),
    Difference(
        (),
        nuclio="takes whatever Transfer-Encoding says but `identity` for chunks, in HTTP/1.0 too",
        ours="`chunked` alone, once, in HTTP/1.1; else " + _UNREADABLE,
        why="what two servers read differently is how requests are smuggled (RFC 9112, 6.1)",
    ),
    Difference(
        (),
        nuclio="waits for ever for the rest of a request, and for a client to read its answer",
        ours="408 and a closed connection after `header_timeout_s` or `body_timeout_s`; a client "
        "that does not read is cut off after `send_timeout_s`, one without a request after "
        "`keepalive_timeout_s` ([settings](settings.md))",
        why="a few clients that trickle would hold all that there is to hold",
    ),
    Difference(
        (),
        nuclio="takes up to 262144 clients, then answers 503; without file descriptors it retries",
        ours="takes `max_connections` (10000), and no more than leave file descriptors for its "
        "workers; then clients without a request go first, and new ones are answered 503",
        why="a crowd must not cost the workers, nor those who are being served",
    ),
    Difference(
        (),
        nuclio="`X-nuclio-filestream-path` sends, and deletes, any file that the processor may",
        ours="files below the folder that the setting `files` names, links followed; any other is "
        "404, as one that is not there, and the log says what to set. At level 1.14 without the "
        "setting it is the folder for temporary files",
        why="whoever chooses the name must not choose among all files",
    ),
    Difference(
        (),
        nuclio="`X-nuclio-filestream-path` naming a folder closes the connection without an answer",
        ours="500; so for pipes and devices, which are not read",
        why="an upstream defect: the answer's head waits for a body that cannot be read",
    ),
    Difference(
        (),
        nuclio="CloudEvents 1.0: a binary one is a plain request, a structured one loses all but "
        "data and source",
        ours="so at level 1.14; at 1.15 both are read whole ([HTTP](../how-to/http.md)), what does "
        "not keep to 1.0 is answered 400, a batch 415",
        why="1.0 is what brokers and clients send",
    ),
    Difference(
        (),
        nuclio="sends a handler's status below 200 or beyond 999, and header names that are none",
        ours="so at level 1.14, but for names with colons, spaces or control bytes; at 1.15 such a "
        "status is 500 and logged, such a header left out. Control bytes in values are spaces",
        why="a client takes the next answer for the rest of such a one, or refuses it",
    ),
    Difference(
        (),
        nuclio="sends a worker one event and waits for its answer",
        ours="a trigger's only worker, while its answers are quick, is sent up to 16 events that "
        "wait; those it has not begun when it ends are given to its successor",
        why="it need not sleep between them; they are handled one after the other all the same",
    ),
    Difference(
        (),
        nuclio="a log record larger than the socket's buffer is cut and glued to the next line",
        ours="every log record arrives whole",
        why="an upstream defect: a buffered writer on a socket that does not block",
    ),
    Difference(
        (),
        nuclio="SIGINT raises KeyboardInterrupt in a worker: in a handler it is that event's 500",
        ours="workers pass SIGINT over, unless the handler's module takes it",
        why="Ctrl-C reaches a whole terminal; when a worker ends is the processor's to say",
    ),
    Difference(
        (),
        nuclio="a drain or termination callback that raises ends the worker and the processor",
        ours="what it raises is logged, and the worker goes on",
        why="an upstream defect: the callback's exception leaves the wrapper's loop",
    ),
)


def difference_of(case: str) -> Difference | None:
    """The difference that this case shows, if it shows one."""
    return next((each for each in DIFFERENCES if case in each.cases), None)
