from __future__ import annotations

import json
import os
from pathlib import Path

import pytest

from funcs.errors import FuncsError, SpecError
from funcs.manifest import Artifact, Manifest
from funcs.packaging.bytecode import missing_bytecode
from funcs.packaging.facts import FunctionFacts
from funcs.packaging.foundation import Foundation
from funcs.packaging.inputs import Inputs
from funcs.packaging.packager import PackedFunction, Stamp, packed_function
from funcs.packaging.packages import Packages
from funcs.packaging.planning import Wanted, plans
from funcs.packaging.source import FunctionSource
from funcs.spec.function import FunctionSpec
from funcs_builder.bytecode import Compiler
from funcs_builder.cache import Cache
from funcs_builder.entry import Entry
from funcs_builder.errors import BuildError
from funcs_builder.fingerprint import file_digest
from funcs_builder.image import Base, Image, assemble
from funcs_builder.lock import Lock
from funcs_builder.platforms import LINUX_AMD64, Platform
from funcs_builder.scheme import Scheme
from funcs_builder.target import Target
from tests.funcs.packaging.offline import base_layout, fixed_wheel, runtime_wheels, workshop

YAML = "metadata: {name: tiny}\nspec: {handler: 'main:handler', runtime: 'python:3.11'}\n"
MAIN = "def handler(context, event):\n    return 'tiny'\n"
#: Changes when what goes into an image changes, and with funcs' version: then say so in CHANGELOG.
DIGEST = f"sha256:{0:064}"
GOLDEN = "sha256:6c89991505de74a1274523ae55c87f348fb51c4033fa5aca6dd0848660f36d5b"


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "tiny"
    folder.mkdir()
    (folder / "main.py").write_text(MAIN)
    (folder / "function.yaml").write_text(YAML)
    return folder


def planned(folder: Path, *, base: str = "", **other: object) -> PackedFunction:
    base = base or base_layout(folder.parent / "base")
    wanted = Wanted(base, **other)  # type: ignore[arg-type]
    facts = FunctionFacts.of(FunctionSpec.of(folder))
    return plans(facts, wanted, workshop(folder.parent))[0]


def names(packed: PackedFunction) -> list[str]:
    return [layer.name for layer in packed.plan.layers]


def files(packed: PackedFunction, layer: str) -> dict[str, Entry]:
    found = next(each for each in packed.plan.layers if each.name == layer)
    return {entry.path: entry for entry in found.source.entries() if not entry.is_folder}


def text(entry: Entry) -> str:
    assert entry.content is not None
    with entry.content.open() as stream:
        return stream.read().decode()


def test_what_changes_seldom_lies_below_what_changes_often(folder: Path) -> None:
    (folder / "weights.bin").write_bytes(os.urandom(2 << 20))
    (folder / "model.skops").write_bytes(b"model")
    artifact = Artifact("model.skops", *_known(folder / "model.skops"), "skops")
    Manifest().with_artifact(artifact).write(folder)
    packed = planned(folder)

    assert [
        "5 packages",
        "bytecode of packages",
        "funcs",
        "model model.skops",
        "file weights.bin",
        "record",
        "code",
    ] == names(packed)
    packings = {layer.name: layer.is_packed for layer in packed.plan.layers}
    assert not packings["model model.skops"]
    assert not packings["file weights.bin"]


def _known(file: Path) -> tuple[str, int]:
    from hashlib import sha256

    data = file.read_bytes()
    return sha256(data).hexdigest(), len(data)


def test_code_and_function_yaml_lie_in_opt_nuclio(folder: Path) -> None:
    found = files(planned(folder), "code")

    assert {"opt/nuclio/main.py", "opt/nuclio/function.yaml"} == set(found)


def test_a_graph_gets_its_entry_and_a_function_yaml(folder: Path) -> None:
    (folder / "function.yaml").unlink()
    (folder / "main.py").write_text("import funcs\n\ngraph = funcs.Graph('g')\n")
    found = files(planned(folder), "code")

    assert {"function.py", "function.yaml", "main.py"} == {Path(path).name for path in found}
    assert "graph: main:graph" in text(found["opt/nuclio/function.yaml"])


