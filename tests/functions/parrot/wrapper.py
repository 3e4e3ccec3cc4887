"""A wrapper that knows no handlers: what it answers with are the lines in the event's body.

At a port it listens only after it has said that it is ready. After the lines of /hangs/up it
closes the connection.
"""

import argparse
import asyncio
import os
import socket

import msgpack

RESULT = b'r{"body": "%d", "content_type": "", "status_code": 200, "body_encoding": "text"}\n'


async def serve(reader, writer):
    writer.write(b"s\n")
    try:
        while True:
            size = int.from_bytes(await reader.readexactly(4), "big")
            event = msgpack.unpackb(await reader.readexactly(size))
            writer.write(event["body"] or RESULT % os.getpid())
            await writer.drain()
            if event["path"] == "/hangs/up":
                break
    except (asyncio.IncompleteReadError, OSError):
        pass
    writer.close()


async def main():
    parser = argparse.ArgumentParser()
    for name in ("event-socket-path", "control-socket-path"):
        parser.add_argument(f"--{name}")
    told, _ = parser.parse_known_args()
    control = socket.socket(socket.AF_UNIX)
    control.connect(told.control_socket_path)
    host, colon, port = told.event_socket_path.rpartition(":")
    if not colon:
        events = await asyncio.open_unix_connection(told.event_socket_path)
    control.sendall(b'{"kind": "wrapperInitialized", "attributes": {"ready": "true"}}\n')
    if not colon:
        await serve(*events)
        return
    await asyncio.sleep(0.1)
    async with await asyncio.start_server(serve, host, int(port)):
        await asyncio.get_running_loop().run_in_executor(None, control.recv, 1)
        os._exit(0)


asyncio.run(main())
