from __future__ import annotations

import pytest

from funcs_builder.access import Access, Retry
from funcs_builder.credentials import DockerConfig
from funcs_builder.document import Document
from funcs_builder.errors import RegistryError
from funcs_builder.transport import Call, Transport
from tests.builder.registries import PASSWORD, USER, Fault, Proxy, proxy

RETRY = Retry(attempts=3, first_s=0.01)


def transport(host: str) -> Transport:
    auths = {"auths": {host: {"username": USER, "password": PASSWORD}}}
    return Transport(host, Access(DockerConfig(Document(auths, "config.json")), retry=RETRY))


def test_a_redirect_to_another_host_takes_no_credentials_along(
    registry_host: str, faulty: Proxy
) -> None:
    with proxy(registry_host) as elsewhere:
        basic = {"WWW-Authenticate": 'Basic realm="x"'}
        faulty.faults += [
            Fault("GET", "/blob", 401, headers=basic),
            Fault("GET", "/blob", 307, headers={"Location": f"http://{elsewhere.host}/v2/"}),
        ]
        talking = transport(faulty.host)
        with talking.send(Call("get a blob", "GET"), "/blob") as response:
            assert 200 == response.status_code
        talking.close()

        assert faulty.seen[-1].authorization.startswith("Basic ")
        assert [""] == [seen.authorization for seen in elsewhere.seen]


def test_a_location_on_another_host_gets_no_credentials(registry_host: str, faulty: Proxy) -> None:
    with proxy(registry_host) as elsewhere:
        faulty.faults.append(
            Fault("GET", "/a", 401, headers={"WWW-Authenticate": 'Basic realm="x"'})
        )
        talking = transport(faulty.host)
        with talking.send(Call("log in", "GET", wanted=(200, 404)), "/a"):
            pass
        with talking.send(Call("go on", "GET"), f"http://{elsewhere.host}/v2/"):
            pass
        talking.close()

        assert [""] == [seen.authorization for seen in elsewhere.seen]


def test_an_error_page_of_any_size_is_read_in_part(faulty: Proxy) -> None:
    page = b'{"errors":[{"code":"X","message":"' + b"x" * 1_000_000
    faulty.faults.append(Fault("GET", "/a", 400, body=page))
    talking = transport(faulty.host)

    with (
        pytest.raises(RegistryError, match="could not ask: 400 Bad Request") as caught,
        talking.send(Call("ask", "GET"), "/a"),
    ):
        pass
    talking.close()
    assert 400 == caught.value.status
