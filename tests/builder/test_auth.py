from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs_builder.access import Access, Retry
from funcs_builder.auth import Challenge
from funcs_builder.cache import Cache
from funcs_builder.credentials import DockerConfig
from funcs_builder.document import Document
from funcs_builder.errors import AuthError, RegistryError
from funcs_builder.publish.registry import RegistryPublisher
from funcs_builder.reference import Reference
from funcs_builder.registry import Repository
from tests.builder.registries import PASSWORD, USER, Fault, Proxy, certificate, proxy
from tests.builder.samples import sample_image

RETRY = Retry(attempts=3, first_s=0.01)


def access(host: str, auth: dict[str, str] | None = None) -> Access:
    auth = auth if auth is not None else {"username": USER, "password": PASSWORD}
    return Access(DockerConfig(Document({"auths": {host: auth}}, "config.json")), retry=RETRY)


def push(host: str, name: str, how: Access, folder: Path, cache: Cache) -> None:
    reference = Reference.parse(f"{host}/{name}:v1")
    RegistryPublisher(reference, how).publish(sample_image(folder, cache))


def digest_of(host: str, name: str, how: Access) -> str:
    repository = Repository(host, name, how)
    try:
        return repository.manifest_digest("v1")
    finally:
        repository.close()


@pytest.fixture
def bearer(faulty: Proxy) -> Proxy:
    """A registry that wants tokens."""
    faulty.tokens = set()
    return faulty


@pytest.mark.parametrize(
    ("header", "challenge"),
    [
        ('Basic realm="x"', Challenge("basic", "x")),
        (
            'Bearer realm="https://a/t?x=1",service="r, s",scope="repository:a/b:pull"',
            Challenge("bearer", "https://a/t?x=1", "r, s", "repository:a/b:pull"),
        ),
        ("bearer realm=https://a", Challenge("bearer", "https://a")),
        ("", Challenge("")),
    ],
)
def test_a_challenge_is_read(header: str, challenge: Challenge) -> None:
    assert challenge == Challenge.parse(header)


def test_a_name_and_password_are_taken(
    locked_registry_host: str, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    how = access(locked_registry_host)
    push(locked_registry_host, repository_name, how, tmp_path, cache)

    assert digest_of(locked_registry_host, repository_name, how)


@pytest.mark.parametrize("auth", [{}, {"username": USER, "password": "wrong"}])
def test_a_wrong_or_missing_password_is_told_with_a_fix(
    locked_registry_host: str,
    repository_name: str,
    tmp_path: Path,
    cache: Cache,
    auth: dict[str, str],
) -> None:
    how = access(locked_registry_host, auth)

    with pytest.raises(AuthError, match=r"could not log in to|401 Unauthorized") as caught:
        push(locked_registry_host, repository_name, how, tmp_path, cache)
    assert f"docker login {locked_registry_host}" == caught.value.fix
    assert "wrong" not in str(caught.value)


def test_a_token_is_got_once_for_a_push(
    bearer: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    push(bearer.host, repository_name, access(bearer.host), tmp_path, cache)

    assert [{"service": ["tests"], "scope": [f"repository:{repository_name}:pull,push"]}] == (
        bearer.token_requests
    )


def test_an_identity_token_is_exchanged(
    bearer: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    bearer.refresh_token = "stands for ann"
    how = access(bearer.host, {"identitytoken": "stands for ann"})
    push(bearer.host, repository_name, how, tmp_path, cache)

    assert ["refresh_token"] == bearer.token_requests[0]["grant_type"]


def test_a_token_that_expires_is_renewed(
    bearer: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    how = access(bearer.host)
    repository = Repository(bearer.host, repository_name, how)
    assert not repository.manifest_digest("v1")
    assert bearer.tokens
    bearer.tokens.clear()

    assert not repository.has_blob("sha256:" + "0" * 64)
    assert 2 == len(bearer.token_requests)
    repository.close()


def test_a_token_server_that_refuses_is_told(
    bearer: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    bearer.token_user = ("else", "other")

    with pytest.raises(AuthError, match=rf"its token server {bearer.host} answers 401"):
        push(bearer.host, repository_name, access(bearer.host), tmp_path, cache)


@pytest.mark.parametrize("body", [b"", b"{}", b"[]", b'{"token":"a\\nb"}'])
def test_a_token_server_that_gives_none_is_told(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, body: bytes
) -> None:
    realm = f'Bearer realm="http://{faulty.host}/gives-none"'
    faulty.faults += [
        Fault("GET", "/gives-none", 200, body=body),
        Fault("HEAD", "", 401, headers={"WWW-Authenticate": realm}),
    ]

    with pytest.raises(AuthError, match="gives no token"):
        push(faulty.host, repository_name, access(faulty.host), tmp_path, cache)


@pytest.mark.parametrize("realm", ["", "ftp://a/token", "file:///etc/passwd", "https://"])
def test_a_realm_that_is_no_address_is_refused(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache, realm: str
) -> None:
    header = {"WWW-Authenticate": f'Bearer realm="{realm}"'}
    faulty.faults.append(Fault("HEAD", "", 401, headers=header))

    with pytest.raises(AuthError, match="it names no token server"):
        push(faulty.host, repository_name, access(faulty.host), tmp_path, cache)


def test_a_password_is_not_sent_in_clear_to_another_machine(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    header = {"WWW-Authenticate": 'Bearer realm="http://token.example/token"'}
    faulty.faults.append(Fault("HEAD", "", 401, headers=header))

    with pytest.raises(AuthError, match="would be told a password in clear"):
        push(faulty.host, repository_name, access(faulty.host), tmp_path, cache)


def test_a_scheme_we_do_not_know_is_told(
    faulty: Proxy, repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    header = {"WWW-Authenticate": "Negotiate"}
    faulty.faults.append(Fault("HEAD", "", 401, headers=header))

    with pytest.raises(AuthError, match="it wants 'negotiate'"):
        push(faulty.host, repository_name, access(faulty.host), tmp_path, cache)


@pytest.fixture
def encrypted(registry_host: str, tmp_path: Path) -> Iterator[tuple[Proxy, Path]]:
    path = certificate(tmp_path)
    with proxy(registry_host, certificate=path) as server:
        server.location_scheme = "http"  # as registries behind a proxy do
        yield server, path


def test_a_registry_of_https_is_spoken_to_by_the_bundle_that_is_named(
    encrypted: tuple[Proxy, Path], repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    server, path = encrypted
    how = Access(retry=RETRY, ca_file=str(path))
    push(server.host, repository_name, how, tmp_path, cache)

    assert digest_of(server.host, repository_name, how)


def test_an_unknown_certificate_is_told_with_a_fix(
    encrypted: tuple[Proxy, Path], repository_name: str
) -> None:
    with pytest.raises(RegistryError, match="certificate verify failed") as caught:
        digest_of(encrypted[0].host, repository_name, Access(retry=RETRY))
    assert "REQUESTS_CA_BUNDLE" in caught.value.fix


@pytest.mark.filterwarnings("ignore:Unverified HTTPS request")
def test_an_insecure_registry_may_show_any_certificate(
    encrypted: tuple[Proxy, Path], repository_name: str, tmp_path: Path, cache: Cache
) -> None:
    server, _ = encrypted
    how = access(server.host)._replace(insecure=frozenset({server.host}))
    push(server.host, repository_name, how, tmp_path, cache)

    assert digest_of(server.host, repository_name, how)
