from __future__ import annotations

import json
from pathlib import Path

import pytest
from cyclonedx.schema import SchemaVersion
from cyclonedx.validation.json import JsonStrictValidator

from funcs_builder.debian import DebianBase, DebianPackage
from funcs_builder.lock import Lock
from funcs_builder.sbom import Component, debian_components, sbom, wheel_components
from funcs_builder.target import Target
from funcs_builder.wheels import Wheel
from tests.builder.made_deb import made_recipe
from tests.builder.made_wheel import made_wheel

TARGET = Target("3.11")
METADATA = """Summary: Sells
  things.
License: Apache 2.0
Classifier: License :: OSI Approved :: MIT License
Home-page: not a url
Project-URL: Source, https://example.org/shop
"""


@pytest.fixture
def shop(tmp_path: Path) -> list[Component]:
    needs = ("tea>=1", 'coffee; python_version < "3"', 'mugs; extra == "all"', "gone")
    wheels = [
        made_wheel(tmp_path, "My_Shop", needs=needs, metadata=METADATA),
        made_wheel(tmp_path, "tea", metadata="License-Expression: MIT OR Apache-2.0\n"),
        made_wheel(tmp_path, "coffee", version="1.0+local"),
        made_wheel(tmp_path, "mugs", metadata="License: UNKNOWN\n"),
    ]
    return wheel_components(map(Wheel, wheels), Lock.of(TARGET, wheels))


@pytest.fixture
def base(tmp_path: Path) -> DebianBase:
    package = DebianPackage("zlib1g", "1:1.2.13.dfsg-1", "00" * 32, "zlib1g.deb")
    return DebianBase(made_recipe("zlib1g"), "amd64", (package,), tmp_path)


def test_it_is_valid_cyclonedx(shop: list[Component], base: DebianBase) -> None:
    text = sbom("shop", [*shop, *debian_components(base)], created="2026-01-02T03:04:05Z")

    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(text) is None


def test_an_image_of_nothing_is_valid_too() -> None:
    assert JsonStrictValidator(SchemaVersion.V1_6).validate_str(sbom("shop", [])) is None


def test_a_component_says_what_its_metadata_says(shop: list[Component]) -> None:
    found = {part.ref: part.to_dict() for part in shop}["pkg:pypi/my-shop@1.0"]

    assert found["hashes"][0]["content"] == shop[2].sha256
    assert {
        "type": "library",
        "bom-ref": "pkg:pypi/my-shop@1.0",
        "name": "My_Shop",
        "version": "1.0",
        "description": "Sells things.",
        "hashes": found["hashes"],
        "licenses": [{"license": {"name": "Apache 2.0"}}],
        "purl": "pkg:pypi/my-shop@1.0",
        "externalReferences": [{"type": "website", "url": "https://example.org/shop"}],
    } == found


def test_versions_are_quoted_in_package_urls(shop: list[Component], base: DebianBase) -> None:
    refs = [part.ref for part in [*shop, *debian_components(base)]]

    assert "pkg:pypi/coffee@1.0%2Blocal" in refs
    assert "pkg:deb/debian/zlib1g@1%3A1.2.13.dfsg-1?arch=amd64&distro=debian-12" in refs


def test_dependencies_are_those_of_the_target_and_of_this_image(shop: list[Component]) -> None:
    depends = {item["ref"]: item for item in json.loads(sbom("shop", shop))["dependencies"]}

    assert ["pkg:pypi/tea@1.0"] == depends["pkg:pypi/my-shop@1.0"]["dependsOn"]
    assert 4 == len(depends["image"]["dependsOn"])


def test_a_licence_expression_is_kept_as_one(shop: list[Component]) -> None:
    licences = {part.name: part.to_dict().get("licenses") for part in shop}

    assert [{"expression": "MIT OR Apache-2.0"}] == licences["tea"]
    assert licences["mugs"] is None


def test_the_same_parts_give_the_same_text(shop: list[Component]) -> None:
    text = sbom("shop", shop)

    assert text == sbom("shop", reversed(shop))
    assert text != sbom("shop", shop[1:])
    assert json.loads(text)["serialNumber"] != json.loads(sbom("shop", shop[1:]))["serialNumber"]
