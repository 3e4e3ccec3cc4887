from __future__ import annotations

import math
from typing import Any

import numpy
import pytest
from hypothesis import given
from hypothesis import strategies as st

from funcs.errors import FuncsError, Kind, RequestError
from funcs.tensor import DATATYPES, Signature, Tensor, TensorError

ROWS = Signature({"x": Tensor("float32", (-1, 2))})
PEOPLE = Signature({"age": Tensor("int8", (-1,)), "name": Tensor("str", (-1,))})


def one(dtype: str, *shape: int) -> Signature:
    return Signature({"x": Tensor(dtype, shape)})


@pytest.mark.parametrize(
    ("dtype", "datatype"), [("float32", "FP32"), ("int64", "INT64"), ("bool", "BOOL")]
)
def test_dtypes_have_the_protocols_names(dtype: str, datatype: str) -> None:
    assert datatype == Tensor(dtype, (1,)).datatype
    assert Tensor(dtype, (1,)) == Tensor.from_datatype(datatype, (1,))


def test_bytes_of_the_protocol_are_text() -> None:
    assert {"str", "bytes", "object"} == {d for d, name in DATATYPES.items() if name == "BYTES"}
    assert "str" == Tensor.from_datatype("BYTES", (-1,)).dtype


def test_an_unknown_dtype_is_refused_with_the_nearest() -> None:
    with pytest.raises(FuncsError, match="no tensor dtype 'float33'") as caught:
        Tensor("float33", (1,))

    assert caught.value.fix.startswith("did you mean 'float32'?")
    with pytest.raises(FuncsError, match="no datatype 'FP33'"):
        Tensor.from_datatype("FP33", (1,))


@pytest.mark.parametrize("shape", [(-2,), (1.5,), ("a",), (True,), None, 4])
def test_a_shape_that_is_none_is_refused(shape: Any) -> None:
    with pytest.raises(FuncsError, match="is no tensor shape"):
        Tensor("float32", shape)


def test_a_tensor_reads_as_dtype_and_shape() -> None:
    assert "float32 [any, 64]" == str(Tensor("float32", (-1, 64)))


# ------------------------------------------------------------------------------- what is taken


def test_a_bare_list_of_rows_is_the_only_input() -> None:
    bound = ROWS.bind([[1, 2.5], [3, 4]])

    assert numpy.dtype("float32") == bound["x"].dtype
    assert [[1.0, 2.5], [3.0, 4.0]] == bound["x"].tolist()


def test_inputs_come_by_name() -> None:
    bound = PEOPLE.bind({"name": ["Ann"], "age": [7]})

    assert ["age", "name"] == list(bound)
    assert [7] == bound["age"].tolist()
    assert "Ann" == bound["name"][0]


def test_rows_that_are_objects_become_columns() -> None:
    bound = PEOPLE.bind([{"age": 1, "name": "a"}, {"name": "b", "age": 2}])

    assert [1, 2] == bound["age"].tolist()
    assert ["a", "b"] == bound["name"].tolist()


def test_an_array_that_fits_is_not_copied() -> None:
    array = numpy.zeros((3, 2), numpy.float32)

    assert array is ROWS.bind(array)["x"]
    assert array is ROWS.bind({"x": array})["x"]


@pytest.mark.parametrize(
    "value",
    [
        ((1, 2),),
        [[True, 2]],
        numpy.array([[1, 2]]),
        [numpy.array([1.0, 2.0])],
        [[numpy.float64(1), numpy.int8(2)]],
    ],
)
def test_integers_booleans_and_numpys_own_are_taken_for_floats(value: Any) -> None:
    assert [[1.0, 2.0]] == ROWS.bind(value)["x"].tolist()


def test_not_a_number_and_infinity_pass() -> None:
    low, high = ROWS.bind([[math.nan, math.inf]])["x"][0]

    assert math.isnan(low)
    assert math.isinf(high)


@pytest.mark.parametrize(
    ("dtype", "shape", "value", "expected"),
    [
        ("float64", (), 1.5, 1.5),
        ("int64", (), 2, 2),
        ("bool", (), True, True),
        ("bool", (-1,), [True, False], [True, False]),
        ("uint64", (-1,), [2**64 - 1], [2**64 - 1]),
        ("int64", (-1, 1, 2), [[[1, 2]], [[3, 4]]], [[[1, 2]], [[3, 4]]]),
        ("float64", (-1,), [], []),
        ("float16", (-1,), [0.5], [0.5]),
        ("str", (), "a", "a"),
        ("str", (-1,), [b"\xc3\xa9"], ["é"]),
        ("bytes", (-1,), ["é", b"\xff"], [b"\xc3\xa9", b"\xff"]),
        ("object", (-1,), [{"a": 1}, None, [1]], [{"a": 1}, None, [1]]),
        ("str", (-1,), numpy.array(["a", "bc"]), ["a", "bc"]),
    ],
)
def test_each_dtype_takes_its_own(dtype: str, shape: Any, value: Any, expected: Any) -> None:
    assert expected == one(dtype, *shape).bind({"x": value})["x"].tolist()


