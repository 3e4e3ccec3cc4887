"""function.yaml: every problem at once, each at its line, with what to do."""

from __future__ import annotations

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from funcs.spec.body import FunctionYaml
from funcs.spec.problem import InvalidSpecError
from funcs.spec.reader import read_function

HEAD = "metadata: {name: shop}\nspec:\n  handler: main:handler\n"


def refused(body: str) -> list[tuple[str, str, str]]:
    """What is wrong with a spec of these lines: (what, where, fix)."""
    text = HEAD + "".join(f"  {line}\n" for line in body.splitlines())
    with pytest.raises(InvalidSpecError) as caught:
        read_function(text, "function.yaml")
    return [(each.what, each.where, each.fix) for each in caught.value.problems]


def only(body: str) -> tuple[str, str, str]:
    (problem,) = refused(body)
    return problem


def accepted(body: str) -> FunctionYaml:
    text = HEAD + "".join(f"  {line}\n" for line in body.splitlines())
    return read_function(text, "function.yaml")


def test_every_problem_is_told_at_once_in_the_order_of_lines() -> None:
    problems = refused(
        "handlr: x\n"
        "replicas: two\n"
        "eventTimeout: soon\n"
        "minReplicas: 3\n"
        "maxReplicas: 1\n"
        "triggers:\n"
        "  off: {kind: http}\n"
        "  a: {kind: htpp}\n"
        "  b: {kind: http, numWorkers: '2'}\n"
        "  c: {kind: http, batch: {mode: enabel, batchSize: -1, timeout: 1x}}\n"
    )

    assert [
        "function.yaml:4  spec.handlr",
        "function.yaml:5  spec.replicas",
        "function.yaml:6  spec.eventTimeout",
        "function.yaml:7  spec.minReplicas",
        "function.yaml:10  spec.triggers.off",
        "function.yaml:11  spec.triggers.a.kind",
        "function.yaml:12  spec.triggers.b.numWorkers",
        "function.yaml:13  spec.triggers.c.batch.mode",
        "function.yaml:13  spec.triggers.c.batch.batchSize",
        "function.yaml:13  spec.triggers.c.batch.timeout",
        "function.yaml:13  spec.triggers.c",
    ] == [where for _, where, _ in problems]


def test_an_unknown_key_is_met_with_the_one_that_was_meant() -> None:
    assert (
        "unknown key 'handlr'",
        "function.yaml:4  spec.handlr",
        "did you mean 'handler'?",
    ) == only("handlr: main:handler")


def test_few_known_keys_are_listed() -> None:
    what, _, fix = only("loggerSinks: [{levle: info}]")

    assert "unknown key 'levle'" == what
    assert "did you mean 'level'? known keys: level, sink" == fix


@pytest.mark.parametrize(
    ("body", "what", "key"),
    [
        ("replicas: many", "expected a whole number, got the text 'many'", "replicas"),
        ("replicas: -1", "-1 is less than 0, the least", "replicas"),
        ("maxReplicas: 0", "0 is not more than 0", "maxReplicas"),
        ("disable: 1", "expected true or false, got 1", "disable"),
        ("env: {A: b}", "expected a list, got a map", "env"),
        ("env: [{value: b}]", "'name' is missing", "env[0].name"),
        ("env: [{name: ''}]", "'name' is empty", "env[0].name"),
        ("nodeSelector: [a]", "expected a map, got a list", "nodeSelector"),
        ("build: here", "expected a map, got the text 'here'", "build"),
        ("runtime: golang", "funcs runs Python, not 'golang'", "runtime"),
        ("image: Demo/FN:1", "'Demo/FN:1' is not an image reference", "image"),
        ("image: 'a;b'", "'a;b' is not an image reference", "image"),
        ("eventTimeout: 5", "'5' is not a duration", "eventTimeout"),
        ("eventTimeout: -5s", "'-5s' is not between nothing and 292 years", "eventTimeout"),
        ("resources: {limits: {memory: 512MB}}", "'512MB' is not a quantity", "limits.memory"),
        ("build: {mode: sometimes}", "'mode' cannot be 'sometimes'", "build.mode"),
        ("build: {args: {a b: c}}", "a build argument cannot hold white space", "args"),
        ("autoScaleMetrics: [{metricName: x, threshold: 0, sourceType: y}]", "0 is not", "thresh"),
    ],
)
def test_a_value_of_the_wrong_kind_is_named(body: str, what: str, key: str) -> None:
    said, where, _ = refused(body)[0]

    assert what in said
    assert key in where


