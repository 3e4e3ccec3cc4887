"""Which requests are cloud events, and what reads them."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

    from funcs.processor.http_head import Head

    #: From a request's head and body to what the event is, beside what the request says.
    CloudEventReader = Callable[[Head, bytes], dict[str, Any]]

_STRUCTURED = b"application/cloudevents"
_BINARY_0_1 = b"Ce-Cloudeventsversion"
_BINARY_1_0 = b"Ce-Specversion"


def reader_of(head: Head, *, knows_1_0: bool) -> CloudEventReader | None:
    """What reads the cloud event that the request says to be; None where it says nothing.

    The reader raises `CloudEventError`. Of 1.0, Nuclio 1.14 takes a binary event for a plain
    request, and loses most of a structured one; so does ours unless ``knows_1_0``.
    """
    if head.content_type[: len(_STRUCTURED)].lower() == _STRUCTURED:
        if knows_1_0:
            return _structured
        if head.content_type.startswith(_STRUCTURED):
            from funcs.processor.cloudevents_0_1 import structured

            return structured
    if knows_1_0 and head.headers.get(_BINARY_1_0, b"").startswith(b"1."):
        from funcs.processor.cloudevents_1_0 import binary

        return binary
    if _BINARY_0_1 in head.headers:
        from funcs.processor.cloudevents_0_1 import binary

        return binary
    return None


def _structured(head: Head, body: bytes) -> dict[str, Any]:
    """By 1.0 if it speaks of it, else by 0.1."""
    from funcs.processor import cloudevents_0_1, cloudevents_1_0

    return cloudevents_1_0.structured(head, body) or cloudevents_0_1.structured(head, body)
