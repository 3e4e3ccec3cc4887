"""``funcs new``: a function to start from, copied from a template."""

from __future__ import annotations

import argparse
import sys
from pathlib import Path

from funcs.cli.template import Template, templates
from funcs.errors import FuncsError
from funcs.spec.name import is_portable, nearest_name, what_is_wrong


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Take the name, which is the new folder's too, and the template."""
    add = parser.add_argument
    add("name", nargs="?", metavar="NAME", help="the function's name, and the folder to make")
    add("-t", "--template", default="plain", metavar="T", help="what to start from (plain)")
    add("--list", action="store_true", help="list the templates")


def run(args: argparse.Namespace) -> int:
    """List the templates, or write one as a new function and say what comes next."""
    known = templates()
    if args.list:
        for template in known.values():
            print(f"{template.name:<10} {template.summary}")
        return 0
    if not args.name:
        print("error: a new function needs a name\n  fix: funcs new shop", file=sys.stderr)
        return 2
    folder = Path(args.name)
    name = folder.resolve().name
    _refuse_bad(name, folder)
    template = Template.find(args.template, known)
    template.write(folder, {"name": name})
    _write_schemas(folder)
    print(next_steps(template, name, folder))
    return 0


def _refuse_bad(name: str, folder: Path) -> None:
    """Refuse what Kubernetes would, so that the function can go anywhere later.

    Raises:
        FuncsError: the name cannot be a function's, or the folder holds something.
    """
    if not is_portable(name):
        what = what_is_wrong(name) or f"Kubernetes takes no such name: {name!r}"
        raise FuncsError(what, fix=f"funcs new {folder.with_name(nearest_name(name))}")
    if folder.is_dir() and any(folder.iterdir()):
        fix = "choose another name, or empty the folder"
        raise FuncsError(f"the folder {str(folder)!r} is not empty", fix=fix)
    if folder.exists() and not folder.is_dir():
        raise FuncsError(f"{str(folder)!r} is a file", fix="choose another name")


def _write_schemas(folder: Path) -> None:
    """Put them where the first lines of function.yaml and of events send editors."""
    from funcs.cli import schema

    file = folder / schema.SCHEMA_FILE
    file.parent.mkdir(exist_ok=True)
    file.write_text(schema.schema_text() + "\n", encoding="utf-8")
    events = folder / schema.EVENT_SCHEMA_FILE
    events.write_text(schema.event_schema_text() + "\n", encoding="utf-8")


def next_steps(template: Template, name: str, folder: Path) -> str:
    """What was made, and what to type next; packages are spoken of where some are missing."""
    from funcs.cli.checks.packages import has_required

    steps = [f"cd {folder}"]
    if not has_required(folder):
        steps.append("pip install -r requirements.txt")
    if template.has("train.py"):
        steps.append("python train.py")
    steps += ["funcs check", "funcs run"]
    lines = "\n".join(f"  {step}" for step in steps)
    return f"made {name} from the template {template.name!r}; next:\n\n{lines}\n"
