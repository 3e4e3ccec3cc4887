"""Routers: which model a request reaches, and what the catalog says of them."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from funcs.errors import Kind, LoadError, RequestError
from funcs.graph import Compiled, Graph, Router
from funcs.request import Request
from tests.funcs.graph.compiled import Digits, Hooks, Sums, model, ready


def routed(*keys: str, router: Router | None = None, **options: Any) -> Compiled:
    """A router whose models add 1, 2, 3 … to the sums."""
    graph = Graph("g")
    step = graph.to(router or Router(), "models")
    for plus, key in enumerate(keys, 1):
        step.add_model(key, Sums, plus=plus)
    return ready(graph, **options)


@pytest.mark.parametrize(
    ("name", "version", "expected"),
    [
        ("a", "", 1),
        ("b", "v1", 2),
        ("b", "v2", 3),
        ("b:v1", "", 2),
        ("b", "", 3),
        ("", "", 1),
        ("c", "", 4),
        ("c", "v9", 5),
    ],
)
def test_a_request_reaches_the_model_and_version_it_names(
    name: str, version: str, expected: int
) -> None:
    compiled = routed("a", "b:v1", "b:v2", "c", "c:v9")

    assert [expected] == compiled(Request([[0]], model=name, version=version))
    if name:
        found = compiled.models.find(name, version)
        assert expected == found.model.params["plus"]


def test_the_default_answers_requests_that_name_no_model() -> None:
    compiled = routed("a:v1", "b:v1", "b:v2", router=Router(default="b"))

    assert [3] == compiled(Request([[0]]))
    assert [2] == compiled(Request([[0]], version="v1"))


@pytest.mark.parametrize(
    ("request_", "kind", "what"),
    [
        (Request([], model="d"), Kind.UNKNOWN_MODEL, "there is no model 'd'"),
        (Request([], model="b", version="v3"), Kind.UNKNOWN_VERSION, "'b' has no version 'v3'"),
        (Request([], model="b:v3"), Kind.UNKNOWN_VERSION, "model 'b' has no version 'v3'"),
        (Request([], model="a", version="v1"), Kind.UNKNOWN_VERSION, "'a' has no version 'v1'"),
        (Request([], version="v3"), Kind.UNKNOWN_VERSION, "model 'a' has no version 'v3'"),
        (Request([], model="a", operation="guess"), Kind.UNKNOWN_OPERATION, "no operation 'guess'"),
        (
            Request([], operation="explain"),
            Kind.UNKNOWN_OPERATION,
            "'a' has no operation 'explain'",
        ),
    ],
)
def test_what_is_not_there_is_refused(request_: Request, kind: Kind, what: str) -> None:
    with pytest.raises(RequestError) as caught:
        routed("a", "b:v1", "b:v2")(request_)

    assert kind is caught.value.kind
    assert what in caught.value.what
    assert "models" == caught.value.step
    assert len(caught.value.fix) < 100


def test_a_clients_long_name_is_not_sent_back_whole() -> None:
    for request in (Request(model="x" * 9999), Request(operation="y" * 9999, model="a")):
        with pytest.raises(RequestError) as caught:
            routed("a")(request)

        assert len(str(caught.value)) < 400


def test_the_catalog_lists_routes_in_declared_order() -> None:
    models = routed("b", "a:v2", "a:v1").models

    assert ["b", "a:v2", "a:v1"] == models.names()
    assert ["v2", "v1"] == models.versions("a")
    assert [] == models.versions("b")
    assert [] == models.versions("c")
    assert 3 == len(models)
    assert ["b", "a", "a"] == [entry.name for entry in models]


def test_an_entry_says_what_the_model_is() -> None:
    graph = Graph("g")
    graph.to(Router(), "models").add_model("digits:v1", Digits).add_model("hooks", Hooks)
    digits, hooks = ready(graph).models

    assert ("digits:v1", "digits", "v1", "models") == (
        digits.key,
        digits.name,
        digits.version,
        digits.router,
    )
    assert (True, "") == (digits.ready, digits.load_error)
    assert Digits.inputs == digits.inputs
    assert Digits.outputs == digits.outputs
    assert ("infer", "explain") == digits.operations
    assert ("infer", "explain", "count") == hooks.operations


def test_a_plain_graph_has_no_models() -> None:
    graph = Graph("g")
    graph.to(str)
    compiled = ready(graph)

    assert [] == compiled.models.names()
    assert "" == compiled.router_name
    with pytest.raises(RequestError, match="there is no model 'm'"):
        compiled.models.find("m")


def test_a_router_may_pick_by_itself() -> None:
    class ByInputs(Router):
        def pick(self, request: Request) -> str:
            return "b" if request.parameters.get("b") else super().pick(request)

    compiled = routed("a", "b", router=ByInputs())

    assert [2] == compiled(Request([[0]], parameters={"b": True}))
    assert [1] == compiled(Request([[0]]))
    assert [2] == compiled(Request([[0]], model="b"))
    assert "ByInputs" == compiled.router_name


def test_a_pick_that_is_no_model_is_an_unknown_model() -> None:
    class Astray(Router):
        def pick(self, request: Request) -> str:
            return "nowhere"

    with pytest.raises(RequestError, match="there is no model 'nowhere'"):
        routed("a", router=Astray())(Request([[0]]))


def test_a_model_step_is_a_router_of_one() -> None:
    compiled = model(Sums, plus=5)

    assert ["m"] == compiled.models.names()
    assert "Router" == compiled.router_name
    assert [6] == compiled(Request([[1]]))
    assert [6] == compiled(Request([[1]], model="m"))
    with pytest.raises(RequestError, match="there is no model 'n'"):
        compiled(Request([[1]], model="n"))


def test_a_string_may_name_a_model(tmp_path: Path) -> None:
    (tmp_path / "models_of_mine.py").write_text(
        "import funcs\nclass M(funcs.Model):\n"
        "    def predict(self, inputs):\n        return [self.path, self.params]\n"
        "m = M()\nclass N: ...\n"
    )
    graph = Graph("g")
    graph.to("models_of_mine:M", "m", path="here", a=1)

    assert ["here", {"a": 1}] == ready(graph, folder=tmp_path)(Request())
    graph = Graph("g")
    graph.to(Router(), "models").add_model("m", "models_of_mine:m", path="there")
    assert ["there", {}] == ready(graph, folder=tmp_path)(Request())
    graph["models"].add_model("n", "models_of_mine:N")
    with pytest.raises(
        LoadError, match=r"model 'n' is 'models_of_mine:N', which is no funcs.Model"
    ):
        ready(graph, folder=tmp_path)


def test_two_models_of_one_key_are_found_when_strings_are_looked_up(tmp_path: Path) -> None:
    (tmp_path / "model_of_mine.py").write_text(
        "import funcs\nclass M(funcs.Model):\n    def predict(self, inputs): ...\n"
    )
    graph = Graph("g")
    graph.to("model_of_mine:M", "m").to(Router(), "models").add_model("m", "model_of_mine:M")

    with pytest.raises(LoadError, match="model 'm' is behind both 'm' and 'models'"):
        ready(graph, folder=tmp_path)


class Named(Sums):
    def __init__(self, plus: int, **rest: Any) -> None:
        super().__init__(**rest)
        self.plus = plus

    def predict(self, inputs: Any) -> Any:
        return [self.name, self.version, self.path, str(self.folder), self.plus, self.context]


class Forgetful(Named):
    def __init__(self, plus: int) -> None:
        self.plus = plus


@pytest.mark.parametrize("cls", [Named, Forgetful])
def test_a_model_knows_its_place_whatever_its_constructor_does(cls: type, tmp_path: Path) -> None:
    graph = Graph("g")
    graph.to(Router(), "models").add_model("m:v1", cls, path="models/m", plus=7)
    compiled = ready(graph, folder=tmp_path, context="context")

    assert ["m", "v1", "models/m", str(tmp_path), 7, "context"] == compiled(Request())
    assert {"plus": 7} == compiled.models.find("m").model.params


def test_steps_run_before_and_after_the_router() -> None:
    graph = Graph("g")
    graph.to(lambda rows: [[value * 2 for value in row] for row in rows], "scale").to(
        Router(), "models"
    ).add_model("m", Sums).to(lambda sums: {"sums": sums}, "label").respond()

    assert {"sums": [6, 14]} == ready(graph)(Request([[1, 2], [3, 4]], model="m"))


def test_of_two_routers_each_takes_what_is_its_own() -> None:
    graph = Graph("g")
    first = graph.to(Router(), "first").add_model("wide", Hooks).add_model("other", Hooks)
    first.to(Router(), "second").add_model("m", Hooks).add_model("n", Hooks)
    compiled = ready(graph)
    marks = ["preprocess", "validate", "predict", "postprocess"]

    assert [*marks, *marks] == compiled(Request([]))
    assert [*marks, *marks] == compiled(Request([], model="other"))
    explained = ["preprocess", "validate", "explain", "postprocess"]
    assert [*marks, *explained] == compiled(Request([], model="n", operation="explain"))
    assert [*explained, *marks] == compiled(Request([], model="wide", operation="explain"))
    assert [*marks, *explained] == compiled(Request([], operation="explain"))
    assert 4 == compiled(Request([], operation="count"))
    with pytest.raises(RequestError, match="there is no model 'x'"):
        compiled(Request([], model="x"))
    assert ["wide", "other", "m", "n"] == compiled.models.names()