@pytest.mark.parametrize(
    ("body", "fix"),
    [
        ("image: demo/Fn:1", "did you mean 'demo/fn:1'?"),
        ("resources: {limits: {memory: 512 MiB}}", "write '512Mi'"),
        ("replicas: '2'", "remove the quotes"),
        ("env: [{name: A, value: off}]", "quote it: 'off'"),
        ("env: [{name: A, value: 1.10}]", "quote it: '1.10'"),
        ("build: {mode: alwaysbuild}", "did you mean 'alwaysBuild'?"),
    ],
)
def test_the_fix_is_what_to_write(body: str, fix: str) -> None:
    assert fix in only(body)[2]


@pytest.mark.parametrize("text", ["1", "true", "2.5"])
def test_a_number_that_reads_as_written_is_taken_for_text(text: str) -> None:
    file = accepted(f"env: [{{name: A, value: {text}}}]")

    assert text == file.spec.env[0].value


def test_a_key_without_a_value_is_not_given() -> None:
    file = accepted("env:\nbuild:\nreplicas:\ntriggers:\n  http:\n    kind: http\n    batch:\n")

    assert ((), None) == (file.spec.env, file.spec.replicas)
    assert "" == file.spec.triggers["http"].batch.mode


@pytest.mark.parametrize(
    "reference",
    [
        "fn",
        "shop/fn:1",
        "localhost:5000/a/b:tag",
        "gcr.io/x/y@sha256:" + "a" * 64,
        "a__b/c-d.e:V1_2",
        "[::1]:5000/x",
    ],
)
def test_docker_references_are_taken(reference: str) -> None:
    assert reference == accepted(f"image: '{reference}'").spec.image


def test_unknown_attributes_of_a_trigger_are_kept_but_near_misses_are_not() -> None:
    kept = accepted("triggers: {h: {kind: http, attributes: {mine: 1}}}")
    what, where, fix = only("triggers: {h: {kind: http, attributes: {maxRequestBodySiz: 1}}}")

    assert {"mine": 1} == kept.spec.triggers["h"].attributes
    assert "unknown key 'maxRequestBodySiz'" == what
    assert where.endswith("spec.triggers.h.attributes.maxRequestBodySiz")
    assert "did you mean 'maxRequestBodySize'?" == fix


def test_settings_of_our_own_are_checked_key_by_key() -> None:
    problems = refused("runtimeAttributes: {funcs: {grph: main:g, nuclio: 1.13, graph: main.g}}")

    assert [
        "funcs has no setting 'grph'",
        "nuclio cannot be '1.13'",
        "the graph 'main.g' is not of the form 'module:attribute'",
    ] == [what for what, _, _ in problems]


@pytest.mark.parametrize("text", ["", "# nothing\n", "- a\n", "text"])
def test_a_file_that_is_no_map_says_how_to_start(text: str) -> None:
    with pytest.raises(InvalidSpecError) as caught:
        read_function(text, "function.yaml")

    assert "start with 'spec:'" in caught.value.fix


def test_all_problems_are_in_the_text_and_in_the_sentence() -> None:
    with pytest.raises(InvalidSpecError) as caught:
        read_function("spec: {handlr: a, replicas: x}", "f.yaml")

    assert 2 == str(caught.value).count("  at:  f.yaml:1")
    assert 1 == len(caught.value.sentence().splitlines())


NAMES = """metadata spec name handler triggers http kind attributes env value volumes volume build
    args resources limits batch funcs runtimeAttributes graph minReplicas maxReplicas cors
    sidecars ports containerPort x"""
KEYS = st.sampled_from(NAMES.split())
SCALARS = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5) | KEYS
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=6)
)


def is_function_or_problems(text: str) -> bool:
    try:
        read_function(text, "function.yaml")
    except InvalidSpecError as error:
        return all(problem.what and problem.where for problem in error.problems)
    return True


@given(VALUES)
def test_any_tree_is_a_function_or_a_list_of_problems(value: object) -> None:
    assert is_function_or_problems(yaml.safe_dump(value))


@given(st.dictionaries(KEYS, VALUES))
def test_any_spec_is_a_function_or_a_list_of_problems(spec: dict[str, object]) -> None:
    assert is_function_or_problems(yaml.safe_dump({"spec": spec}))


@given(st.text())
def test_any_text_is_a_function_or_a_list_of_problems(text: str) -> None:
    assert is_function_or_problems(text)
