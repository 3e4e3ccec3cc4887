"""An inspected image as lines for a person."""

from __future__ import annotations

import shutil
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import TextIO

from funcs.cli.terminal import can_show, paint_for
from funcs.emulator.text import Paint, printable, size
from funcs.packaging.difference import SAME, Change, Difference, LayerChange
from funcs.packaging.inspection import Inspection
from funcs_builder.contents import LayerFound

_SHORT = 19  # sha256: and 12 digits
_KINDS = {"pypi": "Python packages", "deb": "Debian packages"}


def report(
    found: Inspection, stream: TextIO, environ: Mapping[str, str], *, full_layers: bool = False
) -> str:
    """All that is known of an image; texts of the image's own cannot move the cursor."""
    page = _Page(stream, paint_for(stream, environ))
    page.head(found.name)
    page.rows(_facts(found))
    page.section("layers")
    page.lines(_full_layers(found.layers) if full_layers else page.layers(found.layers))
    _packages(page, found)
    if found.models:
        page.section("models")
        page.table(
            [model.path, size(model.size_bytes), model.format, model.sha256[:12], model.elsewhere]
            for model in found.models
        )
    page.section("runs")
    page.rows(_running(found))
    if found.labels:
        page.section("labels")
        page.rows(sorted(found.labels.items()))
    page.section("what Nuclio's dashboard needs")
    page.marked((need.is_met, need.what, need.said) for need in found.needs)
    return page.text()


def comparison(
    before: Inspection,
    after: Inspection,
    difference: Difference,
    stream: TextIO,
    environ: Mapping[str, str],
) -> str:
    """In what two images differ."""
    page = _Page(stream, paint_for(stream, environ))
    page.head(f"{before.name} -> {after.name}")
    if difference.is_none:
        page.lines(["  the same layers, and the same config"])
        return page.text()
    same = sum(layer.kind == SAME for layer in difference.layers)
    page.section(f"layers: {same} the same of {len(after.layers)}")
    page.table(_layer_change(each) for each in difference.layers if each.kind != SAME)
    if difference.changes:
        page.section("why")
        page.table(_change(each) for each in difference.changes)
    return page.text()


