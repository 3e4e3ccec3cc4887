"""The setting `log_requests`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from funcs.errors import SpecError
from funcs.processor.http_head import Head
from funcs.processor.observer import all_of
from funcs.processor.request_log import NAME, request_log
from funcs.settings import Settings
from funcs.tape.exchange import Exchange


class Lines:
    def __init__(self) -> None:
        self.records: list[tuple[str, str, Mapping[str, Any]]] = []

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        self.records.append((level, name, fields))


def exchange() -> Exchange:
    head = Head(b"GET", b"/a", [], is_old=False)
    return Exchange(("http", "web"), head, 200, size_bytes=3, duration_s=0.5)


def test_each_request_is_a_record_where_that_is_asked() -> None:
    sink = Lines()

    observer = request_log(Settings.from_environ({"FUNCS_LOG_REQUESTS": "all"}), sink)
    assert observer is not None
    observer.on_exchange(exchange())

    told = {"method": "GET", "path": "/a", "status": 200, "duration_s": 0.5, "size_bytes": 3}
    assert [("info", NAME, told)] == sink.records


def test_without_it_nothing_watches() -> None:
    assert request_log(Settings(), Lines()) is None


def test_another_value_is_refused() -> None:
    with pytest.raises(SpecError, match="log_requests cannot be 'some'"):
        Settings.from_environ({"FUNCS_LOG_REQUESTS": "some"})


def test_several_observers_are_told_in_turn() -> None:
    first, second = Lines(), Lines()
    settings = Settings.from_environ({"FUNCS_LOG_REQUESTS": "all"})

    both = all_of(request_log(settings, first), None, request_log(settings, second))
    assert both is not None
    both.on_exchange(exchange())

    assert first.records == second.records
    assert 1 == len(first.records)
    assert all_of(None, None) is None
