"""Asks the function without a server."""

from __future__ import annotations

from funcs.testing import Client


def test_whoever_asks_is_greeted(funcs_client: Client) -> None:
    answer = funcs_client.post("/", json={"name": "Ada"})

    assert answer.status == 200
    assert answer.json() == {"greeting": "Hello, Ada!"}


def test_the_greeting_is_logged(funcs_client: Client) -> None:
    answer = funcs_client.post("/", json={"name": "Ada"})

    assert [(line["message"], line["who"]) for line in answer.logs] == [("greeting", "Ada")]


def test_without_a_name_the_request_is_refused(funcs_client: Client) -> None:
    answer = funcs_client.post("/", json={})

    assert answer.status == 400
