"""What a platform writes its own way is still what it was told."""

from __future__ import annotations

from typing import Any

import pytest

from funcs.deploy.drift import holds


@pytest.mark.parametrize(
    ("found", "wanted", "expected"),
    [
        ({"limits": {"cpu": "500m"}}, {"limits": {"cpu": "0.5"}}, True),
        ({"limits": {"cpu": "1"}}, {"limits": {"cpu": "1000m"}}, True),
        ({"limits": {"memory": "1G"}}, {"limits": {"memory": "1Gi"}}, False),
        ({"limits": {"memory": "x"}}, {"limits": {"memory": "1Gi"}}, False),
        ({"limits": {}}, {"limits": {"memory": "1Gi"}}, False),
        ({"description": "500m"}, {"description": "0.5"}, False),
        ({"image": "registry:5000/shop:1"}, {"image": "shop:1"}, True),
        ({"image": "registry:5000/a-shop:1"}, {"image": "shop:1"}, False),
        ({"password": "$ref:/spec/triggers/r/password"}, {"password": "x"}, True),
        ({"workers": "$ref:/x"}, {"workers": 3}, False),
        ({}, {"replicas": 0, "env": [], "disable": False}, True),
        ({"env": [{"name": "A", "value": "1"}]}, {"env": [{"name": "A", "value": "2"}]}, False),
        (None, {"a": 1}, False),
    ],
)
def test_what_is_found_is_compared_with_what_was_meant(
    found: Any, wanted: Any, expected: bool
) -> None:
    assert expected == holds(found, wanted)
