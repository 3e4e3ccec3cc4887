"""`funcs run IMAGE`: a container, shown as a folder is."""

from __future__ import annotations

import contextlib
import json
import os
import sys
import threading
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from docker import DockerClient

from funcs.emulator.call import call
from funcs.errors import FuncsError
from funcs.replay.source import Item, Source
from funcs_builder.access import Access
from funcs_builder.cache import Cache
from funcs_builder.engine import Engine
from funcs_builder.publish.engine import EnginePublisher
from funcs_builder.publish.registry import RegistryPublisher
from funcs_builder.reference import Reference
from tests.builder.python_image import python_image
from tests.funcs.emulator.terminal import RunProcess

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="an image has Linux' Python")

PLAIN = """
import os


def init_context(context):
    print("warming up")


def handler(context, event):
    context.logger.info_with("asked", path=event.path, rows=3)
    if event.path == "/print":
        print("from the handler")
    if event.path == "/fail":
        raise ValueError("no such luck")
    return os.environ.get("GREETING", "hello")
"""
BROKEN = "import nothing_of_the_kind\n\n\ndef handler(context, event):\n    return 1\n"
ENDING = "import os\n\n\ndef init_context(context):\n    os._exit(3)\n\n\ndef handler(c, e): ...\n"
YAML = """
metadata:
  name: shop
spec:
  handler: main:handler
  triggers:
    http: {kind: http, numWorkers: 1}
"""

Run = Callable[..., RunProcess]
Put = Callable[..., str]


@pytest.fixture(scope="session")
def image_cache(tmp_path_factory: pytest.TempPathFactory) -> Cache:
    """Python's layer is made once."""
    return Cache(tmp_path_factory.mktemp("images"))


@pytest.fixture
def put(tmp_path: Path, image_cache: Cache, engine: Engine, repository_name: str) -> Put:
    """Puts a function's image into the engine; its name."""

    def publish(code: str, **options: Any) -> str:
        folder = tmp_path / "function"
        folder.mkdir(exist_ok=True)
        (folder / "main.py").write_text(code)
        (folder / "function.yaml").write_text(YAML)
        (folder / "events").mkdir(exist_ok=True)
        (folder / "events" / "ask.json").write_text('{"body": 1}')
        name = Reference.parse(f"{repository_name}:v1")
        EnginePublisher(engine, name).publish(python_image(folder, image_cache, **options))
        return name.familiar

    return publish


@pytest.fixture
def run(tmp_path: Path, engine_address: str) -> Iterator[Run]:
    """Starts `funcs run` on an image; ended with the test."""
    processes: list[RunProcess] = []

    def begin(image: str, *arguments: str, **options: Any) -> RunProcess:
        environ = {"DOCKER_HOST": engine_address, "DOCKER_CONFIG": str(tmp_path), "MOOD": "calm"}
        process = RunProcess(image, *arguments, environ=environ, cwd=tmp_path, **options)
        processes.append(process)
        return process

    yield begin
    for process in processes:
        process.end()


def test_what_an_image_answers_is_recorded_here(put: Put, run: Run, tmp_path: Path) -> None:
    serving = run(put(PLAIN), "--record", "t.jsonl")
    serving.wait_for("recorded to .*/t.jsonl")
    call(serving.url, "POST", "/a", body=b'{"password": "s3cret"}')
    tape = tmp_path / "t.jsonl"
    first, event = map(json.loads, tape.read_text().splitlines())  # before the answer left
    serving.end()

    assert ("shop", "/a", "hello") == (
        first["function"], event["event"]["path"], event["answer"]["text"],
    )  # fmt: skip
    assert "s3cret" not in tape.read_text()
    assert (os.getuid(), 0o600) == (tape.stat().st_uid, tape.stat().st_mode & 0o777)


