"""`/metrics` in Prometheus' text format (port 8090, when a prometheusPull sink is named).

Nuclio's counters, then what handlers count by ``context.metrics``.

Written here and not by prometheus-client: Nuclio's counters are called `…_sum` and `…_count`,
which that library's writer renames, and importing it costs as much as a whole worker.
"""

from __future__ import annotations

from funcs.processor.side import SideReply, not_found

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Iterable, Iterator, Sequence

    from funcs.processor.config import Function
    from funcs.processor.http_head import Head
    from funcs.processor.triggers.base import Trigger

    Labels = dict[str, str]
    Sample = tuple[Labels, float]

_PREFIX = "nuclio_processor_"
_TYPE = ("Content-Type: text/plain; version=0.0.4; charset=utf-8",)


class MetricsRoutes:
    """`/metrics`, and the health check that Nuclio serves from the same place."""

    def __init__(self, function: Function, triggers: Sequence[Trigger]) -> None:
        self._common = {
            "function": function.name,
            "instance": f"{function.namespace}-{function.name}",
            "namespace": function.namespace,
            "project": function.project,
        }
        self._triggers = triggers

    def __call__(self, head: Head) -> SideReply:
        """The answer to one request."""
        if head.path == b"/__internal/health":
            return SideReply.text("ok")
        if head.path != b"/metrics":
            return not_found()
        text = self.text()
        return SideReply(200, text, _TYPE, is_chunked=len(text) > 2048)

    def text(self) -> str:
        """Nuclio's counters in the order of their names, and then the handlers' own."""
        families = [
            ("handled_events_duration_milliseconds_count", _COUNT, self._per_worker(0)),
            ("handled_events_duration_milliseconds_sum", _SUM, self._per_worker(1)),
            ("handled_events_total", "Total number of handled events", self._handled()),
            ("worker_allocation_count", "Total number of worker_allocations", self._asked()),
            ("worker_allocation_total", _BY_RESULT, self._by_result()),
            ("worker_allocation_wait_duration_milliseconds_sum", _WAITED, self._waited()),
            ("worker_allocation_workers_available_percentage", _PERCENT, self._available()),
        ]
        lines: list[str] = []
        for name, meaning, samples in families:
            lines += _family(_PREFIX + name, meaning, samples)
        return "\n".join([*lines, *self._handlers_own(), ""])

    def _handlers_own(self) -> list[str]:
        """What the handlers count, summed over all workers."""
        crews = {id(trigger.pool): trigger.pool.crew for trigger in self._triggers}
        counted = [families for crew in crews.values() if (families := crew.metrics.families())]
        if not counted:
            return []
        from funcs.metrics.family import add, page_lines

        total = counted.pop(0)
        for families in counted:
            add(total, families)
        return page_lines(total)

    def _labels(self, trigger: Trigger, **more: str) -> Labels:
        settings = trigger.settings
        own = {"trigger_id": settings.name, "trigger_kind": settings.kind}
        return {**self._common, **own, **more}

    def _per_worker(self, what: int) -> Iterator[Sample]:
        for trigger in self._triggers:
            for link in trigger.pool.crew.links:
                value = (link.answers, int(link.busy_s * 1000))[what]
                yield self._labels(trigger, worker_index=str(link.index)), value

    def _handled(self) -> Iterator[Sample]:
        for trigger in self._triggers:
            yield self._labels(trigger, result="failure"), trigger.failures
            yield self._labels(trigger, result="success"), trigger.successes

    def _asked(self) -> Iterator[Sample]:
        for trigger in self._triggers:
            counts = trigger.pool.allocations
            yield self._labels(trigger), counts.at_once + counts.waited + counts.timed_out

    def _by_result(self) -> Iterator[Sample]:
        for trigger in self._triggers:
            counts = trigger.pool.allocations
            yield self._labels(trigger, result="error_timeout"), counts.timed_out
            yield self._labels(trigger, result="success_after_wait"), counts.waited
            yield self._labels(trigger, result="success_immediate"), counts.at_once

    def _waited(self) -> Iterator[Sample]:
        for trigger in self._triggers:
            yield self._labels(trigger), int(trigger.pool.allocations.waited_s * 1000)

    def _available(self) -> Iterator[Sample]:
        for trigger in self._triggers:
            pool = trigger.pool
            yield self._labels(trigger), 100 * pool.allocations.available / pool.size


_COUNT = "Number of measurements taken for nuclio_processor_handled_events_duration_sum"
_SUM = "Total sum of milliseconds it took to handle events"
_BY_RESULT = "Total number of worker allocations, by result"
_WAITED = "Total number of milliseconds spent waiting for a worker"
_PERCENT = "Percent of workers available when an allocation occurred"


def _family(name: str, meaning: str, samples: Iterable[Sample]) -> Iterator[str]:
    rows = sorted(samples, key=_order)
    if rows:
        yield f"# HELP {name} {meaning}"
        yield f"# TYPE {name} counter"
    for labels, value in rows:
        inner = ",".join(f'{key}="{_escaped(labels[key])}"' for key in sorted(labels))
        yield f"{name}{{{inner}}} {value:.17g}"


def _order(sample: Sample) -> list[str]:
    """By the values of the labels, the labels by name, as Prometheus' library for Go does."""
    labels = sample[0]
    return [labels[name] for name in sorted(labels)]


def _escaped(text: str) -> str:
    return text.replace("\\", "\\\\").replace('"', '\\"').replace("\n", "\\n")