class _Page:
    """Lines as they are gathered."""

    def __init__(self, stream: TextIO, paint: Paint) -> None:
        self._stream = stream
        self._paint = paint
        self._width = shutil.get_terminal_size((100, 24)).columns
        self._lines: list[str] = []

    def text(self) -> str:
        return "\n".join(self._lines)

    def head(self, words: str) -> None:
        self._lines.append(self._paint(printable(words), "bold"))

    def section(self, title: str) -> None:
        self._lines += ["", self._paint(title, "bold")]

    def lines(self, lines: Iterable[str]) -> None:
        self._lines += map(printable, lines)

    def rows(self, rows: Iterable[tuple[str, str]]) -> None:
        self.table([name, value] for name, value in rows if value)

    def table(self, rows: Iterable[Sequence[str]]) -> None:
        shown = [[printable(cell) for cell in row] for row in rows]
        widths = [max(map(len, column)) for column in zip(*shown, strict=True)]
        for row in shown:
            cells = (f"{cell:<{width}}" for cell, width in zip(row, widths, strict=True))
            self._lines.append(f"  {'  '.join(cells)}".rstrip())

    def columns(self, cells: Iterable[str]) -> None:
        """As many beside each other as the width allows, read downwards."""
        shown = [printable(cell) for cell in cells]
        wide = max(map(len, shown), default=0) + 2
        count = max(1, (self._width - 2) // wide)
        height = -(-len(shown) // count)
        for row in range(height):
            line = "".join(f"{cell:<{wide}}" for cell in shown[row::height])
            self._lines.append(f"  {line}".rstrip())

    def marked(self, rows: Iterable[tuple[bool, str, str]]) -> None:
        good, bad = ("✓", "✗") if can_show("✓✗", self._stream) else ("ok  ", "FAIL")
        found = list(rows)
        wide = max(len(what) for _, what, _ in found)
        for is_met, what, said in found:
            mark = self._paint(good, "green") if is_met else self._paint(bad, "red")
            self._lines.append(self._cut(f"  {mark} {what:<{wide}}  {printable(said)}"))

    def layers(self, layers: Sequence[LayerFound]) -> Iterator[str]:
        for number, layer in enumerate(layers, 1):
            step = layer.name or " ".join(layer.step.split()) or "(not told)"
            yield self._cut(f"  {number:>2}  {size(layer.size_bytes):>8}  {printable(step)}")

    def _cut(self, line: str) -> str:
        return line if len(line) <= self._width else f"{line[: self._width - 1]}…"


def _facts(found: Inspection) -> Iterator[tuple[str, str]]:
    config, labels, build = found.contents.config, found.labels, found.build
    yield "found in", found.contents.place
    yield "digest", found.contents.digest
    yield "image id", found.contents.image_id
    yield "platform", str(config.platform)
    yield "created", config.created
    yield "size", f"{size(found.size_bytes)} in {len(found.layers)} layers"
    if not found.is_ours:
        yield "built by", "not funcs build"
        return
    graph = str(build.get("graph") or "")
    entry = f"graph {graph}" if graph else f"handler {labels.get('io.funcs.handler', '')}"
    yield "function", f"{labels.get('io.funcs.function', '')}: {entry}"
    yield "runtime", f"{labels.get('io.funcs.runtime', '')}, funcs {labels.get('io.funcs.version')}"
    image = "org.opencontainers.image"
    names = (labels.get(f"{image}.base.name", ""), labels.get(f"{image}.base.digest", "")[:_SHORT])
    yield "base", "@".join(filter(None, names)) or "none: Debian's packages"
    notes = build.get("notes")
    yield from (("note", str(note)) for note in (notes if isinstance(notes, list) else []))


def _full_layers(layers: Sequence[LayerFound]) -> Iterator[str]:
    for number, layer in enumerate(layers, 1):
        yield f"  {number:>2}  {layer.step or '(not told)'}"
        about = [f"{layer.size_bytes} bytes", layer.media_type]
        yield f"      {', '.join(filter(None, about))}"
        if layer.digest:
            yield f"      digest  {layer.digest}"
        yield f"      diff id {layer.diff_id}"


def _packages(page: _Page, found: Inspection) -> None:
    packages = found.packages
    if packages is None:
        page.section("packages")
        page.lines([f"  not listed in the image; funcs inspect --packages {found.name} looks"])
        return
    for kind, title in _KINDS.items():
        of_kind = [each for each in packages if each.kind == kind]
        if of_kind:
            page.section(f"{title} ({len(of_kind)})")
            page.columns(f"{each.name} {each.version}" for each in of_kind)
    if not packages:
        page.section("packages")
        page.lines(["  none"])


def _running(found: Inspection) -> Iterator[tuple[str, str]]:
    running = found.running.masked()
    yield "command", " ".join(running.command)
    yield "user", running.user or "root"
    yield "folder", running.working_dir
    yield "ports", ", ".join(running.ports)
    yield "healthcheck", " ".join(running.healthcheck)
    yield "stops on", running.stop_signal
    yield from (("env", f"{name}={value}") for name, value in running.env.items())


def _layer_change(each: LayerChange) -> list[str]:
    layer = each.after or each.before
    step = (layer.name or " ".join(layer.step.split())[:60]) if layer is not None else ""
    sizes = [size(side.size_bytes) for side in (each.before, each.after) if side is not None]
    return [each.kind, step, " -> ".join(sizes)]


def _change(each: Change) -> list[str]:
    def shown(value: str) -> str:
        return value[:_SHORT] if value.startswith("sha256:") else value or "none"

    return [each.what, each.name, f"{shown(each.before)} -> {shown(each.after)}"]
