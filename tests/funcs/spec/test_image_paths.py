"""Where code names /opt/nuclio."""

from __future__ import annotations

from pathlib import Path

from funcs.spec.image_paths import image_paths, names_image_folder

CODE = '''"""Reads /opt/nuclio/model.onnx, as this docstring says."""
import os

MODEL = "/opt/nuclio/model.onnx"  # and /opt/nuclio in a comment


def handler(context, event):
    with open(os.path.join("/opt/nuclio", event.path)) as file:
        return f"/opt/nuclio/{file.read()}"
'''


def test_each_text_has_its_line_and_a_way_out(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text(CODE)

    found = image_paths(tmp_path)

    assert [4, 8, 9] == [each.line for each in found]
    assert "write pathlib.Path(__file__).parent / 'model.onnx'" == found[0].fix
    assert "write pathlib.Path(__file__).parent" == found[1].fix


def test_packages_below_are_code_too_but_no_environment(tmp_path: Path) -> None:
    for name in ("package/part.py", ".hidden/a.py", "venv/b.py", "mine/c.py", "mine/pyvenv.cfg"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        (tmp_path / name).write_text("PLACE = '/opt/nuclio'\n")

    assert ["part.py"] == [each.file.name for each in image_paths(tmp_path)]


def test_other_code_does_not_look_there(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("PLACE = '/opt/nuc'\n")
    (tmp_path / "broken.py").write_bytes(b"\xff(")
    (tmp_path / "gone.py").symlink_to(tmp_path / "nowhere.py")

    assert not names_image_folder(tmp_path)
    assert [] == image_paths(tmp_path)


def test_code_that_is_no_python_is_passed_over(tmp_path: Path) -> None:
    (tmp_path / "main.py").write_text("open('/opt/nuclio'")

    assert names_image_folder(tmp_path)
    assert [] == image_paths(tmp_path)
