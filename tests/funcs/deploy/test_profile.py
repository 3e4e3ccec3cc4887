"""funcs.toml is read, or refused with its line."""

from __future__ import annotations

from pathlib import Path

import pytest

from funcs.deploy.profile import Profiles
from funcs.errors import DeployError

TWO = """\
default = "lab"

[targets.lab]
url = "http://lab:8070"
project = "demo"

[targets.prod]
platform = "kube"
context = "prod"
"""


def profiles(folder: Path, text: str) -> Profiles:
    (folder / "funcs.toml").write_text(text)
    return Profiles.of(folder)


def test_the_default_is_meant_where_none_is_named(tmp_path: Path) -> None:
    found = profiles(tmp_path, TWO)

    assert "http://lab:8070" == found.named("").url
    assert "prod" == found.named("prod").context
    assert f"{tmp_path}/funcs.toml:7" == found.named("prod").where


def test_the_nearest_file_above_the_folder_counts(tmp_path: Path) -> None:
    (tmp_path / "funcs.toml").write_text(TWO)
    (tmp_path / "a" / "b").mkdir(parents=True)

    assert "demo" == Profiles.of(tmp_path / "a" / "b").named("").project


def test_without_a_file_nothing_is_said(tmp_path: Path) -> None:
    assert "" == Profiles({}).named("").url


def test_the_only_target_is_the_default(tmp_path: Path) -> None:
    found = profiles(tmp_path, '[targets.lab]\nurl = "http://lab:8070"\n')

    assert "lab" == found.named("").name


def test_several_targets_need_a_choice(tmp_path: Path) -> None:
    found = profiles(tmp_path, TWO.partition("\n")[2])

    with pytest.raises(DeployError, match="several targets") as caught:
        found.named("")
    assert "known targets: lab, prod" in caught.value.fix


@pytest.mark.parametrize(
    ("text", "what", "line", "fix"),
    [
        ("[targets.lab\n", "not TOML: expected ']' at the end", 1, ""),
        ('[targets.lab]\nulr = "x"\n', "has no key 'ulr'", 2, "did you mean 'url'?"),
        ('[targets.a]\nurl = "x"\n[targets.b]\nurl = 3\n', "url is text, not 3", 4, ""),
        ('[targets.lab]\ninsecure = "yes"\n', "insecure is true or false", 2, ""),
        ('[targets.lab]\npassword = "x"\n', "holds no password", 2, "set FUNCS_USERNAME"),
        ('defualt = "lab"\n', "unknown key 'defualt'", 1, "did you mean 'default'?"),
        ('default = "lb"\n[targets.lab]\n', "the default 'lb' is no target", 1, "'lab'?"),
        ("targets = 3\n", "targets are tables", 1, "[targets.NAME]"),
    ],
)
def test_what_is_wrong_is_named_with_its_line(
    tmp_path: Path, text: str, what: str, line: int, fix: str
) -> None:
    with pytest.raises(DeployError) as caught:
        profiles(tmp_path, text)

    assert what in caught.value.what
    assert f"{tmp_path}/funcs.toml:{line}" == caught.value.where
    assert fix in caught.value.fix


def test_an_unknown_target_has_a_suggestion(tmp_path: Path) -> None:
    with pytest.raises(DeployError, match="no target 'lob'") as caught:
        profiles(tmp_path, TWO).named("lob")

    assert "did you mean 'lab'?" in caught.value.fix


def test_a_file_that_is_no_text_is_refused(tmp_path: Path) -> None:
    (tmp_path / "funcs.toml").write_bytes(b"\xff\xfe")

    with pytest.raises(DeployError, match="not UTF-8"):
        Profiles.of(tmp_path)


def test_the_certificate_lies_beside_the_file(tmp_path: Path) -> None:
    found = profiles(tmp_path, '[targets.lab]\nurl = "https://lab"\nca = "ca.pem"\n')

    assert str(tmp_path / "ca.pem") == found.named("").ca
