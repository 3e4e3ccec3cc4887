from __future__ import annotations

from pathlib import Path

from funcs.packaging.environment import environment_notes, image_environment
from funcs.packaging.facts import FunctionFacts
from funcs.spec.function import FunctionSpec

YAML = """
spec:
  handler: main:handler
  env:
  - {name: GREETING, value: Hello}
  - {name: FUNCS_ERROR_DETAIL, value: full}
  - {name: DB_PASSWORD, value: hunter2}
  - {name: MY_API_KEY, value: abc}
  - {name: USER_ID, valueFrom: {secretKeyRef: {name: a, key: b}}}
"""


def test_plain_docker_gets_what_the_platform_would_set(tmp_path: Path) -> None:
    (tmp_path / "function.yaml").write_text(YAML)
    function = FunctionFacts.of(FunctionSpec.of(tmp_path))
    found = image_environment(function)

    assert ("0.0.0.0", "Hello", "full") == (
        found["FUNCS_HOST"],
        found["GREETING"],
        found["FUNCS_ERROR_DETAIL"],
    )
    assert not {"DB_PASSWORD", "MY_API_KEY", "USER_ID"} & set(found)
    first, *rest = environment_notes(function)
    assert "USER_ID comes from the platform: docker run -e USER_ID=…" == first
    assert ["DB_PASSWORD", "MY_API_KEY"] == [note.split()[0] for note in rest]
    assert "hunter2" not in "".join(rest)
