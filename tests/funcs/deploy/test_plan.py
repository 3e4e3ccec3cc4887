"""A plan is data: it is written, read, compared, and hides its secrets."""

from __future__ import annotations

import pytest

from funcs.deploy.document import Additions, function_document, stamped, with_image
from funcs.deploy.nuclio.planner import nuclio_plan
from funcs.deploy.plan import DEPLOY_ID, PLAN_ANNOTATION, DeployPlan
from funcs.deploy.promote import unstamped
from funcs.deploy.show import shown
from funcs.deploy.target import Target
from funcs.errors import DeployError
from funcs.spec import FunctionSpec


@pytest.fixture
def plan(spec: FunctionSpec, target: Target) -> DeployPlan:
    return planned(spec, target)


def planned(spec: FunctionSpec, target: Target, image: str = "demo/fn:1", **env: str) -> DeployPlan:
    document = function_document(spec, target, Additions(env))
    return nuclio_plan(with_image(document, image, ""), target)


def test_the_same_function_has_the_same_plan(spec: FunctionSpec, target: Target) -> None:
    assert planned(spec, target) == planned(spec, target)


def test_another_image_variable_or_place_is_another_plan(
    spec: FunctionSpec, target: Target
) -> None:
    elsewhere = Target(platform="nuclio", url=target.url, namespace="other")
    plans = [
        planned(spec, target),
        planned(spec, target, image="demo/fn:2"),
        planned(spec, target, RATE="2"),
        planned(spec, elsewhere),
    ]

    assert 4 == len({plan.digest for plan in plans})


def test_what_is_sent_carries_the_plan(plan: DeployPlan) -> None:
    document = plan.steps[1].document

    assert plan.digest == document["metadata"]["annotations"][PLAN_ANNOTATION]
    assert {"name": DEPLOY_ID, "value": plan.deploy_id} in document["spec"]["env"]
    assert plan.digest.removeprefix("sha256:").startswith(plan.deploy_id)


def test_a_stamp_comes_off_again(spec: FunctionSpec, target: Target) -> None:
    document = with_image(function_document(spec, target, Additions()), "demo/fn:1", "sha256:ab")

    assert document == unstamped(stamped(document, "sha256:cd"))


def test_a_plan_is_read_as_it_was_written(plan: DeployPlan) -> None:
    assert plan == DeployPlan.from_dict(plan.to_dict(secrets=True), where="file")


def test_secrets_are_masked_in_every_form(spec: FunctionSpec, target: Target) -> None:
    plan = planned(spec, target, DB_PASSWORD="hidden")

    for form in ("text", "yaml", "json"):
        assert "hidden" not in shown(plan, form)
        assert "DB_PASSWORD" in shown(plan, form)


@pytest.mark.parametrize(
    ("change", "what"),
    [
        ({"plan": 2}, "has the form 2, known is 1"),
        ({"plan": None}, "has the form None"),
        ({"steps": [{"does": "x"}]}, "the plan is damaged: KeyError"),
        ({"steps": None}, "the plan is damaged: TypeError"),
    ],
)
def test_a_plan_that_cannot_be_read_says_why(
    plan: DeployPlan, change: dict[str, object], what: str
) -> None:
    with pytest.raises(DeployError) as caught:
        DeployPlan.from_dict(plan.to_dict() | change, where="0001.json")

    assert what in caught.value.what
    assert "0001.json" == caught.value.where


def test_a_manifest_is_for_kubernetes(plan: DeployPlan) -> None:
    with pytest.raises(DeployError, match="manifests are for Kubernetes"):
        shown(plan, "manifest")
