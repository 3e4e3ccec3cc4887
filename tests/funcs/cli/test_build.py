from __future__ import annotations

import json
import os
import subprocess
import sys
import tarfile
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from funcs.packaging.builds import remembered
from funcs_builder.engine import Engine
from tests.funcs.packaging.offline import base_layout, runtime_wheels

Command = Callable[..., subprocess.CompletedProcess[str]]
#: Of b"42".
MODEL = "73475cb40a568e8da8a045ced110137e159f890ac4da883b6b17dc651b3a8049"
YAML = "metadata: {name: shop}\nspec: {handler: 'main:handler', runtime: 'python:3.11'}\n"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "main.py").write_text("def handler(context, event):\n    return 'shop'\n")
    (folder / "function.yaml").write_text(YAML)
    return folder


@pytest.fixture(scope="session")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return runtime_wheels(tmp_path_factory.mktemp("wheels"))


@pytest.fixture(scope="session")
def cache_home(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("cache")


@pytest.fixture
def build(folder: Path, wheels: Path, cache_home: Path) -> Command:
    """Runs the command in the function's folder, with a base and wheels that are here."""
    base = base_layout(folder.parent / "base")
    environ = {name: text for name, text in os.environ.items() if not name.startswith("FUNCS_")}
    environ |= {"XDG_CACHE_HOME": str(cache_home)}

    def run(
        *words: str, check: bool = True, engine: str = "unix:///none.sock"
    ) -> subprocess.CompletedProcess[str]:
        given = [] if "--base" in words else ["--base", base]
        line = [sys.executable, "-m", "funcs", "build", *given, "--no-index"]
        line += ["--find-links", str(wheels), *words]
        variables = {**environ, "DOCKER_HOST": engine}
        done = subprocess.run(
            line, cwd=folder, env=variables, capture_output=True, text=True, check=False
        )
        assert not check or done.returncode == 0, done.stdout + done.stderr
        return done

    return run


def test_without_an_engine_an_archive_is_written_and_that_is_said(
    build: Command, folder: Path
) -> None:
    said = build().stdout

    assert "could not reach the Docker engine" in said
    assert "docker load -i shop.tar" in said
    with tarfile.open(folder / "shop.tar") as archive:
        loaded = json.load(archive.extractfile("manifest.json"))  # type: ignore[arg-type]
    assert ["shop:latest"] == loaded[0]["RepoTags"]
    assert (folder / "shop.sbom.cdx.json").is_file()


def test_its_own_output_is_no_part_of_the_next_image(build: Command) -> None:
    first = json.loads(build("--json").stdout)
    second = json.loads(build("--json").stdout)

    assert first["images"] == second["images"]


def test_a_layout_gets_what_changed_alone(build: Command, folder: Path) -> None:
    build("-o", "images/")
    (folder / "main.py").write_text("def handler(context, event):\n    return 'changed'\n")
    built = json.loads(build("-o", "images/", "-i", "shop:v2", "--json").stdout)

    assert built["sentBytes"] < 10_000
    assert "shop:v2" == built["reference"]
    index = json.loads((folder / "images" / "index.json").read_text())
    assert 2 == len(index["manifests"])


@pytest.fixture
def imports_told(monkeypatch: pytest.MonkeyPatch) -> None:
    """The command says on stderr what it imports."""
    monkeypatch.setenv("PYTHONPROFILEIMPORTTIME", "1")


@pytest.mark.usefixtures("imports_told")
def test_a_build_whose_code_alone_changed_imports_nothing_that_reads_what_is_known(
    build: Command, folder: Path
) -> None:
    models = {"digits.skops": {"sha256": MODEL, "size": 2, "format": "skops"}}
    (folder / "digits.skops").write_bytes(b"42")
    (folder / "models.json").write_text(json.dumps({"version": 1, "models": models}))
    told = ""
    for code in ("return 1", "return 2", "return 3"):  # the second finds what the first wrote
        (folder / "main.py").write_text(f"def handler(context, event):\n    {code}\n")
        told = build("-o", "x.tar").stderr
    modules = {line.rpartition("|")[2].strip() for line in told.splitlines()}

    assert "funcs.packaging.patterns" in modules
    assert set() == modules & {"pathspec", "pydantic", "yaml", "tomllib", "docker", "requests"}


def test_what_was_built_is_remembered(build: Command, folder: Path) -> None:
    built = json.loads(build("--json", "-i", "shop:v7", "-o", "x.tar").stdout)
    found = remembered(folder)[-1]

    assert "shop:v7" == found.reference
    assert str(folder / "x.tar") == found.place
    assert built["images"][0]["imageId"] == found.image_id
    assert built["images"][0]["inputs"] == found.inputs
    assert built["digest"] == found.digest


def test_a_dry_run_prints_the_plan_and_builds_nothing(build: Command, folder: Path) -> None:
    text = build("--dry-run").stdout
    plan = json.loads(build("--dry-run", "--json").stdout)["plans"][0]

    assert text.startswith("image shop:latest for linux/amd64\n")
    assert "layer code: 2 files" in text
    assert "to shop.tar" in text
    assert "code" == plan["layers"][-1]["name"]
    assert plan["digest"].startswith("sha256:")
    assert {"main.py", "function.yaml"} == {path.name for path in folder.iterdir()}
    assert not (folder / "shop.tar").exists()
    assert () == remembered(folder)


def test_secrets_stay_behind_and_are_named_and_their_values_are_not(
    build: Command, folder: Path
) -> None:
    (folder / ".env").write_text("TOKEN=hunter2\n")
    (folder / "function.yaml").write_text(
        YAML.replace("}\n", "}\n", 1).replace(
            "'python:3.11'}", "'python:3.11', env: [{name: DB_PASSWORD, value: hunter3}]}"
        )
    )
    done = build("-o", "x.tar")
    dry = build("--dry-run").stdout

    assert "left out: .env (it may hold a secret)" in done.stdout
    assert "DB_PASSWORD may be a secret" in done.stdout
    assert "hunter" not in done.stdout + done.stderr + dry
    built = json.loads(build("-o", "x.tar", "--json").stdout)
    assert {"path": ".env", "reason": "it may hold a secret"} == built["leftOut"][0]


def test_the_time_can_be_chosen(build: Command, folder: Path) -> None:
    first = json.loads(build("-o", "a.tar", "--json").stdout)["images"]
    second = json.loads(build("-o", "b.tar", "--json", "--created", "86400").stdout)["images"]

    assert first != second
    assert "1970-01-02T00:00:00Z" in build("--dry-run", "--created", "86400").stdout


def test_two_platforms_are_one_image(build: Command, folder: Path, tmp_path: Path) -> None:
    from funcs_builder.image import Image, ImageIndex
    from funcs_builder.platforms import Platform
    from funcs_builder.publish.layout import LayoutPublisher

    platforms = ["linux/amd64", "linux/arm64"]
    images = tuple(Image.scratch(Platform.parse(each)) for each in platforms)
    LayoutPublisher(tmp_path / "both").publish(ImageIndex(images))
    words = [word for each in platforms for word in ("--platform", each)]
    said = build("--base", str(tmp_path / "both"), *words, "-o", "out/", "--json").stdout
    built = json.loads(said)

    assert platforms == [each["platform"] for each in built["images"]]
    assert 2 == len({each["imageId"] for each in built["images"]})
    assert 2 == len(built["sbom"])


def test_an_engine_takes_one_of_several_platforms_and_that_is_said(
    build: Command, engine: Engine, tmp_path: Path, repository_name: str
) -> None:
    from funcs_builder.image import Image, ImageIndex
    from funcs_builder.platforms import Platform
    from funcs_builder.publish.layout import LayoutPublisher

    platforms = ["linux/amd64", "linux/arm64"]
    images = tuple(Image.scratch(Platform.parse(each)) for each in platforms)
    LayoutPublisher(tmp_path / "both").publish(ImageIndex(images))
    words = [word for each in platforms for word in ("--platform", each)]
    words += ["--base", str(tmp_path / "both"), "-i", f"{repository_name}:v1"]
    said = build(*words, engine=engine.where).stdout

    assert "note: the engine has the image of its own platform alone; -r HOST" in said
    assert "the engine has" not in build(*words, "-o", "both.tar").stdout


def test_two_builds_at_once_come_to_the_same(build: Command, folder: Path) -> None:
    from concurrent.futures import ThreadPoolExecutor

    (folder / "main.py").write_text(f"# {os.urandom(8).hex()}\ndef handler(c, e): ...\n")
    with ThreadPoolExecutor() as pool:
        jobs = [pool.submit(build, "-o", f"{name}.tar", "--json") for name in ("a", "b", "c")]
        found: list[Any] = [json.loads(job.result().stdout)["images"] for job in jobs]

    assert found[0] == found[1] == found[2]


@pytest.mark.parametrize(
    ("words", "said"),
    [
        (["--platform", "linux/s390x"], "no images are built for the platform 'linux/s390x'"),
        (["--platform", "windows"], "'windows' is no platform"),
        (["-i", "Shop"], "'docker.io/library/Shop' names no image"),
        (["--created", "soon"], "'soon' is no time for an image"),
        (["--engine", "docker", "-o", "x.tar"], "what --engine docker builds stays in the engine"),
        (["--engine", "docker"], "could not reach the Docker engine"),
        (["--base", "./none"], "'./none' does not exist"),
        (["nowhere"], "there is no folder 'nowhere'"),
    ],
)
def test_what_is_asked_wrongly_is_one_sentence(
    words: list[str], said: str, build: Command, folder: Path
) -> None:
    done = build(*words, check=False)

    assert 1 == done.returncode
    assert f"error: {said}" in done.stderr
    assert "Traceback" not in done.stderr
    assert () == remembered(folder)


def test_a_step_that_must_run_names_the_way_out(build: Command, folder: Path) -> None:
    yaml = YAML.replace("'python:3.11'}", "'python:3.11', build: {commands: [apt-get update]}}")
    (folder / "function.yaml").write_text(yaml)
    done = build(check=False)

    assert 1 == done.returncode
    assert "a step of spec.build must run in the image: 'apt-get update'" in done.stderr
    assert "funcs build --engine docker" in done.stderr


def test_a_missing_package_is_named(build: Command, folder: Path) -> None:
    (folder / "requirements.txt").write_text("unheard-of==1\n")
    done = build(check=False)

    assert 1 == done.returncode
    assert "unheard-of" in done.stderr
    assert "Traceback" not in done.stderr


def test_an_interrupt_leaves_nothing(
    build: Command, folder: Path, wheels: Path, cache_home: Path
) -> None:
    """Interrupted while a large file is packed, when the code is already."""
    import signal

    build("--dry-run")  # packages are resolved
    with (folder / "large.bin").open("wb") as file:
        file.truncate(1 << 30)
    line = [sys.executable, "-m", "funcs", "build", "--base", str(folder.parent / "base")]
    line += ["--no-index", "--find-links", str(wheels), "-o", "x.tar"]
    environ = {**os.environ, "XDG_CACHE_HOME": str(cache_home)}
    with subprocess.Popen(line, cwd=folder, env=environ, stdout=subprocess.PIPE) as process:
        assert process.stdout is not None
        assert process.stdout.readline().startswith(b"packed")
        process.send_signal(signal.SIGINT)
        process.communicate()

    assert 130 == process.returncode
    assert {"large.bin", "main.py", "function.yaml"} == {
        path.name for path in folder.iterdir() if path.name != ".funcs"
    }


def test_code_that_is_no_python_is_told_with_its_line(build: Command, folder: Path) -> None:
    (folder / "old.py").write_text("x = 1\nprint 'hello'\n")
    for words in (["--dry-run"], [], []):
        assert "old.py:2 is no Python 3.11: Missing parentheses" in build(*words).stdout
    (folder / "main.py").write_text("def handler(context, event):\n    return 'shop\n")
    broken = build(check=False)

    assert 1 == broken.returncode
    assert "it is no Python 3.11: unterminated string literal" in broken.stderr
    assert "main.py:2" in broken.stderr


def test_the_folder_is_listed_once(folder: Path, wheels: Path, tmp_path: Path) -> None:
    (folder / "lib").mkdir()
    (folder / "lib" / "a.py").write_text("")
    base = base_layout(tmp_path / "base")
    count = """
import sys
from funcs.cli.main import main
seen = []
sys.addaudithook(lambda name, args: seen.append(str(args[0])) if name == "os.scandir" else None)
status = main(sys.argv[1:])
print(status, sum(path.endswith("shop/lib") for path in seen), file=sys.stderr)
"""
    line = [sys.executable, "-c", count, "build", str(folder), "--base", base, "--no-index"]
    line += ["--find-links", str(wheels), "-o", str(tmp_path / "out.tar")]
    environ = os.environ | {"XDG_CACHE_HOME": str(tmp_path / "cache")}
    done = subprocess.run(line, env=environ, capture_output=True, text=True, check=False)

    assert "0 1" == done.stderr.splitlines()[-1]
