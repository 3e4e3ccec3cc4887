"""From ``module.sub:name`` to the user's handler and its init_context."""

from __future__ import annotations

import re
import sys

from funcs.errors import LoadError

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable
    from typing import Any

_FORM = re.compile(r"^([\w|-]+(\.[\w|-]+)*):(\w+)$")


def load_handler(reference: str, logger: Any) -> Callable[[Any, Any], Any]:
    """The callable that ``reference`` names, its module imported from sys.path.

    A missing attribute is logged, as Nuclio does, beside being raised.

    Raises:
        ValueError: the reference has another form.
        BaseException: whatever importing the module raises, or AttributeError.
    """
    match = _FORM.match(reference)
    if match is None:
        raise ValueError(f"Malformed handler - {reference!r}")
    module: Any = __import__(match[1])
    for part in match[1].split(".")[1:]:
        module = getattr(module, part)
    try:
        handler: Callable[[Any, Any], Any] = getattr(module, match[3])
    except Exception:
        logger.error_with("Handler not found", handler=reference)
        raise
    return handler


def init_context_of(handler: Callable[[Any, Any], Any]) -> Callable[[Any], Any] | None:
    """The ``init_context`` of the module that defines ``handler``, or None.

    Nuclio 1.14: of the one that *defines* it; a module that only re-exports it is not asked.
    """
    module = sys.modules.get(getattr(handler, "__module__", None) or "")
    return getattr(module, "init_context", None)


def check_async(handler: Callable[[Any, Any], Any]) -> None:
    """Refuse a handler that would hold up all events of its worker, as Nuclio 1.15 does.

    Raises:
        LoadError: it is neither ``async def`` nor an async generator.
    """
    import inspect  # costs a third of a worker's start, and few functions are async

    if inspect.iscoroutinefunction(handler) or inspect.isasyncgenfunction(handler):
        return
    name = getattr(handler, "__name__", repr(handler))
    code = getattr(handler, "__code__", None)
    fix = f"write it as async def {name}(context, event), or leave mode: async out"
    if getattr(handler, "bytes_wanted", False):
        fix = "write handler: function:async_handler, which hosts a graph"
    raise LoadError(
        f"The provided handler {name!r} must be an async function (async def) or async generator, "
        "for its trigger says mode: async",
        where=f"{code.co_filename}:{code.co_firstlineno}" if code is not None else "",
        fix=fix,
    )
