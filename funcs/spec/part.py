"""The base of every part of a function.yaml, and the plain kinds its keys have."""

from __future__ import annotations

from typing import Annotated, Any

from pydantic import BaseModel, ConfigDict, Field, Strict, model_validator
from pydantic.alias_generators import to_camel
from pydantic_core import PydanticCustomError

# Nuclio's own parser converts nothing: text is not a number, and a number is not a flag.
Text = Annotated[str, Strict()]
Whole = Annotated[int, Strict()]
Count = Annotated[int, Strict(), Field(ge=0)]
Flag = Annotated[bool, Strict()]
#: A map that Nuclio or Kubernetes gives meaning to; kept as written.
FreeMap = dict[str, Any]
#: The default of maps; pydantic copies it.
EMPTY: dict[str, Any] = {}


class Part(BaseModel):
    """A map with known keys, spelled in camelCase in the file. Frozen; unknown keys are errors."""

    model_config = ConfigDict(
        frozen=True,
        defer_build=True,
        extra="forbid",
        alias_generator=to_camel,
        serialize_by_alias=True,
    )

    @model_validator(mode="before")
    @classmethod
    def _null_is_absent(cls, value: Any) -> Any:
        """Nuclio reads ``key:`` without a value as if the key were not there."""
        if value is None:
            return {}
        if isinstance(value, dict):
            return {key: part for key, part in value.items() if part is not None}
        return value


def wrong(what: str, fix: str = "") -> PydanticCustomError:
    """The error that a check of one value raises: our own sentence, and how to fix it."""
    return PydanticCustomError("wrong", "{what}", {"what": what, "fix": fix})
