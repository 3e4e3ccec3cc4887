"""Requests as one HTTP trigger will treat them, worked out once for each head that comes.

Clients on one connection, and most clients of one function, send the same head again and again.
What follows from its bytes alone is kept, so that a known head costs a dict lookup.
"""

from __future__ import annotations

from funcs.processor.cloudevents import reader_of
from funcs.processor.http_head import CHUNKED, parse_head
from funcs.processor.http_multipart import boundary_of

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.cors import Cors
    from funcs.processor.http_event import FrameMaker
    from funcs.processor.http_head import Head

_HEALTH = b"/__internal/health"
_LEVEL = b"X-Nuclio-Log-Level"
_MOST_KEPT = 512
_LONGEST_KEPT = 2048

#: What a request is for: the handler, or something that the processor answers itself.
EVENT, HEALTH, PREFLIGHT, FORBIDDEN = range(4)


class Prepared:
    """A head, what it is for, and the frame of its event but for id, time and body.

    ``is_simple``: its whole body follows at once or not at all and goes to the handler as it is.
    ``is_plain``: its answer is kept alive and carries nothing but what the handler returned.
    """

    __slots__ = (
        "back",
        "boundary",
        "cloud_event",
        "front",
        "head",
        "is_head",
        "is_plain",
        "is_simple",
        "log_level",
        "may_be_nil",
        "nil_back",
        "nil_front",
        "purpose",
        "size",
    )

    def __init__(
        self,
        head: Head,
        frames: FrameMaker,
        cors: Cors | None,
        most_body: int,
        *,
        knows_1_0: bool,
    ) -> None:
        self.head = head
        self.size = head.length
        self.is_head = head.method == b"HEAD"
        self.purpose = _purpose(head, cors)
        self.boundary = boundary_of(head)
        self.cloud_event = reader_of(head, knows_1_0=knows_1_0)
        level = head.headers.get(_LEVEL)
        self.log_level = None if level is None else level.decode("latin-1")
        #: no body was announced: None for a handler, unless its context has carried one before
        self.may_be_nil = head.length == 0 and not head.says_length
        self.is_simple = (
            self.purpose == EVENT
            and not (self.boundary or self.cloud_event or head.expects)
            and 0 <= head.length <= most_body
        )
        self.is_plain = (
            head.keep_alive
            and not (head.is_old or self.is_head or cors is not None)
            and self.log_level is None
        )
        self.front = self.back = self.nil_front = self.nil_back = b""
        if self.is_simple:
            self.front, self.back = frames.compile(head, head.length)
        if self.may_be_nil:
            self.nil_front, self.nil_back = frames.compile(head, 0, is_nil=True)


class PreparedRequests:
    """Every head that came lately, by its bytes; ``knows_1_0`` is of cloud events."""

    def __init__(
        self, frames: FrameMaker, cors: Cors | None, most_body: int, *, knows_1_0: bool = True
    ) -> None:
        self.known: dict[bytes, Prepared] = {}
        self._frames = frames
        self._cors = cors
        self._most_body = most_body
        self._knows_1_0 = knows_1_0

    def prepare(self, data: bytes) -> Prepared:
        """The request that begins with the head in ``data``.

        Raises:
            BadRequestError: it is no request.
        """
        prepared = Prepared(
            parse_head(data), self._frames, self._cors, self._most_body, knows_1_0=self._knows_1_0
        )
        if prepared.size != CHUNKED and len(data) <= _LONGEST_KEPT:
            if len(self.known) >= _MOST_KEPT:
                self.known.clear()
            self.known[data] = prepared
        return prepared


def _purpose(head: Head, cors: Cors | None) -> int:
    if head.path.startswith(_HEALTH):
        return HEALTH
    if cors is not None:
        if cors.is_preflight(head):
            return PREFLIGHT
        if not cors.allows(head):
            return FORBIDDEN
    return EVENT
