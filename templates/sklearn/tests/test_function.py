"""Asks the function without a server. Before the first run: python train.py."""

from __future__ import annotations

import pytest
from sklearn.datasets import load_digits

from funcs.testing import Client, EventCheck, events


@pytest.mark.parametrize("event", events(__file__))
def test_an_event_is_answered_as_its_file_says(event: EventCheck, funcs_client: Client) -> None:
    event.check(funcs_client)


def test_nearly_all_digits_are_read_right(funcs_client: Client) -> None:
    images, digits = load_digits(return_X_y=True)

    answer = funcs_client.post("/v2/models/digits/infer", json={"inputs": images.tolist()})

    right = sum(int(a == b) for a, b in zip(answer.json()["outputs"], digits, strict=True))
    assert right / len(digits) > 0.97
