"""The keys of a function.yaml, as Nuclio 1.14 and 1.15 know them."""

from __future__ import annotations

import re
from typing import Annotated, Literal

from pydantic import AfterValidator, Field

from funcs.spec.build import Build
from funcs.spec.duration import Duration
from funcs.spec.kubernetes import (
    AutoScaleMetric,
    DataBinding,
    EnvVar,
    LoggerSink,
    Platform,
    PreemptionMode,
    PullPolicy,
    Resources,
    ScaleToZero,
    ServiceType,
    Volume,
)
from funcs.spec.name import what_is_wrong
from funcs.spec.part import EMPTY, Count, Flag, FreeMap, Part, Text, Whole, wrong
from funcs.spec.problem import shown
from funcs.spec.reference import ImageReference
from funcs.spec.trigger import Trigger

#: Nuclio's wrapper: what a handler string must look like; anything else ends it at its start.
_HANDLER = re.compile(r"[\w|-]+(\.[\w|-]+)*:\w+")
_RUNTIME = re.compile(r"python(:3\.[0-9]+)?", re.ASCII)


def _check_name(text: str) -> str:
    if text and (what := what_is_wrong(text)):
        raise wrong(what, "use lower case letters, digits and '-', e.g. 'shop'")
    return text


def _check_handler(text: str) -> str:
    if not text or _HANDLER.fullmatch(text):
        if ".py:" in text:
            raise wrong(
                f"the handler {text!r} names a file", f"write {text.replace('.py:', ':')!r}"
            )
        return text
    near = text if ":" not in text and text.isidentifier() else "handler"
    raise wrong(
        f"the handler {shown(text)} is not of the form 'module:function'", f"e.g. 'main:{near}'"
    )


def _check_runtime(text: str) -> str:
    if text and not _RUNTIME.fullmatch(text):
        raise wrong(f"funcs runs Python, not {shown(text)}", "write e.g. runtime: 'python:3.11'")
    return text


class Metadata(Part):
    """Who the function is."""

    name: Annotated[Text, AfterValidator(_check_name)] = ""
    """The function's name; the folder's where not given."""
    namespace: Text = ""
    """`nuclio` where not given."""
    labels: dict[str, Text] = EMPTY
    """`nuclio.io/project-name` says the project; `default` where not given."""
    annotations: dict[str, Text] = EMPTY
    resource_version: Text = ""


class Spec(Part):
    """What the function runs, how it is called and what it may use."""

    description: Text = ""
    alias: Text = ""
    version: Whole = 0
    publish: Flag = False
    disable: Flag = False
    """Whether the function is stopped, or scaled to zero."""
    handler: Annotated[Text, AfterValidator(_check_handler)] = ""
    """`module:function`; `function:handler` is funcs' own, for graphs, and
    `function:async_handler` where a trigger has `mode: async`."""
    runtime: Annotated[Text, AfterValidator(_check_runtime)] = ""
    """`python`, or with its version: `python:3.11`."""
    env: tuple[EnvVar, ...] = ()
    """Environment variables of the workers."""
    env_from: tuple[FreeMap, ...] = ()
    resources: Resources = Resources()
    image: ImageReference = ""
    """A finished image to run."""
    image_hash: Text = ""
    image_pull_policy: PullPolicy | None = None
    image_pull_secrets: Text = ""
    run_registry: Text = ""
    replicas: Count | None = None
    min_replicas: Count | None = None
    """0 lets it scale to zero, which needs an HTTP trigger and maxReplicas."""
    max_replicas: Annotated[Count, Field(gt=0)] | None = None
    target_cpu: Annotated[Count, Field(alias="targetCPU")] = 0
    """The CPU use, in percent, at which replicas are added; 75 where not given."""
    data_bindings: dict[str, DataBinding] = EMPTY
    triggers: dict[str, Trigger] = EMPTY
    """What brings events; without an HTTP trigger, `default-http` is added."""
    volumes: tuple[Volume, ...] = ()
    build: Build = Build()
    runtime_attributes: FreeMap = EMPTY
    """A free map; `funcs` in it holds funcs' own settings, e.g. `graph: main:graph`."""
    logger_sinks: tuple[LoggerSink, ...] = ()
    platform: Platform = Platform()
    readiness_timeout_seconds: Count = 0
    """How long a deploy waits for the function; the platform's 120 where not given."""
    wait_readiness_timeout_before_failure: Flag = False
    event_timeout: Duration = ""
    """How long one event may take before it is answered 408 and its worker replaced."""
    service_type: ServiceType | None = None
    security_context: FreeMap = EMPTY
    service_account: Text = ""
    affinity: FreeMap = EMPTY
    node_selector: dict[str, Text] = EMPTY
    node_name: Text = ""
    tolerations: tuple[FreeMap, ...] = ()
    priority_class_name: Text = ""
    preemption_policy: Literal["Never", "PreemptLowerPriority"] | None = None
    preemption_mode: PreemptionMode | None = None
    deployment_strategy: FreeMap = EMPTY
    host_ipc: Annotated[Flag, Field(alias="hostIPC")] = False
    sidecars: tuple[FreeMap, ...] = ()
    init_containers: tuple[FreeMap, ...] = ()
    scale_to_zero: ScaleToZero = ScaleToZero()
    custom_scaling_metric_specs: tuple[FreeMap, ...] = ()
    auto_scale_metrics: tuple[AutoScaleMetric, ...] = ()
    devices: tuple[Text, ...] = ()
    disable_default_http_trigger: Annotated[
        Flag | None, Field(alias="disableDefaultHTTPTrigger")
    ] = None
    disable_sensitive_fields_masking: Flag = False
    dealer_uri: Annotated[Text, Field(alias="dealerURI")] = ""
    """Obsolete."""
    avatar: Text = ""


class FunctionYaml(Part):
    """A whole function.yaml."""

    api_version: Text = "nuclio.io/v1"
    """`nuclio.io/v1` or `nuclio.io/v1beta1`; Nuclio does not look."""
    kind: Literal["NuclioFunction", "Function"] = "NuclioFunction"
    metadata: Metadata = Metadata()
    spec: Spec = Spec()
    status: FreeMap = EMPTY
    """What Nuclio says of a deployed function; not read."""
