from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.access import Access, Retry, is_loopback


@pytest.mark.parametrize(
    ("registry", "expected"),
    [
        ("localhost:5000", True),
        ("127.0.0.1", True),
        ("127.1.2.3:80", True),
        ("[::1]:5000", True),
        ("[::1]", True),
        ("r.localhost", True),
        ("ghcr.io", False),
        ("10.0.0.1:5000", False),
        ("localhost.example.com", False),
    ],
)
def test_loopback_is_this_machine_alone(registry: str, expected: bool) -> None:
    assert expected == is_loopback(registry)


def test_waits_double_up_to_the_longest_or_are_what_the_server_asks() -> None:
    retry = Retry(first_s=1.0, longest_s=5.0)

    assert [1.0, 2.0, 4.0, 5.0] == [retry.wait_s(attempt) for attempt in range(4)]
    assert 3.0 == retry.wait_s(0, asked_s=3.0)
    assert 5.0 == retry.wait_s(0, asked_s=3600.0)


def test_proxies_are_for_others_than_this_machine_and_those_listed(tmp_path: Path) -> None:
    access = Access.of(
        {
            "HOME": str(tmp_path),
            "HTTPS_PROXY": "http://proxy:1",
            "no_proxy": ".corp, registry.io:5000,example.com",
        }
    )

    assert {"https": "http://proxy:1"} == access.proxies_for("ghcr.io")
    for direct in ("localhost:5000", "r.corp", "registry.io:5000", "a.example.com"):
        assert {} == access.proxies_for(direct)
    assert {} != access.proxies_for("registry.io:5001")
    assert {} != access.proxies_for("notexample.com")


def test_certificates_are_checked_by_the_bundle_that_is_named(tmp_path: Path) -> None:
    environ = {"HOME": str(tmp_path), "SSL_CERT_FILE": "/ca.pem"}

    assert "/ca.pem" == Access.of(environ).verify("ghcr.io")
    assert True is Access.of({"HOME": str(tmp_path)}).verify("ghcr.io")
    assert False is Access.of(environ, insecure=frozenset({"r:1"})).verify("r:1")
