"""Does to a cluster what a schedule says, and undoes it."""

import asyncio
import signal

from cluster_links import DOWN, UP
from cluster_nodes import NUMBERS


class Hands:
    """A fault's beginning and end; the first word of its kind names the function that performs it."""

    def __init__(self, cluster):
        self.cluster = cluster
        self.done = []  # (fault, what was done)
        self.skipped = 0

    async def perform(self, fault):
        """One that finds its victims taken by another is left out."""
        await getattr(self, fault.kind.split("-")[0])(fault)

    # Processes

    def take(self, names):
        nodes = [self.cluster.nodes[name] for name in names]
        if any(node.is_held for node in nodes):
            self.skipped += 1
            return []
        for node in nodes:
            node.is_held = True
        return nodes

    async def sides(self, fault):
        """The number of the server that leads, and of one that does not."""
        leader = await self.cluster.leader() or fault.number
        return leader, [number for number in NUMBERS if number != leader][fault.number % 2]

    async def victims(self, fault):
        leader, follower = await self.sides(fault)
        if "leader" in fault.kind:
            return [leader]
        if "two" in fault.kind:
            return [leader, follower]
        return NUMBERS if "all" in fault.kind else [follower]

    async def nats(self, fault):
        nodes = self.take([f"nats-{number}" for number in await self.victims(fault)])
        await self.hold(fault, nodes, is_pause="pause" in fault.kind)

    async def gateway(self, fault):
        nodes = self.take([f"gateway-{fault.number}"])
        if nodes and fault.kind == "gateway-stop":
            await nodes[0].stop()
        await self.hold(fault, nodes, is_pause="pause" in fault.kind)

    async def hold(self, fault, nodes, is_pause):
        for node in nodes:
            node.send(signal.SIGSTOP) if is_pause else node.kill()
        if nodes:
            self.done.append((fault, " ".join(node.name for node in nodes)))
            await asyncio.sleep(fault.seconds)
        for node in nodes:
            node.send(signal.SIGCONT) if is_pause else node.start()
            node.is_held = False

    # Links

    async def link(self, fault):
        links = [self.cluster.links[fault.number, server] for server in NUMBERS]
        if fault.kind == "link-cut-one":
            links = [link for link in links if link.connections][:1] or links[:1]
        for link in links:
            self.harm(link, fault)
        await self.hold_links(fault, links, f"gateway-{fault.number}, {len(links)} links")

    @staticmethod
    def harm(link, fault):
        if "cut" in fault.kind:
            link.cut()
        elif fault.kind == "link-delay":
            link.delay = fault.delay
        elif fault.kind == "link-tear":
            link.tears = True
        else:
            link.block(UP if fault.kind == "link-half-up" else DOWN)

    async def hold_links(self, fault, links, what):
        self.done.append((fault, what))
        await asyncio.sleep(fault.seconds)
        for link in links:
            link.heal()

    async def route(self, fault):
        """Between servers of NATS, while each gateway reaches all of them."""
        leader, follower = await self.sides(fault)
        victim = follower if "follower" in fault.kind else leader
        others = [follower] if "pair" in fault.kind else [number for number in NUMBERS if number != victim]
        links = []
        for other in others:
            links += self.part_servers(victim, other, fault)
        await self.hold_links(fault, links, f"nats-{victim} from {len(others)}")

    def part_servers(self, victim, other, fault):
        """Either of two servers may have opened the connections between them."""
        links = there, back = [self.cluster.routes[victim, other], self.cluster.routes[other, victim]]
        if "half" in fault.kind:
            # What the victim says does not arrive, or what is said to it.
            there.block(DOWN if fault.coin else UP)
            back.block(UP if fault.coin else DOWN)
        else:
            self.part(links, fault)
        return links

    @staticmethod
    def part(links, fault):
        """As a switch does that is off, or as a firewall does that says nothing."""
        for link in links:
            link.block(UP, DOWN) if fault.coin else link.cut()

    async def split(self, fault):
        """A server of NATS and a gateway are on one side, the others on the other."""
        leader, follower = await self.sides(fault)
        victim = follower if "follower" in fault.kind else leader
        links = [link for servers, link in self.cluster.routes.items() if victim in servers]
        links += [
            link for (gateway, server), link in self.cluster.links.items()
            if (gateway == fault.number) != (server == victim)]
        self.part(links, fault)
        await self.hold_links(fault, links, f"nats-{victim} and gateway-{fault.number}")
