from __future__ import annotations

from typing import Any

from funcs.graph import Graph, Router
from funcs.graph.draw import to_mermaid, to_text
from funcs.model import Model


def same(value: Any) -> Any:
    return value


class Sums(Model):
    def predict(self, inputs: Any) -> Any:
        return [sum(row) for row in inputs]


def fan() -> Graph:
    graph = Graph("fan")
    start = graph.to(same, "start")
    graph.add_step(same, "left", after="start")
    start.to(Sums, "right").error_handler(same, "oops", before="join")
    start.to(same, "log").sink()
    join = graph.add_step(same, "join", after=["left", "right"])
    join.to(Router(), "models").add_model("m:v1", Sums).add_model("n", Sums).respond()
    graph.error_handler(same, "sorry")
    return graph


def test_text_is_a_tree_whose_branches_join() -> None:
    assert """\
fan
└─ start
   ├─ left
   │  └─ → join
   ├─ right  model · on error: oops → join
   │  └─ join  joins left, right
   │     └─ models  router: m:v1, n · answers
   └─ log  sink
on any error: sorry, answers""" == to_text(fan().plan())


def test_mermaid_has_every_arrow() -> None:
    text = to_mermaid(fan().plan())
    arrows = {line.strip() for line in text.splitlines() if "-->" in line or ".->" in line}

    assert text.startswith("flowchart LR\n")
    assert 's6{{"models<br/>m:v1<br/>n"}}' in text
    assert {
        "request --> s1",
        "s1 --> s2",
        "s1 --> s3",
        "s3 -. error .-> e3",
        "e3 --> s5",
        "s1 --> s4",
        "s2 --> s5",
        "s3 --> s5",
        "s5 --> s6",
        "s6 --> answer",
        "e0 -. any error .-> answer",
    } == arrows
