"""`funcs processor`: the drop-in for Nuclio's processor binary."""

from __future__ import annotations

from funcs.record import Record

TYPE_CHECKING = False
if TYPE_CHECKING:
    import argparse
    from collections.abc import Mapping, Sequence

    from funcs.errors import ProcessorError
    from funcs.processor.config import Address, ProcessorConfig
    from funcs.processor.processor import Processor

_PROCESSOR_YAML = "/etc/nuclio/config/processor/processor.yaml"
_PLATFORM_YAML = "/etc/nuclio/config/platform/platform.yaml"
_PORTS = ("port", "admin_port", "health_port", "metrics_port")
_BAD_CONFIGURATION = 1
_WORKER_FAILED = 2


def add_arguments(parser: argparse.ArgumentParser) -> None:
    """Teach ``parser`` the options of the command."""
    add = parser.add_argument
    add("--config", default="", metavar="FILE", help=f"processor.yaml ({_PROCESSOR_YAML})")
    add("--platform-config", default=_PLATFORM_YAML, metavar="FILE", help="platform.yaml")
    add("--host", default="", help="address to bind (default: FUNCS_HOST, else loopback)")
    add("--port", type=int, help="port of the HTTP trigger")
    add("--admin-port", type=int, help="port of the web administration (8081)")
    add("--health-port", type=int, help="port of /ready and /live (8082)")
    add("--metrics-port", type=int, help="port of /metrics (8090)")


class Options(Record):
    """What the command line said; an image names the two files at most.

    Without ``config`` it is the mounted one, or that of the image.
    """

    config: str = ""
    platform_config: str = _PLATFORM_YAML
    host: str = ""
    port: int | None = None
    admin_port: int | None = None
    health_port: int | None = None
    metrics_port: int | None = None


def plain_options(words: Sequence[str]) -> Options | None:
    """The options where ``words`` name the two files alone, else None.

    argparse, which reads all else, takes a tenth of a start to import.
    """
    named = dict(zip(words[::2], words[1::2], strict=False))
    config = named.pop("--config", "")
    platform = named.pop("--platform-config", _PLATFORM_YAML)
    if named or len(words) % 2 or config[:1] == "-" or platform[:1] == "-":
        return None
    return Options(config, platform)


def main(arguments: Sequence[str] | None = None) -> int:
    """Run the command with these arguments; the exit status."""
    import argparse

    parser = argparse.ArgumentParser(
        prog="funcs processor", description="Serve a function as Nuclio's processor does."
    )
    add_arguments(parser)
    return run(parser.parse_args(arguments))


def run(args: argparse.Namespace | Options) -> int:
    """Serve until SIGTERM or SIGINT: 0 then, 1 if the configuration is wrong, 2 if a worker fails.

    Errors are said on stderr, as Nuclio words them where it has words.
    """
    import sys

    from funcs.errors import FuncsError

    try:
        return _serve(args)
    except FuncsError as error:
        sys.stderr.write(f"Error - {error}\n")
        return _BAD_CONFIGURATION


def _serve(args: argparse.Namespace | Options) -> int:
    import json
    import os

    # it hears SIGTERM from here on, so before the imports
    path = args.config or _mounted_or_own(os.environ)

    import funcs
    from funcs.processor.config import ProcessorConfig
    from funcs.processor.launch import worker_environ
    from funcs.processor.logs import sink_of
    from funcs.processor.observer import all_of
    from funcs.processor.processor import Processor
    from funcs.processor.recording import recorder_of
    from funcs.processor.request_log import request_log
    from funcs.processor.signals import stop_on_signal
    from funcs.processor.stdout import Stdout
    from funcs.settings import Settings

    config = ProcessorConfig.load(path, args.platform_config)
    if any(getattr(args, name) is not None for name in _PORTS):
        config = _with_ports(config, args)
    settings = Settings.from_environ(worker_environ(config.function, os.environ))
    if args.host:
        from dataclasses import replace  # an image names it in its environment

        settings = replace(settings, host=args.host)
    stdout = Stdout()
    sink = sink_of(config.platform.logs, stdout.write)
    sink.log("info", "processor", "Starting processor", {"version": f"funcs {funcs.__version__}"})
    text = json.dumps(config.document, default=str)
    sink.log("debug", "processor", "Read configuration", {"config": text})
    recorder = recorder_of(
        settings,
        config.function,
        os.environ,
        warn=lambda sentence: sink.log("warn", "processor.tape", sentence, {}),
    )
    observer = all_of(recorder, request_log(settings, sink))
    processor = Processor(config, settings, sink=sink, environ=os.environ, observer=observer)
    stop_on_signal(processor)
    try:
        return _run(processor)
    finally:
        stdout.close()


def _mounted_or_own(environ: Mapping[str, str]) -> str:
    """The processor.yaml of the platform, or that of the image; SIGTERM ends the wait for it."""
    import os.path
    import signal
    import sys

    from funcs.processor.image import chosen_config

    # the first process of a container is not ended by a signal that it does not handle
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(0))
    chosen = chosen_config(_PROCESSOR_YAML, environ)
    if chosen != _PROCESSOR_YAML and os.path.isdir(os.path.dirname(_PROCESSOR_YAML)):
        sys.stderr.write(f"Warning - nothing came to {_PROCESSOR_YAML}: {chosen} is read\n")
    return chosen


def _run(processor: Processor) -> int:
    import sys

    from funcs.errors import FuncsError

    failures: list[ProcessorError] = []

    def opened(error: ProcessorError | None) -> None:
        if error is not None and not processor.is_stopping:
            failures.append(error)
            processor.kill()

    try:
        processor.open(opened)
    except FuncsError:
        processor.kill()
        processor.reactor.run()
        raise
    processor.reactor.run()
    if failures and processor.has_failed_worker:
        sys.stderr.write(f"panic: {failures[0].what}\n")
        return _WORKER_FAILED
    if failures:
        raise failures[0]
    processor.sink.log("info", "processor", "Processor quitting", {})
    return 0


def _with_ports(config: ProcessorConfig, args: argparse.Namespace | Options) -> ProcessorConfig:
    """The configuration with the ports that the command line names."""
    from dataclasses import replace

    from funcs.processor.config import Address

    def moved(address: Address | None, port: int | None) -> Address | None:
        if port is None:
            return address
        return Address(port, address.host if address is not None else "")

    triggers = list(config.triggers)
    for at, trigger in enumerate(triggers):
        if args.port is not None and trigger.kind == "http":
            host = Address.parse(trigger.url, where=trigger.where).host if trigger.url else ""
            triggers[at] = replace(trigger, url=str(Address(args.port, host)))
            break
    platform = replace(
        config.platform,
        admin=moved(config.platform.admin, args.admin_port),
        health=moved(config.platform.health, args.health_port),
        metrics=moved(config.platform.metrics, args.metrics_port),
    )
    return replace(config, triggers=tuple(triggers), platform=platform)
