from __future__ import annotations

import subprocess
import sys


def run(code: str) -> str:
    return subprocess.run(
        [sys.executable, "-c", code], capture_output=True, text=True, check=True
    ).stdout.strip()


def test_nuclio_sdk_comes_without_http_client() -> None:
    code = "import sys, funcs.event; print([m for m in ('http.client', 'ssl') if m in sys.modules])"

    assert "[]" == run(code)


def test_the_platform_finds_http_client_when_it_needs_it() -> None:
    code = (
        "import funcs.event, nuclio_sdk; p = nuclio_sdk.Platform('local');"
        "print(p._connection_provider.__module__, nuclio_sdk.Context().platform.kind)"
    )

    assert "http.client test" == run(code)


def test_an_import_of_http_client_afterwards_is_the_real_one() -> None:
    code = (
        "import funcs.event, http.client, http;"
        "print(http.client.HTTPConnection.__name__, hasattr(http, 'nothing'))"
    )

    assert "HTTPConnection False" == run(code)


def test_an_http_client_already_there_is_left_alone() -> None:
    code = "import http.client as c, funcs.event, sys; print(sys.modules['http.client'] is c)"

    assert "True" == run(code)
