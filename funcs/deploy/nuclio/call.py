"""One kind of request to a dashboard: what it is for, what it sends, what may come back."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections.abc import Mapping
from typing import Any, Generic, TypeVar

T = TypeVar("T")


class Call(ABC, Generic[T]):
    """A request as an object; `Dashboard.send` makes it and returns its ``result``.

    ``action`` finishes the sentence "could not …". ``wanted`` are the statuses that are no error.
    The answer is JSON, unless ``is_text`` says that it is taken as it comes. It may take
    ``timeout_s``, for ever where that is None.
    """

    action: str
    method: str
    path: str
    wanted: frozenset[int] = frozenset({200})
    is_text = False
    timeout_s: float | None = 90.0  # a POST answers once the state is stored: up to a minute

    @property
    def headers(self) -> Mapping[str, str]:
        """What goes with it beside the content type."""
        return {}

    @property
    def body(self) -> Any:
        """What is sent as JSON; None for nothing."""
        return None

    @abstractmethod
    def result(self, status: int, document: Any) -> T:
        """What the answer means; ``document`` is its JSON, or its text where that is none."""


class Order(Call[None]):
    """A request whose answer says nothing but that it was taken."""

    wanted = frozenset({200, 201, 202, 204})

    def result(self, status: int, document: Any) -> None:
        """Nothing."""
