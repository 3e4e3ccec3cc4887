"""Speaks with one dashboard: sends calls, and words what goes wrong."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import Any, TypeVar

import requests
import urllib3
from requests.auth import AuthBase

from funcs.deploy.credentials import Credentials
from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.call import Call
from funcs.deploy.target import Target

T = TypeVar("T")

_CONNECT_TIMEOUT_S = 10.0
_MOST_REASON = 500
_FIXES = {
    401: "set FUNCS_USERNAME and FUNCS_PASSWORD, or FUNCS_TOKEN",
    403: "log in as someone who may, or use a namespace or project of yours",
    404: "check --url: it names the dashboard, as in http://localhost:8070",
    405: "check --url: it names the dashboard, as in http://localhost:8070",
    413: "let the proxy before the dashboard take larger bodies",
    429: "wait a while, then try again",
    502: "the proxy before the dashboard does not reach it: is it running?",
    503: "the dashboard is not ready: try again later",
    504: "the proxy before the dashboard waits no longer; look with funcs get what became of it",
}


class _Authorization(AuthBase):
    """Our header or none: without it requests would look into ~/.netrc."""

    def __init__(self, credentials: Credentials) -> None:
        self._value = credentials.authorization

    def __call__(self, request: requests.PreparedRequest) -> requests.PreparedRequest:
        if self._value:
            request.headers["Authorization"] = self._value
        return request


class Dashboard:
    """The dashboard of a target. Not safe with threads."""

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

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def send(self, call: Call[T]) -> T:
        """What the answer to ``call`` means.

        Raises:
            UnreachableError: no whole answer came.
            DashboardError: it was refused.
        """
        response = self._request(call)
        document = self._document(response)
        if response.status_code not in call.wanted:
            raise refusal(call.action, response.status_code, document, self.url)
        if isinstance(document, str) and "html" in response.headers.get("Content-Type", ""):
            fix = "check --url; if a proxy asks to log in, set FUNCS_TOKEN"
            what = f"could not {call.action}: a web page answers, no dashboard"
            raise UnreachableError(what, where=self.url, fix=fix)
        return call.result(response.status_code, document)

    def stream(self, call: Call[str]) -> Iterator[bytes]:
        """The pieces of an answer as they come, until it ends.

        Raises:
            UnreachableError: the line was cut.
            DashboardError: it was refused.
        """
        with self._request(call, stream=True) as response:
            if response.status_code not in call.wanted:
                document = self._document(response)
                raise refusal(call.action, response.status_code, document, self.url)
            try:
                yield from response.iter_content(None)
            except requests.RequestException as error:
                raise _unreachable(call.action, error, self.url) from error

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
            "x-nuclio-invoke-timeout": f"{timeout_s:g}s",
        }
        action = f"invoke function {function!r}"
        try:
            return self._session.request(
                method,
                f"{self.url}/api/function_invocations",
                headers={**headers, **ours},
                data=body,
                timeout=(_CONNECT_TIMEOUT_S, timeout_s + _CONNECT_TIMEOUT_S),
                verify=self._verify,
                allow_redirects=False,
            )
        except requests.RequestException as error:
            raise _unreachable(action, error, self.url) from error

    def _request(self, call: Call[Any], *, stream: bool = False) -> requests.Response:
        body = call.body
        try:
            return self._session.request(
                call.method,
                f"{self.url}{call.path}",
                headers=dict(call.headers),
                json=body,
                timeout=(_CONNECT_TIMEOUT_S, None if stream else call.timeout_s),
                verify=self._verify,
                # a POST that is led elsewhere would arrive as a GET
                allow_redirects=call.method == "GET",
                stream=stream,
            )
        except requests.RequestException as error:
            raise _unreachable(call.action, error, self.url) from error

    @staticmethod
    def _document(response: requests.Response) -> Any:
        """The answer's JSON, or its text where it is none."""
        try:
            return json.loads(response.content)
        except ValueError:
            return response.content.decode("utf-8", "replace")


def refusal(action: str, status: int, document: Any, url: str) -> DashboardError:
    """An answer as an error: the status, and the root cause that the dashboard names."""
    said = document.get("error") if isinstance(document, dict) else document
    reason = " ".join(str(said or "").split())[:_MOST_REASON]
    if status == 404 and isinstance(document, str):  # the router's own page
        reason = "no dashboard answers at this address"
    if 300 <= status < 400:
        reason = "the dashboard sends elsewhere; give that address"
    fix = _FIXES.get(status, "")
    if "quota" in reason.lower():
        fix = "delete a function that nobody needs, or ask for more"
    elif status == 500 and reason == "exit status 1" and action.startswith("list"):
        fix = (
            "a function with a / in its name was deployed, which breaks the list for good: look at "
            "single functions, and have the dashboard's store cleaned"
        )
    elif status in (404, 405) and isinstance(document, dict):
        fix = ""
    what = f"could not {action}: {status} {reason}".rstrip()
    return DashboardError(what, status=status, reason=reason, where=url, fix=fix)


def _unreachable(action: str, error: requests.RequestException, url: str) -> UnreachableError:
    """Why no answer came, in the innermost words."""
    fix = "check the address (--url), and that the dashboard runs"
    reason = _reason(error)
    if isinstance(error, requests.exceptions.SSLError):
        fix = "name its certificate authority: ca = 'file.pem' in funcs.toml, or --ca FILE"
        if "WRONG_VERSION_NUMBER" in reason or "wrong version number" in reason:
            reason, fix = "it does not speak TLS", f"write http{url[5:]}"
    elif isinstance(error, requests.Timeout):
        reason, fix = "no answer in time", "look at the dashboard's load and log, then try again"
    elif isinstance(error, requests.exceptions.ProxyError):
        fix = "look at HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
    return UnreachableError(f"could not {action}: {reason}", where=url, fix=fix)


def _reason(error: BaseException) -> str:
    """The innermost words of an error: ``Connection refused`` rather than four classes' names."""
    found: BaseException = error
    seen: set[int] = set()
    while id(found) not in seen:
        seen.add(id(found))
        inner = getattr(found, "reason", None) or found.__cause__ or found.__context__
        first = found.args[0] if found.args else None
        if not isinstance(inner, BaseException) and isinstance(first, BaseException):
            inner = first
        if not isinstance(inner, BaseException):
            break
        found = inner
    if isinstance(found, OSError) and found.strerror:
        return found.strerror
    return str(found) or type(found).__name__
