from __future__ import annotations

import pytest

from funcs_builder.errors import BuildError
from funcs_builder.recipe import Recipe


def test_debian_12_has_python_3_11() -> None:
    recipe = Recipe.for_python("3.11")

    assert ("debian12-python3.11", "bookworm") == (recipe.name, recipe.suite)
    assert "nonroot:x:65532:" in recipe.files["etc/passwd"]
    assert "usr/local/lib/python3.11/dist-packages" == recipe.scheme.site
    assert "usr/local/bin" == recipe.scheme.scripts


def test_another_python_is_refused_with_the_way_out() -> None:
    with pytest.raises(BuildError, match=r"no base without a registry has Python 3.13") as caught:
        Recipe.for_python("3.13")

    assert "--base python:3.13-slim" in caught.value.fix
