"""Puts a function's next container into the place of the one that serves."""

from __future__ import annotations

import time
from collections.abc import Mapping
from typing import Any, NoReturn

from funcs.deploy.docker.parts import Part
from funcs.deploy.docker.pod import OvertakenError, Pod
from funcs.deploy.docker.start import made
from funcs.deploy.docker.turn import not_interrupted
from funcs.deploy.failure import failure
from funcs.deploy.platform import Session
from funcs.errors import DeployError
from funcs_builder.container import Container
from funcs_builder.errors import EngineError

_LOOK_S = 0.05
#: What a processor says of a port that it cannot have.
_TAKEN = b"is in use already"


class Replacement:
    """Starts the next container; only one that is ready takes the place."""

    def __init__(self, pod: Pod, session: Session) -> None:
        self._pod = pod
        self._session = session

    def carry_out(self, image: str, document: Mapping[str, Any]) -> None:
        """Replace what serves by a container of ``image``, the engine's id of it.

        Raises:
            FunctionFailedError: it does not become ready; it is removed, the other one goes on.
            DeployError: its port or a folder cannot be had, or another deploy comes between.
            EngineError: the engine refuses.
        """
        pod = self._pod
        is_first = pod.holder is None
        container: Container | None = None
        try:
            with not_interrupted():  # what is made is known then, and can be taken away
                holder = pod.hold(image, document)
            before = pod.now
            is_serving = before is not None and before.is_running
            slot = 1 - before.slot if before is not None and is_serving else 0
            with not_interrupted():
                container = made(pod, holder.id, image, document, slot)
            coming = self._started(container, document)
        except OvertakenError:  # the holder of the port is the other deploy's by now
            raise
        except BaseException:
            if container is not None:  # if it listens, then without a client yet
                container.remove()
            if is_first and pod.is_empty and (left := pod.holder) is not None:
                left.container.remove()
            raise
        self._session.progress.step("it is ready" + (": requests go to it" if is_serving else ""))
        self._put_in_place(coming)

    def _started(self, container: Container, document: Mapping[str, Any]) -> Part:
        """The container once it is ready."""
        try:
            self._session.progress.step(f"starting {document['image']}")
            container.start()
            return self._ready(container)
        except EngineError:
            self._pod.again(container)
            raise

    def _ready(self, container: Container) -> Part:
        """Wait for the container's own word.

        Raises:
            FunctionFailedError: it ended, or takes too long.
        """
        timeout_s = self._session.timeout_s
        deadline = time.monotonic() + timeout_s
        while True:
            part = self._pod.again(container)
            if not part.is_running:
                code = part.state.get("ExitCode")
                self._refuse_another_user(part)
                if part.state.get("OOMKilled"):
                    fix = "give it more in spec.resources.limits.memory"
                    self._fail(part, "its memory was not enough", fix)
                self._fail(part, f"the container ended with exit code {code}")
            if self._pod.is_ready(part):
                return part
            if time.monotonic() > deadline:
                fix = "make it start faster, or wait longer: --timeout SECONDS"
                self._fail(part, f"it was not ready within {timeout_s:g} s", fix)
            time.sleep(_LOOK_S)

    def _refuse_another_user(self, coming: Part) -> None:
        """Linux lets two processes listen at one port for one and the same user alone.

        Raises:
            DeployError: that is why the next container has ended.
        """
        now = self._pod.now
        if now is None or not now.is_running or now.user == coming.user:
            return
        if _TAKEN in coming.container.printed():
            name = self._pod.function
            what = f"{name!r} would run as another user ({coming.user or 'root'}) than it does"
            what += f" ({now.user or 'root'}), and so cannot share its port for the change"
            fix = f"funcs delete {name}, then deploy; or leave the user as it is"
            raise DeployError(what, where="spec.securityContext", fix=fix)

    def _put_in_place(self, coming: Part) -> None:
        """Let it serve, and take away what did; an interrupt leaves that to the next deploy."""
        progress, replaced = self._session.progress, None
        try:
            with not_interrupted():
                replaced = self._pod.promote(coming)
            if replaced is not None:
                self._pod.end(replaced)
                progress.step("the container before it has answered its clients and is gone")
        except KeyboardInterrupt:
            if replaced is not None:
                replaced.container.terminate()  # so that new clients go to the new one
                progress.step("the container before it still answers its clients, and ends then")

    def _fail(self, part: Part, what: str, fix: str = "") -> NoReturn:
        """Tell why, with what the container printed last."""
        log = part.container.printed().decode(errors="replace")
        error = failure(self._pod.function, f"{what}\n{log}", "", self._session.folder)
        error.lines = tuple(line for line in error.lines if line != what)
        error.fix = error.fix or fix
        raise error
