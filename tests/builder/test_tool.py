from __future__ import annotations

import sys
from pathlib import Path

import pytest

from funcs_builder.errors import BuildError
from funcs_builder.tool import Pip, Uv, output_of


@pytest.fixture
def environ(tmp_path: Path) -> dict[str, str]:
    """A machine that is set up for pip alone: a company's index with a password."""
    config = tmp_path / "pip.conf"
    config.write_text(
        "[global]\nindex-url = https://me:secret@pypi.example/simple\ncert = /etc/company.pem\n"
        "timeout = 9\n[install]\nno-deps = true\n"
    )
    return {"PIP_CONFIG_FILE": str(config), "HOME": str(tmp_path), "PIP_FIND_LINKS": "/a /b"}


def pip(environ: dict[str, str]) -> Pip:
    return Pip((sys.executable,), environ)


def test_pip_says_what_it_is_set_to(environ: dict[str, str]) -> None:
    index = "https://me:secret@pypi.example/simple"

    said = {"index-url": index, "cert": "/etc/company.pem", "find-links": "/a /b"}
    assert said == pip(environ).settings()


def test_uv_asks_the_index_that_pip_is_set_to(environ: dict[str, str]) -> None:
    given = Uv("uv", environ).environ_with(pip(environ))

    assert "https://me:secret@pypi.example/simple" == given["UV_DEFAULT_INDEX"]
    assert "/etc/company.pem" == given["SSL_CERT_FILE"]
    assert "/a,/b" == given["UV_FIND_LINKS"]


def test_uv_with_an_index_of_its_own_keeps_it(environ: dict[str, str], tmp_path: Path) -> None:
    environ["UV_DEFAULT_INDEX"] = "https://uv.example/simple"

    assert environ == Uv("uv", environ).environ_with(pip(environ))
    del environ["UV_DEFAULT_INDEX"]
    (tmp_path / ".config/uv").mkdir(parents=True)
    (tmp_path / ".config/uv/uv.toml").touch()

    assert environ == Uv("uv", environ).environ_with(pip(environ))


def test_a_program_that_is_not_there_is_told() -> None:
    with pytest.raises(BuildError, match="cannot run '/nonexistent/uv'"):
        output_of(["/nonexistent/uv"], {}, Path("/"))


def test_both_streams_and_the_status_come_back() -> None:
    program = "import sys; print('a', flush=True); print('b', file=sys.stderr); sys.exit(3)"
    done = output_of([sys.executable, "-c", program], {}, Path("/"))

    assert (3, "a\nb\n") == (done.status, done.text)
