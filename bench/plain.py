"""A door in the clear to the gateway's TLS port: `plain.py PORT GATEWAY_PORT CA`.

The yardstick's publisher offers the streams' protocol in its handshake and then speaks HTTP/1.1. For streams over HTTP/2 it publishes
through this door, a few events a second.
"""

import asyncio
import ssl
import sys

port, gateway, authorities = int(sys.argv[1]), int(sys.argv[2]), sys.argv[3]
context = ssl.create_default_context(cafile=authorities)
context.set_alpn_protocols(["http/1.1"])


async def copy(reader, writer):
    while data := await reader.read(65536):
        writer.write(data)
        await writer.drain()
    writer.close()


async def serve(reader, writer):
    there = await asyncio.open_connection("localhost", gateway, ssl=context, server_hostname="localhost")
    await asyncio.gather(copy(reader, there[1]), copy(there[0], writer), return_exceptions=True)


async def main():
    async with await asyncio.start_server(serve, "127.0.0.1", port) as server:
        await server.serve_forever()


asyncio.run(main())
