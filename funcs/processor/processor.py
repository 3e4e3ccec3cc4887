"""The process in front of the workers: triggers, pools and side servers, from start to stop."""

from __future__ import annotations

from funcs.errors import ProcessorError
from funcs.processor.launch import ExecLauncher
from funcs.processor.listener import allow_files
from funcs.processor.pool import Pool
from funcs.processor.reactor import Reactor

TYPE_CHECKING = False
if TYPE_CHECKING:
    import asyncio
    from collections.abc import Callable, Mapping

    from funcs.processor.config import ProcessorConfig, TriggerConfig
    from funcs.processor.handover import Handover
    from funcs.processor.launch import Launcher
    from funcs.processor.logs import Sink
    from funcs.processor.observer import Observer
    from funcs.processor.side import SideServer
    from funcs.processor.triggers.base import Trigger
    from funcs.settings import Settings

    Done = Callable[[ProcessorError | None], None]

#: Logged when every worker is up and every trigger listens: Nuclio's words.
STARTED = "Processor started"
_NEVER_S = 10.0 * 365 * 86400
_LAST_GRACE_S = 5.0
_QUIET_CHECK_S = 0.02
#: Descriptors that are no client's: the side servers' clients, those turned away, and a few more.
_OTHER_FILES = 320
_FILES_OF_WORKER = 6
_KINDS = ("http", "cron", "kickstart")
_SERVER_NAMES = {"admin": "processor.webadmin.server", "metrics": "processor.metrics"}


