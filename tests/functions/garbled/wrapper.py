"""A wrapper that answers an event with the bytes of its body: whatever a test wants on the wire."""

import os
import socket
import sys

import msgpack


def connect(option):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(sys.argv[sys.argv.index(option) + 1])
    return sock


def main():
    events = connect("--event-socket-path")
    control = connect("--control-socket-path")
    control.sendall(b"nonsense\n{}\n[1]\n\xff\n")
    events.sendall(b"\nx\nl\nl[]\nlnull\ns\n")
    stream = events.makefile("rb")
    while header := stream.read(4):
        body = msgpack.unpackb(stream.read(int.from_bytes(header, "big")))["body"] or b""
        if body == b"close":
            events.shutdown(socket.SHUT_RDWR)
            os.read(0, 1) or __import__("threading").Event().wait()
        events.sendall(body)


main()
