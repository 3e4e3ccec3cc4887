from __future__ import annotations

import hashlib
import json
from pathlib import Path

import pytest

from funcs_builder.engine_address import Certificates, EngineAddress
from funcs_builder.errors import EngineError


def engine_address(environ: dict[str, str]) -> str:
    return EngineAddress.of(environ).where


@pytest.mark.parametrize(
    ("said", "address"),
    [
        ("unix:///run/user/1000/podman/podman.sock", "unix:///run/user/1000/podman/podman.sock"),
        ("unix:///run//docker.sock/", "unix:///run/docker.sock"),
        ("tcp://127.0.0.1:2375", "tcp://127.0.0.1:2375"),
        ("unix://", "unix://"),
        ("", "unix:///var/run/docker.sock"),
    ],
)
def test_an_address_is_as_docker_host_says(said: str, address: str, tmp_path: Path) -> None:
    assert address == engine_address({"DOCKER_HOST": said, "HOME": str(tmp_path)})


def test_a_relative_socket_file_lies_where_we_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)

    assert f"unix://{tmp_path}/run/s" == engine_address({"DOCKER_HOST": "unix://run/s"})


def context_of(folder: Path, host: str, *files: str, **more: object) -> dict[str, str]:
    """The environment of somebody who uses a ``docker context`` with these files for TLS."""
    key = hashlib.sha256(b"lab").hexdigest()
    meta = folder / "contexts" / "meta" / key / "meta.json"
    meta.parent.mkdir(parents=True)
    meta.write_text(json.dumps({"Endpoints": {"docker": {"Host": host, **more}}}))
    tls = folder / "contexts" / "tls" / key / "docker"
    tls.mkdir(parents=True)
    for name in files:
        (tls / name).write_text("")
    return {"DOCKER_CONFIG": str(folder), "DOCKER_CONTEXT": "lab"}


def test_a_context_brings_its_certificates(tmp_path: Path) -> None:
    environ = context_of(tmp_path, "tcp://lab:2376", "ca.pem", "cert.pem", "key.pem")
    held = EngineAddress.of(environ).certificates

    assert held is not None
    names = [Path(each).name for each in (held.authority, held.own, held.key)]
    assert ["ca.pem", "cert.pem", "key.pem"] == names
    assert held.verifies
    named = {**environ, "DOCKER_HOST": "tcp://other:2376"}
    assert EngineAddress("tcp://other:2376") == EngineAddress.of(named)


def test_a_context_may_have_some_of_them_or_none(tmp_path: Path) -> None:
    some = EngineAddress.of(context_of(tmp_path / "a", "tcp://lab:2376", "ca.pem")).certificates
    assert some is not None
    assert "" == some.own

    none = EngineAddress.of(context_of(tmp_path / "b", "tcp://lab:2375")).certificates
    assert none is None

    trusting = context_of(tmp_path / "c", "tcp://lab:2376", SkipTLSVerify=True)
    assert Certificates(verifies=False) == EngineAddress.of(trusting).certificates

    socket = context_of(tmp_path / "d", "unix:///run/docker.sock", "ca.pem")
    assert EngineAddress("unix:///run/docker.sock") == EngineAddress.of(socket)


def test_a_certificate_without_its_key_is_told(tmp_path: Path) -> None:
    with pytest.raises(EngineError, match=r"cert.pem has no key.pem beside it"):
        EngineAddress.of(context_of(tmp_path, "tcp://lab:2376", "ca.pem", "cert.pem"))


def test_variables_name_certificates_too(tmp_path: Path) -> None:
    for name in ("ca.pem", "cert.pem", "key.pem"):
        (tmp_path / name).write_text("")
    environ = {"DOCKER_HOST": "tcp://lab:2376", "DOCKER_CERT_PATH": str(tmp_path)}
    found = EngineAddress.of(environ).certificates

    assert found is not None
    assert (str(tmp_path / "cert.pem"), False) == (found.own, found.verifies)
    verified = {"DOCKER_HOST": "tcp://lab:2376", "DOCKER_TLS_VERIFY": "1", "HOME": str(tmp_path)}
    assert Certificates() == EngineAddress.of(verified).certificates
    assert None is EngineAddress.of({**environ, "DOCKER_HOST": "unix:///a"}).certificates
