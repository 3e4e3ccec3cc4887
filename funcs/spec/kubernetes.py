"""The parts of a function.yaml that are Kubernetes' own, as far as they are checked here."""

from __future__ import annotations

from typing import Annotated, Literal

from pydantic import ConfigDict, Field

from funcs.spec.duration import Duration
from funcs.spec.part import EMPTY, FreeMap, Part, Text, Whole
from funcs.spec.quantity import Quantity


class EnvVar(Part):
    """One environment variable of the workers."""

    name: Annotated[Text, Field(min_length=1)]
    """The variable's name."""
    value: Text = ""
    """Its value; text, so quote numbers that must keep their form."""
    value_from: FreeMap = EMPTY
    """Where Kubernetes takes the value from, e.g. a secret; the local platform leaves it empty."""


class Resources(Part):
    """How much CPU, memory and devices the function asks for and may use."""

    requests: dict[str, Quantity] = EMPTY
    """What is set aside; 25m of a CPU and 1Mi of memory where not given."""
    limits: dict[str, Quantity] = EMPTY
    """What it may not exceed; `nvidia.com/gpu` gives it GPUs."""
    claims: tuple[FreeMap, ...] = ()
    """Kubernetes' resource claims."""


class VolumeSource(Part):
    """What is mounted: a name, and one kind of Kubernetes volume under its own key."""

    model_config = ConfigDict(extra="allow")
    name: Text = ""


class VolumeMount(VolumeSource):
    """Where it is mounted."""

    mount_path: Text = ""


class Volume(Part):
    """A volume and its mount, which carry the same name."""

    volume: VolumeSource = VolumeSource()
    """The Kubernetes volume; Docker's platform knows hostPath alone."""
    volume_mount: VolumeMount = VolumeMount()
    """Its place in the container."""


class LoggerSink(Part):
    """Where logs go, and from which level on."""

    level: Text = ""
    """`debug`, `info`, `warn` or `error`."""
    sink: Text = ""
    """The name of a sink in the platform's configuration."""


class ScaleResource(Part):
    """A metric under whose threshold the function scales to zero."""

    metric_name: Text = ""
    window_size: Duration = ""
    threshold: Whole = 0


class ScaleToZero(Part):
    """When the function is taken down for lack of events."""

    scale_resources: tuple[ScaleResource, ...] = ()


class AutoScaleMetric(Part):
    """A metric by which replicas are added and removed."""

    metric_name: Annotated[Text, Field(min_length=1)]
    window_size: Duration = ""
    threshold: Annotated[Whole, Field(gt=0)]
    source_type: Annotated[Text, Field(min_length=1)]
    display_type: Text = ""


class DataBinding(Part):
    """A data source; kept for Nuclio, not given to Python functions."""

    name: Text = ""
    class_: Annotated[Text, Field(alias="class")] = ""
    kind: Text = ""
    url: Text = ""
    path: Text = ""
    query: Text = ""
    secret: Text = ""
    attributes: FreeMap = EMPTY


class Platform(Part):
    """What one platform alone knows, e.g. Docker's `network` and `restartPolicy`."""

    attributes: FreeMap = EMPTY


PreemptionMode = Literal["allow", "constrain", "prevent", "none"]
ServiceType = Literal["ClusterIP", "NodePort", "LoadBalancer", "ExternalName"]
PullPolicy = Literal["Always", "IfNotPresent", "Never"]
