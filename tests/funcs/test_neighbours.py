"""How a function finds the functions that run beside it."""

from __future__ import annotations

import pytest

from funcs.errors import SpecError
from funcs.neighbours import VARIABLE, UnknownFunctionError, connection_to


@pytest.fixture
def known(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, '{"billing": "127.0.0.1:9001", "nuclio-a": "127.0.0.1:9002"}')


def _place(address: str, namespace: str = "nuclio") -> tuple[str, int]:
    connection = connection_to(address, namespace, timeout=5)
    return connection.host, connection.port


@pytest.mark.parametrize(
    ("address", "port"),
    [
        ("nuclio-nuclio-billing:8080", 9001),
        ("nuclio-billing:8080", 9001),
        ("billing:8080", 9001),
        ("nuclio-nuclio-nuclio-a:8080", 9002),
        ("nuclio-a:8080", 9002),
    ],
)
@pytest.mark.usefixtures("known")
def test_nuclios_host_names_lead_to_where_the_function_is(address: str, port: int) -> None:
    assert ("127.0.0.1", port) == _place(address)


@pytest.mark.usefixtures("known")
def test_the_namespace_is_the_callers_own() -> None:
    assert ("127.0.0.1", 9001) == _place("nuclio-prod-billing:8080", "prod")


@pytest.mark.usefixtures("known")
def test_another_host_is_taken_as_it_is() -> None:
    assert ("example.org", 8080) == _place("example.org:8080")


def test_outside_of_an_emulator_nuclios_names_are_hosts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(VARIABLE, raising=False)

    assert ("nuclio-nuclio-billing", 8080) == _place("nuclio-nuclio-billing:8080")


@pytest.mark.usefixtures("known")
def test_an_unknown_function_is_named_with_its_nearest() -> None:
    with pytest.raises(UnknownFunctionError, match="no function 'biling' runs here") as refused:
        _place("nuclio-nuclio-biling:8080")

    assert "did you mean 'billing'?" in refused.value.fix
    assert isinstance(refused.value, OSError)


@pytest.mark.parametrize("text", ["{", "[]", '{"billing": 8081}'])
def test_a_variable_of_another_form_is_refused(text: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv(VARIABLE, text)

    with pytest.raises(SpecError, match="no JSON map"):
        _place("nuclio-nuclio-billing:8080")
