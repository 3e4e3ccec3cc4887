"""Speaks with one dashboard: sends calls, and passes functions' answers on."""

from __future__ import annotations

import codecs
import json
import threading
from collections.abc import Callable, Generator, Mapping
from concurrent.futures import Future
from functools import partial
from typing import Any, TypeVar

import requests
import urllib3
from requests.auth import AuthBase

from funcs.deploy.credentials import Credentials
from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.address import is_here
from funcs.deploy.nuclio.call import Call
from funcs.deploy.nuclio.refusal import is_dashboards_own, refusal, unreachable
from funcs.deploy.target import Target

T = TypeVar("T")

_CONNECT_TIMEOUT_S = 10.0
_MOST_PIECE_BYTES = 1 << 16
#: An answer that comes in pieces may take so much longer than one may be waited for.
_PIECES = 3
#: What the environment says of proxies is for other machines.
_NO_PROXIES = {"http": None, "https": None, "all": None}


class _Authorization(AuthBase):
    """Our header or none: without it requests would look into ~/.netrc."""

    def __init__(self, credentials: Credentials) -> None:
        self._value = credentials.authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request


class Dashboard:
    """The dashboard of a target, for one thread at a time."""

    def __init__(self, target: Target) -> None:
        self.url = target.url
        self._session = requests.Session()
        self._session.auth = _Authorization(target.credentials)
        self._session.headers["User-Agent"] = "funcs"
        if target.insecure:  # asked for once; no need to be told at every request
            urllib3.disable_warnings(urllib3.exceptions.InsecureRequestWarning)
        self._verify: bool | str = not target.insecure
        if target.ca and not target.insecure:
            self._verify = target.ca
        self._proxies: dict[str, Any] = dict(_NO_PROXIES) if is_here(target.url) else {}

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(self, call: Call[T]) -> T:
        """What the answer to ``call`` means.

        Raises:
            UnreachableError: no whole answer came.
            DashboardError: it was refused.
        """
        response = self._send(call)
        document = _document(response)
        is_page = isinstance(document, str) and "html" in response.headers.get("Content-Type", "")
        if is_page and response.status_code < 300:
            fix = "check --url; if a proxy asks to log in, set FUNCS_TOKEN"
            what = f"could not {call.action}: a web page answers, no dashboard"
            raise UnreachableError(what, where=self.url, fix=fix)
        if not _is_wanted(call, response.status_code, document):
            raise self._refusal(call, response)
        said = response.content.decode("utf-8", "replace") if call.is_text else document
        return call.result(response.status_code, said)

    def stream(self, call: Call[str]) -> Generator[str, None, None]:
        """The pieces of an answer as they come, until it ends.

        Raises:
            UnreachableError: the line was cut.
            DashboardError: it was refused.
        """
        decoder = codecs.getincrementaldecoder("utf-8")("replace")
        with self._send(call, stream=True) as response:
            try:
                if response.status_code not in call.wanted:
                    raise self._refusal(call, response)
                yield from map(decoder.decode, response.iter_content(_MOST_PIECE_BYTES))
            except requests.RequestException as error:
                raise unreachable(call.action, error, self.url) from error
        yield decoder.decode(b"", final=True)

    def invoke(
        self,
        method: str,
        *,
        function: str,
        namespace: str,
        path: str,
        headers: Mapping[str, str],
        body: bytes | None,
        timeout_s: float,
    ) -> requests.Response:
        """The answer of a function, called through the dashboard; its status may be any.

        Raises:
            UnreachableError: no whole answer came.
        """
        ours = {
            "x-nuclio-function-name": function,
            "x-nuclio-function-namespace": namespace,
            "x-nuclio-path": path,
            # a duration of Go's knows no exponent
            "x-nuclio-invoke-timeout": f"{max(round(timeout_s * 1000), 1)}ms",
        }
        return self._exchange(
            f"invoke function {function!r}",
            method,
            "/api/function_invocations",
            headers={**headers, **ours},
            data=body,
            timeout=(_CONNECT_TIMEOUT_S, timeout_s + _CONNECT_TIMEOUT_S),
        )

    def _send(self, call: Call[Any], *, stream: bool = False) -> requests.Response:
        ask = partial(
            self._exchange,
            call.action,
            call.method,
            call.path,
            headers=dict(call.headers),
            json=call.body,
            timeout=(_CONNECT_TIMEOUT_S, call.timeout_s),
            stream=stream,
        )
        if stream or call.timeout_s is None:
            return ask()
        try:
            return _within(call.timeout_s * _PIECES, ask)
        except TimeoutError:
            raise unreachable(call.action, requests.Timeout(), self.url) from None

    def _exchange(self, action: str, method: str, path: str, **given: Any) -> requests.Response:
        """One request and its answer; ``given`` is for requests."""
        try:
            return self._session.request(
                method,
                f"{self.url}{path}",
                verify=self._verify,
                proxies=self._proxies,
                # a POST that is led elsewhere would arrive as a GET, and our name at a stranger's
                allow_redirects=False,
                **given,
            )
        except (requests.RequestException, urllib3.exceptions.HTTPError, ValueError) as error:
            raise unreachable(action, error, self.url) from error

    def _refusal(self, call: Call[Any], response: requests.Response) -> DashboardError:
        status, document = response.status_code, _document(response)
        location = response.headers.get("Location", "")
        return refusal(call.action, status, document, self.url, location=location)


def _within(limit_s: float, ask: Callable[[], T]) -> T:
    """What ``ask`` returns; requests counts anew with each byte, so that a trickle has no end.

    Raises:
        TimeoutError: it takes longer; what it is at goes on until the process ends.
    """
    answer: Future[T] = Future()

    def run() -> None:
        try:
            answer.set_result(ask())
        except BaseException as error:
            answer.set_exception(error)

    threading.Thread(target=run, daemon=True).start()
    return answer.result(limit_s)


def _is_wanted(call: Call[Any], status: int, document: Any) -> bool:
    """Whether the answer is one; that something is not there counts in a dashboard's words only."""
    return status in call.wanted and (status != 404 or is_dashboards_own(document))


def _document(response: requests.Response) -> Any:
    """The answer's JSON, or its text where it is none."""
    try:
        return json.loads(response.content)
    except (ValueError, RecursionError):
        return response.content.decode("utf-8", "replace")
