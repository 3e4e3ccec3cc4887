"""The functions that run beside this one, reached by the names that Nuclio gives their hosts."""

from __future__ import annotations

import json
import os
from http.client import HTTPConnection

from funcs.errors import FuncsError, SpecError
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Mapping
    from typing import Any

__all__ = ["VARIABLE", "UnknownFunctionError", "connection_to", "from_environ"]

#: What an emulator tells its workers: a JSON map from function names to ``host:port``.
VARIABLE = "FUNCS_FUNCTIONS"


class UnknownFunctionError(FuncsError, ConnectionError):
    """A function was called that does not run here.

    An OSError too: in a cluster its host name would not be found, and handlers expect that.
    """


def connection_to(address: str, namespace: str, **options: Any) -> HTTPConnection:
    """A connection to ``address`` as ``Platform.call_function`` names it.

    Nuclio 1.14: ``nuclio-<namespace>-<function>:8080``, in a cluster ``nuclio-<function>:8080``.
    Where the surroundings know functions (`VARIABLE`), such a name leads to where that function
    is; any other address is taken as it is.

    Raises:
        UnknownFunctionError: it names a function that does not run here.
        SpecError: the variable is not what it should be.
    """
    text = os.environ.get(VARIABLE)  # of the worker; read for a call, since few handlers make one
    if text is None:
        return HTTPConnection(address, **options)
    return HTTPConnection(_found(address, namespace, from_environ(text)), **options)


def from_environ(text: str) -> dict[str, str]:
    """The map that the variable's text holds.

    Raises:
        SpecError: it is no JSON map of text to text.
    """
    try:
        value = json.loads(text)
    except ValueError:
        value = None
    if not isinstance(value, dict) or not all(isinstance(each, str) for each in value.values()):
        fix = 'e.g. {"billing": "127.0.0.1:8081"}'
        raise SpecError(f"{VARIABLE} is no JSON map of addresses", where=VARIABLE, fix=fix)
    return value


def _found(address: str, namespace: str, functions: Mapping[str, str]) -> str:
    host = address.rpartition(":")[0]
    if host in functions:
        return functions[host]
    for prefix in (f"nuclio-{namespace}-", "nuclio-"):
        if host.startswith(prefix):
            return _known(host.removeprefix(prefix), functions)
    return address


def _known(name: str, functions: Mapping[str, str]) -> str:
    if name not in functions:
        suggestion = did_you_mean(name, functions, noun="functions") if functions else ""
        fix = f"start it too: funcs run FOLDER FOLDER{f'; {suggestion}' if suggestion else ''}"
        raise UnknownFunctionError(f"no function {name!r} runs here", fix=fix)
    return functions[name]
