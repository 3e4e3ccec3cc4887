"""Asks the function without a server."""

from __future__ import annotations

import pytest

from funcs.testing import Client, EventCheck, events


@pytest.mark.parametrize("event", events(__file__))
def test_an_event_is_answered_as_its_file_says(event: EventCheck, funcs_client: Client) -> None:
    event.check(funcs_client)


def test_the_greeting_is_logged(funcs_client: Client) -> None:
    answer = funcs_client.post("/", json={"name": "Ada"})

    assert [(line["message"], line["who"]) for line in answer.logs] == [("greeting", "Ada")]
