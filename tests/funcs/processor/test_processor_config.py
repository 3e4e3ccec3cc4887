"""processor.yaml and platform.yaml, read as leniently as Nuclio reads them."""

from __future__ import annotations

from pathlib import Path

import pytest
import yaml
from hypothesis import given
from hypothesis import strategies as st

from funcs.errors import SpecError
from funcs.processor.config import (
    Address,
    Batching,
    LogTarget,
    PlatformConfig,
    ProcessorConfig,
    TriggerConfig,
)
from funcs.processor.document import Document

WHOLE = """
metadata: {name: shop, namespace: ns, labels: {nuclio.io/project-name: default}}
spec:
  handler: main:run
  description: what it does
  version: 3
  runtime: "python:3.11"
  eventTimeout: 1m30s
  disableDefaultHTTPTrigger: true
  runtimeAttributes: {funcs: {graph: "main:graph"}}
  somethingNew: {of: a later Nuclio}
  triggers:
    web: {kind: http, name: other, numWorkers: 4, url: ":9000",
          workerAvailabilityTimeoutMilliseconds: 250, workerTerminationTimeout: 500ms,
          workerAllocatorName: shared, attributes: {readBufferSize: 2048}}
    off-key: {kind: http, numworkers: 2}
PlatformConfig: null
"""
PLATFORM = """
kind: kube
webAdmin: {enabled: false}
healthCheck: {listenAddress: "127.0.0.1:9082"}
metrics: {sinks: {pull: {kind: prometheusPull, url: ":9090"}}, functions: [pull]}
logger:
  sinks: {out: {kind: stdout, attributes: {encoding: json}}}
  functions: [{level: info, sink: out}]
"""


def load(tmp_path: Path, processor: str, platform: str | None = None) -> ProcessorConfig:
    file, other = tmp_path / "processor.yaml", tmp_path / "platform.yaml"
    file.write_text(processor)
    if platform is not None:
        other.write_text(platform)
    return ProcessorConfig.load(file, other)


def test_what_the_processor_needs_is_read_and_the_rest_passed_over(tmp_path: Path) -> None:
    config = load(tmp_path, WHOLE, PLATFORM)
    function, web = config.function, config.triggers[0]

    assert ("shop", "ns", "default", 3) == (
        function.name, function.namespace, function.project, function.version,
    )  # fmt: skip
    assert ("main:run", 90.0, True) == (
        function.handler, function.event_timeout_s, function.default_http_is_off,
    )  # fmt: skip
    assert {"graph": "main:graph"} == function.settings
    assert ("web", 4, ":9000", 0.25, 0.5, "shared") == (
        web.name, web.workers, web.url, web.availability_timeout_s,
        web.termination_timeout_s, web.allocator,
    )  # fmt: skip


def test_the_platform_says_where_the_side_servers_are_and_where_logs_go(tmp_path: Path) -> None:
    platform = load(tmp_path, WHOLE, PLATFORM).platform

    assert ("kube", None, Address(9082, "127.0.0.1"), Address(9090)) == (
        platform.kind, platform.admin, platform.health, platform.metrics,
    )  # fmt: skip
    assert (LogTarget("info", "stdout", {"encoding": "json"}),) == platform.logs


def test_an_absent_platform_file_means_its_defaults(tmp_path: Path) -> None:
    assert PlatformConfig() == load(tmp_path, WHOLE).platform


def test_keys_match_in_any_case_and_a_triggers_key_is_its_name(tmp_path: Path) -> None:
    off = load(tmp_path, WHOLE).triggers[1]

    assert ("off-key", 2, 10.0) == (off.name, off.workers, off.availability_timeout_s)


@pytest.mark.parametrize("text", ["", "{}", "metadata: null\nspec: null\n"])
def test_an_empty_file_is_a_function_without_triggers(tmp_path: Path, text: str) -> None:
    config = load(tmp_path, text)

    assert ((), "main:handler") == (config.triggers, config.function.handler)


@pytest.mark.parametrize("wait", [-1, "null"])
def test_a_negative_or_absent_patience_is_nuclios_default(tmp_path: Path, wait: object) -> None:
    text = f"spec: {{triggers: {{web: {{workerAvailabilityTimeoutMilliseconds: {wait}}}}}}}"

    assert 10.0 == load(tmp_path, text).triggers[0].availability_timeout_s


