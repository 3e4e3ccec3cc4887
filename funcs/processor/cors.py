"""Cross-origin requests as Nuclio's HTTP trigger answers them (Nuclio 1.14: trigger/http/cors)."""

from __future__ import annotations

from funcs.processor.http_prepared import PREFLIGHT
from funcs.processor.http_reply import Reply

TYPE_CHECKING = False
if TYPE_CHECKING:
    from funcs.processor.http_answer import OwnHeaders
    from funcs.processor.http_config import CorsConfig
    from funcs.processor.http_head import Head

_ORIGIN = b"Origin"
_METHOD = b"Access-Control-Request-Method"
_HEADERS = b"Access-Control-Request-Headers"


class Cors:
    """Answers preflights and marks the answers to the other requests."""

    def __init__(self, config: CorsConfig) -> None:
        self._any_origin = "*" in config.allow_origins
        self._origins = {origin.lower().encode() for origin in config.allow_origins}
        self._methods = {method.lower().encode() for method in config.allow_methods}
        self._headers = {header.lower().encode() for header in config.allow_headers}
        self._credentials = config.allow_credentials
        self._preflight = [
            (b"Access-Control-Max-Age", b"%d" % config.max_age_s),
            (b"Access-Control-Allow-Methods", ", ".join(config.allow_methods).encode()),
            (b"Access-Control-Allow-Headers", ", ".join(config.allow_headers).encode()),
        ]
        self._exposed = ", ".join(config.expose_headers).encode()

    def is_preflight(self, head: Head) -> bool:
        """Whether a browser asks what it may do."""
        return head.method == b"OPTIONS" and bool(head.headers.get(_METHOD))

    def allows(self, head: Head) -> bool:
        """Whether the request names an origin that may call."""
        origin = head.headers.get(_ORIGIN, b"")
        return bool(origin) and (self._any_origin or origin.lower() in self._origins)

    def reply(self, head: Head, purpose: int) -> Reply:
        """The answer to a request that no handler gets: a preflight, or one from elsewhere."""
        if purpose != PREFLIGHT:
            return Reply(200, lines=[(b"Vary", _ORIGIN)])
        lines = [(b"Vary", _ORIGIN), (b"Vary", _METHOD), (b"Vary", _HEADERS)]
        if not self._permits(head):
            return Reply(400, lines=lines)
        return Reply(200, lines=[*lines, *self._origin(head), *self._preflight])

    def mark(self, head: Head, own: OwnHeaders) -> None:
        """Say to the browser who may read the answer; the handler's own headers may replace it."""
        own.add(b"Vary", _ORIGIN)
        for name, value in self._origin(head):
            own.add(name, value)
        if self._exposed:
            own.add(b"Access-Control-Expose-Headers", self._exposed)

    def _origin(self, head: Head) -> list[tuple[bytes, bytes]]:
        lines = [(b"Access-Control-Allow-Origin", head.headers[_ORIGIN])]
        if self._credentials:
            lines.append((b"Access-Control-Allow-Credentials", b"true"))
        return lines

    def _permits(self, head: Head) -> bool:
        asked = head.headers.get(_HEADERS, b"")
        names = asked.lower().split(b", ") if asked else []  # Nuclio: only ", " separates
        return (
            self.allows(head)
            and head.headers[_METHOD].lower() in self._methods
            and self._headers.issuperset(names)
        )
