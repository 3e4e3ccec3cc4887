"""Layers of bytecode: what an image imports, compiled, so that it need not be at each start."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from functools import partial

from funcs_builder.bytecode import Compiler
from funcs_builder.entry import Entry
from funcs_builder.plan import LayerPlan
from funcs_builder.source import Deferred

_FORMAT = 1


def bytecode_layer(
    name: str, compiler: Compiler, key: str, sources: Callable[[], Iterable[Entry]]
) -> tuple[LayerPlan, ...]:
    """One layer for the modules among ``sources``, which ``key`` names; none without a Python."""
    if compiler.interpreter is None:
        return ()
    listing = partial(_compiled, compiler, key, sources)
    return (LayerPlan(name, Deferred(layer_key(compiler, key), listing)),)


def layer_key(compiler: Compiler, key: str) -> str:
    """What names the bytecode of what ``key`` names."""
    magic = compiler.interpreter.magic if compiler.interpreter else "none"
    return f"bytecode {_FORMAT} {magic} {key}"


def missing_bytecode(compiler: Compiler) -> tuple[str, ...]:
    """A note that there is none, if so."""
    note = compiler.compiled((), "").note if compiler.interpreter is None else ""
    return (note,) if note else ()


def _compiled(
    compiler: Compiler, key: str, sources: Callable[[], Iterable[Entry]]
) -> tuple[Entry, ...]:
    return compiler.compiled(sources(), key).entries
