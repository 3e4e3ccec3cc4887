"""Asks a running function about its models, as any client may."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any
from urllib.parse import quote

from funcs.emulator.call import CallError, call
from funcs.emulator.sample import ModelCard

_PATIENCE_S = 10.0


def describe(url: str, names: Sequence[str]) -> tuple[ModelCard, ...]:
    """The models of these names; the first with its inputs, since an example is made of it."""
    cards = [ModelCard.of_label(name) for name in names]
    if cards:
        cards[0] = _with_inputs(url, cards[0])
    return tuple(cards)


def _with_inputs(url: str, card: ModelCard) -> ModelCard:
    about = _ask(url, f"/v2/models/{quote(card.name)}")
    inputs = about.get("inputs")
    tensors = inputs if isinstance(inputs, list) else []
    declared = tuple(tensor for tensor in tensors if _is_tensor(tensor))
    # Only the Open Inference Protocol's metadata has a platform.
    return ModelCard(card.name, card.version, declared, speaks_oip="platform" in about)


def _is_tensor(value: object) -> bool:
    return (
        isinstance(value, dict)
        and isinstance(value.get("name"), str)
        and isinstance(value.get("datatype"), str)
        and isinstance(value.get("shape"), list)
        and all(isinstance(size, int) for size in value["shape"])
    )


def _ask(url: str, path: str) -> dict[str, Any]:
    try:
        answer = call(url, path=path, timeout_s=_PATIENCE_S)
        value = answer.json() if answer.ok else {}
    except (CallError, ValueError):
        return {}
    return value if isinstance(value, dict) else {}
