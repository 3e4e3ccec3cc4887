"""A plan, or what platforms say of functions, as text."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

import yaml

from funcs.deploy.deployed import Deployed
from funcs.deploy.kubernetes.planner import APPLY
from funcs.deploy.plan import DeployPlan
from funcs.errors import DeployError

_COLUMNS = ("NAMESPACE", "NAME", "PROJECT", "STATE", "REPLICAS", "NODE PORT")
_WIDE = ("IMAGE", "URLS")


def shown(plan: DeployPlan, form: str) -> str:
    """The plan as ``text``, ``yaml``, ``json`` with secrets masked, or as a ``manifest`` without.

    Raises:
        DeployError: a manifest is asked for, and the plan is not for Kubernetes.
    """
    if form == "json":
        return json.dumps(plan.to_dict(), indent=2, ensure_ascii=False)
    if form == "yaml":
        return written(plan.to_dict())
    if form == "manifest":
        resources = [dict(step.document) for step in plan.steps if step.call == APPLY]
        if not resources:
            fix = "add --platform kube, or print the plan: --dry-run --output yaml"
            raise DeployError("manifests are for Kubernetes", fix=fix)
        return "\n---\n".join(map(written, resources))
    return "\n".join(_lines(plan))


def table(functions: Sequence[Deployed], *, is_wide: bool) -> str:
    """As nuctl prints it: columns between bars."""
    head = [*_COLUMNS, *(_WIDE if is_wide else ())]
    rows = [head, *(_row(each, is_wide=is_wide) for each in functions)]
    widths = [max(len(row[at]) for row in rows) for at in range(len(head))]
    return "\n".join(
        " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip()
        for row in rows
    )


def written(value: Any) -> str:
    """A plain value as YAML, keys in their own order."""
    text: str = yaml.dump(value, Dumper=_Dumper, sort_keys=False, allow_unicode=True, width=100)
    return text.rstrip("\n")


class _Dumper(yaml.SafeDumper):
    """Writes texts of several lines as blocks, and no anchors."""

    def ignore_aliases(self, data: Any) -> bool:
        return True


def _block(dumper: yaml.SafeDumper, text: str) -> yaml.ScalarNode:
    style = "|" if "\n" in text else None
    return dumper.represent_scalar("tag:yaml.org,2002:str", text, style=style)


_Dumper.add_representer(str, _block)


def _lines(plan: DeployPlan) -> list[str]:
    document = plan.to_dict()
    lines = [
        f"plan for {plan.function} at {plan.place}",
        f"digest {plan.digest}",
        *(f"file {name}" for name in plan.files),
    ]
    for number, step in enumerate(document["steps"], 1):
        lines += ["", f"{number}. {step['does']}", f"   {step['call']}"]
        lines += [f"   {line}" for line in written(step["document"]).splitlines()]
    return lines


def _row(function: Deployed, *, is_wide: bool) -> list[str]:
    port = str(function.port) if function.port else ""
    row = [
        function.namespace,
        function.name,
        function.project,
        function.state,
        function.replicas,
        port,
    ]
    return [*row, function.image, ", ".join(function.urls)] if is_wide else row