@pytest.mark.parametrize(
    ("text", "what", "where"),
    [
        ("[unclosed", "error converting YAML to JSON: yaml: line 1: did not find", ":2"),
        ("- a list", "cannot unmarshal array into Go value", "processor.yaml"),
        ("spec: {eventTimeout: soon}", 'time: invalid duration "soon"', "spec.eventTimeout"),
        ("spec: {handler: 5}", "cannot unmarshal number into Go struct field", "spec.handler"),
        ("spec: {triggers: [a]}", "cannot unmarshal array", "spec.triggers"),
        ("spec: {triggers: {web: {numWorkers: two}}}", "cannot unmarshal string", "numWorkers"),
        ("spec: {triggers: {off: {name: off}}}",
         "cannot unmarshal bool into Go struct field Trigger.Config.spec.triggers.name of type str",
         "spec.triggers.false.name"),
        ("spec: {triggers: {web: {workerTerminationTimeout: x}}}",
         "Failed to parse worker termination timeout", "workerTerminationTimeout"),
        ("spec: {loggerSinks: [{sink: nowhere}]}", "Failed to find logger sink nowhere", "sink"),
    ],
)  # fmt: skip
def test_what_nuclio_refuses_is_refused_in_its_words_and_the_place_is_named(
    tmp_path: Path, text: str, what: str, where: str
) -> None:
    with pytest.raises(SpecError) as caught:
        load(tmp_path, text)

    assert what in caught.value.what
    assert where in caught.value.where


def test_a_file_that_is_not_there_is_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(SpecError, match="cannot be read: No such file or directory"):
        ProcessorConfig.load(tmp_path / "none.yaml")


@pytest.mark.parametrize(
    ("text", "address"),
    [(":8080", Address(8080)), ("0", Address(0)), ("10.0.0.1:1", Address(1, "10.0.0.1")),
     ("[::1]:80", Address(80, "::1"))],
)  # fmt: skip
def test_an_address_is_a_port_with_or_without_a_host(text: str, address: Address) -> None:
    assert address == Address.parse(text, where="")
    assert address == Address.parse(str(address), where="")


scalars = st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=8)
trees = st.recursive(
    scalars,
    lambda inner: st.lists(inner, max_size=3)
    | st.dictionaries(
        st.sampled_from(
            ["spec", "metadata", "triggers", "web", "kind", "numWorkers", "url", "handler",
             "labels", "attributes", "eventTimeout", "runtimeAttributes", "funcs", "name",
             "loggerSinks", "logger", "metrics", "sinks", "webAdmin", "enabled", "version"]
        ) | st.text(max_size=3) | st.integers(),
        inner, max_size=4,
    ),
    max_leaves=12,
)  # fmt: skip


@given(st.dictionaries(st.sampled_from(["spec", "metadata", "logger", "metrics"]), trees))
def test_any_document_is_read_or_refused_with_its_place(tree: dict[str, object]) -> None:
    where = "nowhere"
    try:
        ProcessorConfig.from_documents(Document(tree, "p"), Document(tree, "q"))
    except SpecError as error:
        where = error.where

    assert where


@pytest.mark.parametrize(
    ("batch", "expected"),
    [
        ("{}", None),
        ("{mode: disable, batchSize: 5}", None),
        ("{mode: enable}", Batching(10, 1.0)),
        ("{mode: Enable, batchSize: 0, timeout: 20ms}", Batching(10, 0.02)),
    ],
)
def test_batches_have_nuclios_defaults(batch: str, expected: Batching | None) -> None:
    assert expected == of_trigger(f"{{kind: http, batch: {batch}}}").batching


@pytest.mark.parametrize("batch", ["{mode: enable, batchSize: -1}", "{timeout: soon}"])
def test_a_batch_that_cannot_be_gathered_is_refused(batch: str) -> None:
    with pytest.raises(SpecError):
        of_trigger(f"{{kind: http, batch: {batch}}}")


def of_trigger(text: str) -> TriggerConfig:
    document = Document({"spec": {"triggers": {"web": yaml.safe_load(text)}}})
    return ProcessorConfig.from_documents(document, Document({})).triggers[0]
