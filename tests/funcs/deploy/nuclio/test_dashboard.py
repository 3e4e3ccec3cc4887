"""The client words what a dashboard, or the way to it, does wrong."""

from __future__ import annotations

import contextlib
import socket
import ssl
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path

import pytest
import requests

from funcs.deploy.credentials import Credentials
from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio.calls import (
    CreateProject,
    GetFunction,
    GetLogs,
    GetPlatformKind,
    GetProject,
    ListFunctions,
)
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.target import Target
from tests.builder.registries import certificate
from tests.dashboard.deploys import Deployed
from tests.dashboard.faults import Fault
from tests.dashboard.server import EmulatedDashboard, emulated_dashboard


def test_a_function_that_is_not_there_is_none(client: Dashboard) -> None:
    assert None is client.send(GetFunction("nobody", "nuclio"))
    assert () == client.send(ListFunctions("nuclio"))


def test_the_platform_says_what_it_runs_on(client: Dashboard, dashboard: EmulatedDashboard) -> None:
    assert "local" == client.send(GetPlatformKind())

    dashboard.kind = "kube"
    assert "kube" == client.send(GetPlatformKind())


def test_a_project_is_made_once(client: Dashboard) -> None:
    document = {"metadata": {"name": "demo", "namespace": "nuclio"}, "spec": {}}

    assert not client.send(GetProject("demo", "nuclio"))
    client.send(CreateProject(document))
    client.send(CreateProject(document))
    assert client.send(GetProject("demo", "nuclio"))


@pytest.mark.parametrize("log", ['{"level": "info", "message": "up"}\n', "42\n", "null", "[1]"])
def test_a_log_is_text_even_where_it_reads_as_json(
    client: Dashboard, dashboard: EmulatedDashboard, log: str
) -> None:
    deployed(dashboard, "shop").log = log

    assert log == client.send(GetLogs("shop", "nuclio", "nuclio-nuclio-shop"))


