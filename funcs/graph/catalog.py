"""What may be asked about the models of a compiled graph."""

from __future__ import annotations

import time
from collections.abc import Iterable, Iterator, Mapping
from threading import Event

from funcs.errors import Kind, RequestError
from funcs.model import Model
from funcs.suggest import did_you_mean
from funcs.tensor import Tensor


class ModelEntry:
    """One model at its route; readiness is asked of the model each time.

    ``operations`` are those it serves, "infer" first.
    """

    __slots__ = ("key", "model", "name", "operations", "router", "settled", "version")

    def __init__(
        self, key: str, model: Model, operations: tuple[str, ...], *, router: str = ""
    ) -> None:
        self.key = key
        self.name, _, self.version = key.partition(":")
        self.model = model
        self.operations = operations
        #: The name of the step that routes to it.
        self.router = router
        #: Set when loading has ended, well or not.
        self.settled = Event()

    @property
    def ready(self) -> bool:
        """Whether requests are let through."""
        return self.model.ready

    @property
    def load_error(self) -> str:
        """Why loading failed, as a sentence; "" while it has not."""
        return self.model.load_error

    @property
    def inputs(self) -> Mapping[str, Tensor]:
        """The declared inputs; empty where the author declared none."""
        return self.model.inputs

    @property
    def outputs(self) -> Mapping[str, Tensor]:
        """The declared outputs; empty where the author declared none."""
        return self.model.outputs


class Catalog:
    """The models of a graph by route key, in declared order; empty where it has none."""

    __slots__ = ("_entries",)

    def __init__(self, entries: Iterable[ModelEntry] = ()) -> None:
        self._entries = {entry.key: entry for entry in entries}

    def __iter__(self) -> Iterator[ModelEntry]:
        return iter(self._entries.values())

    def __len__(self) -> int:
        return len(self._entries)

    def names(self) -> list[str]:
        """The route keys, ``["m1", "m3:v1"]``."""
        return list(self._entries)

    def versions(self, model: str) -> list[str]:
        """The declared versions of ``model``; [] where it has none or does not exist."""
        return [
            entry.version
            for entry in self._entries.values()
            if entry.name == model and entry.version
        ]

    def find(self, model: str, version: str = "") -> ModelEntry:
        """The entry that a request for ``model`` and ``version`` reaches.

        ``model`` may be a key, ``"m:v1"``. Without a version it is the key ``model`` itself, else
        the version declared last.

        Raises:
            RequestError: UNKNOWN_MODEL or UNKNOWN_VERSION, with what there is.
        """
        found = self._entries.get(f"{model}:{version}" if version else model)
        if found is not None:
            return found
        name, _, tag = model.partition(":")
        if tag and not version:
            return self.find(name, tag)
        same = [entry for entry in self._entries.values() if entry.name == model]
        if version or not same:
            raise self._unknown(model, version, known=bool(same))
        return same[-1]

    def _unknown(self, model: str, version: str, *, known: bool) -> RequestError:
        # A client's word is cut: it comes back in the answer and in the log.
        model, version = model[:100], version[:100]
        if not known:
            fix = did_you_mean(model, self._entries, noun="models")
            return RequestError(f"there is no model {model!r}", kind=Kind.UNKNOWN_MODEL, fix=fix)
        fix = did_you_mean(version, self.versions(model), noun="versions")
        what = f"model {model!r} has no version {version!r}"
        return RequestError(what, kind=Kind.UNKNOWN_VERSION, fix=fix, model=model)

    def wait(self, timeout_s: float) -> bool:
        """Wait until every model has loaded or failed to; False if the time was too short."""
        deadline = time.monotonic() + timeout_s
        return all(
            entry.settled.wait(max(0.0, deadline - time.monotonic()))
            for entry in self._entries.values()
        )