def test_a_file_that_takes_the_entry_s_name_is_refused(folder: Path) -> None:
    yaml = "spec: {runtimeAttributes: {funcs: {graph: 'main:graph'}}}"
    (folder / "function.yaml").write_text(yaml)
    (folder / "function.py").write_text("")

    with pytest.raises(FuncsError, match=r"a function.py, which is the name of its entry"):
        planned(folder)


def test_the_record_says_what_was_built(folder: Path) -> None:
    packed = planned(folder)
    found = {Path(path).name: text(entry) for path, entry in files(packed, "record").items()}
    build = json.loads(found["build.json"])
    parts = {part["name"] for part in json.loads(found["sbom.cdx.json"])["components"]}

    named = ("function", "python", "platform")
    assert ["tiny", "3.11", "linux/amd64"] == [build[name] for name in named]
    assert {"cronsim", "httptools", "msgpack", "nuclio-sdk", "pyyaml"} == {
        each["name"] for each in build["packages"]
    }
    assert {"funcs-serving", "msgpack"} <= parts
    assert found["sbom.cdx.json"] == packed.record.sbom
    assert "main:handler" == json.loads(found["processor.yaml"])["spec"]["handler"]


def test_the_image_is_run_by_anyone_and_asked_for_its_health(folder: Path) -> None:
    run = planned(folder).plan.run

    assert ("65532:0", "/opt/nuclio", ("8080/tcp",)) == (run.user, run.working_dir, run.ports)
    assert ("python3", "-P", "-m", "funcs", "processor") == run.entrypoint
    assert run.healthcheck is not None
    assert ("python3", "-I", "-S") == run.healthcheck.command[:3]
    assert 120.0 == run.healthcheck.start_period_s
    labels = run.labels
    assert "tiny" == labels["org.opencontainers.image.title"]
    assert "python:3.11" == labels["io.funcs.runtime"]
    assert labels["io.funcs.inputs"].startswith("sha256:")


def test_inputs_name_all_that_goes_in_and_nothing_of_this_machine(
    folder: Path, tmp_path: Path
) -> None:
    other = tmp_path / "elsewhere" / "tiny"
    other.mkdir(parents=True)
    for name in ("main.py", "function.yaml"):
        (other / name).write_bytes((folder / name).read_bytes())
    first = planned(folder)

    assert first.inputs == planned(other).inputs
    (other / "main.py").write_text(MAIN + "\n")
    assert first.inputs != planned(other).inputs


def test_another_python_in_the_base_is_refused(folder: Path) -> None:
    base = base_layout(folder.parent / "other", "3.12.1")

    with pytest.raises(SpecError, match=r"wants Python 3\.11, the base .* has 3\.12"):
        planned(folder, base=base)


def test_a_bare_python_takes_the_base_s(folder: Path) -> None:
    (folder / "function.yaml").write_text(YAML.replace("python:3.11", "python"))
    packed = planned(folder, base=base_layout(folder.parent / "other", "3.12.1"))

    assert "python:3.12" == packed.plan.run.labels["io.funcs.runtime"]
    site = "usr/local/lib/python3.12/site-packages"
    assert f"{site}/msgpack.py" in files(packed, "5 packages")


def test_a_base_that_says_nothing_gets_a_folder_of_our_own(folder: Path) -> None:
    packed = planned(folder, base=base_layout(folder.parent / "other", ""))

    assert "opt/funcs/lib/msgpack.py" in files(packed, "5 packages")
    assert "/opt/funcs/lib" == packed.plan.run.env["PYTHONPATH"]
    assert packed.plan.run.env["PATH"].startswith("/opt/funcs/lib/bin:")
    assert "does not say which Python it has" in packed.plan.notes[0]


