"""From a planned route to a Model, its loading, and one callable for each of its operations."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from contextlib import suppress
from threading import Thread

from funcs.errors import Kind, LoadError, RequestError
from funcs.graph.catalog import ModelEntry
from funcs.graph.errors import failed, not_loaded
from funcs.graph.parameters import is_async, parameters_of
from funcs.graph.plan import PlannedRoute
from funcs.graph.source import FAILURES, Source
from funcs.graph.steps import Given, constructed, loaded
from funcs.graph.targets import is_model
from funcs.model import Model
from funcs.tensor import Signature, Tensor

TYPE_CHECKING = False
if TYPE_CHECKING:
    from typing import Any, TypeAlias

#: What is called with a Request and the value that has come to the model.
ModelCall: TypeAlias = "Callable[[Any, Any], Any]"
_CUSTOM = "op_"
#: What a hook is given if it has a parameter of that name, besides its value.
_EXTRAS = {"operation": "{operation!r}", "parameters": "request.parameters"}


def model_entry(route: PlannedRoute, router: str, given: Given) -> ModelEntry:
    """The model of ``route``, constructed and not loaded.

    Raises:
        LoadError: its class is not there, is no Model, or its constructor failed.
    """
    noun = f"model {route.key!r}"
    target = loaded(route.target, noun, given)
    if not is_model(target):
        raise LoadError(f"{noun} is {route.target!r}, which is no funcs.Model", fix="subclass it")
    model = _placed(target, route, noun, given)
    return ModelEntry(route.key, model, operations_of(type(model)), router=router)


def _placed(target: Any, route: PlannedRoute, noun: str, given: Given) -> Model:
    """The model, knowing its name, version, path and folder whatever its constructor kept."""
    name, _, version = route.key.partition(":")
    params = dict(route.params)
    if isinstance(target, type):
        args = _accepted(target, {"version": version, "path": route.path}) | params
        model: Model = constructed(noun, target, args, name, given)
    else:
        model = target
    place = {"name": name, "version": version, "path": route.path, "folder": given.folder}
    place |= {"files_folder": given.files_folder}
    for key, value in {**place, "context": given.context, "params": params}.items():
        if not getattr(model, key, None):
            setattr(model, key, value)
    return model


def _accepted(cls: type, offered: dict[str, Any]) -> dict[str, Any]:
    return {key: value for key, value in offered.items() if key in parameters_of(cls)}


def operations_of(cls: type[Model]) -> tuple[str, ...]:
    """The operations that models of ``cls`` serve: infer, explain where written, its own."""
    standard = ["infer", *(["explain"] if callable(getattr(cls, "explain", None)) else [])]
    own = {name.removeprefix(_CUSTOM) for name in dir(cls) if name.startswith(_CUSTOM)}
    return (*standard, *sorted(own - {"infer", "explain"}))


def load_now(entry: ModelEntry, given: Given, opened: Callable[[ModelEntry], None]) -> None:
    """Load the model, then call ``opened``, which lets requests through to it.

    Raises:
        LoadError: naming the model and the cause; ``entry.load_error`` then holds its sentence.
    """
    try:
        entry.model.load_error = ""
        entry.model.load()
        opened(entry)
        entry.model.ready = True
    except (Exception, SystemExit) as error:
        failure = not_loaded(f"model {entry.key!r} did not load", error, given.folder)
        entry.model.load_error = failure.sentence()
        raise failure from error
    finally:
        entry.settled.set()


def load_later(entry: ModelEntry, given: Given, opened: Callable[[ModelEntry], None]) -> None:
    """Load the model in a thread; a failure is logged and shown as ``entry.load_error``."""

    def run() -> None:
        with suppress(LoadError):
            load_now(entry, given, opened)
        logger = getattr(given.context, "logger", None)
        if entry.load_error and logger is not None:
            logger.error(entry.load_error)

    # A daemon: a load that hangs must not keep the worker from stopping.
    Thread(target=run, name=f"load {entry.key}", daemon=True).start()


def refusal(entry: ModelEntry, step: str, *, awaited: bool) -> ModelCall:
    """What answers for a model that has not loaded, or failed to: NOT_READY and why."""

    def refuse(_request: Any, _value: Any) -> Any:
        if entry.load_error:
            what, fix = entry.load_error, ""
        else:
            what, fix = f"model {entry.key!r} is still loading", "try again in a moment"
        raise RequestError(what, kind=Kind.NOT_READY, fix=fix, step=step, model=entry.key)

    async def refuse_awaited(request: Any, value: Any) -> Any:
        refuse(request, value)

    return refuse_awaited if awaited else refuse


def uses_await(model: Model) -> bool:
    """Whether any of the model's hooks or operations is ``async def``."""
    names = [name for name in dir(type(model)) if name.startswith(_CUSTOM)]
    hooks = ("preprocess", "validate", "predict", "explain", "postprocess")
    return any(is_async(getattr(model, name, None)) for name in (*hooks, *names))


