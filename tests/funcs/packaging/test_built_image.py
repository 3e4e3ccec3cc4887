"""Images as they are: built by the command, pulled and run by a real engine, asked over HTTP."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from funcs.packaging.builds import remembered
from tests.funcs.packaging.containers import call, ended, healthy, logged, running

pytestmark = [pytest.mark.network, pytest.mark.slow, pytest.mark.timeout(300)]
LIMITS: dict[str, Any] = {
    "mem_limit": "512m",
    "pids_limit": 128,
    "cap_drop": ["ALL"],
    "security_opt": ["no-new-privileges"],
}
CONFIG = "/etc/nuclio/config/processor"
#: A read-only container, as a cluster's policy may want it: nothing of it can be written to.
READ_ONLY = {**LIMITS, "read_only": True, "user": "12345:0"}


@pytest.fixture(scope="module")
def environ(engine_address: str, tmp_path_factory: pytest.TempPathFactory) -> dict[str, str]:
    """One cache for all of pytest-xdist's workers: what one has made, none makes again."""
    own = tmp_path_factory.getbasetemp()
    cache = (own.parent if "PYTEST_XDIST_WORKER" in os.environ else own) / "cache-of-images"
    return {**os.environ, "DOCKER_HOST": engine_address, "XDG_CACHE_HOME": str(cache)}


