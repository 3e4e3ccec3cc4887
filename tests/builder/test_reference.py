from __future__ import annotations

import pytest

from funcs_builder.errors import ImageReferenceError
from funcs_builder.reference import Reference

DIGEST = "sha256:" + "0" * 64


@pytest.mark.parametrize(
    ("text", "whole"),
    [
        ("python", "docker.io/library/python:latest"),
        ("python:3.11-slim", "docker.io/library/python:3.11-slim"),
        ("nuclio/processor", "docker.io/nuclio/processor:latest"),
        ("index.docker.io/python", "docker.io/library/python:latest"),
        ("localhost/shop", "localhost/shop:latest"),
        ("localhost:5000/shop:v1", "localhost:5000/shop:v1"),
        ("127.0.0.1:5000/a/b/c", "127.0.0.1:5000/a/b/c:latest"),
        ("[::1]:5000/shop:v1", "[::1]:5000/shop:v1"),
        ("ghcr.io/org/a__b.c-d:V_1.2", "ghcr.io/org/a__b.c-d:V_1.2"),
        (f"python@{DIGEST}", f"docker.io/library/python@{DIGEST}"),
        (f"gcr.io/a/b:v1@{DIGEST}", f"gcr.io/a/b:v1@{DIGEST}"),
        ("shop:5000", "docker.io/library/shop:5000"),
        ("REGISTRY/shop", "REGISTRY/shop:latest"),
    ],
)
def test_a_name_means_what_docker_means_by_it(text: str, whole: str) -> None:
    reference = Reference.parse(text)

    assert whole == str(reference)
    assert reference == Reference.parse(whole)
    assert reference == Reference.parse(reference.familiar)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "Shop",
        "a b",
        "shop:",
        "shop@",
        "shop@sha256:12",
        ":v1",
        "/shop",
        "shop/",
        "a//b",
        "-a",
        "a--.b",
        "shop:v1\n",
        "shop:" + "v" * 129,
        "shop:-v1",
        "a" * 256,
        "0" * 64,
        "http://localhost:5000/shop",
        "localhost:port/shop",
        "ex_ample.io/shop",
        "größe",
    ],
)
def test_what_docker_refuses_is_refused(text: str) -> None:
    with pytest.raises(ImageReferenceError) as caught:
        Reference.parse(text)

    assert caught.value.fix


@pytest.mark.parametrize(
    ("text", "familiar"),
    [
        ("docker.io/library/python:3", "python:3"),
        ("docker.io/nuclio/processor:1", "nuclio/processor:1"),
        ("ghcr.io/a:1", "ghcr.io/a:1"),
        ("docker.io/my.org/a:1", "docker.io/my.org/a:1"),
        ("docker.io/library/a/b:1", "library/a/b:1"),
    ],
)
def test_the_familiar_name_leaves_docker_hub_out(text: str, familiar: str) -> None:
    assert familiar == Reference.parse(text).familiar


def test_a_pinned_reference_is_asked_for_by_its_digest() -> None:
    pinned = Reference.parse("python:3.11").pinned(DIGEST)

    assert DIGEST == pinned.target
    assert f"docker.io/library/python:3.11@{DIGEST}" == str(pinned)
    assert "3.11" == Reference.parse("python:3.11").target
