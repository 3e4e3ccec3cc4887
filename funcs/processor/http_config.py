"""An HTTP trigger's attributes, read as Nuclio's decoder reads them."""

from __future__ import annotations

from funcs.errors import SpecError
from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

    from funcs.processor.config import TriggerConfig

_HEAD_BYTES = 16384
_BODY_BYTES = 4 << 20


class CorsConfig(Record):
    """Which other origins may call, and what their preflights are answered."""

    allow_origins: tuple[str, ...] = ("*",)
    allow_methods: tuple[str, ...] = ("HEAD", "GET", "POST", "PUT", "DELETE", "OPTIONS", "PATCH")
    allow_headers: tuple[str, ...] = (
        "Accept",
        "Content-Length",
        "Content-Type",
        "Authorization",
        "X-Nuclio-Log-Level",
    )
    allow_credentials: bool = False
    expose_headers: tuple[str, ...] = ()
    max_age_s: int = 5


class HttpConfig(Record):
    """What an HTTP trigger allows: sizes in bytes; ``cors`` is None where it is off."""

    most_head: int = _HEAD_BYTES
    most_body: int = _BODY_BYTES
    reduces_memory: bool = False
    cors: CorsConfig | None = None

    @classmethod
    def of(cls, trigger: TriggerConfig) -> HttpConfig:
        """The trigger's attributes.

        Raises:
            SpecError: one has a type that Nuclio refuses too; in its words.
        """
        read = _Attributes(trigger.attributes, trigger.where)
        config = cls(
            most_head=read.number("ReadBufferSize") or _HEAD_BYTES,
            most_body=read.number("MaxRequestBodySize") or _BODY_BYTES,
            reduces_memory=read.flag("ReduceMemoryUsage"),
            cors=_cors(read.inner("CORS"), trigger.where),
        )
        read.refuse()
        return config


def _cors(value: Mapping[str, Any], where: str) -> CorsConfig | None:
    read = _Attributes(value, f"{where}.attributes.cors", "CORS.")
    if not read.flag("Enabled"):
        return None
    base = CorsConfig()
    config = CorsConfig(
        allow_origins=read.texts("AllowOrigins") or base.allow_origins,
        allow_methods=read.texts("AllowMethods") or base.allow_methods,
        allow_headers=read.texts("AllowHeaders") or base.allow_headers,
        allow_credentials=read.flag("AllowCredentials"),
        expose_headers=read.texts("ExposeHeaders"),
        max_age_s=read.number("PreflightMaxAgeSeconds") or base.max_age_s,
    )
    read.refuse()
    return config


class _Attributes:
    """A free map, read by Go's field names in any case; complaints are gathered."""

    def __init__(
        self,
        value: Mapping[str, Any],
        where: str,
        prefix: str = "",
        complaints: list[str] | None = None,
    ) -> None:
        self.value = value
        self.where = where
        self.prefix = prefix
        self.complaints = [] if complaints is None else complaints

    def number(self, name: str) -> int:
        value = self._get(name)
        if isinstance(value, (int, float)) and not isinstance(value, bool):
            return int(value)
        self._complain(name, value, "int")
        return 0

    def flag(self, name: str) -> bool:
        value = self._get(name)
        if isinstance(value, bool):
            return value
        self._complain(name, value, "bool")
        return False

    def texts(self, name: str) -> tuple[str, ...]:
        value = self._get(name)
        if isinstance(value, list) and all(isinstance(item, str) for item in value):
            return tuple(value)
        self._complain(name, value, "[]string")
        return ()

    def inner(self, name: str) -> Mapping[str, Any]:
        value = self._get(name)
        if isinstance(value, dict):
            return value
        self._complain(name, value, "map")
        return {}

    def refuse(self) -> None:
        """Raise what there is to complain about."""
        if self.complaints:
            lines = "\n".join(f"* {complaint}" for complaint in self.complaints)
            what = f"{len(self.complaints)} error(s) decoding:\n\n{lines}"
            raise SpecError(what, where=self.where)

    def _get(self, name: str) -> Any:
        for key, value in self.value.items():
            if isinstance(key, str) and key.lower() == name.lower():
                return value
        return None

    def _complain(self, name: str, value: object, expected: str) -> None:
        if value is not None:
            seen = {str: "string", bool: "bool", list: "[]interface {}"}.get(type(value), "map")
            if isinstance(value, (int, float)) and not isinstance(value, bool):
                seen = "float64"
            self.complaints.append(
                f"'{self.prefix}{name}' expected type '{expected}', "
                f"got unconvertible type '{seen}', value: '{value}'"
            )