def test_one_long_text_does_not_make_the_others_long() -> None:
    texts = ["a" * 1_000_000, *["b"] * 10_000]

    assert numpy.dtype(object) == one("str", -1).bind(texts)["x"].dtype


# ------------------------------------------------------------------------------ what is refused


@pytest.mark.parametrize(
    ("value", "sentence"),
    [
        (None, "input 'x': null came, expected float32 [any, 2]; send numbers"),
        ("12", "input 'x': text came, expected float32 [any, 2]; send numbers"),
        (5, "input 'x': an integer came, expected float32 [any, 2]; send a list of rows"),
        ([1, 2], "input 'x': an integer came, expected float32 [any, 2]; send a list of rows"),
        ([["1", 2]], "input 'x': text came, expected float32 [any, 2]; send numbers"),
        ([[None, "a"]], "input 'x': null and text came, expected float32 [any, 2]; send numbers"),
        ([[1], {}], "input 'x': an object came, expected float32 [any, 2]; send numbers"),
        (
            [[[1, 2]]],
            "input 'x': lists too deep came, expected float32 [any, 2]; send a list of rows",
        ),
        ([[1, 2, 3]], "input 'x': float32 [1, 3] came, expected float32 [any, 2]"),
        ([], "input 'x': float32 [0, 0] came, expected float32 [any, 2]"),
        (numpy.array([1.0, 2.0]), "input 'x': float32 [2] came, expected float32 [any, 2]; wrap"),
        ({}, "input 'x' is missing, expected float32 [any, 2]; nothing came"),
        ({"y": 1}, "input 'x' is missing, expected float32 [any, 2]; 'y' came"),
        ({"x": [[1, 2]], "y": 1}, "input 'y' is unknown; known inputs: x"),
        ([{"y": 1}], "row 0: input 'x' is missing, expected float32 [any, 2]; 'y' came"),
    ],
)
def test_what_does_not_fit_is_named_with_what_came_and_what_was_expected(
    value: Any, sentence: str
) -> None:
    with pytest.raises(RequestError) as caught:
        ROWS.bind(value)

    assert caught.value.what.startswith(sentence)
    assert Kind.BAD_INPUT is caught.value.kind


@pytest.mark.parametrize(
    ("dtype", "value", "words"),
    [
        ("float32", [1e39], "a number out of bounds came, expected float32 [any]"),
        ("float64", [10**400], "a number out of bounds"),
        ("int8", [300], "int8 holds -128 to 127"),
        ("uint8", [-1], "uint8 holds 0 to 255"),
        ("int8", numpy.array([300]), "int8 holds -128 to 127"),
        ("int8", [1.0], "a decimal number came, expected int8 [any]; send integers"),
        ("int8", numpy.array([1.5]), "float64 came, expected int8 [any]; send integers"),
        ("float32", numpy.array([1e39]), "a number out of bounds"),
        ("bool", [1], "an integer came, expected bool [any]; send booleans"),
        ("str", [1], "an integer came, expected str [any]; send text"),
        ("str", "a", "text came, expected str [any]; send a list"),
        ("str", [b"\xff"], "text that is no UTF-8"),
        ("bytes", ["\ud800"], "text that is no UTF-8"),
    ],
)
def test_numbers_and_text_that_do_not_fit_are_refused(dtype: str, value: Any, words: str) -> None:
    with pytest.raises(RequestError) as caught:
        one(dtype, -1).bind(value)

    assert words in caught.value.what


def test_ragged_rows_of_numpys_own_are_refused() -> None:
    with pytest.raises(RequestError, match="rows of different lengths"):
        ROWS.bind([numpy.array([1.0, 2.0]), numpy.array([1.0])])


@pytest.mark.parametrize("dtype", ["float32", "bool", "str"])
@pytest.mark.parametrize("value", [[[1], [1, 2]], [[1, 2], [1]]])
def test_ragged_rows_are_refused(dtype: str, value: list[list[int]]) -> None:
    made = {"float32": float, "bool": bool, "str": str}[dtype]
    with pytest.raises(RequestError, match="rows of different lengths"):
        one(dtype, -1, 2).bind([[made(item) for item in row] for row in value])