def test_a_tape_in_a_folder_of_its_own_is_turned_over(put: Put, run: Run, tmp_path: Path) -> None:
    tapes = tmp_path / "tapes"
    tapes.mkdir()
    limits = ("-e", "FUNCS_RECORD_FILE_BYTES=4000", "-e", "FUNCS_RECORD_FILES=9")
    serving = run(put(PLAIN), "--record", "tapes/t.jsonl", *limits)
    for number in range(30):
        call(serving.url, "POST", f"/{number}")
    serving.end()
    found = [item for each in tapes.iterdir() for item in Source(each).items()]

    assert {"t.jsonl", "t.jsonl.1", "t.jsonl.2"} <= {each.name for each in tapes.iterdir()}
    assert {f"/{number}" for number in range(30)} == {
        item.event.path for item in found if isinstance(item, Item)
    }


def test_a_tape_that_an_image_cannot_write_to_is_refused(
    put: Put, run: Run, tmp_path: Path
) -> None:
    image = put(PLAIN)
    (tmp_path / "other.txt").write_text("mine")
    gone, other = run(image, "--record", "gone/t.jsonl"), run(image, "--record", "other.txt")

    assert (1, 1) == (gone.wait(), other.wait())
    assert "the tape cannot be opened: No such file" in gone.printed
    assert "the file is no tape of this version" in other.printed
    assert "mine" == (tmp_path / "other.txt").read_text()


def test_an_image_serves_as_a_folder_does(put: Put, run: Run, docker_client: DockerClient) -> None:
    image = put(PLAIN)
    serving = run(image)
    url = serving.url

    answer = call(url, path="/print")
    failed = call(url, path="/fail")
    serving.wait_for(r"^GET /fail 500")

    assert (200, "hello") == (answer.status, answer.text)
    assert 500 == failed.status
    assert 0 == serving.end()
    lines = serving.printed.splitlines()
    for line in (
        "warming up",
        "shop serves with 1 worker, as Nuclio 1.15 does",
        "  handler  main:handler",
        f"  code     of the image {image}; `funcs build` makes it anew",
        "from the handler",
        "  info   asked  path=/print rows=3",
        "    ValueError: no such luck",
    ):
        assert line in lines, f"{line!r} is not in:\n{serving.printed}"
    assert any(line.startswith("GET /print 200 ") for line in lines)
    assert "invoker.py" not in serving.printed
    assert "Got system signal" not in serving.printed
    assert [] == docker_client.containers.list(all=True)


def test_its_first_screen_names_pages_that_answer(put: Put, run: Run) -> None:
    serving = run(put(PLAIN))

    health = serving.wait_for(r"^  health   (\S+) \(ready: (\S+)\)$")
    metrics = serving.wait_for(r"^  metrics  (\S+)$")
    sample = serving.wait_for(r"^  try it   curl .* --data-binary @(\S+)$")

    pages = [
        (url[: url.index("/", 8)], url[url.index("/", 8) :])
        for url in (*health.groups(), metrics[1])
    ]
    assert [200, 200, 200] == [call(url, path=path).status for url, path in pages]
    assert '{"body": 1}' == Path(sample[1]).read_text()


def test_workers_environment_and_level_are_chosen_here(put: Put, run: Run) -> None:
    serving = run(
        put(PLAIN), "--workers", "3", "-e", "GREETING=servus", "-e", "MOOD", "--nuclio", "1.14"
    )

    assert "servus" == call(serving.url).text
    serving.wait_for(r"^shop serves with 3 workers, as Nuclio 1\.14 does$")
    serving.wait_for(r"^  info   asked .*worker_id=\d")


def test_json_lines_are_those_of_a_folder(put: Put, run: Run) -> None:
    serving = run(put(PLAIN), "--json")
    ready = json.loads(serving.wait_for(r'^.*"kind": "ready".*$')[0])

    call(ready["url"], path="/json")
    request = json.loads(serving.wait_for(r'^.*"kind": "request".*$')[0])

    assert ("GET", "/json", 200) == (request["method"], request["path"], request["status"])
    assert 0 == serving.end()


def test_an_image_that_cannot_start_gives_the_functions_own_error(
    put: Put, run: Run, docker_client: DockerClient
) -> None:
    serving = run(put(BROKEN))

    assert 1 == serving.wait()
    told = serving.printed
    assert "error: ModuleNotFoundError: No module named 'nothing_of_the_kind'\n" in told
    assert "  at:  main.py:1\n" in told
    assert "panic" not in told
    assert [] == docker_client.containers.list(all=True)


