"""A wrapper that answers an event with the bytes of its body: whatever a test wants on the wire.

After a body that ends with "close" it hangs up; an event without body is answered with the process
id. Where it is told a port it listens there, some time after it has said that it is ready.
"""

import os
import socket
import sys
import threading

import msgpack

PID = b'r{"body": "%d", "body_encoding": "text"}\n' % os.getpid()


def told(option):
    return sys.argv[sys.argv.index(option) + 1]


def connect(path):
    sock = socket.socket(socket.AF_UNIX)
    sock.connect(path)
    return sock


def serve(events):
    """Whether it was this end that hung up."""
    events.sendall(b"\nx\nl\nl[]\nlnull\ns\n")
    stream = events.makefile("rb")
    while header := stream.read(4):
        body = msgpack.unpackb(stream.read(int.from_bytes(header, "big")))["body"] or PID
        events.sendall(body.removesuffix(b"close"))
        if body.endswith(b"close"):
            events.shutdown(socket.SHUT_RDWR)
            return True
    return False


def listen(host, port):
    with socket.create_server((host, port)) as server:
        while True:
            threading.Thread(target=serve, args=(server.accept()[0],)).start()


def main():
    path = told("--event-socket-path")
    host, is_port, port = path.rpartition(":")
    events = None if is_port else connect(path)
    control = connect(told("--control-socket-path"))
    control.sendall(b'nonsense\n{}\n[1]\n\xff\n{"kind": "wrapperInitialized", "attributes": {}}\n')
    if events is None:
        threading.Timer(0.1, listen, (host, int(port))).start()
    elif not serve(events):
        return
    while control.recv(100):
        continue
    os._exit(0)


main()
