from __future__ import annotations

import funcs


def first(value: object) -> object:
    return value


def second(value: object) -> object:
    return value


graph = funcs.Graph("round")
graph.add_step(first, name="a", after="b")
graph.add_step(second, name="b", after="a").respond()
