"""YAML as values with lines, whatever the text."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.spec.document import Document


def whats(text: str) -> list[str]:
    return [problem.what for problem in Document.parse(text).problems]


def test_values_are_plain_and_every_key_knows_its_line() -> None:
    document = Document.parse("a: 1\nb:\n  - x\n  - {c: true}\n")

    assert {"a": 1, "b": ["x", {"c": True}]} == document.value
    assert () == document.problems
    assert [1, 2, 4, 4] == [
        document.line(path) for path in (("a",), ("b",), ("b", 1), ("b", 1, "c"))
    ]


def test_the_line_of_an_absent_key_is_its_nearest_parents() -> None:
    document = Document.parse("a: 1\nspec:\n  b: 2\n")

    assert 2 == document.line(("spec", "missing", "deeper"))
    assert 0 == document.line(("elsewhere",))


def test_a_key_given_twice_is_named_with_both_lines() -> None:
    document = Document.parse("a: 1\nb: 2\na: 3\n")

    (problem,) = document.problems

    assert "the key 'a' is given twice, first in line 1" == problem.what
    assert (("a",), 3) == (problem.path, problem.line)


@pytest.mark.parametrize("word", ["off", "no", "on", "yes", "No", "true"])
def test_a_boolean_as_a_name_is_refused_with_its_quotes(word: str) -> None:
    (problem,) = Document.parse(f"triggers:\n  {word}: {{}}\n").problems

    assert f"the unquoted key {word} is a boolean in YAML, not a name" == problem.what
    assert f"quote it: '{word}'" == problem.fix
    assert 2 == problem.line


def test_numbers_as_keys_are_the_text_that_was_written() -> None:
    assert {"8080": "a", "1.10": "b"} == Document.parse("8080: a\n1.10: b\n").value


def test_dates_stay_text() -> None:
    assert {"day": "2026-11-23"} == Document.parse("day: 2026-11-23\n").value


def test_anchors_and_merges_work_and_own_keys_win() -> None:
    text = "base: &b {x: 1, y: 2}\nmore: &m {y: 3, z: 4}\nall: {<<: [*b, *m], x: 9}\n"
    document = Document.parse(text)

    assert isinstance(document.value, dict)
    assert {"x": 9, "y": 2, "z": 4} == document.value["all"]
    assert () == document.problems


def test_broken_yaml_is_one_problem_with_its_line_and_what_to_do() -> None:
    (problem,) = Document.parse("a: 1\n\tb: 2\n").problems

    assert problem.what.startswith("not YAML: found character")
    assert 2 == problem.line
    assert "indent with spaces" in problem.fix


def test_a_second_document_is_refused() -> None:
    (problem,) = Document.parse("a: 1\n---\nb: 2\n").problems

    assert "keep one document" in problem.fix


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("a: !!python/object:os.system {}", "the YAML tag"),
        ("a: !!set {x}", "the YAML tag"),
        ("a: !!int foo", "'foo' is not a YAML int"),
        ("a: .nan", ".nan is no number that JSON can say"),
        ("a: &x [*x]", "an alias stands inside its own anchor"),
        ("a: {<<: 3}", "'<<' merges maps only"),
        ("? [a]\n: 1", "a key must be text"),
        ("~: 1", "a key is empty"),
        (r'a: "\uD800"', "text holds half a character"),
        (r'a: "\UFFFFFFFF"', "not YAML"),
        ("a: " + "9" * 5000, "is not a YAML int"),
    ],
)
def test_what_json_cannot_say_is_refused(text: str, said: str) -> None:
    assert any(said in what for what in whats(text)), whats(text)


def test_endless_nesting_is_refused_and_does_not_end_python() -> None:
    assert ["nested too deep to be meant"] == whats("[" * 100_000)


def test_aliases_of_aliases_are_not_blown_up() -> None:
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 12)]

    assert "more than a function.yaml can hold" in whats("\n".join(lines))


@given(st.text())
def test_any_text_is_a_document(text: str) -> None:
    Document.parse(text)


@given(st.text(alphabet="ab:-{}[]&*<!|>'\"\n #?,%@~01", max_size=60))
def test_any_punctuation_is_a_document(text: str) -> None:
    Document.parse(text)
