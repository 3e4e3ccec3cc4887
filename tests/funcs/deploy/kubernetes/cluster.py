#!/usr/bin/env python3
"""Stands in for kubectl, as a program with its arguments: a cluster in a folder of JSON files."""

from __future__ import annotations

import json
import os
import sys
from collections.abc import Callable
from pathlib import Path

HOME = Path(os.environ["CLUSTER"])


def main(words: list[str]) -> int:
    """One command; what it was is noted."""
    with (HOME / "calls.jsonl").open("a") as file:
        file.write(json.dumps(words) + "\n")
    failure = HOME / "failure"
    if failure.exists():
        sys.stderr.write(failure.read_text())
        return 1
    namespace = words.pop(0).partition("=")[2]
    if words[0].startswith("--context="):
        words.pop(0)
    return COMMANDS[words[0]](namespace, words[1:]) or 0


def place(namespace: str, kind: str, name: str) -> Path:
    known = kind.lower().partition(".")[0].removesuffix("s")
    return HOME / namespace / f"{known}-{name}.json"


def apply(namespace: str, words: list[str]) -> None:
    for item in json.load(sys.stdin)["items"]:
        path = place(namespace, item["kind"], item["metadata"]["name"])
        path.parent.mkdir(exist_ok=True)
        status = HOME / "status.json"
        if status.exists():
            item["status"] = json.loads(status.read_text())
        print(f"{item['kind'].lower()}/{item['metadata']['name']} configured")
        path.write_text(json.dumps(item))


def get(namespace: str, words: list[str]) -> None:
    if words[0] == "-f":
        items = json.load(sys.stdin)["items"]
        paths = [place(namespace, each["kind"], each["metadata"]["name"]) for each in items]
        there = [json.loads(path.read_text()) for path in paths if path.exists()]
        print(json.dumps({"kind": "List", "items": there}) if there else "")
        return
    names = [word for word in words[1:] if not word.startswith("-")]
    if names:
        path = place(namespace, words[0], names[0])
        print(path.read_text() if path.exists() else "")
        return
    found = sorted((HOME / namespace).glob(f"{words[0].removesuffix('s')}-*.json"))
    print(json.dumps({"items": [json.loads(path.read_text()) for path in found]}))


def logs(namespace: str, words: list[str]) -> None:
    path = HOME / "log"
    print(path.read_text() if path.exists() else "")


def delete(namespace: str, words: list[str]) -> None:
    if not words[1].startswith("--selector="):
        place(namespace, words[0], words[1]).unlink(missing_ok=True)
        return
    wanted = dict(each.split("=") for each in words[1].removeprefix("--selector=").split(","))
    kept = words[-1].partition("!=")[2]
    for path in (HOME / namespace).glob("*.json"):
        item = json.loads(path.read_text())
        labels = item.get("metadata", {}).get("labels", {})
        is_kind = path.name.partition("-")[0] in words[0].split(",")
        if is_kind and wanted.items() <= labels.items() and item["metadata"]["name"] != kept:
            path.unlink()


def patch(namespace: str, words: list[str]) -> None:
    path = place(namespace, words[0], words[1])
    item = json.loads(path.read_text())
    change = json.loads(words[3].partition("=")[2])
    path.write_text(json.dumps({**item, "spec": item["spec"] | change["spec"]}))


def scale(namespace: str, words: list[str]) -> None:
    path = place(namespace, "deployment", words[0].partition("/")[2])
    item = json.loads(path.read_text())
    item["spec"]["replicas"] = int(words[1].partition("=")[2])
    for count in ("replicas", "updatedReplicas", "readyReplicas"):
        item["status"][count] = item["spec"]["replicas"]
    path.write_text(json.dumps(item))


COMMANDS: dict[str, Callable[[str, list[str]], int | None]] = {
    "apply": apply,
    "delete": delete,
    "get": get,
    "logs": logs,
    "patch": patch,
    "scale": scale,
}

if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
