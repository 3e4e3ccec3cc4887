from __future__ import annotations

import io
import json
import logging
import math
import re
from collections.abc import Callable
from typing import Any

import nuclio_sdk
import pytest

from funcs.logger import Logger


class Shy:
    def __str__(self) -> str:
        raise RuntimeError("no str")


CALLS: list[Callable[[Any], object]] = [
    lambda log: log.debug("d"),
    lambda log: log.info("i %s", 5),
    lambda log: log.warn("w %(a)s %(b)d", {"a": 1, "b": 2}),
    lambda log: log.error("100%"),
    lambda log: log.info("%s", {}),
    lambda log: log.info({"not": "text"}),
    lambda log: log.info_with("é\ud800\n", a=1, b=[1, None], c={"d": "e"}, n=math.nan, o={3}),
    lambda log: log.bind(t="u") or log.warn_with("bound", a=1),
    lambda log: log.error_with("bound wins", t="mine"),
]


def text_of(call: Callable[[Any], object], *, standard: bool) -> str:
    stream = io.StringIO()
    logger = Logger(stream)
    if standard:
        # Not to the root: pytest-xdist cannot carry what is no UTF-8 in a report.
        logging.getLogger("funcs.test_logger").propagate = False
        logger = nuclio_sdk.Logger(logging.DEBUG, "funcs.test_logger")
        logger.set_handler("default", stream, nuclio_sdk.logger.JSONFormatter())
    logger.bind(worker_id="0")
    call(logger)
    return re.sub(r'("datetime": )"[^"]*"', r"\1", stream.getvalue())


@pytest.mark.parametrize("call", CALLS)
def test_a_record_is_nuclio_sdks_to_the_byte(call: Callable[[Any], object]) -> None:
    assert text_of(call, standard=True) == text_of(call, standard=False)


def test_the_time_is_local_to_the_millisecond() -> None:
    stream = io.StringIO()
    Logger(stream).info("now")
    record = logging.LogRecord("", 0, "", 0, "", (), None)

    when = json.loads(stream.getvalue())["datetime"]

    assert re.fullmatch(r"\d{4}-\d\d-\d\d \d\d:\d\d:\d\d,\d{3}", when)
    assert logging.Formatter().formatTime(record)[:17] == when[:17]


@pytest.mark.parametrize("call", [lambda log: log.info("%d", "x"), lambda log: log.info(Shy())])
def test_a_record_that_cannot_be_made_is_reported_and_the_handler_goes_on(
    call: Callable[[Any], object], capfd: pytest.CaptureFixture[str]
) -> None:
    assert "" == text_of(call, standard=False)
    assert "Logging error" in capfd.readouterr().err


def test_a_handler_of_the_users_own_gets_the_records_too() -> None:
    first, second = io.StringIO(), io.StringIO()
    logger = Logger(first)
    logger.set_handler("mine", second, nuclio_sdk.logger.HumanReadableFormatter())
    logger.info_with("both", a=1)

    assert "both" == json.loads(first.getvalue())["message"]
    assert "[info] both: {'a': 1}" in second.getvalue()


def test_the_shared_logger_reaches_the_root() -> None:
    stream, everything = io.StringIO(), io.StringIO()
    root = logging.StreamHandler(everything)
    logging.getLogger().addHandler(root)
    logger = Logger(stream, shared=True)
    try:
        logger.info("to all")
    finally:
        logging.getLogger().removeHandler(root)
        logging.getLogger("nuclio_sdk").handlers.clear()

    assert "to all\n" == everything.getvalue()
    assert "to all" in stream.getvalue()


def test_records_follow_a_new_stream() -> None:
    first, second = io.StringIO(), io.StringIO()
    logger = Logger(first)
    logger.redirect(second)
    logger.info("moved")

    assert ("", "moved") == (first.getvalue(), json.loads(second.getvalue())["message"])
