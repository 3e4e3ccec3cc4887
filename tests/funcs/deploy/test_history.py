"""Plans that came true are kept, and gone back to."""

from __future__ import annotations

import stat
import subprocess
from pathlib import Path

import pytest

from funcs.deploy.history import History
from funcs.deploy.plan import DeployPlan
from funcs.errors import DeployError

FILE = "sha256:ab"


def plan(digest: str, files: dict[str, str] | None = None) -> DeployPlan:
    return DeployPlan("shop", "nuclio", "here", digest, (), files or {})


@pytest.fixture
def history(tmp_path: Path) -> History:
    return History(tmp_path, "shop", "here")


def test_nothing_was_deployed_yet(history: History) -> None:
    assert None is history.current()
    with pytest.raises(DeployError, match="nothing was deployed from here"):
        history.before()


def test_the_first_deploy_has_none_before_it(history: History) -> None:
    history.remember(plan("1"))

    with pytest.raises(DeployError, match="no deploy before this one"):
        history.before()


def test_a_rollback_goes_back_one_by_one(history: History) -> None:
    for digest in "123":
        history.remember(plan(digest))

    history.go_back_to(history.before())
    second = history.current()
    history.go_back_to(history.before())
    first = history.current()

    assert second is not None
    assert first is not None
    assert ["2", "1"] == [second.plan.digest, first.plan.digest]


def test_a_deploy_after_a_rollback_goes_back_to_what_it_replaced(history: History) -> None:
    for digest in "12":
        history.remember(plan(digest))
    history.go_back_to(history.before())
    history.remember(plan("3"))

    assert "1" == history.before().plan.digest


def test_the_same_plan_again_is_no_new_deploy(history: History) -> None:
    for digest in "122":
        history.remember(plan(digest))

    assert "1" == history.before().plan.digest


def test_after_a_failed_deploy_the_last_good_one_is_gone_back_to(history: History) -> None:
    for digest in "12":
        history.remember(plan(digest))

    assert "2" == history.to_go_back_to("3").plan.digest
    assert "1" == history.to_go_back_to("2").plan.digest


def test_places_have_histories_of_their_own(tmp_path: Path, history: History) -> None:
    history.remember(plan("1"))

    assert None is History(tmp_path, "shop", "there").current()


def test_only_the_owner_reads_what_may_hold_secrets(tmp_path: Path, history: History) -> None:
    history.remember(plan("1"))

    files = [path for path in tmp_path.rglob("*") if path.is_file()]
    assert files
    assert {0o600} == {stat.S_IMODE(path.stat().st_mode) for path in files}


def test_plans_are_no_part_of_a_repository(tmp_path: Path, history: History) -> None:
    subprocess.run(["git", "init", "-q", str(tmp_path)], check=True)
    history.remember(plan("1"))
    command = ["git", "-C", str(tmp_path), "status", "--porcelain", "--untracked-files=all"]

    assert b"" == subprocess.run(command, check=True, capture_output=True).stdout


def test_archives_are_kept_as_long_as_their_plan(history: History, tmp_path: Path) -> None:
    history.remember(plan("1", {"a.zip": FILE}), {"a.zip": b"zip"})
    assert b"zip" == history.file(FILE)

    for digest in range(2, 30):
        history.remember(plan(str(digest)))
    with pytest.raises(DeployError, match="archive of that deploy is gone"):
        history.file(FILE)
    assert 20 == len(list(tmp_path.rglob("0*.json")))


def test_a_folder_that_cannot_be_written_to_is_named(tmp_path: Path, history: History) -> None:
    (tmp_path / ".funcs").write_text("a file")

    with pytest.raises(DeployError, match="it is deployed, and cannot be remembered"):
        history.remember(plan("1"))


@pytest.mark.parametrize("text", ["{", "[]", '{"plan": 9}', '{"plan": 1}'])
def test_a_damaged_plan_is_named(history: History, tmp_path: Path, text: str) -> None:
    history.remember(plan("1"))
    (path,) = tmp_path.rglob("0001.json")
    path.write_text(text)

    with pytest.raises(DeployError) as caught:
        history.current()
    assert str(path) == caught.value.where
    history.remember(plan("2"))
    history.remember(plan("3"))
    assert "2" == history.before().plan.digest