def operation_call(entry: ModelEntry, operation: str, step: str, *, awaited: bool) -> ModelCall:
    """One callable for an operation of a loaded model: its hooks in a row, checked at both ends.

    A hook that raises becomes a StepError with the model's key. ``awaited`` makes it a coroutine
    function whatever the hooks are.
    """
    source = Source()
    source.names.update(failed=failed, step=step, key=entry.key)
    with source.block(f"{'async ' if awaited else ''}def call(request, given)"):
        with source.block("try"):
            source.add("value = given", *_lines(source, entry.model, operation), "return value")
        with source.block(f"except {FAILURES} as error"):
            source.add(
                "failure = failed(error, step, given, key)",
                "raise failure from failure.__cause__",
            )
    return source.function("call", f"<model {entry.key} {operation}>")


def _lines(source: Source, model: Model, operation: str) -> list[str]:
    if operation not in ("infer", "explain"):
        return [f"value = {_hook(source, model, _CUSTOM + operation, operation)}"]
    lines = []
    if model.inputs:
        source.names["bind"] = Signature(_tensors(model, "inputs")).bind
        lines.append("value = bind(value)")
    if hasattr(model, "preprocess"):
        lines.append(f"value = {_hook(source, model, 'preprocess', operation)}")
    if hasattr(model, "validate"):
        lines.append(f"checked = {_hook(source, model, 'validate', operation)}")
        lines.append("value = value if checked is None else checked")
    main = "predict" if operation == "infer" else "explain"
    lines.append(f"value = {_hook(source, model, main, operation)}")
    if hasattr(model, "postprocess"):
        lines.append(f"value = {_hook(source, model, 'postprocess', operation)}")
    if model.outputs and operation == "infer":
        source.names["check"] = Signature(_tensors(model, "outputs")).check
        lines.append("value = check(value)")
    return lines


def _hook(source: Source, model: Model, name: str, operation: str) -> str:
    """The expression that calls a hook with ``value`` and what else it asks for."""
    hook = getattr(model, name)
    source.names[name] = hook
    asked = [word for word in _EXTRAS if word in parameters_of(hook)]
    extras = "".join(f", {word}={_EXTRAS[word].format(operation=operation)}" for word in asked)
    return f"{'await ' if is_async(hook) else ''}{name}(value{extras})"


def _tensors(model: Model, which: str) -> Mapping[str, Tensor]:
    tensors: Mapping[str, Tensor] = getattr(model, which)
    fits = isinstance(tensors, Mapping) and all(isinstance(t, Tensor) for t in tensors.values())
    if not fits:
        what = f"{type(model).__name__}.{which} is no mapping of names to funcs.Tensor"
        raise LoadError(what, fix=f"{which} = {{'pixels': funcs.Tensor('float32', (-1, 64))}}")
    return tensors
