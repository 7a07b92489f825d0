"""The ways between gateways and servers of NATS, and between servers, which can be cut, delayed, and blocked in one
direction.

Each gateway and each server has a way of its own to each server. All of them run in this process.
"""

import asyncio

UP, DOWN = "up", "down"  # to the server, and from it


class Link:
    """A gateway's or a server's way to one server: a listener, and the connections through it."""

    def __init__(self, target):
        self.target = target
        self.port = 0
        self.is_cut = False
        self.delay = 0  # seconds
        self.tears = False
        self.is_open = {UP: asyncio.Event(), DOWN: asyncio.Event()}
        self.connections = set()
        self.server = None
        self.heal()

    async def listen(self):
        self.server = await asyncio.start_server(self.accept, "127.0.0.1", 0)
        self.port = self.server.sockets[0].getsockname()[1]

    async def accept(self, reader, writer):
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            there, onward = await asyncio.open_connection("127.0.0.1", self.target)
        except OSError:
            writer.transport.abort()
            return
        both = (writer, onward)
        self.connections.add(both)
        try:
            await asyncio.gather(self.pump(reader, onward, UP), self.pump(there, writer, DOWN))
        except (OSError, asyncio.CancelledError):
            pass
        finally:
            self.connections.discard(both)
            self.abort(both)

    async def pump(self, reader, writer, direction):
        while block := await reader.read(1 << 16):
            if self.delay:
                await asyncio.sleep(self.delay)
            await self.is_open[direction].wait()
            if self.tears and direction == UP and len(block) > 1:
                # The first half of a message arrives, and the other one never does.
                writer.write(block[: len(block) // 2])
                await writer.drain()
                self.tears = False
                raise ConnectionAbortedError
            writer.write(block)
            await writer.drain()
        # One side has closed: so does the other.
        raise ConnectionAbortedError

    @staticmethod
    def abort(both):
        for writer in both:
            writer.transport.abort()

    # What is done to it

    def cut(self):
        self.is_cut = True
        for both in list(self.connections):
            self.abort(both)

    def block(self, *directions):
        for direction in directions:
            self.is_open[direction].clear()

    def heal(self):
        self.is_cut, self.delay, self.tears = False, 0, False
        for way in self.is_open.values():
            way.set()
