"""Speaks HTTP with one registry: finds its scheme, logs in, tries again, words what fails."""

from __future__ import annotations

import contextlib
import json
import threading
import time
from collections.abc import Callable, Collection, Iterator, Mapping
from typing import BinaryIO
from urllib.parse import urljoin, urlsplit

import requests
from requests.adapters import HTTPAdapter

from funcs_builder.access import Access, is_loopback
from funcs_builder.auth import Authorizer, Challenge
from funcs_builder.errors import AuthError, RegistryError
from funcs_builder.reference import DOCKER_HUB

__all__ = ["Call", "Transport", "refusal"]

PARALLEL = 4
_BLOCK_BYTES = 1 << 18
_TIMEOUT_S = (10.0, 120.0)  # to connect; between two bytes of an answer
_PING_TIMEOUT_S = (5.0, 10.0)
_API_HOSTS = {DOCKER_HUB: "registry-1.docker.io"}
_TRANSIENT = frozenset({408, 429, 500, 502, 503, 504})
_AGENT = "funcs-builder"

#: Opens a request's body; called again for each try.
Body = Callable[[], BinaryIO | bytes]


class Call:
    """One kind of request: what it is for (``push layer 'code' to …``) and what may come back."""

    def __init__(
        self,
        action: str,
        method: str,
        *,
        scopes: tuple[str, ...] = (),
        wanted: Collection[int] = (200,),
        headers: Mapping[str, str] | None = None,
        attempts: int | None = None,
    ) -> None:
        self.action = action
        self.method = method
        self.scopes = scopes
        self.wanted = frozenset(wanted)
        self.headers = dict(headers or {})
        self.attempts = attempts


class Transport:
    """A registry's host over HTTP or HTTPS; safe with threads."""

    def __init__(self, registry: str, access: Access) -> None:
        self.registry = registry
        self.retry = access.retry
        self._access = access
        self._authorizer = Authorizer(registry, access.credentials, self._ask_for_token)
        self._base = ""
        self._lock = threading.Lock()
        self._session = requests.Session()
        self._session.trust_env = False  # what the environment says is in `access`
        self._session.headers["User-Agent"] = _AGENT
        self._session.verify = access.verify(registry)
        self._session.proxies = access.proxies_for(registry)
        adapter = HTTPAdapter(pool_connections=PARALLEL, pool_maxsize=PARALLEL * 2)
        # pushes are sent in blocks of this size; urllib3's own is 16 KiB
        adapter.init_poolmanager(PARALLEL, PARALLEL * 2, blocksize=_BLOCK_BYTES)
        self._session.mount("http://", adapter)
        self._session.mount("https://", adapter)

    def close(self) -> None:
        """Give the connections back."""
        self._session.close()

    def address(self, path: str) -> str:
        """The full address of a ``path``, or of a ``Location`` that the registry gave.

        Raises:
            RegistryError: the registry cannot be reached.
        """
        with self._lock:
            if not self._base:
                self._base = self._found()
        url = urlsplit(urljoin(self._base, path))
        base = urlsplit(self._base)
        if url.netloc == base.netloc:  # behind a proxy, registries often name the wrong scheme
            url = url._replace(scheme=base.scheme)
        return url.geturl()

    @contextlib.contextmanager
    def send(
        self,
        call: Call,
        path: str,
        *,
        body: Body | None = None,
        query: Mapping[str, str] | None = None,
    ) -> Iterator[requests.Response]:
        """The answer to ``call``, unread, with one of the statuses it wants.

        Tries again after what passes: 429, most of 5xx, a cut line.

        Raises:
            RegistryError: another status, or no answer.
        """
        url = self.address(path)
        attempts = call.attempts or self.retry.attempts
        for attempt in range(attempts):
            is_last = attempt == attempts - 1
            asked_s: float | None = None
            try:
                response = self._authorized(call, url, body, query)
            except requests.RequestException as error:
                if is_last or not _may_pass(error):
                    raise self._unreachable(call.action, error) from error
            else:
                if response.status_code in call.wanted:
                    with response:
                        yield response
                    return
                with response:
                    if is_last or response.status_code not in _TRANSIENT:
                        raise refusal(call.action, response, self.registry)
                    asked_s = _retry_after_s(response)
            time.sleep(self.retry.wait_s(attempt, asked_s))

    def _authorized(
        self, call: Call, url: str, body: Body | None, query: Mapping[str, str] | None
    ) -> requests.Response:
        """One try, with a second one if the registry asks who we are."""
        is_own = urlsplit(url).netloc == urlsplit(self._base).netloc
        header = self._authorizer.header(call.scopes) if is_own else ""
        response = self._request(call, url, body, query, header)
        if response.status_code != 401 or not is_own or 401 in call.wanted:
            return response
        challenge = Challenge.parse(response.headers.get("WWW-Authenticate", ""))
        with response:
            if not challenge.scheme:
                raise refusal(call.action, response, self.registry)
        header = self._authorizer.learn(challenge, call.scopes, header)
        return self._request(call, url, body, query, header)

    def _request(
        self,
        call: Call,
        url: str,
        body: Body | None,
        query: Mapping[str, str] | None,
        authorization: str,
    ) -> requests.Response:
        headers = dict(call.headers)
        if authorization:
            headers["Authorization"] = authorization
        with contextlib.ExitStack() as stack:
            data = body() if body else None
            if data is not None and not isinstance(data, bytes):
                stack.enter_context(data)
            return self._session.request(
                call.method,
                url,
                params=query,
                data=data,
                headers=headers,
                stream=True,
                timeout=_TIMEOUT_S,
                allow_redirects=call.method in ("GET", "HEAD"),
            )

    def _found(self) -> str:
        """The registry's address with the scheme that it answers to."""
        host = _API_HOSTS.get(self.registry, self.registry)
        schemes = ["https"]
        if self.registry in self._access.insecure:
            schemes = ["https", "http"]
        if is_loopback(self.registry):
            schemes = ["http", "https"]
        if len(schemes) == 1:
            return f"{schemes[0]}://{host}"
        error: requests.RequestException | None = None
        for scheme in schemes:
            address = f"{scheme}://{host}/v2/"
            try:
                with self._session.get(address, timeout=_PING_TIMEOUT_S) as response:
                    if scheme == "http" and "https" in schemes and response.status_code == 400:
                        continue  # a TLS server that was spoken to in the clear
                    return f"{scheme}://{host}"
            except requests.RequestException as caught:
                # the certificate's error says more than the plain port's silence
                error = error if isinstance(error, requests.exceptions.SSLError) else caught
        raise self._unreachable("reach the registry", error) from error

    def _ask_for_token(
        self, method: str, url: str, fields: list[tuple[str, str]], authorization: str
    ) -> tuple[int, bytes]:
        """Ask a token server; what it answers and says."""
        server = urlsplit(url)
        is_secret = bool(authorization) or method == "POST"
        is_trusted = is_loopback(server.netloc) or self.registry in self._access.insecure
        if server.scheme == "http" and is_secret and not is_trusted:
            what = f"could not log in to {self.registry}: {url} would be told a password in clear"
            raise AuthError(what, fix="use the registry by HTTPS")
        status, body = 0, b""
        for attempt in range(self.retry.attempts):
            try:
                with self._session.request(
                    method,
                    url,
                    params=fields if method == "GET" else None,
                    data=fields if method == "POST" else None,
                    headers={"Authorization": authorization} if authorization else {},
                    proxies=self._access.proxies_for(server.netloc),
                    verify=self._access.verify(server.netloc),
                    timeout=_TIMEOUT_S,
                ) as response:
                    if response.status_code not in _TRANSIENT:
                        return response.status_code, response.content
                    status, body = response.status_code, response.content
            except requests.RequestException as error:
                if attempt == self.retry.attempts - 1:
                    raise self._unreachable(f"get a token from {server.netloc}", error) from error
            time.sleep(self.retry.wait_s(attempt))
        return status, body

    def _unreachable(self, action: str, error: requests.RequestException | None) -> RegistryError:
        reason = _reason(error)
        fix = "check the host's name, the network and the proxy, then try again"
        if isinstance(error, requests.exceptions.SSLError):
            fix = "name its certificate authority in REQUESTS_CA_BUNDLE, or mark it insecure"
        return RegistryError(f"could not {action}: {reason}", where=self.registry, fix=fix)