class Processor:
    """Runs a function as Nuclio's processor does.

    ``environ`` is what workers inherit; ``sink`` takes log records, ``observer`` is told of
    exchanges; ``is_debugging`` lifts every timeout and leaves the terminal to the worker.
    From asyncio: `start`, `reload`, `stop`, `wait_stopped`. Without: `open`, `begin_reload`,
    `begin_stop`, while `reactor` runs.
    """

    def __init__(
        self,
        config: ProcessorConfig,
        settings: Settings,
        *,
        sink: Sink,
        environ: Mapping[str, str],
        observer: Observer | None = None,
        launcher: Launcher | None = None,
        is_debugging: bool = False,
    ) -> None:
        self.config = config
        self.settings = settings
        self.sink = sink
        self.observer = observer
        self.reactor = Reactor(self._report)
        self.triggers: list[Trigger] = []
        self.pools: dict[str, Pool] = {}
        self.servers: dict[str, SideServer] = {}
        self.is_serving = False
        self.is_stopping = False
        self.has_failed_worker = False
        self._is_debugging = is_debugging
        self._launcher = launcher or ExecLauncher(
            config.function,
            {**environ, "FUNCS_NUCLIO": settings.nuclio},
            platform_kind=config.platform.kind,
            keeps_terminal=is_debugging,
            sink=sink,
        )
        self._opened: Done | None = None
        self._to_stop: list[Callable[[], None]] = []
        self._is_over = False
        self._most_clients = 1
        self._handover: Handover | None = None

    @property
    def is_ready(self) -> bool:
        """Whether it serves and every worker is up."""
        return self.is_serving and all(pool.crew.is_ready for pool in self.pools.values())

    def port_of(self, name: str) -> int:
        """The port of a trigger, or of ``admin``, ``health``, ``metrics``; 0 when there is none."""
        for trigger in self.triggers:
            if trigger.settings.name == name:
                return trigger.port
        return self.servers[name].port if name in self.servers else 0

    async def start(self) -> None:
        """Start workers, then serve.

        Raises:
            ProcessorError: a port cannot be had, or a worker did not come up.
            SpecError: the configuration asks for what cannot be.
        """
        import asyncio

        loop = asyncio.get_running_loop()
        self.reactor.attach(loop)
        opened: asyncio.Future[None] = loop.create_future()
        try:
            self.open(lambda error: _settle(opened, error))
            await opened
        except BaseException:
            opened.cancel()  # nobody awaits it any more
            self.kill()
            await self.wait_stopped()
            raise

    async def reload(self) -> None:
        """Replace every worker by a new one, losing no event.

        Raises:
            ProcessorError: a new worker did not come up; the old ones go on.
        """
        import asyncio

        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.begin_reload(lambda error: _settle(done, error))
        await done

    async def stop(self) -> None:
        """Take no more events, finish those under way, end."""
        self.begin_stop()
        await self.wait_stopped()

    async def wait_stopped(self) -> None:
        """Return once nothing of it is left."""
        import asyncio

        done: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self.when_stopped(lambda: _settle(done, None))
        await done

    def open(self, opened: Done) -> None:
        """Begin to start; ``opened`` is called when requests are served, or with what failed.

        After an error, raised or told, `kill` is what is left to do.

        Raises:
            ProcessorError: a port cannot be had, or no worker can be started.
            SpecError: the configuration asks for what cannot be.
        """
        self._opened = opened
        self._check_kinds()
        self._make_pools()
        self._most_clients = self._allow_clients()  # and files to workers, who get what is now
        for pool in list(self.pools.values()):
            pool.start()
        self._make_servers()
        self._make_triggers()
        if not self.pools:
            self._serve()

    def begin_reload(self, done: Done) -> None:
        """Replace the workers; ``done`` is called at the end, with what failed."""
        outcomes: list[ProcessorError | None] = []

        def one_done(error: ProcessorError | None) -> None:
            outcomes.append(error)
            if len(outcomes) == len(self.pools):
                done(next((each for each in outcomes if each is not None), None))

        if not self.pools:
            done(None)
        for pool in list(self.pools.values()):
            pool.reload(one_done)

    def begin_stop(self) -> None:
        """Finish what is under way, then end; what takes too long is cut off, as in Nuclio."""
        if self.is_stopping:
            return
        if not (self.settings.handover_s and self.is_serving):
            self._stop()
        elif self._handover is None:
            from funcs.processor.handover import Handover

            self._handover = Handover(self, self.settings.handover_s, self._stop)

    def _stop(self) -> None:
        if self.is_stopping:  # it was killed while it handed over
            return
        self.is_stopping = True
        limits = [pool.crew.termination_timeout_s for pool in self.pools.values()]
        if not self._is_debugging:
            self.reactor.call_in(max(limits, default=0.0) + _LAST_GRACE_S, self.kill)
        for trigger in self.triggers:
            trigger.flush()
        for pool in list(self.pools.values()):
            pool.stop()
        self._end_when_quiet()

    def when_stopped(self, call: Callable[[], None]) -> None:
        """Call once nothing is left; at once if that is so."""
        if self._is_over:
            call()
        else:
            self._to_stop.append(call)

    def kill(self) -> None:
        """End everything now: clients and events under way are cut off."""
        self.is_stopping = True
        self.is_serving = False
        for trigger in self.triggers:
            trigger.close()
        for server in self.servers.values():
            server.close()
        for pool in list(self.pools.values()):
            pool.kill()
        self._end_when_quiet()

    def pool_ready(self, pool: Pool) -> None:
        """A pool's workers are up."""
        if all(each.crew.is_started for each in self.pools.values()):
            self._serve()

    def pool_failed(self, pool: Pool, error: ProcessorError) -> None:
        """A worker did not come up at the start: the processor does not either."""
        self.has_failed_worker = True
        self._tell_opened(error)

    def pool_over(self, pool: Pool) -> None:
        """A pool's workers are all gone."""
        if self.is_stopping:
            self._end_when_quiet()

    def _check_kinds(self) -> None:
        for settings in self.config.triggers:
            if settings.kind not in _KINDS:
                what = f"Registry for trigger failed to find: {settings.kind}"
                fix = "use kind: http or cron; other kinds are not built yet"
                raise ProcessorError(what, where=settings.where, fix=fix)

    def _make_pools(self) -> None:
        for settings in self.config.triggers:
            key = settings.allocator or settings.name
            if key not in self.pools:
                self.pools[key] = self._new_pool(settings, key)

    def _new_pool(self, settings: TriggerConfig, key: str) -> Pool:
        function = self.config.function
        is_debugging = self._is_debugging
        return Pool(
            kind="" if settings.allocator else settings.kind,
            name=key,
            size=1 if is_debugging else settings.workers,
            reactor=self.reactor,
            launcher=self._launcher,
            sink=self.sink,
            owner=self,
            number=len(self.pools),
            availability_timeout_s=_NEVER_S if is_debugging else settings.availability_timeout_s,
            event_timeout_s=0.0 if is_debugging else function.event_timeout_s,
            termination_timeout_s=settings.termination_timeout_s,
            connections=self._connections_of(settings),
            longest_line_bytes=self.settings.max_response_mb << 20,
        )

    def _connections_of(self, settings: TriggerConfig) -> int:
        """How many events a worker of the trigger has at once; 0: one after the other."""
        if not settings.connections:
            return 0
        why = ""
        if self.settings.nuclio != "1.15":
            why = "Nuclio 1.14 does not know it"
        elif settings.kind != "http":
            why = f"a {settings.kind} trigger's events come one after the other"
        if why:
            fields = {"trigger": settings.name, "reason": why}
            self.sink.log("warn", "processor", "mode: async is passed over", fields)
        return 0 if why else settings.connections

    def _make_servers(self) -> None:
        from funcs.processor.side_servers import make_servers

        self.servers.update(make_servers(self))
        if "metrics" not in self.servers:
            what = "No metric sinks configured, metrics will not be published"
            self.sink.log("warn", "processor", what, {})
        if "health" in self.servers:
            self.servers["health"].start(self.sink, "processor.healthcheck.server")

    def _make_triggers(self) -> None:
        for settings in self.config.triggers:
            pool = self.pools[settings.allocator or settings.name]
            self.triggers.append(self._new_trigger(settings, pool))

    def _new_trigger(self, settings: TriggerConfig, pool: Pool) -> Trigger:
        if settings.kind != "http":
            from funcs.processor.triggers.cron import CronTrigger

            return CronTrigger(settings, pool, sink=self.sink, observer=self.observer)
        from funcs.processor.triggers.http import HttpTrigger

        return HttpTrigger(
            settings, pool, host=self.settings.host, sink=self.sink, own=self.settings,
            most_clients=self._most_clients, observer=self.observer,
        )  # fmt: skip

    def _allow_clients(self) -> int:
        """How many clients each HTTP trigger may have, so that workers can be replaced at all."""
        pools = self.pools.values()
        listeners = sum(trigger.kind == "http" for trigger in self.config.triggers)
        workers = sum(pool.size * (_FILES_OF_WORKER + pool.connections) for pool in pools)
        reserve = _OTHER_FILES + workers
        allowed = allow_files(reserve + self.settings.max_connections * listeners)
        return max(1, max(allowed - reserve, allowed // 2) // max(1, listeners))

    def _serve(self) -> None:
        """Every worker is up: take requests."""
        try:
            self._listen()
        except ProcessorError as error:
            self._tell_opened(error)
            return
        self.is_serving = True
        self.sink.log("debug", "processor", STARTED, {})
        self._tell_opened(None)

    def _listen(self) -> None:
        self.sink.log("debug", "processor", "Starting triggers", {})
        for trigger in self.triggers:
            trigger.start()
            named = {"kind": trigger.settings.kind, "name": trigger.settings.name}
            self.sink.log("debug", "processor", "Trigger successfully started", named)
        for name, server in self.servers.items():
            if name != "health":
                server.start(self.sink, _SERVER_NAMES.get(name, "processor"))

    def _tell_opened(self, error: ProcessorError | None) -> None:
        """Say how the start went, once."""
        opened, self._opened = self._opened, None
        if opened is not None:
            opened(error)

    def _end_when_quiet(self) -> None:
        """End when the workers are gone and every client has its answer."""
        if self._is_over or not all(pool.crew.is_over for pool in self.pools.values()):
            return
        if not all(trigger.is_quiet for trigger in self.triggers):
            self.reactor.call_in(_QUIET_CHECK_S, self._end_when_quiet)
            return
        self._is_over = True
        self.sink.log("info", "processor", "All triggers are terminated", {})
        for trigger in self.triggers:
            trigger.close()
        for server in self.servers.values():
            server.close()
        self.reactor.close()
        self._tell_opened(ProcessorError("the processor was stopped before it was up"))
        calls, self._to_stop = self._to_stop, []
        for call in calls:
            call()

    def _report(self, error: Exception) -> None:
        """Log a bug that a turn of the reactor met; the others go on."""
        import traceback

        text = "".join(traceback.format_exception(error))
        self.sink.log("error", "processor", "Unexpected error", {"traceback": text})


def _settle(future: asyncio.Future[None], error: ProcessorError | None) -> None:
    if future.done():
        return
    if error is None:
        future.set_result(None)
    else:
        future.set_exception(error)