def test_a_bare_list_for_several_inputs_is_refused_with_their_names() -> None:
    with pytest.raises(RequestError, match="list came for the inputs 'age', 'name'"):
        PEOPLE.bind([1, 2])
    with pytest.raises(RequestError, match="nothing came for the inputs"):
        PEOPLE.bind(None)


def test_a_row_that_differs_is_named_by_its_number() -> None:
    with pytest.raises(RequestError, match="row 1: input 'name' is missing"):
        PEOPLE.bind([{"age": 1, "name": "a"}, {"age": 2}])
    with pytest.raises(RequestError, match="row 1 is no object"):
        PEOPLE.bind([{"age": 1, "name": "a"}, 2])


def test_an_only_input_of_objects_takes_rows_that_are_objects() -> None:
    assert [{"a": 1}] == one("object", -1).bind([{"a": 1}])["x"].tolist()


# ------------------------------------------------------------------------------------- outputs


def test_outputs_are_taken_by_name_or_as_the_only_one() -> None:
    digits = Signature({"digit": Tensor("int64", (-1,))})

    assert [3] == digits.check({"digit": [3]})["digit"].tolist()
    assert [3] == digits.check(numpy.array([3], numpy.int32))["digit"].tolist()
    assert numpy.dtype("int64") == digits.check(numpy.array([3], numpy.int32))["digit"].dtype


@pytest.mark.parametrize(
    ("outputs", "words"),
    [
        ({"digits": [1]}, "output 'digit' is missing, expected int64 \\[any\\]; 'digits' came"),
        ({"digit": [1], "score": 2}, "output 'score' is unknown"),
        ([1.5], "output 'digit': a decimal number came"),
        ([[1]], "output 'digit': lists too deep came"),
        (None, "output 'digit': null came"),
    ],
)
def test_outputs_that_do_not_fit_are_named(outputs: Any, words: str) -> None:
    with pytest.raises(TensorError, match=words):
        Signature({"digit": Tensor("int64", (-1,))}).check(outputs)


def test_several_outputs_must_come_by_name() -> None:
    with pytest.raises(TensorError, match="list came, expected the outputs 'age', 'name' by name"):
        PEOPLE.check([1])


def test_one_output_is_bare_and_several_are_not() -> None:
    assert [3] == Signature({"digit": Tensor("int64", (-1,))}).unbind({"digit": [3]})
    assert {"age": 1, "name": "a"} == PEOPLE.unbind({"age": 1, "name": "a"})


# ---------------------------------------------------------------------------------- properties

JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(st.sampled_from(["x", "age", "name", "y", ""]), inner, max_size=3)
    ),
    max_leaves=20,
)
TENSORS = st.builds(
    Tensor,
    st.sampled_from(sorted(DATATYPES)),
    st.lists(st.integers(-1, 3), max_size=3).map(tuple),
)
SIGNATURES = st.dictionaries(st.sampled_from(["x", "age", "name"]), TENSORS, min_size=1).map(
    Signature
)


@given(signature=SIGNATURES, value=JSON)
def test_whatever_json_comes_is_bound_as_declared_or_refused(
    signature: Signature, value: Any
) -> None:
    try:
        bound = signature.bind(value)
    except RequestError:
        return
    assert list(signature.tensors) == list(bound)
    for name, tensor in signature.tensors.items():
        assert _fits(bound[name], tensor)


@given(signature=SIGNATURES, value=JSON)
def test_whatever_a_model_answers_is_checked_or_named(signature: Signature, value: Any) -> None:
    try:
        checked = signature.check(value)
    except TensorError:
        return
    assert all(_fits(checked[name], tensor) for name, tensor in signature.tensors.items())


@given(st.lists(st.lists(st.floats(width=32), min_size=2, max_size=2), min_size=1, max_size=5))
def test_rows_arrive_as_they_were_sent(rows: list[list[float]]) -> None:
    expected = numpy.array(rows, numpy.float32)

    assert numpy.array_equal(expected, ROWS.bind(rows)["x"], equal_nan=True)


def _fits(array: Any, tensor: Tensor) -> bool:
    kinds = {"str": "O", "bytes": "O", "object": "O"}
    dtype = kinds.get(tensor.dtype) or tensor.dtype
    sizes = zip(array.shape, tensor.shape, strict=True)
    return bool(array.dtype == numpy.dtype(dtype)) and all(w in (-1, s) for s, w in sizes)
