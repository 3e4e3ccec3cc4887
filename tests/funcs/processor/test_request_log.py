"""The setting `log_requests`."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from funcs.errors import SpecError
from funcs.processor.request_log import NAME, request_log
from funcs.settings import Settings


class Lines:
    def __init__(self) -> None:
        self.records: list[tuple[str, str, Mapping[str, Any]]] = []

    def log(self, level: str, name: str, message: str, fields: Mapping[str, Any]) -> None:
        self.records.append((level, name, fields))


def test_each_request_is_a_record_where_that_is_asked() -> None:
    sink = Lines()

    observer = request_log(Settings.from_environ({"FUNCS_LOG_REQUESTS": "all"}), sink)
    assert observer is not None
    observer.on_exchange("GET", "/a", 200, 0.5, 3, [])

    told = {"method": "GET", "path": "/a", "status": 200, "duration_s": 0.5, "size_bytes": 3}
    assert [("info", NAME, told)] == sink.records


def test_without_it_nothing_watches() -> None:
    assert request_log(Settings(), Lines()) is None


def test_another_value_is_refused() -> None:
    with pytest.raises(SpecError, match="log_requests cannot be 'some'"):
        Settings.from_environ({"FUNCS_LOG_REQUESTS": "some"})
