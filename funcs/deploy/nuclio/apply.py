"""Carries a plan out at a dashboard: makes, updates, waits, looks whether it came true."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from funcs.deploy.document import Document
from funcs.deploy.drift import holds
from funcs.deploy.engine import Engine
from funcs.deploy.errors import DashboardError, UnreachableError
from funcs.deploy.nuclio import address, verify
from funcs.deploy.nuclio.calls import (
    CreateFunction,
    CreateProject,
    FindGateway,
    GetFunction,
    GetProject,
    SendGateway,
    UpdateFunction,
)
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.lasting import NAME_CALL
from funcs.deploy.nuclio.planner import FUNCTION_CALL, GATEWAY_CALL, PROJECT_CALL
from funcs.deploy.nuclio.serve import ARCHIVE_HOST, serving
from funcs.deploy.nuclio.status import Function
from funcs.deploy.nuclio.wait import Waiter
from funcs.deploy.plan import PLAN_ANNOTATION, DeployPlan
from funcs.deploy.progress import Progress
from funcs.deploy.target import Target
from funcs.errors import DeployError

#: How often a function that read an old configuration is deployed anew, and a conflict retried.
_TRIES = 3
_CONFLICTS = ("same name", "provisioned", "stale", "already exists")
_NO_FILES: Mapping[str, bytes] = {}


class Deployment:
    """What carrying a plan out needs beside the plan."""

    def __init__(
        self,
        target: Target,
        dashboard: Dashboard,
        waiter: Waiter,
        progress: Progress,
        engine: Engine,
        folder: Path,
    ) -> None:
        self._target = target
        self._dashboard = dashboard
        self._waiter = waiter
        self._progress = progress
        self._engine = engine
        self._folder = folder

    def apply(
        self, plan: DeployPlan, files: Mapping[str, bytes] = _NO_FILES
    ) -> tuple[Function, bool]:
        """Carry the plan out, unless all of it is so already; whether anything had to be done.

        Raises:
            FunctionFailedError: the function does not run.
            DeployError: the dashboard refuses, or does not answer.
        """
        documents = {step.call: dict(step.document) for step in plan.steps}
        if FUNCTION_CALL not in documents:
            raise DeployError("the plan deploys no function", where=plan.place)
        function, has_changed = self._brought_about(plan, documents, files)
        if GATEWAY_CALL in documents:
            has_changed |= self._set_gateway(documents[GATEWAY_CALL])
        return function, has_changed

    def _brought_about(
        self, plan: DeployPlan, documents: Mapping[str, Document], files: Mapping[str, bytes]
    ) -> tuple[Function, bool]:
        """The function as it was planned, and whether anything had to be done for it."""
        document = documents[FUNCTION_CALL]
        found = self._dashboard.send(GetFunction(plan.function, document["metadata"]["namespace"]))
        if found is not None and found.plan == plan.digest:
            if self._is_as_planned(found, document):
                return found, False
            if found.is_going_on:  # who waited for it before was interrupted
                self._progress.step(f"the deploy of {plan.function!r} goes on: waiting")
                return self._deploy(plan, document, files, goes_on=True), True
        if NAME_CALL in documents:
            naming = documents[NAME_CALL]
            self._engine.tag(naming["image"], naming["name"])
        self._make_project(documents[PROJECT_CALL])
        return self._deploy(plan, document, files), True

    def _set_gateway(self, document: Document) -> bool:
        """Make an API gateway or change it, unless it is so already; whether it was not."""
        name, namespace = document["metadata"]["name"], document["metadata"]["namespace"]
        there = self._dashboard.send(FindGateway(name, namespace))
        is_so = there is not None and holds(there.spec, document["spec"]) and not there.has_failed
        if not is_so:
            self._progress.step(f"setting API gateway {name!r}")
            self._dashboard.send(SendGateway(document, is_there=there is not None))
        self._waiter.gateway(name, namespace)
        return not is_so

    def _is_as_planned(self, function: Function, wanted: Document) -> bool:
        """Whether it runs as the plan would have it; what was changed there counts."""
        is_as_meant = function.is_serving or (function.is_settled and wanted["spec"].get("disable"))
        spec = {key: part for key, part in wanted["spec"].items() if key != "build"}
        if not is_as_meant or function.has_failed or not holds(function.spec, spec):
            return False
        if address.is_stale(function, self._engine, self._dashboard.url):
            self._progress.step("the engine was restarted since the last deploy: deploying anew")
            return False
        return True

    def _make_project(self, document: Document) -> None:
        name, namespace = document["metadata"]["name"], document["metadata"]["namespace"]
        if self._dashboard.send(GetProject(name, namespace)):
            return
        self._progress.step(f"making project {name!r}")
        self._dashboard.send(CreateProject(document))

    def _deploy(
        self,
        plan: DeployPlan,
        document: Document,
        files: Mapping[str, bytes],
        *,
        goes_on: bool = False,
    ) -> Function:
        """Send the function until it runs with what was sent; once less where that ``goes_on``."""
        for _ in range(_TRIES):
            if not goes_on:
                self._send(document, files)
            goes_on = False
            function = self._waiter.settled(plan.function, document["metadata"]["namespace"])
            self._refuse_anothers(plan, function)
            verify.refuse_failed(self._dashboard, function, self._folder)
            if function.is_disabled:  # its container is the one before, and stopped
                return function
            log = verify.log_head(self._dashboard, function)
            if verify.has_read(plan.deploy_id, log) is not False:
                return function
            now = self._dashboard.send(GetFunction(function.name, function.namespace))
            self._refuse_anothers(plan, now)
            self._progress.step("the function started with its previous configuration: once more")
        what = f"function {plan.function!r} runs, but with the configuration of an earlier deploy"
        fix = "look whether the dashboard's helper container is slow or broken, then deploy again"
        raise DeployError(what, where=self._dashboard.url, fix=fix)

    def _refuse_anothers(self, plan: DeployPlan, function: Function | None) -> None:
        """Fighting over a function would go on for ever: who came later wins."""
        if function is not None and function.plan == plan.digest:
            return
        what = f"function {plan.function!r} was deployed or deleted by someone else meanwhile"
        fix = f"look at it: funcs describe {plan.function}; deploy again if yours should stand"
        raise DeployError(what, where=self._dashboard.url, fix=fix)

    def _send(self, document: Document, files: Mapping[str, bytes]) -> None:
        """Send the function; its archive is served for as long as that takes."""
        if not files:
            self._create_or_update(document)
            return
        with serving(files, self._target) as served:
            try:
                self._create_or_update(_with_host(document, served.host))
            except DashboardError as error:
                if error.status == 500 and not served.asked:  # nobody came for it
                    error.fix = (
                        "let the dashboard reach this machine, which served the source at "
                        f"{served.host}: --serve-at HOST:PORT; from a container that is often "
                        "172.17.0.1:PORT"
                    )
                raise

    def _create_or_update(self, document: Document) -> None:
        """Send it once, or again after a conflict; who else deploys it is waited for."""
        name, namespace = document["metadata"]["name"], document["metadata"]["namespace"]
        for left in reversed(range(_TRIES)):
            found = self._dashboard.send(GetFunction(name, namespace))
            if found is not None and found.is_going_on:
                self._progress.step(f"function {name!r} is being deployed by someone: waiting")
                found = self._waiter.settled(name, namespace)
            self._progress.step(f"{'creating' if found is None else 'updating'} function {name!r}")
            call = CreateFunction(document) if found is None else UpdateFunction(document)
            try:
                self._dashboard.send(call)
            except DashboardError as error:
                if _is_conflict(error) and left:
                    continue
                if error.status < 500 or not self._has_arrived(document, found):
                    raise
            except UnreachableError:
                if not self._has_arrived(document, found):
                    raise
            return

    def _has_arrived(self, document: Document, before: Function | None) -> bool:
        """Whether a request whose answer was lost was carried out all the same."""
        metadata = document["metadata"]
        plan = metadata["annotations"][PLAN_ANNOTATION]
        now = self._waiter.look(metadata["name"], metadata["namespace"])
        if now is None or now.plan != plan:
            return False
        if before is not None and before.plan == plan and now.is_settled:  # nobody can tell
            return False
        self._progress.step("the answer was lost; the deploy goes on")
        return True


def _is_conflict(error: DashboardError) -> bool:
    """Whether another deploy came between, and not a rule that stays broken."""
    said = error.reason.lower()
    return error.status in (409, 412) and any(words in said for words in _CONFLICTS)


def _with_host(document: Document, host: str) -> Document:
    """The document whose archive lies at the address where it is served now."""
    build = document["spec"]["build"]
    path = build["path"].replace(ARCHIVE_HOST, host)
    return {**document, "spec": document["spec"] | {"build": build | {"path": path}}}
