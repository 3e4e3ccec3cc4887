"""Recorded exchanges that the emulated dashboard does not answer as the real one did, and why."""

from __future__ import annotations

_RACE = "two requests at the same moment: who wins is chance"
_BY_HAND = "the function was deployed before the recording began"
_FUNCTIONS = "the function's own answer is glued to the dashboard's"

DIFFERENCES = {
    "conc-get-later": _RACE,
    "conc-post-1": _RACE,
    "ev-put": "the router names methods of a path it knows; nobody reads them",
    "fn-logs-follow": "a stream that never ends",
    "invoke-timeout-bad": _FUNCTIONS,
    "misc-frontend_spec": "all that a web page needs; the client reads platformKind alone",
    "misc-templates": "33 kB of templates, which no deploy asks for",
    "nohealth-dashboard-gone": "nobody listened",
    "prj-delete-empty": "the project was made off the record",
    "stale-get-pyecho": _BY_HAND,
    "stale-invoke-pyecho": _BY_HAND,
}
