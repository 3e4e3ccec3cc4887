"""What a build must not wait for where only code has changed."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

import funcs_builder

_ROOT = Path(__file__).parents[2]
#: A whole build, then one whose code alone has changed: the second is the one that counts.
_BUILDS = """
import sys
from pathlib import Path
from funcs_builder import base, bytecode, debian, grouping, lock, requirements, target, wheelhouse
from funcs_builder.access import Access
from funcs_builder.cache import Cache
from funcs_builder.publish.layout import LayoutPublisher
from funcs_builder.recipe import Recipe
from funcs_builder.reference import Reference
from tests.builder.samples import sample_image

here = Path(sys.argv[1])
cache = Cache(here / "cache")
Access.of({"HOME": sys.argv[1]})
Recipe.for_python("3.11", cache)
minor = ".".join(map(str, sys.version_info[:2]))
assert bytecode.Compiler.from_environ(here, minor, {}).interpreter
image = sample_image(here, cache, code=sys.argv[2])
assert LayoutPublisher(here / "layout", Reference.parse("shop")).publish(image).sent_bytes
print(*sys.modules)
"""
_SLOW = {"bz2", "dataclasses", "inspect", "lzma", "random", "shlex", "shutil", "tempfile"}
#: 5 ms each, or what only a rarer build needs.
_SELDOM = {
    "base64",
    "concurrent.futures",
    "docker",
    "funcs_builder.apt",
    "funcs_builder.registry",
    "funcs_builder.resolver",
    "funcs_builder.tool",
    "funcs_builder.wheels",
    "requests",
    "subprocess",
    "tomllib",
}


def modules(code: str, *words: str, bare: bool = True) -> set[str]:
    """The modules that a fresh Python has after ``code``, as it prints them."""
    line = [sys.executable, *(["-S"] if bare else []), "-c", code, *words]
    found = Path(funcs_builder.__file__).parents[1]
    environ = {**os.environ, "PYTHONPATH": os.pathsep.join(map(str, (_ROOT, found)))}
    said = subprocess.run(line, env=environ, capture_output=True, text=True, check=True)
    return set(said.stdout.split())


def test_a_build_whose_code_alone_changed_imports_nothing_slow(tmp_path: Path) -> None:
    modules(_BUILDS, str(tmp_path), "print(1)")
    warm = modules(_BUILDS, str(tmp_path), "print(2)")

    assert "funcs_builder.publish.layout" in warm
    assert set() == warm & (_SLOW | _SELDOM)


@pytest.mark.parametrize(
    ("place", "client"),
    [("archive", "io"), ("engine", "http.client"), ("registry", "requests.adapters")],
)
def test_a_publisher_imports_nothing_slow_beside_its_client(place: str, client: str) -> None:
    code = f"import sys, {client}\nbefore = set(sys.modules)\n"
    code += f"import funcs_builder.publish.{place}\nprint(*(set(sys.modules) - before))"
    found = modules(code, bare=client.partition(".")[0] in sys.stdlib_module_names)

    assert f"funcs_builder.publish.{place}" in found
    assert set() == found & _SLOW
