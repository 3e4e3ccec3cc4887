"""What crosses between a protocol, the graph and a model."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any


class Request:
    """One call of the graph, decoded.

    ``inputs`` is what the client sent, as its protocol decodes it; a ``full_event`` step finds the
    current value there and leaves its own. An empty ``model`` or ``version`` leaves the choice to
    the router. ``event`` is the Nuclio event it came from, where there is one.

    >>> Request([[1, 2]], model="svm").operation
    'infer'
    """

    __slots__ = ("event", "id", "inputs", "model", "operation", "parameters", "version")

    def __init__(
        self,
        inputs: Any = None,
        *,
        model: str = "",
        version: str = "",
        operation: str = "infer",
        parameters: dict[str, Any] | None = None,
        id: str = "",
        event: Any = None,
    ) -> None:
        self.inputs = inputs
        self.model = model
        self.version = version
        self.operation = operation
        self.parameters = {} if parameters is None else parameters
        self.id = id
        self.event = event

    def copy(self) -> Request:
        """Another Request with the same contents; inputs and parameters are shared."""
        return Request(
            self.inputs,
            model=self.model,
            version=self.version,
            operation=self.operation,
            parameters=self.parameters,
            id=self.id,
            event=self.event,
        )

    def __repr__(self) -> str:
        target = f"{self.model}:{self.version}" if self.version else self.model
        return f"Request({self.operation} {target or 'default'!s}, id={self.id!r})"
