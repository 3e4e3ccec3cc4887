"""What a function.yaml becomes when it is served here: processor.yaml and an environment."""

from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from funcs.emulator.environment import worker_environment
from funcs.emulator.workplace import Workplace
from funcs.settings import Settings
from funcs.spec import FunctionSpec
from tests.funcs.emulator.terminal import write_files

MAIN = "def handler(context, event): ...\n"


def spec_of(folder: Path, function_yaml: str = "", main: str = MAIN) -> FunctionSpec:
    files = {"main.py": main}
    if function_yaml:
        files["function.yaml"] = function_yaml
    return FunctionSpec.of(write_files(folder, files))


def test_a_function_without_yaml_has_one_worker_at_any_port(tmp_path: Path) -> None:
    workplace = Workplace.of(spec_of(tmp_path))

    assert ("default-http", 1, "", None) == (
        workplace.trigger,
        workplace.workers,
        workplace.host,
        workplace.port,
    )


def test_an_address_of_its_own_is_kept(tmp_path: Path) -> None:
    trigger = "spec: {triggers: {web: {kind: http, numWorkers: 3, url: '127.0.0.1:9000'}}}\n"
    workplace = Workplace.of(spec_of(tmp_path, trigger))

    assert ("127.0.0.1", 9000, 3) == (workplace.host, workplace.port, workplace.workers)


def test_nuclios_usual_port_is_no_wish(tmp_path: Path) -> None:
    trigger = "spec: {triggers: {web: {kind: http, url: ':8080'}}}\n"

    assert Workplace.of(spec_of(tmp_path, trigger)).port is None


def test_a_function_without_http_gets_it_here(tmp_path: Path) -> None:
    stream = "t: {kind: nats, attributes: {topic: jobs}}"
    trigger = f"spec: {{disableDefaultHTTPTrigger: true, triggers: {{{stream}}}}}\n"
    spec = spec_of(tmp_path, trigger)

    workplace = Workplace.of(spec, workers=2)
    config = workplace.write(tmp_path, port=0)

    assert ("no events from t (nats): not emulated yet",) == workplace.notices
    assert [("default-http", 2)] == [(each.name, each.workers) for each in config.triggers]
    assert not config.function.default_http_is_off


def test_the_processor_reads_what_was_written(tmp_path: Path) -> None:
    yaml = "metadata: {name: shop}\nspec: {handler: 'main:handler', eventTimeout: 3s}\n"
    config = Workplace.of(spec_of(tmp_path, yaml)).write(tmp_path, port=8123)

    assert ("shop", 3.0) == (config.function.name, config.function.event_timeout_s)
    assert ":8123" == config.triggers[0].url
    assert "127.0.0.1:0" == str(config.platform.health)


def test_limits_tell_what_only_a_new_start_changes(tmp_path: Path) -> None:
    def limits(text: str, port: int) -> object:
        workplace = Workplace.of(spec_of(tmp_path, f"spec: {{handler: 'main:handler'{text}}}\n"))
        workplace.write(tmp_path, port=port)
        return workplace.limits

    same = limits("", 1)
    assert same == limits(", env: [{name: A, value: b}]", 2)
    assert same != limits(", eventTimeout: 1s", 1)
    assert same != limits(", triggers: {default-http: {kind: http, numWorkers: 2}}", 1)


def test_settings_come_from_the_file_and_the_callers_variables_win(tmp_path: Path) -> None:
    yaml = (
        "spec:\n  handler: function:handler\n"
        "  env: [{name: A, value: '1'}, {name: S, valueFrom: {secretKeyRef: {name: s, key: k}}}]\n"
        "  runtimeAttributes: {funcs: {graph: 'main:g', protocols: [oip], nuclio: '1.14'}}\n"
    )
    spec = spec_of(tmp_path, yaml)
    ours = {"A": "0", "S": "secret", "FUNCS_PROTOCOLS": "mlrun", "FUNCS_CONFIG": "not ours"}

    given = worker_environment(spec, ours)

    settings = Settings.from_environ(given)
    assert ("main:g", ("mlrun",), "1.14", "full") == (
        settings.graph,
        settings.protocols,
        settings.nuclio,
        settings.error_detail,
    )
    assert ("1", "secret") == (given["A"], given["S"])
    folders = given["NUCLIO_PYTHON_PATH"].split(os.pathsep)
    assert [str(tmp_path.resolve()), "serving"] == [folders[0], Path(folders[1]).name]
    assert "1.15" == Settings.from_environ(worker_environment(spec, {}, nuclio="1.15")).nuclio


@pytest.mark.parametrize("detail", ["message", "full"])
def test_function_yaml_says_how_errors_are_told(tmp_path: Path, detail: str) -> None:
    own = f"runtimeAttributes: {{funcs: {{error_detail: {detail}}}}}"
    yaml = f"spec: {{handler: 'main:handler', {own}}}"

    given = worker_environment(spec_of(tmp_path, yaml), {})

    assert {"error_detail": detail} == json.loads(given["FUNCS_CONFIG"])


def test_a_clusters_log_sinks_are_kept_for_it_and_not_looked_for_here(tmp_path: Path) -> None:
    spec = spec_of(tmp_path, "spec: {loggerSinks: [{level: debug, sink: theirs}]}\n")

    assert "loggerSinks" not in Workplace.of(spec).document["spec"]
    assert "loggerSinks" in spec.processor_yaml()["spec"]
    assert any("without effect here: loggerSinks" in notice for notice in spec.notices)


def test_a_variables_value_is_taken_as_it_is_written(tmp_path: Path) -> None:
    text = "spec: {env: [{name: PRICE, value: '$HOME `id` \"$5\" ${A}'}]}\n"  # as Nuclio locally

    given = worker_environment(spec_of(tmp_path, text), {"HOME": "/root"})

    assert '$HOME `id` "$5" ${A}' == given["PRICE"]