@pytest.fixture(scope="module")
def shop(environ: dict[str, str], tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The plain template, built on a base that was made here."""
    folder = tmp_path_factory.mktemp("made")
    funcs(environ, folder, "new", "shop")
    funcs(environ, folder / "shop", "build", "--base", "scratch")
    return folder / "shop"


@pytest.fixture
def config(tmp_path: Path) -> Path:
    """A folder that anyone may read, to be mounted as the platform's."""
    tmp_path.chmod(0o755)
    return tmp_path


@pytest.fixture(scope="module")
def client(engine_address: str) -> Iterator[DockerClient]:
    client = DockerClient(engine_address)
    yield client
    client.close()


def funcs(environ: dict[str, str], folder: Path, *words: str) -> str:
    line = [sys.executable, "-m", "funcs", *words]
    done = subprocess.run(
        line, cwd=folder, env=environ, capture_output=True, text=True, check=False
    )
    assert 0 == done.returncode, done.stdout + done.stderr
    return done.stdout


def test_anyone_runs_it_on_read_only_files_with_limits(shop: Path, client: DockerClient) -> None:
    with running(client, "shop:latest", **READ_ONLY) as container:
        assert (200, {"greeting": "Hello, Ada!"}) == call(container, "/", {"name": "Ada"})
        healthy(container)
        container.stop(timeout=20)
        assert 0 == ended(container)
        assert remembered(shop)[-1].image_id == client.images.get("shop:latest").id


def test_it_runs_as_it_is_and_takes_variables(shop: Path, client: DockerClient) -> None:
    with running(client, "shop:latest", environment={"GREETING": "Ahoy"}) as container:
        assert (200, {"greeting": "Ahoy, Ada!"}) == call(container, "/", {"name": "Ada"})
        assert 0 == container.exec_run(["python3", "-c", "import ssl, sqlite3"]).exit_code


def test_a_mounted_processor_yaml_is_read(shop: Path, client: DockerClient, config: Path) -> None:
    spec = {"handler": "main:handler", "triggers": {"h": {"kind": "http", "url": ":9000"}}}
    (config / "processor.yaml").write_text(json.dumps({"spec": spec}))
    mount = {str(config): {"bind": CONFIG, "mode": "ro"}}
    with running(client, "shop:latest", volumes=mount, **LIMITS) as container:
        assert 200 == call(container, "/", {"name": "Ada"}, port=9000)[0]


def test_it_waits_for_the_processor_yaml_of_its_deploy(
    shop: Path, client: DockerClient, config: Path
) -> None:
    def write(deploy: str, handler: str) -> None:
        env = [{"name": "FUNCS_DEPLOY_ID", "value": deploy}]
        spec = {"handler": handler, "env": env, "triggers": {"h": {"kind": "http"}}}
        (config / "processor.yaml").write_text(json.dumps({"spec": spec}))

    write("before", "main:gone")
    mount = {str(config): {"bind": CONFIG, "mode": "ro"}}
    environment = {"FUNCS_DEPLOY_ID": "now"}
    with running(client, "shop:latest", volumes=mount, environment=environment) as container:
        assert "" == container.logs().decode()
        write("now", "main:handler")
        assert 200 == call(container, "/", {"name": "Ada"})[0]


def test_it_stops_at_once_while_it_waits(shop: Path, client: DockerClient, config: Path) -> None:
    mount = {str(config): {"bind": CONFIG, "mode": "ro"}}
    environment = {"FUNCS_DEPLOY_ID": "now", "PYTHONVERBOSE": "1"}
    with running(client, "shop:latest", volumes=mount, environment=environment) as container:
        logged(container, "funcs.processor.document")  # it looks for the file from here on
        container.stop(timeout=30)
        assert 0 == ended(container)


def test_a_pushed_one_is_pulled_and_reads_digits(
    environ: dict[str, str], client: DockerClient, registry_host: str, tmp_path: Path
) -> None:
    """On a base of a registry, which does not say where its Python is."""
    base = f"{registry_host}/bases/python:debian"
    funcs(environ, tmp_path, "new", "bare")
    (tmp_path / "bare" / "main.py").write_text("def handler(context, event): ...\n")
    funcs(environ, tmp_path / "bare", "build", "--base", "scratch", "-i", base)
    funcs(environ, tmp_path, "new", "digits", "--template", "sklearn")
    digits = tmp_path / "digits"
    subprocess.run([sys.executable, "train.py"], cwd=digits, check=True, capture_output=True)
    said = funcs(environ, digits, "build", "--base", base, "-r", registry_host, "--json")
    built = json.loads(said)
    client.images.pull(f"{registry_host}/digits", tag="latest")

    assert built["images"][0]["imageId"] == client.images.get(built["reference"]).id
    with running(client, built["reference"], **READ_ONLY) as container:
        status, answer = call(container, "/v2/models/digits/infer", _pixels())
        assert (200, [3]) == (status, answer["outputs"][0]["data"])


def _pixels() -> dict[str, Any]:
    """A three."""
    from sklearn.datasets import load_digits

    images, digits = load_digits(return_X_y=True)
    pixels = images[list(digits).index(3)].tolist()
    tensor = {"name": "pixels", "shape": [1, 64], "datatype": "FP32", "data": pixels}
    return {"inputs": [tensor]}


def test_a_notebook_s_graph_is_served(
    environ: dict[str, str], client: DockerClient, tmp_path: Path
) -> None:
    script = tmp_path / "notebook.py"
    script.write_text(
        """
import os
import funcs
from funcs.packaging import Wanted, Workshop, build, object_source, plans_of
from funcs_builder.access import Access
from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.reference import Reference

def double(inputs):
    return [2 * value for value in inputs["inputs"]]

graph = funcs.Graph("double")
graph.to(double).respond()
workshop = Workshop(Cache.of(os.environ), Access(), os.environ)
engine = Engine.connect(os.environ)
reference = Reference.parse("notebook:v1")
plans = plans_of(object_source(graph, "notebook"), Wanted("scratch"), workshop)
build(plans, EnginePublisher(engine, reference), reference, workshop)
"""
    )
    line = [sys.executable, str(script)]
    done = subprocess.run(line, env=environ, capture_output=True, text=True, check=False)
    assert 0 == done.returncode, done.stderr
    with running(client, "notebook:v1", **READ_ONLY) as container:
        assert (200, [2, 4]) == call(container, "/", {"inputs": [1, 2]})


def test_steps_run_in_the_engine(
    environ: dict[str, str], client: DockerClient, tmp_path: Path
) -> None:
    funcs(environ, tmp_path, "new", "stepped")
    yaml = tmp_path / "stepped" / "function.yaml"
    run = {"kind": "RUN", "value": '["python3", "/opt/nuclio/step.py"]'}  # there is no shell
    build = {"directives": {"postCopy": [run]}}
    yaml.write_text(f"{yaml.read_text()}\n  build: {json.dumps(build)}\n")
    (tmp_path / "stepped" / "step.py").write_text("open('/etc/stepped', 'w').write('ran')\n")
    said = funcs(environ, tmp_path / "stepped", "build", "--base", "scratch", "--engine", "docker")

    assert "step.py" in said
    with running(client, "stepped:latest", **LIMITS) as container:
        assert 200 == call(container, "/", {"name": "Ada"})[0]
        code = "print(open('/etc/stepped').read())"
        assert b"ran\n" == container.exec_run(["python3", "-c", code]).output
