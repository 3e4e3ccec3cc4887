from __future__ import annotations

import json
from pathlib import Path

import pytest

from funcs_builder.cache import Cache
from funcs_builder.entry import Entry
from funcs_builder.errors import BuildError
from funcs_builder.plan import BuildPlan, LayerPlan
from funcs_builder.reference import Reference
from funcs_builder.source import Listed
from tests.builder.samples import sample_plan


def test_a_plan_prints_as_data(tmp_path: Path, cache: Cache) -> None:
    plan = sample_plan(tmp_path, code="x")._replace(
        target=Reference.parse("shop:v1"), notes=("no bytecode",)
    )
    found = json.loads(json.dumps(plan.to_dict(cache)))

    assert "docker.io/library/shop:v1" == found["target"]
    assert ["packages", "model digits", "code"] == [layer["name"] for layer in found["layers"]]
    assert [True, False, True] == [layer["packed"] for layer in found["layers"]]
    assert "65532:0" == found["config"]["User"]


def test_a_plan_prints_as_text(tmp_path: Path) -> None:
    text = sample_plan(tmp_path, code="x").to_text()

    assert "image no name for linux/amd64\n  base: scratch\n  layer packages\n" in text
    assert "  layer model digits (not compressed)\n" in text
    assert '  Entrypoint: ["/opt/run"]\n' in text


def test_the_digest_names_what_goes_in_and_not_where_it_goes(tmp_path: Path, cache: Cache) -> None:
    plan = sample_plan(tmp_path, code="x")
    elsewhere = plan._replace(target=Reference.parse("shop"), notes=("a note",))

    assert plan.digest(cache) == elsewhere.digest(cache)
    assert plan.digest(cache) != sample_plan(tmp_path, code="y").digest(cache)
    assert plan.digest(cache) != plan._replace(created=1).digest(cache)


def layers(count: int) -> tuple[LayerPlan, ...]:
    return tuple(LayerPlan(f"l{n}", Listed([Entry.text("a", str(n))])) for n in range(count))


def test_a_plan_of_too_many_layers_is_refused() -> None:
    with pytest.raises(BuildError, match="101 layers, 100 at most"):
        BuildPlan("scratch", layers(101))


def test_two_layers_of_one_name_are_refused() -> None:
    with pytest.raises(BuildError, match="two layers are called 'l0'"):
        BuildPlan("scratch", layers(1) * 2)


@pytest.mark.parametrize("time", [-1, 2**40])
def test_a_time_that_images_cannot_write_is_refused(time: int) -> None:
    with pytest.raises(BuildError, match="is no time"):
        BuildPlan("scratch", (), created=time)
    with pytest.raises(BuildError, match="is no time"):
        BuildPlan("scratch", (), epoch=time)


def test_a_plan_without_a_base_is_refused() -> None:
    with pytest.raises(BuildError, match="needs a base"):
        BuildPlan("", ())
