"""Which port the emulator takes."""

from __future__ import annotations

import socket

import pytest

from funcs.emulator.ports import DEFAULT_PORT, choose_port, free_port
from funcs.errors import ProcessorError
from tests.turn import take_turn


def test_any_port_is_left_to_the_kernel() -> None:
    assert 0 == choose_port(0)


def test_a_port_that_is_wished_for_and_taken_is_refused_with_a_fix() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]

        with pytest.raises(ProcessorError, match=f"port {port} is taken") as refused:
            choose_port(port)

    assert "--port" in refused.value.fix


def test_without_a_wish_the_next_free_one_is_taken() -> None:
    with take_turn(), socket.create_server(("127.0.0.1", DEFAULT_PORT)):
        assert DEFAULT_PORT < choose_port(None)


def test_a_port_left_by_a_closed_server_is_free_again() -> None:
    with socket.create_server(("127.0.0.1", 0)) as server:
        port = server.getsockname()[1]
        with socket.create_connection(("127.0.0.1", port)):
            server.accept()[0].close()

    assert port == choose_port(port)


def test_a_port_that_is_promised_to_another_is_passed_over() -> None:
    first = free_port()

    assert first < choose_port(None, first=first, taken={first}) <= first + 100