def test_a_log_is_followed_to_the_end_of_its_container(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    deployed(dashboard, "shop").log = "one\n"
    pieces = client.stream(GetLogs("shop", "nuclio", "nuclio-nuclio-shop", follow=True))

    assert "one\n" == next(pieces)
    dashboard.write("shop", "zwölf\n")
    assert "zwölf\n" == next(pieces)
    dashboard.deploys.delete({"metadata": {"name": "shop"}}, force=True)
    dashboard.notify()
    assert "" == "".join(pieces)


def test_a_log_that_is_not_given_is_refused(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    call = GetLogs("shop", "nuclio", "nuclio-nuclio-shop", follow=True)

    with pytest.raises(DashboardError, match="404 Function not found"):
        list(client.stream(call))


def test_characters_that_come_in_halves_are_whole(target: Target) -> None:
    with answering(
        b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n1\r\n\xc3\r\n1\r\n\xb6\r\n0\r\n\r\n"
    ) as url:
        client = Dashboard(replace(target, url=url))

        assert "ö" == "".join(client.stream(GetLogs("shop", "nuclio", "x", follow=True)))
        client.close()


def test_nobody_listens(target: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as free:
        port = free.getsockname()[1]
    client = Dashboard(replace(target, url=f"http://127.0.0.1:{port}"))

    with pytest.raises(UnreachableError, match="Connection refused"):
        client.send(GetPlatformKind())
    client.close()


@pytest.mark.parametrize("host", ["no-such-host.invalid", "a..b", f"{'a' * 70}.invalid", "a b"])
def test_a_host_that_is_not_known(target: Target, host: str) -> None:
    client = Dashboard(replace(target, url=f"http://{host}:8070"))

    with pytest.raises(UnreachableError) as caught:
        client.send(GetPlatformKind())
    assert "check the address" in caught.value.fix
    client.close()


def test_a_line_that_is_cut(client: Dashboard, dashboard: EmulatedDashboard) -> None:
    dashboard.faults.add(Fault("GET"))

    with pytest.raises(UnreachableError, match="could not look at function 'shop'"):
        client.send(GetFunction("shop", "nuclio"))


def test_credentials_are_sent_and_netrc_is_not(
    target: Target,
    dashboard: EmulatedDashboard,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    (tmp_path / ".netrc").write_text("machine 127.0.0.1 login me password hidden\n")
    monkeypatch.setenv("HOME", str(tmp_path))
    known = Dashboard(replace(target, credentials=Credentials(token="abc")))
    stranger = Dashboard(target)
    dashboard.faults.authorization = "Bearer abc"

    assert "local" == known.send(GetPlatformKind())
    with pytest.raises(DashboardError, match="401 Unauthorized"):
        stranger.send(GetPlatformKind())
    assert "authorization" not in dashboard.requests[-1].headers
    known.close()
    stranger.close()


@pytest.fixture
def secure(tmp_path: Path) -> Iterator[tuple[EmulatedDashboard, Path]]:
    file = certificate(tmp_path)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(file)
    with emulated_dashboard(context) as dashboard:
        yield dashboard, file


def test_a_certificate_of_ones_own_is_named_or_refused(
    secure: tuple[EmulatedDashboard, Path],
) -> None:
    dashboard, file = secure
    plain = Target(platform="nuclio", url=dashboard.url)

    trusting = Dashboard(replace(plain, insecure=True))
    stranger, known = Dashboard(plain), Dashboard(replace(plain, ca=str(file)))

    with pytest.raises(UnreachableError) as caught:
        stranger.send(GetPlatformKind())
    assert "ca = 'file.pem' in funcs.toml" in caught.value.fix
    assert "local" == known.send(GetPlatformKind())
    assert "local" == trusting.send(GetPlatformKind())
    trusting.close()
    stranger.close()
    known.close()


def test_tls_to_a_port_that_has_none(target: Target) -> None:
    client = Dashboard(replace(target, url=target.url.replace("http:", "https:")))

    with pytest.raises(UnreachableError) as caught:
        client.send(GetPlatformKind())
    assert "it does not speak TLS" in caught.value.what
    assert "write http:// in --url" == caught.value.fix
    client.close()


def test_an_answer_that_does_not_come_in_time(target: Target) -> None:
    with socket.create_server(("127.0.0.1", 0)) as silent:
        client = Dashboard(replace(target, url=f"http://127.0.0.1:{silent.getsockname()[1]}"))
        call = GetPlatformKind()
        call.timeout_s = 0.05

        with pytest.raises(UnreachableError, match="no answer in time"):
            client.send(call)
        client.close()


def test_an_answer_that_trickles_has_an_end(target: Target) -> None:
    is_over = threading.Event()

    def trickle(server: socket.socket) -> None:
        connection, _ = server.accept()
        with connection, contextlib.suppress(OSError):  # who gave up has left
            connection.sendall(b"HTTP/1.1 200 OK\r\nContent-Length: 100000\r\n\r\n")
            while not is_over.wait(0.01):
                connection.sendall(b" ")

    with socket.create_server(("127.0.0.1", 0)) as server:
        trickling = threading.Thread(target=trickle, args=(server,))
        trickling.start()
        client = Dashboard(replace(target, url=f"http://127.0.0.1:{server.getsockname()[1]}"))
        call = GetPlatformKind()
        call.timeout_s = 0.1

        with pytest.raises(UnreachableError, match="no answer in time"):
            client.send(call)
        is_over.set()
        trickling.join()
        client.close()


def test_no_proxy_stands_between_us_and_our_own_machine(
    target: Target, dashboard: EmulatedDashboard, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")
    monkeypatch.setenv("ALL_PROXY", "http://127.0.0.1:1")
    near, far = Dashboard(target), Dashboard(replace(target, url="http://lab.invalid:8070"))

    assert "local" == near.send(GetPlatformKind())
    with pytest.raises(UnreachableError) as caught:
        far.send(GetPlatformKind())
    assert "look at HTTP_PROXY" in caught.value.fix
    near.close()
    far.close()


def test_a_certificate_authority_that_is_none(
    secure: tuple[EmulatedDashboard, Path], tmp_path: Path
) -> None:
    (tmp_path / "ca.pem").write_text("nothing\n")
    target = Target(platform="nuclio", url=secure[0].url, ca=str(tmp_path / "ca.pem"))
    client = Dashboard(target)

    with pytest.raises(UnreachableError, match="the file of --ca holds no certificate"):
        client.send(GetPlatformKind())
    client.close()


def test_a_certificate_for_another_name(secure: tuple[EmulatedDashboard, Path]) -> None:
    dashboard, file = secure
    url = dashboard.url.replace("127.0.0.1", "localhost")
    client = Dashboard(Target(platform="nuclio", url=url, ca=str(file)))

    with pytest.raises(UnreachableError, match="its certificate is for another name") as caught:
        client.send(GetPlatformKind())
    assert "write that name in --url" == caught.value.fix
    client.close()


@pytest.mark.parametrize(
    ("answer", "reason"),
    [
        (b"SSH-2.0-OpenSSH_9\r\n", "what answers there is no HTTP"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 100\r\n\r\n{", "the answer broke off"),
        (b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\nzz\r\n", "the answer broke off"),
        (b"", "Remote end closed connection without response"),
        (b"HTTP/1.1 200 OK\r\n" + b"X: y\r\n" * 300 + b"\r\n", "more than 100 headers"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\n\xff\xfe", "no functions came back"),
    ],
)
def test_an_answer_that_is_none(target: Target, answer: bytes, reason: str) -> None:
    with answering(answer) as url:
        client = Dashboard(replace(target, url=url))
        with pytest.raises(UnreachableError) as caught:
            client.send(ListFunctions("nuclio"))
        client.close()

    assert reason in caught.value.what


def test_a_call_answers_what_the_function_does(
    client: Dashboard, dashboard: EmulatedDashboard
) -> None:
    deployed(dashboard, "echo")

    answer = invoked(client, headers={"x-tenant": "t"})

    expected = {"function": "echo", "path": "/a?b=c", "method": "POST", "body": "hello"}
    assert expected == answer.json()
    assert "t" == dashboard.requests[-1].headers["x-tenant"]


@pytest.mark.parametrize(
    ("timeout_s", "expected"),
    [(60, "60000ms"), (1_234_567, "1234567000ms"), (0.00001, "1ms")],
)
def test_how_long_a_call_may_take_is_said_as_go_says_it(
    client: Dashboard, dashboard: EmulatedDashboard, timeout_s: float, expected: str
) -> None:
    deployed(dashboard, "echo")

    assert 200 == invoked(client, timeout_s=timeout_s).status_code
    assert expected == dashboard.requests[-1].headers["x-nuclio-invoke-timeout"]


def test_a_header_that_http_does_not_take_is_no_bug_of_ours(client: Dashboard) -> None:
    with pytest.raises(UnreachableError, match="a character that HTTP does not take"):
        invoked(client, headers={"x-price": "5 €"})


def invoked(
    client: Dashboard, *, headers: Mapping[str, str] | None = None, timeout_s: float = 5
) -> requests.Response:
    return client.invoke(
        "POST",
        function="echo",
        namespace="nuclio",
        path="/a?b=c",
        headers=headers or {},
        body=b"hello",
        timeout_s=timeout_s,
    )


def deployed(dashboard: EmulatedDashboard, name: str) -> Deployed:
    """A function that serves, and answers with what it was sent."""
    spec = {"runtime": "python:3.11", "handler": "main:handler", "image": "demo/fn:1"}
    dashboard.deploys.create({"metadata": {"name": name}, "spec": spec}, {})
    found = dashboard.deploys.functions["nuclio", name]
    dashboard.deploys.settle(found)
    return found


@contextmanager
def answering(answer: bytes) -> Iterator[str]:
    """The address of a server that answers one connection so, whatever it is asked."""

    def serve() -> None:
        connection, _ = server.accept()
        with connection:
            connection.recv(65536)
            connection.sendall(answer)

    with socket.create_server(("127.0.0.1", 0)) as server:
        thread = threading.Thread(target=serve)
        thread.start()
        yield f"http://127.0.0.1:{server.getsockname()[1]}"
        thread.join()
