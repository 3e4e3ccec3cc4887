"""Real pip, and real uv where it is on PATH, on folders of wheels and on indexes that fail."""

from __future__ import annotations

import os
import sys
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest

from funcs_builder.errors import BuildError
from funcs_builder.lock import Lock, sha256_of
from funcs_builder.requirements import Requirements
from funcs_builder.resolver import Resolver
from funcs_builder.target import Target
from tests.builder.made_wheel import made_wheel

ARM = Target("3.12", "linux/arm64")


@pytest.fixture(params=["pip", "uv"])
def resolver(request: pytest.FixtureRequest) -> Resolver:
    environ = {"PIP_RETRIES": "0", "UV_HTTP_RETRIES": "0", "HOME": os.environ.get("HOME", "/")}
    if request.param == "pip":
        return Resolver.from_environ(environ)
    beside = Path(sys.executable).parent  # where the extra "dev" puts it
    return Resolver.from_environ({**environ, "PATH": str(beside)})


@pytest.fixture
def house(tmp_path: Path) -> Path:
    folder = tmp_path / "house"
    folder.mkdir()
    return folder


@pytest.fixture
def into(tmp_path: Path) -> Path:
    folder = tmp_path / "into"
    folder.mkdir()
    return folder


def asked(house: Path, *lines: str, files: tuple[Path, ...] = ()) -> Requirements:
    return Requirements(files, lines, (house,), no_index=True)


def names(folder: Path) -> list[str]:
    return sorted(path.name for path in folder.iterdir())


def test_the_platform_s_own_wheel_is_taken(resolver: Resolver, house: Path, into: Path) -> None:
    for machine in ("x86_64", "aarch64"):
        made_wheel(house, tag=f"cp312-cp312-manylinux_2_17_{machine}")
    resolver.download(asked(house, "shop"), ARM, into)

    assert ["shop-1.0-cp312-cp312-manylinux_2_17_aarch64.whl"] == names(into)


def test_markers_are_the_image_s_and_not_this_machine_s(
    resolver: Resolver, house: Path, into: Path
) -> None:
    needs = (
        'old; python_version < "3.12"',
        'new; python_version >= "3.12"',
        'arm; platform_machine == "aarch64"',
        'intel; platform_machine == "x86_64"',
    )
    made_wheel(house, needs=needs)
    for name in ("old", "new", "arm", "intel"):
        made_wheel(house, name)
    resolver.download(asked(house, "shop"), ARM, into)

    assert ["arm", "new", "shop"] == [name.partition("-")[0] for name in names(into)]


def test_only_another_platform_s_wheel_is_refused(
    resolver: Resolver, house: Path, into: Path
) -> None:
    made_wheel(house, tag="cp312-cp312-manylinux_2_17_x86_64")

    with pytest.raises(BuildError, match=r"none for Python 3.12 on linux/arm64"):
        resolver.download(asked(house, "shop"), ARM, into)


def test_a_wheel_named_by_its_path_must_fit_too(
    resolver: Resolver, house: Path, into: Path
) -> None:
    wheel = made_wheel(house, tag="cp312-cp312-manylinux_2_17_x86_64")

    with pytest.raises(BuildError, match=r"Python 3.12 on linux/arm64|not a supported wheel"):
        resolver.download(asked(house, str(wheel)), ARM, into)


def test_source_code_is_refused_with_the_way_out(
    resolver: Resolver, house: Path, into: Path
) -> None:
    (house / "shop-1.0.tar.gz").write_bytes(b"")

    with pytest.raises(BuildError, match="--engine docker"):
        resolver.download(asked(house, "shop"), ARM, into)


def test_conflicting_requirements_are_told(resolver: Resolver, house: Path, into: Path) -> None:
    made_wheel(house, "tea", version="1.0")
    made_wheel(house, "tea", version="2.0")
    made_wheel(house, "shop", needs=("tea<2",))
    made_wheel(house, "cafe", needs=("tea>=2",))

    with pytest.raises(BuildError, match="contradict each other"):
        resolver.download(asked(house, "shop", "cafe"), ARM, into)


def test_paths_in_a_file_start_at_the_file(resolver: Resolver, house: Path, into: Path) -> None:
    made_wheel(house / "own")
    file = house / "requirements.txt"
    file.write_text("./own/shop-1.0-py3-none-any.whl\n")
    resolver.download(asked(house, files=(file,)), ARM, into)

    assert ["shop-1.0-py3-none-any.whl"] == names(into)


def test_an_index_that_is_down_is_told(into: Path, resolver: Resolver) -> None:
    index = "http://127.0.0.1:9/simple"
    file = into.parent / "requirements.txt"
    file.write_text(f"--index-url {index}\nshop\n")

    with pytest.raises(BuildError, match="cannot be reached") as caught:
        resolver.download(Requirements((file,)), ARM, into)

    assert "--find-links" in caught.value.fix


@pytest.fixture
def locked_index() -> Iterator[str]:
    """An index that wants to know who asks."""

    class Locked(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(401)
            self.send_header("WWW-Authenticate", "Basic realm=shop")
            self.send_header("Content-Length", "0")
            self.end_headers()

        do_HEAD = do_GET

        def log_message(self, format: str, *args: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Locked) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}/simple"
        server.shutdown()
        thread.join()


def test_an_index_that_wants_a_password_is_told(
    resolver: Resolver, into: Path, locked_index: str
) -> None:
    file = into.parent / "requirements.txt"
    file.write_text(f"--index-url {locked_index}\nshop\n")

    with pytest.raises(BuildError, match="the package index refused us"):
        resolver.download(Requirements((file,)), ARM, into)


def test_hashes_of_a_file_hold_and_lines_beside_it_need_none(
    resolver: Resolver, house: Path, into: Path
) -> None:
    pinned = made_wheel(house)
    made_wheel(house, "tea", needs=("shop",))
    file = house / "requirements.txt"
    file.write_text(f"shop==1.0 --hash=sha256:{sha256_of(pinned)}\n")
    resolver.download(asked(house, "tea", files=(file,)), ARM, into)

    assert ["shop-1.0-py3-none-any.whl", "tea-1.0-py3-none-any.whl"] == names(into)


def test_a_package_with_another_hash_is_refused(
    resolver: Resolver, house: Path, into: Path
) -> None:
    made_wheel(house)
    file = house / "requirements.txt"
    file.write_text(f"shop==1.0 --hash=sha256:{'0' * 64}\n")

    with pytest.raises(BuildError, match="not the one that was pinned"):
        resolver.download(asked(house, files=(file,)), ARM, into)


def test_a_lock_is_fetched_by_its_hashes(resolver: Resolver, house: Path, into: Path) -> None:
    lock = Lock.of(ARM, [made_wheel(house)])
    made_wheel(house, files={"shop.py": b"PRICE = 4\n"})

    with pytest.raises(BuildError, match="not the one that was pinned"):
        resolver.fetch(lock, into, asked(house))


def test_without_pip_and_uv_it_says_what_to_install(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.path", [])
    monkeypatch.delitem(__import__("sys").modules, "pip", raising=False)

    with pytest.raises(BuildError, match="neither pip nor uv"):
        Resolver.from_environ({})
