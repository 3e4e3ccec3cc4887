"""Sends one request over HTTP with the standard library alone."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING
from urllib.parse import quote, urlsplit

from funcs.emulator.answer import Answer, Headers
from funcs.errors import FuncsError

if TYPE_CHECKING:
    from http.client import HTTPConnection, HTTPResponse

    Read = Callable[[HTTPResponse], bytes]

_IN_A_TARGET = "/:?#[]@!$&'()*+,;=%-._~"


class CallError(FuncsError):
    """The function could not be reached, or did not answer."""


def call(
    url: str,
    method: str = "GET",
    path: str = "/",
    *,
    body: bytes | None = None,
    headers: Iterable[tuple[str, str]] = (),
    timeout_s: float = 60.0,
    read: Read | None = None,
) -> Answer:
    """The answer of the function at ``url`` to one request on a connection of its own.

    ``path`` may hold a query; what a request line cannot carry is percent-encoded. ``read`` gives
    the answer's body, where that is not all of it, however long it takes.

    Raises:
        CallError: nobody listens there, or nothing came within ``timeout_s``.
    """
    import http.client  # 20 ms that only a call needs

    try:
        parts = urlsplit(url)
        secure = parts.scheme == "https"
        connect = http.client.HTTPSConnection if secure else http.client.HTTPConnection
        connection = connect(parts.hostname or "", parts.port, timeout=timeout_s)
    except ValueError as error:
        fix = "write it as in http://127.0.0.1:8080"
        raise CallError(f"{url!r} is no address: {error}", fix=fix) from error
    try:
        return exchange(connection, method, target(parts.path, path), body, headers, read)
    except TimeoutError as error:
        fix = "give it longer with --timeout, or look at its log"
        raise CallError(f"{url} did not answer within {timeout_s:g} s", fix=fix) from error
    except http.client.HTTPException as error:
        raise CallError(f"{url} did not answer in HTTP: {error!r}") from error
    except ValueError as error:
        raise CallError(f"the request cannot be sent: {error}") from error
    except OSError as error:
        fix = "start the function with `funcs run`, or check the address"
        raise CallError(f"nothing answers at {url}: {error.strerror or error}", fix=fix) from error
    finally:
        connection.close()


def exchange(
    connection: HTTPConnection,
    method: str,
    target: str,
    body: bytes | None,
    headers: Iterable[tuple[str, str]],
    read: Read | None = None,
) -> Answer:
    """The answer to one request on ``connection``, sent with no headers but these and its length.

    Raises:
        OSError, http.client.HTTPException, ValueError: it could not be sent, or was not answered.
    """
    connection.putrequest(method, target, skip_accept_encoding=True)
    names = set()
    for name, value in headers:
        connection.putheader(name, value)
        names.add(name.lower())
    has_length = not names.isdisjoint(("content-length", "transfer-encoding"))
    if not has_length and (body is not None or method not in ("GET", "HEAD")):
        connection.putheader("Content-Length", str(len(body or b"")))
    connection.endheaders(body)
    response = connection.getresponse()
    content = response.read() if read is None else read(response)
    return Answer(response.status, Headers(response.getheaders()), content)


def target(base: str, path: str) -> str:
    """The request target of ``path`` below ``base``, percent-encoded where it must be.

    >>> target("/shop/", "models/ä b?x=1")
    '/shop/models/%C3%A4%20b?x=1'
    """
    return quote(base.rstrip("/") + "/" + path.removeprefix("/"), safe=_IN_A_TARGET)
