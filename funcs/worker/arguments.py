"""A worker's command line, which is that of Nuclio's Python wrapper."""

from __future__ import annotations

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Sequence

_REQUIRED = ("handler", "event_socket_path", "control_socket_path")
_OPTIONAL = (
    "log_level",
    "platform_kind",
    "namespace",
    "worker_id",
    "trigger_kind",
    "trigger_name",
)
_FLAG = "decode_event_strings"
_PLATFORMS = ("local", "kube")


class Arguments:
    """What a processor tells a worker (Nuclio 1.14: rpc/python RunWrapper).

    ``decode_event_strings`` says that text on the wire is UTF-8; else it stays bytes.
    ``event_socket_path`` is the path of a socket to connect to; in Nuclio 1.15's async mode it is
    ``host:port``, where the worker listens itself.
    """

    def __init__(self, values: dict[str, str], *, decode_event_strings: bool) -> None:
        self.handler = values["handler"]
        self.event_socket_path = values["event_socket_path"]
        self.control_socket_path = values["control_socket_path"]
        self.platform_kind = values.get("platform_kind", "local")
        self.namespace = values.get("namespace")
        self.worker_id = values.get("worker_id")
        self.trigger_kind = values.get("trigger_kind")
        self.trigger_name = values.get("trigger_name")
        self.decode_event_strings = decode_event_strings

    @property
    def address(self) -> tuple[str, int] | None:
        """Where to listen, if that is what is asked."""
        host, _, port = self.event_socket_path.rpartition(":")
        if not host or "/" in host or not port.isdecimal():
            return None
        return host, int(port)

    @classmethod
    def parse(cls, argv: Sequence[str]) -> Arguments:
        """The arguments in ``argv``, without the program's name.

        Raises:
            SystemExit: 2, after a usage line and what is wrong on stderr.
        """
        return _plain(argv) or _by_argparse(argv)


def _plain(argv: Sequence[str]) -> Arguments | None:
    """Read the form that processors write; None leaves all else, errors too, to argparse."""
    words = iter(argv)
    values: dict[str, str] = {}
    decode = False
    for word in words:
        name = word[2:].replace("-", "_")
        if name == _FLAG:
            decode = True
            continue
        value = next(words, "-")
        if name not in _REQUIRED + _OPTIONAL or value.startswith("-"):
            return None
        values[name] = value
    missing = [name for name in _REQUIRED if name not in values]
    if missing or values.get("platform_kind", "local") not in _PLATFORMS:
        return None
    return Arguments(values, decode_event_strings=decode)


def _by_argparse(argv: Sequence[str]) -> Arguments:
    from argparse import ArgumentParser  # a quarter of a worker's start, for errors alone

    parser = ArgumentParser(prog="_nuclio_wrapper.py")
    for name in _REQUIRED + _OPTIONAL:
        parser.add_argument(
            f"--{name.replace('_', '-')}",
            required=name in _REQUIRED,
            choices=_PLATFORMS if name == "platform_kind" else None,
        )
    parser.add_argument(f"--{_FLAG.replace('_', '-')}", action="store_true")
    values = vars(parser.parse_args(argv))
    decode = values.pop(_FLAG)
    given = {name: value for name, value in values.items() if value is not None}
    return Arguments(given, decode_event_strings=decode)
