"""Puts a function's next container into the place of the one that serves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any

from funcs.deploy.docker.parts import Part
from funcs.deploy.docker.pod import Pod
from funcs.deploy.docker.start import made
from funcs.deploy.nuclio.failure import failure
from funcs.deploy.platform import Session
from funcs.errors import DeployError

_LOOK_S = 0.05


class Replacement:
    """Starts the next container; only one that is ready takes the place."""

    def __init__(self, pod: Pod, session: Session) -> None:
        self._pod = pod
        self._session = session

    def carry_out(self, image: str, document: Mapping[str, Any]) -> None:
        """Replace what serves by a container of ``image``, the engine's id of it.

        Raises:
            FunctionFailedError: it does not become ready; it is removed, the other one goes on.
            DeployError: its port cannot be had.
            EngineError: the engine refuses.
        """
        pod, progress = self._pod, self._session.progress
        is_first = pod.holder is None
        holder = pod.hold(image, document)
        before = pod.now
        is_serving = before is not None and before.is_running
        slot = 1 - before.slot if before is not None and is_serving else 0
        try:
            container = made(pod, holder.id, image, document, slot)
            try:
                progress.step(f"starting {document['image']}")
                container.start()
                self._await_ready()
            except BaseException:
                container.remove()  # it has no client yet: it listens once it is ready
                raise
        except BaseException:
            if is_first:
                holder.container.remove()
            raise
        progress.step("it is ready" + (": requests go to it" if is_serving else ""))
        pod.promote(self._next())
        if is_serving:
            progress.step("the container before it has answered its clients and is gone")

    def _await_ready(self) -> None:
        """Wait for the container's own word.

        Raises:
            FunctionFailedError: it ended, or takes too long.
        """
        deadline = time.monotonic() + self._session.timeout_s
        while True:
            part = self._next()
            if not part.is_running:
                code = part.state.get("ExitCode")
                killed = " (out of memory)" if part.state.get("OOMKilled") else ""
                self._fail(part, f"the container ended with exit code {code}{killed}")
            if self._pod.is_ready(part):
                return
            if time.monotonic() > deadline:
                self._fail(part, f"it was not ready within {self._session.timeout_s:g} s")
            time.sleep(_LOOK_S)

    def _next(self) -> Part:
        part = self._pod.next
        if part is None:
            what = f"the container {self._pod.name}.next was removed meanwhile"
            raise DeployError(what, fix="does another deploy go on? let it end, and deploy again")
        return part

    def _fail(self, part: Part, what: str) -> None:
        log = part.container.printed().decode(errors="replace")
        raise failure(self._pod.function, what, log, self._session.folder)
