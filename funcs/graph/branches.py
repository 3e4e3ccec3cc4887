"""Which steps of a graph may run at once."""

from __future__ import annotations

from funcs.graph.shape import Shape

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import TypeAlias

#: Steps in a row: each gets the result of the one before, and nobody else gets it.
Part: TypeAlias = list[str]


def parts(shape: Shape) -> list[Part]:
    """The steps as rows, ordered so that each row comes after those it waits for."""
    rows: dict[str, Part] = {}
    for name in shape.order():
        above = shape.after[name]
        if len(above) == 1 and len(shape.next[above[0]]) == 1:
            rows[name] = rows[above[0]]
            rows[name].append(name)
        else:
            rows[name] = [name]
    return list({id(row): row for row in rows.values()}.values())


def groups(shape: Shape) -> list[list[Part]]:
    """The rows in groups, one group after another; rows of one group may run at once.

    A row that all others lead to or come from is a group of its own.
    """
    found: list[list[Part]] = []
    is_open = False
    for part in parts(shape):
        others = shape.above(part[0]) | shape.below(part[-1]) | set(part)
        alone = others == shape.after.keys()
        if alone or not is_open:
            found.append([])
        found[-1].append(part)
        is_open = not alone
    return found
