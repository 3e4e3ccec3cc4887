from __future__ import annotations

from pathlib import Path

import pytest

from funcs.packaging.destination import Destination, Kind
from funcs.packaging.facts import FunctionFacts
from funcs.spec.function import FunctionSpec
from funcs_builder.errors import ImageReferenceError


@pytest.fixture
def function(tmp_path: Path) -> FunctionFacts:
    return facts(tmp_path, "spec: {handler: main:handler}\nmetadata: {name: shop}")


def facts(folder: Path, yaml: str) -> FunctionFacts:
    (folder / "function.yaml").write_text(yaml)
    return FunctionFacts.of(FunctionSpec.of(folder))


@pytest.mark.parametrize(
    ("asked", "kind", "name"),
    [
        ({}, Kind.ANY, "shop:latest"),
        ({"image": "alice/shop:v1"}, Kind.ANY, "alice/shop:v1"),
        ({"image": "localhost:5000/shop:v1"}, Kind.REGISTRY, "localhost:5000/shop:v1"),
        ({"registry": "ghcr.io/alice/"}, Kind.REGISTRY, "ghcr.io/alice/shop:latest"),
        ({"registry": "r:1", "image": "a/b:c"}, Kind.REGISTRY, "r:1/a/b:c"),
        ({"output": "x.tar"}, Kind.ARCHIVE, "shop:latest"),
        ({"output": "images/"}, Kind.LAYOUT, "shop:latest"),
        ({"output": "x.tar", "image": "ghcr.io/a:1"}, Kind.ARCHIVE, "ghcr.io/a:1"),
    ],
)
def test_where_it_goes_follows_from_what_was_asked(
    asked: dict[str, str], kind: Kind, name: str, function: FunctionFacts
) -> None:
    found = Destination.of(function, **asked)

    assert kind is found.kind
    assert name == found.reference.familiar


def test_function_yaml_may_say_name_and_registry(tmp_path: Path) -> None:
    yaml = "spec: {handler: main:handler, build: {image: 'a/b:2', registry: 'r.example:80'}}"
    function = facts(tmp_path, yaml)

    assert "r.example:80/a/b:2" == Destination.of(function).reference.familiar
    assert "r.example:80/c:latest" == Destination.of(function, image="c").reference.familiar
    assert Kind.REGISTRY is Destination.of(function).kind
    assert "ghcr.io/c:1" == Destination.of(function, image="ghcr.io/c:1").reference.familiar


def test_a_digest_is_no_name_for_what_is_not_built_yet(function: FunctionFacts) -> None:
    with pytest.raises(ImageReferenceError, match="no image can be built as"):
        Destination.of(function, image=f"shop@sha256:{'0' * 64}")
