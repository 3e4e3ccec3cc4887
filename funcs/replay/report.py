"""The page of a replay: one file without scripts, all that came from outside escaped in it."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from html import escape

from funcs.emulator.text import duration
from funcs.replay.replay import Outcome, PassedOver, Replayed, Tally
from funcs.replay.summary import counts, latencies
from funcs.tape.reader import Damage

_MOST_DIFFERENCES = 100
_STYLE = """
:root { color-scheme: light dark; --line: #8884; --bad: #c33; --good: #2a7; }
body { font: 15px/1.5 system-ui, sans-serif; max-width: 72rem; margin: 2rem auto; padding: 0 1rem }
table { border-collapse: collapse; width: 100%; margin: 1rem 0 }
th, td { text-align: left; padding: .25rem .75rem .25rem 0; border-bottom: 1px solid var(--line);
  vertical-align: top; overflow-wrap: anywhere }
code { font: 13px ui-monospace, monospace }
summary { cursor: pointer }
.bad { color: var(--bad) } .good { color: var(--good) } .dim { opacity: .6 }
"""


def html_report(
    outcomes: Sequence[Outcome], tally: Tally, *, title: str, sides: tuple[str, str]
) -> str:
    """The page; ``sides`` name what was expected and what was asked, for the columns."""
    rows = "\n".join(line for outcome in outcomes for line in _rows(outcome))
    first, second = (escape(side) for side in sides)
    summary = "".join(f"<li>{escape(line)}</li>" for line in counts(tally))
    times = "".join(
        f"<tr><td>{escape(name)}</td>" + "".join(f"<td>{each}</td>" for each in values) + "</tr>"
        for name, values in latencies(outcomes, sides)
    )
    return f"""<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width">
<meta http-equiv="Content-Security-Policy" content="default-src 'none'; style-src 'unsafe-inline'">
<title>{escape(title)}</title>
<style>{_STYLE}</style>
<h1>{escape(title)}</h1>
<ul>{summary}</ul>
<table><tr><th>latency<th>median<th>95 %<th>longest</tr>{times}</table>
<table>
<tr><th>event<th>request<th>{first}<th>{second}<th>result</tr>
{rows}
</table>
"""


def _rows(outcome: Outcome) -> Iterator[str]:
    if isinstance(outcome, Damage):
        said = f"line {outcome.line}: {outcome.reason}"
        yield f'<tr><td colspan="4">{escape(said)}<td class="bad">damaged</tr>'
        return
    item = outcome.item
    head = f"<tr><td><code>{escape(item.id)}</code><td>{escape(item.event.method)} "
    head += escape(item.event.path)
    if isinstance(outcome, PassedOver):
        yield f'{head}<td><td><td class="dim">passed over: {escape(outcome.reason)}</tr>'
        return
    mood = "good" if outcome.is_same else "bad"
    word = "same" if outcome.is_same else "different"
    cells = "".join(
        f"<td>{each.answer.status} {duration(each.duration_s)}" if each is not None else "<td>"
        for each in (outcome.expected, outcome.actual)
    )
    yield f'{head}{cells}<td class="{mood}">{word}</tr>'
    if not outcome.is_same:
        yield f'<tr><td colspan="5">{_details(outcome)}</tr>'


def _details(outcome: Replayed) -> str:
    if outcome.error:
        return f'<span class="bad">{escape(outcome.error)}</span>'
    many = len(outcome.differences)
    rows = []
    for each in outcome.differences[:_MOST_DIFFERENCES]:
        expected, actual = each.shown()
        rows.append(
            f"<tr><td><code>{escape(each.path)}</code><td><code>{escape(expected)}</code>"
            f"<td><code>{escape(actual)}</code></tr>"
        )
    if many > _MOST_DIFFERENCES:
        rows.append(f'<tr><td colspan="3">and {many - _MOST_DIFFERENCES} more</tr>')
    noun = "difference" if many == 1 else "differences"
    return (
        f"<details open><summary>{many} {noun}</summary>"
        f"<table><tr><th>path<th>expected<th>was</tr>{''.join(rows)}</table></details>"
    )
