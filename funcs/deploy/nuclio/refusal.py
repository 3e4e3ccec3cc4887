"""Words for what a dashboard refuses, and for what goes wrong on the way to it."""

from __future__ import annotations

import re
from http.client import BadStatusLine, RemoteDisconnected
from typing import Any
from urllib.parse import urljoin, urlsplit

import requests

from funcs.deploy.errors import DashboardError, UnreachableError

_MOST_REASON = 500
_ADDRESS = "check --url: it names the dashboard, as in http://localhost:8070"
_PROXIES = "look at HTTP_PROXY, HTTPS_PROXY and NO_PROXY"
_FIXES = {
    401: "set FUNCS_USERNAME and FUNCS_PASSWORD, or FUNCS_TOKEN",
    403: "log in as someone who may, or use a namespace or project of yours",
    404: _ADDRESS,
    405: _ADDRESS,
    407: _PROXIES,
    413: "let the proxy before the dashboard take larger bodies",
    429: "wait a while, then try again",
    500: "look into the dashboard's own log",
    502: "the proxy before the dashboard does not reach it: is it running?",
    503: "the dashboard is not ready: try again later",
    504: "the proxy before the dashboard waits no longer; look with funcs get what became of it",
}
#: Words of a refusal that say more than its status.
_SAID = (
    ("quota", "delete a function that nobody needs, or ask for more"),
    ("being provisioned", "wait until it is done (funcs get), or: funcs delete NAME --force"),
    ("timed out waiting for creation state", "look with funcs get what became of it"),
    ("https server", "write https:// in --url"),
    ("https port", "write https:// in --url"),
)
#: What OpenSSL says, and what to do; a certificate that nobody known signed is none of these.
_TLS = (
    ("wrong version number", "it does not speak TLS", "write http:// in --url"),
    ("wrong_version_number", "it does not speak TLS", "write http:// in --url"),
    ("no_certificate_or_crl", "the file of --ca holds no certificate", "name one in PEM form"),
    ("mismatch", "its certificate is for another name", "write that name in --url"),
    ("has expired", "its certificate has expired", "have it renewed"),
)
_TITLE = re.compile(r"<title[^>]*>(.*?)</title>", re.IGNORECASE | re.DOTALL)
_TAG = re.compile(r"<[^>]*>")


def is_dashboards_own(document: Any) -> bool:
    """Whether a refusal is worded by a dashboard, and not by something else that answers there."""
    return isinstance(document, dict) and "error" in document


def refusal(
    action: str, status: int, document: Any, url: str, *, location: str = ""
) -> DashboardError:
    """An answer as an error: the status, and the root cause that the dashboard names.

    ``document`` is the answer's JSON, or its text; ``location`` is where a redirect leads.
    """
    reason, fix = _reason(status, document), _FIXES.get(status, "")
    if status == 404 and not is_dashboards_own(document):
        reason = "no dashboard answers at this address"
    elif status in (404, 405) and is_dashboards_own(document):
        fix = ""
    elif status == 500 and reason:
        fix = _broken_list(action, reason)
    elif status < 300:
        reason, fix = "is not what a dashboard answers", _ADDRESS
    elif status < 400:
        reason, fix = "the dashboard sends elsewhere", _other_address(url, location)
    fix = next((said for words, said in _SAID if words in reason.lower()), fix)
    what = f"could not {action}: {status} {reason}".rstrip()
    return DashboardError(what, status=status, reason=reason, where=url, fix=fix)


def unreachable(action: str, error: Exception, url: str) -> UnreachableError:
    """Why no answer came, in the innermost words."""
    fix = "check the address (--url), and that the dashboard runs"
    cause = _innermost(error)
    reason = _words(cause)
    if isinstance(error, UnicodeError):
        reason, fix = "a header or the address holds a character that HTTP does not take", ""
    elif isinstance(error, requests.exceptions.SSLError):
        fix = "name its certificate authority: ca = 'file.pem' in funcs.toml, or --ca FILE"
        known = ((what, do) for words, what, do in _TLS if words in reason.lower())
        reason, fix = next(known, (reason, fix))
    elif isinstance(error, requests.exceptions.ChunkedEncodingError):
        reason = "the answer broke off"
    elif isinstance(cause, BadStatusLine) and not isinstance(cause, RemoteDisconnected):
        reason = "what answers there is no HTTP"
    elif isinstance(error, requests.Timeout):
        reason, fix = "no answer in time", "look at the dashboard's load and log, then try again"
    elif isinstance(error, requests.exceptions.ProxyError):
        fix = _PROXIES
    return UnreachableError(f"could not {action}: {reason}", where=url, fix=fix)


def _reason(status: int, document: Any) -> str:
    """What was said on one line; of a web page, its title."""
    text = str((document.get("error") or "") if isinstance(document, dict) else document)
    if text.lstrip().startswith("<"):
        title = _TITLE.search(text)
        text = title[1] if title else _TAG.sub(" ", text)
    words = " ".join(text.split()).removeprefix(str(status))
    return words.strip()[:_MOST_REASON]


def _broken_list(action: str, reason: str) -> str:
    if not action.startswith("list") or reason != "exit status 1":
        return ""
    return (
        "a function with a / in its name was deployed, which breaks the list for good: look at "
        "single functions, and have the dashboard's store cleaned"
    )


def _other_address(url: str, location: str) -> str:
    parts = urlsplit(urljoin(url, location))
    path = parts.path.partition("/api/")[0].rstrip("/")
    address = f"{parts.scheme}://{parts.netloc}{path}"
    if address == url:
        return _ADDRESS
    return f"give that address: --url {address}; if it asks to log in, set FUNCS_TOKEN"


def _innermost(error: BaseException) -> BaseException:
    """The error that says why: ``Connection refused`` rather than four classes' names."""
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
    return found


def _words(error: BaseException) -> str:
    if isinstance(error, OSError) and error.strerror:
        return error.strerror
    return " ".join(str(error).split()) or type(error).__name__
