"""Code and folders that were written for other frameworks, and how they become a function."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Foreign:
    """One kind of it: what it is, and the one thing to do."""

    what: str
    advice: str


_DERIVE = "derive it from funcs.Model"
PLAIN = Foreign("class with load and predict", _DERIVE)
MLRUN = Foreign(
    "MLRun model server", f"{_DERIVE}; predict then takes the inputs, not the request around them"
)
KSERVE = Foreign(
    "KServe model", f"{_DERIVE}; predict then takes the inputs alone, no payload and no headers"
)
LITSERVE = Foreign(
    "LitServe API",
    f"{_DERIVE}: setup becomes load, decode_request preprocess, encode_response postprocess",
)
BENTOML = Foreign(
    "BentoML service",
    f"{_DERIVE}: __init__ becomes load, its API predict, further ones op_<name>",
)
COG = Foreign("cog predictor", f"{_DERIVE}: setup becomes load, predict takes a map of inputs")
MLSERVER = Foreign("MLServer runtime", f"{_DERIVE}; predict then takes the inputs, as arrays")
MLFLOW = Foreign("MLflow Python model", f"{_DERIVE}: load_context becomes load")
LAMBDA = Foreign(
    "AWS Lambda handler", "write def handler(context, event), the arguments the other way round"
)
SAGEMAKER = Foreign(
    "SageMaker script",
    "write a funcs.Model: model_fn becomes load, input_fn preprocess, predict_fn predict, "
    "output_fn postprocess",
)
APPLICATION = Foreign(
    "web application", "write def handler(context, event), which calls what its routes call"
)

#: A base class by its last name, and the package that it must come from where others have it too.
_BASES = {
    "V2ModelServer": ("", MLRUN),
    "LitAPI": ("", LITSERVE),
    "BasePredictor": ("cog", COG),
    "BaseRunner": ("cog", COG),
    "Model": ("kserve", KSERVE),
    "MLModel": ("mlserver", MLSERVER),
    "PythonModel": ("mlflow", MLFLOW),
}
_DECORATORS = {"bentoml.service": BENTOML}
_APPLICATIONS = ("fastapi.FastAPI", "flask.Flask", "starlette.applications.Starlette")
_LOADING = {"load", "setup", "load_model"}


def foreign_class(
    bases: Iterable[str], decorators: Iterable[str], methods: Collection[str]
) -> Foreign | None:
    """What a class is written for, by the dotted names of its bases and decorators."""
    for mark in decorators:
        if mark in _DECORATORS:
            return _DECORATORS[mark]
    for base in bases:
        known = _BASES.get(base.rpartition(".")[2])
        if known is not None and known[0] in ("", base.partition(".")[0]):
            return known[1]
    return PLAIN if "predict" in methods and not _LOADING.isdisjoint(methods) else None


def foreign_function(name: str, arguments: list[str]) -> Foreign | None:
    """What a function is written for, by its name and those of its arguments."""
    if arguments[:2] == ["event", "context"]:
        return LAMBDA
    return SAGEMAKER if name == "model_fn" else None


def is_application(called: str) -> Foreign | None:
    """What a call makes, by its dotted name: a web application, or nothing known."""
    return APPLICATION if called in _APPLICATIONS else None


#: Files that other tools write, and what to make of them.
LAYOUTS = {
    "MLmodel": Foreign(
        "MLflow model",
        "load it in a funcs.Model: mlflow.pyfunc.load_model(self.artifact({folder!r}))",
    ),
    "bentofile.yaml": Foreign("BentoML project", "the packages it lists go into requirements.txt"),
    "cog.yaml": Foreign("cog project", "the packages it lists go into requirements.txt"),
    "model-settings.json": Foreign(
        "MLServer model", "load what its parameters.uri names in a funcs.Model"
    ),
    "config.pbtxt": Foreign("Triton model", "load its file in a funcs.Model"),
    "saved_model.pb": Foreign("TensorFlow model", "load its folder in a funcs.Model"),
}
