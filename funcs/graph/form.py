"""A graph as plain data and back: what a spec, a tape or another process can hold."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator, Mapping

from funcs.errors import GraphError
from funcs.graph.draft import Draft, Step
from funcs.graph.plan import PlannedHandler, PlannedRoute
from funcs.graph.routers import Router
from funcs.suggest import did_you_mean

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any

_OPTIONS = {"input_path": "", "result_path": "", "full_event": False, "handler": "", "copy": False}
_STEP = ("name", "target", "router", "after", "before", "args", *_OPTIONS)
_STEP_KEYS = (*_STEP, "respond", "sink", "error_handler")
_ROUTER_KEYS = ("class", "default", "models")
_ROUTE_KEYS = ("key", "target", "path", "params")
_HANDLER_KEYS = ("name", "target", "args", "handler", "before")
#: The parameters of ``to`` and ``error_handler``: no argument of a target is called so.
_TAKEN = {"self", "target", "name", "before", "key", *_OPTIONS}
_PLAIN_ROUTER = "funcs.graph.routers:Router"


def draft_to_dict(draft: Draft) -> dict[str, Any]:
    """The draft as plain data; what holds its default is left out."""
    form: dict[str, Any] = {"name": draft.name, "steps": [_step(step) for step in draft.steps]}
    if draft.on_error is not None:
        form["error_handler"] = _handler(draft.on_error, "the graph's error handler")
    return form


def _step(step: Step) -> dict[str, Any]:
    noun = f"step {step.name!r}"
    options = step.options
    form: dict[str, Any] = {"name": step.name}
    if isinstance(step.target, Router):
        form["router"] = _router(step.target, noun)
    else:
        form["target"] = reference_of(step.target, noun)
    said = {
        "after": [_name(other) for other in step.predecessors],
        "before": [_name(other) for other in step.followers],
        "args": _plain(step.args, noun),
        "input_path": options.input_path,
        "result_path": options.result_path,
        "full_event": options.full_event,
        "handler": options.method,
        "copy": options.copy,
        "respond": step.responds,
        "sink": step.is_sink,
    }
    form.update((key, value) for key, value in said.items() if value)
    if step.on_error is not None:
        form["error_handler"] = _handler(step.on_error, f"the error handler of {noun}")
    return form


def _name(step: str | Step) -> str:
    return step if isinstance(step, str) else step.name


def _router(router: Router, noun: str) -> dict[str, Any]:
    form: dict[str, Any] = {"class": reference_of(type(router), noun)}
    if router.default:
        form["default"] = router.default
    form["models"] = [_route(route) for route in router.routes]
    return form


def _route(route: PlannedRoute) -> dict[str, Any]:
    noun = f"model {route.key!r}"
    form: dict[str, Any] = {"key": route.key, "target": reference_of(route.target, noun)}
    if route.path:
        form["path"] = route.path
    if route.params:
        form["params"] = _plain(dict(route.params), noun)
    return form


def _handler(handler: PlannedHandler, noun: str) -> dict[str, Any]:
    form: dict[str, Any] = {"name": handler.name, "target": reference_of(handler.target, noun)}
    said = {"args": dict(handler.args), "handler": handler.method, "before": handler.before}
    form.update((key, value) for key, value in said.items() if value)
    _plain(dict(handler.args), noun)
    return form


def reference_of(target: Any, noun: str) -> str:
    """The ``"module:name"`` that leads to ``target``.

    Raises:
        GraphError: there is none, since it is an object, a lambda, a local, or of a script.
    """
    if isinstance(target, str):
        return target
    module, name = getattr(target, "__module__", None), getattr(target, "__qualname__", None)
    if not module or not name:
        why, fix = f"is an object ({type(target).__name__})", "give its class and arguments"
    elif "<lambda>" in name:
        why, fix = "is a lambda", "write a function with a name"
    elif "<locals>" in name:
        why, fix = f"is defined inside {name.partition('.')[0]}()", "define it at the module's top"
    elif module == "__main__":
        why, fix = "is defined in a script", "define it in a module of its own"
    elif _found(module, name) != target:
        why, fix = f"is not what {module}:{name} is", "give its class and arguments"
    else:
        return f"{module}:{name}"
    raise GraphError(f"{noun} {why}: no name leads to it", fix=fix)


def _found(module: str, name: str) -> Any:
    found: Any = sys.modules.get(module)
    for part in name.split("."):
        found = getattr(found, part, None)
    return found


def _plain(args: Mapping[str, Any], noun: str) -> dict[str, Any]:
    for name, value in args.items():
        try:
            same = json.loads(json.dumps(value)) == value
        except (TypeError, ValueError):
            same = False
        if not same:
            what = f"{noun} has the argument {name}, a {type(value).__name__}: it is no plain data"
            raise GraphError(what, fix="pass text, numbers, lists or dicts")
    return dict(args)


def draft_from_dict(form: Any, draft: Draft) -> None:
    """Add to the empty ``draft`` what ``draft_to_dict`` wrote."""
    _check_keys(form, ("name", "steps", "error_handler"), "the graph")
    for index, item in enumerate(_list(form, "steps", "the graph")):
        noun = f"steps[{index}]"
        _check_keys(item, _STEP_KEYS, noun)
        _read_step(item, noun, draft)
    if "error_handler" in form:
        handler = _read_handler(form["error_handler"], "the graph's error_handler")
        del handler["before"]
        draft.error_handler(**handler)


def _read_step(item: dict[str, Any], noun: str, draft: Draft) -> None:
    target = _read_router(item["router"], noun) if "router" in item else _text(item, "target", noun)
    options = {key: _option(item, key, default, noun) for key, default in _OPTIONS.items()}
    step = draft.to(target, _text(item, "name", noun), **options, **_args(item, noun))
    step.after(*_names(item, "after", noun)).before(*_names(item, "before", noun))
    if item.get("respond"):
        step.respond()
    if item.get("sink"):
        step.sink()
    if "error_handler" in item:
        step.error_handler(**_read_handler(item["error_handler"], f"{noun}.error_handler"))


def _read_router(form: Any, noun: str) -> Router:
    from funcs.loader import load_object

    _check_keys(form, _ROUTER_KEYS, f"{noun}.router")
    name = _text({"class": _PLAIN_ROUTER, **form}, "class", f"{noun}.router")
    cls = load_object(name)
    if not (isinstance(cls, type) and issubclass(cls, Router)):
        raise GraphError(f"{noun}.router.class {name!r} is no funcs.Router")
    try:
        router = cls()
    except TypeError as error:
        raise GraphError(f"{noun}.router.class {name!r} cannot be made: {error}") from error
    router.default = _option(form, "default", "", f"{noun}.router")
    for index, route in enumerate(_list(form, "models", f"{noun}.router")):
        place = f"{noun}.router.models[{index}]"
        _check_keys(route, _ROUTE_KEYS, place)
        params = _args(route, place, "params")
        key, target = _text(route, "key", place), _text(route, "target", place)
        router.add_model(key, target, **{**params, "path": _option(route, "path", "", place)})
    return router


def _read_handler(form: Any, noun: str) -> dict[str, Any]:
    """What ``error_handler`` is called with."""
    _check_keys(form, _HANDLER_KEYS, noun)
    words = {key: _option(form, key, "", noun) for key in ("name", "handler", "before")}
    return {"target": _text(form, "target", noun), **words, **_args(form, noun)}


def _check_keys(form: Any, known: tuple[str, ...], noun: str) -> None:
    if not isinstance(form, dict):
        raise GraphError(f"{noun} is {type(form).__name__}, not a mapping")
    for key in form:
        if key not in known:
            fix = did_you_mean(str(key), known, noun="keys")
            raise GraphError(f"{noun} has the unknown key {key!r}", fix=fix)


def _text(form: Mapping[str, Any], key: str, noun: str) -> str:
    value = form.get(key)
    if not isinstance(value, str) or not value:
        raise GraphError(f"{noun} lacks {key!r}, or it is no text")
    return value


def _option(form: Mapping[str, Any], key: str, default: Any, noun: str) -> Any:
    value = form.get(key, default)
    if type(value) is not type(default):
        raise GraphError(f"{noun} has {key!r}, which is no {type(default).__name__}")
    return value


def _list(form: Mapping[str, Any], key: str, noun: str) -> Iterator[Any]:
    value = form.get(key, [])
    if not isinstance(value, list):
        raise GraphError(f"{noun} has {key!r}, which is no list")
    return iter(value)


def _names(form: Mapping[str, Any], key: str, noun: str) -> list[str]:
    names = list(_list(form, key, noun))
    if not all(isinstance(name, str) for name in names):
        raise GraphError(f"{noun} has {key!r}, which must hold names of steps")
    return names


def _args(form: Mapping[str, Any], noun: str, key: str = "args") -> dict[str, Any]:
    value = form.get(key, {})
    if not isinstance(value, dict) or not all(isinstance(name, str) for name in value):
        raise GraphError(f"{noun} has {key!r}, which is no mapping by name")
    taken = _TAKEN & value.keys()
    if taken:
        raise GraphError(f"{noun} has the argument {min(taken)!r}, a word of the graph's own")
    return value