_FIXES = {
    401: "docker login {registry}",
    403: "log in as someone who may, or use a repository of yours: docker login {registry}",
    404: "check the name and the tag",
    413: "let the registry take larger uploads, or push around the proxy before it",
    429: "wait a while, or log in: registries give strangers less",
}


def refusal(action: str, response: requests.Response, registry: str) -> RegistryError:
    """A registry's answer as an error: its status, its code, what it says."""
    status = response.status_code
    code, detail = _told(response)
    parts = [f"could not {action}: {status}", code, detail or response.reason or ""]
    fix = _FIXES.get(status, "").format(registry=registry)
    if status == 404 and action.startswith("push"):
        fix = "check the name; a registry that makes no repository by itself wants it made first"
    if code == "DIGEST_INVALID":
        fix = "a file changed while it was sent, or the line damages it: build again"
    if status >= 500:
        fix = "the registry itself fails: try again later"
    kind = AuthError if status == 401 else RegistryError
    return kind(" ".join(filter(None, parts)), status=status, where=registry, fix=fix)


def _told(response: requests.Response) -> tuple[str, str]:
    """The first error of a registry's JSON answer: its code and message."""
    try:
        body = response.raw.read(16_384, decode_content=True)
        error = json.loads(body)["errors"][0]
        return str(error.get("code", "")), str(error.get("message", ""))[:300]
    except Exception:  # whatever it sent, the status is told
        return "", ""


def _retry_after_s(response: requests.Response) -> float | None:
    value = response.headers.get("Retry-After", "")
    return float(value) if value.isdecimal() else None


def _may_pass(error: requests.RequestException) -> bool:
    return isinstance(
        error,
        (
            requests.ConnectionError,
            requests.Timeout,
            requests.exceptions.ChunkedEncodingError,
        ),
    ) and not isinstance(error, requests.exceptions.SSLError)


def _reason(error: requests.RequestException | None) -> str:
    """The innermost words of an error: ``Connection refused`` rather than four classes' names."""
    found: BaseException | None = error
    while found is not None:
        inner = getattr(found, "reason", None) or found.__cause__ or found.__context__
        if not isinstance(inner, BaseException):
            break
        found = inner
    if isinstance(found, OSError) and found.strerror:
        return found.strerror
    return str(found or "no answer")
