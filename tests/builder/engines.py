"""A real Docker engine of the tests' own, and an image that runs in it."""

from __future__ import annotations

import contextlib
import os
import re
import shutil
import signal
import subprocess
import tempfile
from collections.abc import Iterator
from pathlib import Path

import pytest

from funcs_builder.entry import Entry, FileContent
from funcs_builder.source import Listed
from tests.builder.publish.conformance import needs

_READY = re.compile(r"API listen on|failed to start daemon|level=fatal")


@contextlib.contextmanager
def docker_engine() -> Iterator[str]:
    """Starts dockerd as root; its address.

    Its folder is new: it knows no layer. Its bridge is its own, so that several may run at once;
    where none can be made, containers have the host's network or none.
    """
    program = needs("dockerd")
    if os.getuid() != 0:
        pytest.skip("dockerd needs root")
    with tempfile.TemporaryDirectory(prefix="funcs-dockerd-") as name, _bridge() as bridge:
        folder = Path(name)
        address = f"unix://{folder}/docker.sock"
        command = [
            *(program, "-H", address, "--bridge", bridge, "--iptables=false"),
            *("--data-root", str(folder / "data"), "--exec-root", str(folder / "exec")),
            *("--pidfile", str(folder / "pid")),
        ]
        # in a session of its own: an interrupt of the tests ends it by the lines below
        with subprocess.Popen(
            command, stderr=subprocess.PIPE, stdout=subprocess.DEVNULL, start_new_session=True
        ) as daemon:
            log = (folder / "log").open("wb")
            try:
                _wait(daemon, log)
                yield address
            finally:
                daemon.send_signal(signal.SIGTERM)
                daemon.wait(30)
                log.close()


@contextlib.contextmanager
def _bridge() -> Iterator[str]:
    """A bridge of the engine's own, by a name and a network that no other has; ``none`` without."""
    program = shutil.which("ip") or "/usr/sbin/ip"
    name, number = f"funcs{os.urandom(3).hex()}", int.from_bytes(os.urandom(1))
    address = f"10.213.{number}.1/24"
    try:
        _run(program, "link", "add", "name", name, "type", "bridge")
    except (OSError, subprocess.CalledProcessError):
        yield "none"
        return
    try:
        _run(program, "address", "add", address, "dev", name)
        _run(program, "link", "set", name, "up")
        yield name
    finally:
        _run(program, "link", "delete", name)


def _run(*command: str) -> None:
    subprocess.run(command, check=True, capture_output=True)


def _wait(daemon: subprocess.Popen[bytes], log: object) -> None:
    """Until it says that it listens; the tests are skipped where it cannot run."""
    assert daemon.stderr is not None
    last = ""
    for line in daemon.stderr:
        last = line.decode(errors="replace").strip()
        if _READY.search(last):
            break
    if "API listen on" not in last:
        pytest.skip(f"no Docker engine can run here: {last[-300:]}")
    import threading

    threading.Thread(target=daemon.stderr.read, daemon=True).start()


def busybox() -> Listed:
    """A shell and what belongs to it, for an image to run."""
    program = FileContent.of(Path(needs("busybox")))
    links = [Entry.link(f"bin/{name}", "busybox") for name in ("sh", "cat", "id", "sleep", "true")]
    passwd = Entry.text("etc/passwd", "root:x:0:0:root:/:/bin/sh\n")
    return Listed(
        [Entry("bin/busybox", program, 0o755), *links, passwd, Entry.folder("tmp", 0o1777)]
    )
