from __future__ import annotations

from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.errors import BuildError
from funcs_builder.recipe import Recipe


def test_debian_12_has_python_3_11(cache: Cache) -> None:
    recipe = Recipe.for_python("3.11", cache)

    assert ("debian12-python3.11", "bookworm") == (recipe.name, recipe.suite)
    assert "nonroot:x:65532:" in recipe.files["etc/passwd"]
    assert "usr/local/lib/python3.11/dist-packages" == recipe.scheme.site
    assert "usr/local/bin" == recipe.scheme.scripts


def test_another_python_is_refused_with_the_way_out(cache: Cache) -> None:
    with pytest.raises(BuildError, match=r"no base without a registry has Python 3.13") as caught:
        Recipe.for_python("3.13", cache)

    assert "--base python:3.13-slim" in caught.value.fix


def test_a_recipe_is_remembered_as_it_was_read(cache: Cache) -> None:
    read = Recipe.for_python("3.11", cache)

    assert read == Recipe.for_python("3.11", cache)


@pytest.mark.parametrize(
    "damaged", ["{", "[]", '{"packages": 1}', '{"packages": [], "dropped": []}']
)
def test_a_damaged_memory_of_a_recipe_is_read_anew(damaged: str, cache: Cache) -> None:
    read = Recipe.for_python("3.11", cache)
    (memory,) = Path(cache.root, "memo/recipe").iterdir()
    memory.write_text(damaged)

    assert read == Recipe.for_python("3.11", cache)