def test_a_platform_without_wheels_is_refused_first(folder: Path) -> None:
    with pytest.raises(BuildError, match="no images are built for the platform"):
        planned(folder, base="nowhere.invalid/x", platforms=(Platform.parse("linux/s390x"),))


def test_who_asks_for_funcs_gets_the_one_that_runs_here(folder: Path) -> None:
    (folder / "requirements.txt").write_text("funcs-serving\n")
    packed = planned(folder)

    assert "5 packages" in names(packed)
    assert "usr/local/lib/python3.11/site-packages/funcs/__init__.py" in files(packed, "funcs")


def test_a_stranger_s_funcs_is_refused(folder: Path) -> None:
    fixed_wheel(folder.parent / "wheels", "funcs", "1.0")
    (folder / "requirements.txt").write_text("funcs\n")

    with pytest.raises(FuncsError, match="'funcs' of the index is a stranger's"):
        planned(folder)


def test_a_handler_that_would_stay_behind_is_refused(folder: Path) -> None:
    (folder / ".dockerignore").write_text("*.py\n")

    with pytest.raises(FuncsError, match=r"main\.py has what the function serves") as got:
        planned(folder)
    assert "take it out of .dockerignore" == got.value.fix


def test_an_engine_installs_what_this_machine_cannot(folder: Path) -> None:
    (folder / "requirements.txt").write_text("unheard-of==1\n")

    with pytest.raises(BuildError):
        planned(folder)
    packed = planned(folder, runs_steps=True)
    assert "WORKDIR /opt/nuclio" == packed.after[0]
    assert packed.after[1].endswith('"-r/opt/nuclio/requirements.txt"]')
    assert "5 packages" in names(packed)
    assert "packages are installed in the image, by pip: " in packed.plan.notes[-1]


def test_who_has_not_been_trained_is_told(folder: Path) -> None:
    (folder / "train.py").write_text("")
    untrained = planned(folder).plan.notes
    file = folder / "m.skops"
    file.write_bytes(b"model")
    Manifest().with_artifact(Artifact(file.name, *_known(file), "skops")).write(folder)
    trained = planned(folder).plan.notes

    note = "no model goes along: there is no models.json; to make it: python train.py"
    assert note in untrained
    assert note not in trained


def test_many_models_share_a_layer_before_there_are_too_many(folder: Path) -> None:
    manifest = Manifest()
    for number in range(120):
        file = folder / f"m{number:03}.skops"
        file.write_bytes(str(number).encode() * (number + 1))
        manifest = manifest.with_artifact(Artifact(file.name, *_known(file), "skops"))
    manifest.write(folder)
    found = names(planned(folder))

    assert "80 more models" in found
    assert len(found) < 60


def test_the_same_function_is_the_same_image_everywhere(folder: Path, cache: Cache) -> None:
    """Nothing is resolved or compiled here: bytecode and the other packages are others' bytes."""
    facts = FunctionFacts.of(FunctionSpec.of(folder))
    scheme = Scheme.prefix("usr/local", "3.11", python="usr/local/bin/python3")
    base = Base(Image.scratch(LINUX_AMD64))
    foundation = Foundation("scratch", base, "none", DIGEST, "3.11", scheme, {})
    wheels = sorted(runtime_wheels(folder.parent / "wheels").iterdir())
    lock = Lock.of(Target("3.11"), wheels)
    paths = tuple(folder.parent / "wheels" / wheel.file for wheel in lock.wheels)
    own = fixed_wheel(folder.parent / "own", "funcs_serving", "0.0.1")
    compiler = Compiler(folder.parent / "pyc", "3.11", None)
    packages = Packages(lock, paths, own, file_digest(own, cache), foundation, compiler)
    source = FunctionSource.of_folder(facts, "3.11", Inputs(facts, cache))
    packed = packed_function(source, foundation, packages, LINUX_AMD64, Stamp(86400), cache)
    image = assemble(packed.plan, base, cache)

    assert missing_bytecode(compiler)[0] in packed.plan.notes
    assert GOLDEN == image.id, [layer.facts.diff_id for layer in image.layers]
