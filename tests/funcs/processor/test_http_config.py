from __future__ import annotations

import pytest

from funcs.errors import SpecError
from funcs.processor.config import TriggerConfig
from funcs.processor.http_config import CorsConfig, HttpConfig


def test_without_attributes_it_is_nuclios_defaults() -> None:
    config = HttpConfig.of(TriggerConfig("web", "http"))

    assert HttpConfig(16384, 4194304, reduces_memory=False, cors=None) == config


def test_attributes_are_read_in_any_case_and_zero_is_the_default() -> None:
    attributes = {"readbuffersize": 2048.0, "MaxRequestBodySize": 0, "cors": {"enabled": True}}
    config = HttpConfig.of(TriggerConfig("web", "http", attributes=attributes))

    assert HttpConfig(2048, 4194304, reduces_memory=False, cors=CorsConfig()) == config


def test_wrong_types_are_refused_in_nuclios_words() -> None:
    attributes = {"readBufferSize": "many", "reduceMemoryUsage": 1}

    with pytest.raises(SpecError) as caught:
        HttpConfig.of(TriggerConfig("web", "http", attributes=attributes))

    first, _, one, two = caught.value.what.split("\n")
    assert "2 error(s) decoding:" == first
    expected = "* 'ReadBufferSize' expected type 'int', got unconvertible type 'string', "
    assert f"{expected}value: 'many'" == one
    assert "'ReduceMemoryUsage' expected type 'bool'" in two
    assert "processor.yaml  spec.triggers.web" == caught.value.where
