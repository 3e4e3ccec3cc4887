"""Names, labels and buckets: what Prometheus takes, and what is said of the rest."""

from __future__ import annotations

import math
from typing import Any

import pytest

from funcs.errors import FuncsError
from funcs.metrics.declaration import declare, from_list, to_list


@pytest.mark.parametrize(
    ("told", "what", "fix"),
    [
        (("counter", "a-b"), "'a-b' is no name for a metric", "write 'a_b'"),
        (("gauge", "9lives"), "'9lives' is no name", "write '_9lives'"),
        (("gauge", ""), "'' is no name", "letters, digits"),
        (("gauge", "a\n"), "is no name", "write 'a_'"),
        (("gauge", "größe"), "is no name", "write 'gr__e'"),
        (("gauge", 5), "5 is no name", "letters, digits"),
        (("counter", "nuclio_processor_x"), "are Nuclio's own counters", "write 'x'"),
        (("counter", "a", ("l",)), "help is text, not ('l',)", "labels=…"),
        (("counter", "a", "", "model"), "'model' is one text", "write labels=('model',)"),
        (("counter", "a", "", None), "not None", 'labels=("model", "status")'),
        (("counter", "a", "", ("__x",)), "'__x' is no name for a label", "no __ first"),
        (("counter", "a", "", ("x-y",)), "'x-y' is no name for a label", "letters"),
        (("counter", "a", "", (1,)), "1 is no name for a label", "letters"),
        (("counter", "a", "", ("amount",)), "cannot be called 'amount'", "rename"),
        (("histogram", "a", "", ("le",), (1,)), "cannot be called 'le'", "rename"),
        (("counter", "a", "", ("x", "x")), "two labels have one name", "name each once"),
        (("histogram", "a", "", (), ()), "buckets are 1 to 100 numbers", "buckets=(0.1,"),
        (("histogram", "a", "", (), (math.inf,)), "buckets are 1 to 100 numbers", "buckets="),
        (("histogram", "a", "", (), (math.nan,)), "buckets are 1 to 100 numbers", "buckets="),
        (("histogram", "a", "", (), (10**400,)), "buckets are 1 to 100 numbers", "buckets="),
        (("histogram", "a", "", (), "ab"), "buckets are 1 to 100 numbers", "buckets="),
        (("histogram", "a", "", (), None), "buckets are 1 to 100 numbers", "buckets="),
        (("histogram", "a", "", (), range(101)), "buckets are 1 to 100 numbers", "buckets="),
        (("histogram", "a", "", (), (2, 1)), "buckets go up", "write buckets=(1.0, 2.0)"),
        (("summary", "a"), "'summary' is no kind of metric", "one of counter, gauge, histogram"),
    ],
)
def test_what_prometheus_does_not_take_is_refused_with_a_fix(
    told: tuple[Any, ...], what: str, fix: str
) -> None:
    with pytest.raises(FuncsError) as caught:
        declare(*told)

    assert what in caught.value.what
    assert fix in caught.value.fix


def test_infinity_need_not_be_named_and_may_be() -> None:
    named = declare("histogram", "a", buckets=(1, math.inf))

    assert declare("histogram", "a", buckets=(1,)) == named
    assert (1.0,) == named.buckets


def test_a_declaration_goes_through_json_lists() -> None:
    declaration = declare("histogram", "a:b_1", "h", ("x", "y"), (0.5, 1))

    assert declaration == from_list(to_list(declaration))
    assert ("a:b_1", "a:b_1_bucket", "a:b_1_count", "a:b_1_sum") == declaration.sample_names


def test_a_counter_has_no_buckets() -> None:
    assert () == declare("counter", "a", buckets=(1, 2)).buckets
