"""A function whose user changes cannot be replaced without a gap, and that is said."""

from __future__ import annotations

import sys

import pytest

from funcs.emulator.call import call
from tests.funcs.deploy.docker.conftest import YAML, Command, Put

pytestmark = [
    pytest.mark.skipif(sys.platform != "linux", reason="an image has Linux' Python"),
    pytest.mark.timeout(300),
]


def test_another_user_cannot_share_the_port(command: Command, put: Put) -> None:
    image = put("one")
    command.deploy(image)
    as_user = f"{YAML}  securityContext: {{runAsUser: 1234}}\n"
    (command.folder / "function.yaml").write_text(as_user)

    said = command.deploy(image, code=1)

    assert "'shop' would run as another user (1234:0) than it does" in said
    assert "fix: funcs delete shop, then deploy" in said
    assert "one" == call(command.url).text
    command("delete", "shop")
    command.deploy(image)
    assert "one" == call(command.url).text
