from __future__ import annotations

import io
import json
from pathlib import Path

import pytest

from funcs.logger import Logger
from funcs.worker.handler import init_context_of, load_handler


@pytest.fixture
def logger() -> Logger:
    return Logger(io.StringIO())


def test_a_handler_in_a_package_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, logger: Logger
) -> None:
    folder = tmp_path / "worker_test_package"
    folder.mkdir()
    (folder / "__init__.py").touch()
    (folder / "inner.py").write_text(
        "def handler(context, event): pass\ndef init_context(context): pass\n"
    )
    monkeypatch.syspath_prepend(str(tmp_path))

    handler = load_handler("worker_test_package.inner:handler", logger)

    assert "worker_test_package.inner" == handler.__module__
    init_context = init_context_of(handler)
    assert init_context is not None
    assert "worker_test_package.inner" == init_context.__module__


@pytest.mark.parametrize("reference", ["json", "json:", ":loads", "json:a.b", "js on:loads", ""])
def test_another_form_is_malformed(reference: str, logger: Logger) -> None:
    with pytest.raises(ValueError, match="Malformed handler - "):
        load_handler(reference, logger)


def test_a_missing_module_is_the_imports_own_error(logger: Logger) -> None:
    with pytest.raises(ModuleNotFoundError, match="No module named 'not_a_module'"):
        load_handler("not_a_module:handler", logger)


def test_a_missing_attribute_is_logged_and_raised() -> None:
    stream = io.StringIO()

    with pytest.raises(AttributeError, match="module 'json' has no attribute 'not_there'"):
        load_handler("json:not_there", Logger(stream))

    record = json.loads(stream.getvalue())
    assert ("Handler not found", {"handler": "json:not_there"}) == (
        record["message"],
        record["with"],
    )


def test_a_handler_without_a_module_has_no_init_context() -> None:
    class Nameless:
        __module__ = None  # type: ignore[assignment]

        def __call__(self, context: object, event: object) -> None: ...

    assert init_context_of(Nameless()) is None
