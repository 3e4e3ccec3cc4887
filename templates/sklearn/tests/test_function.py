"""Asks the function without a server. Before the first run: python train.py."""

from __future__ import annotations

from pathlib import Path

from sklearn.datasets import load_digits

from funcs.testing import Client

EVENTS = Path(__file__).parent.parent / "events"


def test_the_images_of_a_3_and_a_5_are_read(funcs_client: Client) -> None:
    answer = funcs_client.post("/v2/models/digits/infer", body=(EVENTS / "digit.json").read_text())

    assert answer.status == 200
    assert answer.json()["outputs"][0]["data"] == [3, 5]


def test_rows_in_mlruns_dialect_are_answered_with_a_list(funcs_client: Client) -> None:
    answer = funcs_client.post("/v2/models/digits/infer", body=(EVENTS / "rows.json").read_text())

    assert answer.status == 200
    assert answer.json()["outputs"] == [3, 5]


def test_nearly_all_digits_are_read_right(funcs_client: Client) -> None:
    images, digits = load_digits(return_X_y=True)

    answer = funcs_client.post("/v2/models/digits/infer", json={"inputs": images.tolist()})

    right = sum(int(a == b) for a, b in zip(answer.json()["outputs"], digits, strict=True))
    assert right / len(digits) > 0.97


def test_an_image_of_another_size_is_refused(funcs_client: Client) -> None:
    answer = funcs_client.post("/v2/models/digits/infer", json={"inputs": [[0.0] * 63]})

    assert answer.status == 400
    assert "pixels" in answer.text
