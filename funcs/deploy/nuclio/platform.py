"""Nuclio's dashboard as a platform."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import closing
from functools import partial

from funcs.deploy import guards
from funcs.deploy.deployed import Deployed, Outcome
from funcs.deploy.document import Document
from funcs.deploy.engine import Engine
from funcs.deploy.guards import Surroundings
from funcs.deploy.nuclio import address, verify
from funcs.deploy.nuclio.apply import Deployment
from funcs.deploy.nuclio.calls import (
    DeleteFunction,
    GetFunction,
    GetLogs,
    GetPlatformKind,
    GetReplicas,
    ListFunctions,
    UpdateFunction,
)
from funcs.deploy.nuclio.dashboard import Dashboard
from funcs.deploy.nuclio.follow import followed
from funcs.deploy.nuclio.status import Function
from funcs.deploy.nuclio.wait import Patience, Waiter
from funcs.deploy.plan import DeployPlan
from funcs.deploy.platform import Request, Session, missing
from funcs.emulator.answer import Answer, Headers
from funcs.emulator.call import call, target
from funcs.errors import DeployError


class NuclioPlatform:
    """The dashboard of a session's target."""

    def __init__(self, session: Session) -> None:
        self._session = session
        self._namespace = session.target.namespace
        self._engine = Engine(session.environ, is_kept=True)
        self.dashboard = Dashboard(session.target)
        patience = Patience(session.timeout_s, session.poll_s)
        self._waiter = Waiter(self.dashboard, session.progress, patience)

    def surroundings(self, image: str) -> Surroundings:
        """Docker or Kubernetes, and whether the image has a HEALTHCHECK."""
        facts = self._engine.image(image) if image else None
        # an old dashboard does not say; Docker's is the one to be careful with
        kind = self.dashboard.send(GetPlatformKind()) or "local"
        return Surroundings(kind, facts.has_healthcheck if facts is not None else None)

    def apply(self, plan: DeployPlan, files: Mapping[str, bytes]) -> Outcome:
        """Carry a plan out and wait, unless all of it is so already."""
        session = self._session
        deployment = Deployment(
            session.target,
            self.dashboard,
            self._waiter,
            session.progress,
            self._engine,
            session.folder,
        )
        function, has_changed = deployment.apply(plan, files)
        return Outcome(self._deployed(function), has_changed)

    def functions(self, project: str) -> tuple[Deployed, ...]:
        """All functions of the namespace, or those of one project."""
        found = self.dashboard.send(ListFunctions(self._namespace, project))
        return tuple(map(self._deployed, found))

    def function(self, name: str) -> Deployed | None:
        """One function; None where there is none."""
        found = self.dashboard.send(GetFunction(name, self._namespace))
        return self._deployed(found) if found is not None else None

    def logs(self, name: str, *, tail: int, since: str, follow: bool) -> Iterator[str]:
        """What the function's replicas wrote: one after the other, or lines as they come."""
        self._known(name)
        replicas = self.dashboard.send(GetReplicas(name, self._namespace))
        if not replicas:
            raise DeployError(f"function {name!r} has no replica that could log")
        asked = partial(GetLogs, name, self._namespace, tail=tail, since=since, follow=follow)
        if not follow:
            yield from (self.dashboard.send(asked(replica)) for replica in replicas)
        elif len(replicas) == 1:
            yield from self.dashboard.stream(asked(replicas[0]))
        else:
            logs = {each: partial(self._streamed, asked(each)) for each in replicas}
            yield from followed(logs, self._session.progress)

    def delete(self, name: str, *, force: bool) -> None:
        """Remove a function; one that is not there too."""
        self.dashboard.send(DeleteFunction(name, self._namespace, force=force, gateways=force))

    def enable(self, name: str, *, on: bool) -> Deployed:
        """Start a function that was stopped, or stop one: its spec is sent again with that."""
        found = self._known(name)
        if found.is_going_on:
            found = self._waiter.settled(name, self._namespace)
        if found.is_disabled != on:
            return self._deployed(found)
        if found.state == "imported" and not on:
            what = f"function {name!r} was imported and never deployed"
            raise DeployError(what, fix="there is nothing to stop")
        document = _switched(found, on=on)
        if on:
            self._refuse_death(document)
        self.dashboard.send(UpdateFunction(document))
        settled = self._waiter.settled(name, self._namespace)
        verify.refuse_failed(self.dashboard, settled, self._session.folder)
        return self._deployed(settled)

    def call(self, name: str, request: Request, *, is_direct: bool) -> Answer:
        """What a function answers: through the dashboard, or at its own address.

        Raises:
            DeployError: nobody can be sure that it is this function that would answer.
        """
        function = self._known(name)
        self._refuse_call(function)
        method, path, timeout_s = request.method, target("", request.path), request.timeout_s
        if is_direct:
            url = address.direct_url(function, self.dashboard.url)
            headers, body = request.headers, request.body
            return call(url, method, path, body=body, headers=headers, timeout_s=timeout_s)
        if method == "HEAD":
            what = "the dashboard passes no HEAD on"
            raise DeployError(what, where=self.dashboard.url, fix="call it at its own: --direct")
        response = self.dashboard.invoke(
            method,
            function=name,
            namespace=self._namespace,
            path=path,
            headers=dict(request.headers),
            body=request.body,
            timeout_s=timeout_s,
        )
        pairs = [(key, value) for key, value in response.headers.items()]
        return Answer(response.status_code, Headers(pairs), response.content)

    def close(self) -> None:
        """Give the connections back."""
        self.dashboard.close()
        self._engine.close()

    def _refuse_death(self, document: Document) -> None:
        """Starting a function whose image is known to have no HEALTHCHECK ends the dashboard."""
        surroundings = self.surroundings(str(document["spec"].get("image", "")))
        if surroundings.has_healthcheck is False and (
            problems := list(guards.healthcheck(document, surroundings))
        ):
            raise guards.RefusedError(problems)

    def _refuse_call(self, function: Function) -> None:
        name = function.name
        if address.is_stale(function, self._engine, self.dashboard.url):
            what = f"the address that the dashboard keeps of {name!r} is another function's by now"
            fix = "deploy again: the engine was restarted since"
            raise DeployError(what, where=self.dashboard.url, fix=fix)
        if function.is_disabled:
            fix = f"start it: funcs enable {name}"
            raise DeployError(f"function {name!r} is disabled", where=self.dashboard.url, fix=fix)
        # one that is unhealthy may be well again before the dashboard looks
        if not function.is_serving and function.state != "unhealthy":
            what = f"function {name!r} is not called: its state is {function.state!r}"
            raise DeployError(what, where=self.dashboard.url, fix=f"see why: funcs describe {name}")

    def _streamed(self, call: GetLogs) -> Iterator[str]:
        """A log by a line of its own: several are read at once."""
        with closing(Dashboard(self._session.target)) as dashboard:
            yield from dashboard.stream(call)

    def _known(self, name: str) -> Function:
        found = self.dashboard.send(GetFunction(name, self._namespace))
        if found is None:
            raise missing(self, name, self._session.target)
        return found

    def _deployed(self, function: Function) -> Deployed:
        state = "disabled" if function.is_disabled else function.state
        inside = tuple(f"http://{each}" for each in function.internal)
        urls = (*address.outside(function, self.dashboard.url), *inside)
        if address.is_stale(function, self._engine, self.dashboard.url):
            state = f"{state} (its address is stale: deploy again)"
            urls = ()
        return Deployed(
            name=function.name,
            namespace=function.namespace,
            project=function.project,
            state=state,
            is_serving=function.is_serving,
            replicas=_replicas(function),
            image=str(function.spec.get("image", "")),
            port=function.port,
            urls=tuple(dict.fromkeys(urls)),
            plan=function.plan,
            message=function.message,
            document=function.document,
        )


def _replicas(function: Function) -> str:
    """As nuctl writes it: those that run, and those that should."""
    wanted = function.spec.get("replicas") or function.spec.get("minReplicas") or 1
    return f"{wanted if function.is_serving else 0}/{0 if function.is_disabled else wanted}"


def _switched(function: Function, *, on: bool) -> Document:
    """What is sent to stop or start it: itself, not built anew."""
    spec = dict(function.spec)
    spec.pop("disable", None)
    if not on:
        spec["disable"] = True
    build = spec.get("build") or {}
    if build.get("functionSourceCode") or build.get("path"):
        spec["build"] = {**build, "mode": "neverBuild"}
    metadata = {key: part for key, part in function.metadata.items() if key != "resourceVersion"}
    return {"metadata": metadata, "spec": spec}