def test_an_image_that_ends_without_a_word_is_told(put: Put, run: Run) -> None:
    serving = run(put(ENDING))

    assert 1 == serving.wait()
    assert "error: the container ended before it served, with exit code 2" in serving.printed


def test_a_container_that_is_ended_by_others_is_told(
    put: Put, run: Run, docker_client: DockerClient
) -> None:
    serving = run(put(PLAIN))
    assert serving.url

    docker_client.containers.list()[0].kill()

    assert 1 == serving.wait()
    assert "error: the container ended with exit code 137" in serving.printed
    assert [] == docker_client.containers.list(all=True)


def test_a_second_interrupt_ends_it_at_once(
    put: Put, run: Run, docker_client: DockerClient
) -> None:
    waiting = "import threading\n\n\ndef handler(context, event):\n    print('in')\n"
    serving = run(put(waiting + "    threading.Event().wait(600)\n"))
    asking = threading.Thread(target=_ask, args=(serving.url,), daemon=True)
    asking.start()
    serving.wait_for(r"^in$")

    serving.interrupt()
    serving.wait_for("Ctrl-C again: at once")
    serving.interrupt()

    assert 0 == serving.wait()
    assert [] == docker_client.containers.list(all=True)


def _ask(url: str) -> None:
    with contextlib.suppress(FuncsError):
        call(url)


def test_an_image_of_a_registry_is_pulled(
    put: Put,
    run: Run,
    tmp_path: Path,
    image_cache: Cache,
    registry_host: str,
    repository_name: str,
) -> None:
    put(PLAIN)
    name = Reference.parse(f"{registry_host}/{repository_name}:v2")
    image = python_image(tmp_path / "function", image_cache, files={"opt/nuclio/new": "1"})
    RegistryPublisher(name, Access.of({}), cache=image_cache).publish(image)

    serving = run(name.familiar)

    assert "hello" == call(serving.url).text
    serving.wait_for(rf"^pulling {name.familiar}$")
    serving.wait_for(r"^pulled .* in ")


def test_an_image_that_is_nowhere_is_told(run: Run, registry_host: str) -> None:
    serving = run(f"{registry_host}/tests/none:v1")

    assert 1 == serving.wait()
    name = f"{registry_host}/tests/none:v1"
    assert f"error: the engine does not have the image {name!r}, and could not" in serving.printed
    assert f"  fix: build it: funcs build -i {name}; or correct its name" in serving.printed


def test_an_image_that_is_not_ours_is_refused(put: Put, run: Run) -> None:
    image = put(PLAIN, labelled=False)
    serving = run(image)

    assert 1 == serving.wait()
    assert f"error: {image} was not built by funcs build" in serving.printed
    assert f"fix: run it without funcs: docker run -p 8080:8080 {image}" in serving.printed


def test_an_engine_that_is_not_there_is_told_with_the_way_out(tmp_path: Path) -> None:
    environ = {"DOCKER_HOST": f"unix://{tmp_path}/none.sock"}
    serving = RunProcess("shop:v1", environ=environ, cwd=tmp_path)

    assert 1 == serving.wait()
    assert "error: could not reach the Docker engine: No such file or directory" in serving.printed
    assert "a function's folder needs none: funcs run ." in serving.printed


@pytest.mark.parametrize(
    ("arguments", "told"),
    [
        (("shop:v1", "--watch"), "--watch is for a folder: an image's code is fixed"),
        (("shop:v1", "--debug"), "--debug is for a folder: an image's code is fixed"),
        (("shop:v1", "other:v2"), "the image shop:v1 is served alone"),
        (("shop:v1", "-e", "=1"), "'=1' names no variable"),
        (("shop:v1", "-e", "NOT_SET_HERE"), "'NOT_SET_HERE' is not set here"),
        (("shop",), "an image is named with its tag: shop:latest"),
        (("Shop:v1",), "names no image"),
    ],
)
def test_words_that_make_no_sense_are_refused(
    arguments: tuple[str, ...], told: str, tmp_path: Path
) -> None:
    serving = RunProcess(*arguments, cwd=tmp_path)

    assert 1 == serving.wait()
    assert told in serving.printed
