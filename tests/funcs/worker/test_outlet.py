from __future__ import annotations

import threading

from funcs.worker.outlet import LogStream, Outlet


class Sink:
    def __init__(self) -> None:
        self.seen: list[bytes] = []

    def sendall(self, data: bytes, /) -> None:
        self.seen.append(data)


def test_lines_arrive_in_order() -> None:
    sink = Sink()
    outlet = Outlet(sink)
    for line in (b"a\n", b"b\n"):
        outlet.write(line)

    assert [b"a\n", b"b\n"] == sink.seen


def test_what_belongs_together_is_one_piece() -> None:
    sink = Sink()
    outlet = Outlet(sink)
    with outlet.together():
        outlet.write(b"a\n")
        outlet.write(b"b\n")
    outlet.write(b"c\n")

    assert [b"a\nb\n", b"c\n"] == sink.seen


def test_a_write_within_a_write_comes_after_it() -> None:
    class Nested(Sink):
        def sendall(self, data: bytes, /) -> None:
            if data == b"outer\n":
                outlet.write(b"inner\n")
            super().sendall(data)

    sink = Nested()
    outlet = Outlet(sink)
    outlet.write(b"outer\n")

    assert [b"outer\n", b"inner\n"] == sink.seen


def test_who_finds_it_busy_does_not_wait() -> None:
    begun, go_on = threading.Event(), threading.Event()

    class Slow(Sink):
        def sendall(self, data: bytes, /) -> None:
            begun.set()
            assert go_on.wait(10)
            super().sendall(data)

    sink = Slow()
    outlet = Outlet(sink)
    thread = threading.Thread(target=outlet.write, args=(b"first\n",))
    thread.start()
    assert begun.wait(10)
    outlet.write(b"second\n")
    go_on.set()
    thread.join(10)

    assert [b"first\n", b"second\n"] == sink.seen


def test_what_nobody_reads_any_more_is_dropped() -> None:
    class Gone(Sink):
        def sendall(self, data: bytes, /) -> None:
            raise BrokenPipeError

    Outlet(Gone()).write(b"lost\n")


def test_a_record_becomes_an_l_line() -> None:
    sink = Sink()
    stream = LogStream(Outlet(sink))
    stream.write('{"message": "m"}\n')
    stream.flush()

    assert [b'l{"message": "m"}\n'] == sink.seen
