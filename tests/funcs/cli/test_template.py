"""Templates are folders whose ``{{name}}`` is filled in, or nothing is written."""

from __future__ import annotations

from pathlib import Path

import pytest

from funcs.cli.new import next_steps
from funcs.cli.template import Template, TemplateError, templates


@pytest.fixture
def template(tmp_path: Path) -> Template:
    folder = tmp_path / "templates" / "one"
    (folder / "sub" / "__pycache__").mkdir(parents=True)
    (folder / "README.md").write_text("# {{name}}\n\nMakes one.\n")
    (folder / "sub" / "a.txt").write_text("{{ name }} and {{name}}, {name}, {{}}\n")
    (folder / "sub" / "b.bin").write_bytes(b"\xff{{name}}")
    (folder / "sub" / "__pycache__" / "a.pyc").write_bytes(b"")
    return templates(tmp_path / "templates")["one"]


def test_names_are_filled_in_and_binaries_left_alone(template: Template, tmp_path: Path) -> None:
    template.write(tmp_path / "shop", {"name": "shop"})

    assert "shop and shop, {name}, {{}}\n" == (tmp_path / "shop/sub/a.txt").read_text()
    assert b"\xff{{name}}" == (tmp_path / "shop/sub/b.bin").read_bytes()
    assert not (tmp_path / "shop/sub/__pycache__").exists()


def test_a_template_is_summed_up_by_its_readme(template: Template) -> None:
    assert "Makes one." == template.summary


def test_an_unknown_variable_is_named_and_nothing_is_written(
    template: Template, tmp_path: Path
) -> None:
    (template.folder / "z.txt").write_text("a\n{{nmae}}\n")

    with pytest.raises(TemplateError, match="unknown variable 'nmae'") as caught:
        template.write(tmp_path / "shop", {"name": "shop"})

    assert caught.value.where.endswith("z.txt:2")
    assert "did you mean 'name'?" in caught.value.fix
    assert not (tmp_path / "shop").exists()


def test_a_place_that_cannot_be_written_is_named(template: Template, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")

    with pytest.raises(TemplateError, match="cannot write it") as caught:
        template.write(tmp_path / "file" / "shop", {"name": "shop"})

    assert str(tmp_path / "file") in caught.value.where


def test_packages_that_are_missing_here_are_to_be_installed_first(
    template: Template, tmp_path: Path
) -> None:
    folder = tmp_path / "shop"
    folder.mkdir()
    (folder / "requirements.txt").write_text("pytest\n")
    has_all = next_steps(template, "shop", folder)
    (folder / "requirements.txt").write_text("pytest\nno-such-package-anywhere>=2\n")
    lacks = next_steps(template, "shop", folder)

    assert "pip install" not in has_all
    assert f"  cd {folder}\n  pip install -r requirements.txt\n  funcs check\n" in lacks


def test_our_templates_have_what_they_promise() -> None:
    for template in templates().values():
        files = template.render({"name": "shop"})

        assert {"README.md", "main.py", "function.yaml", "requirements.txt"} <= set(files)
        assert any(name.startswith("tests/test_") for name in files)
        assert any(name.startswith("events/") for name in files)
        assert files["function.yaml"].startswith(b"# yaml-language-server: $schema=")
        assert template.summary
