"""What is done to an instance under load, kind by kind, and how it is dealt out."""

import asyncio
import os
import random
import signal
import time
from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

from tests.havoc.instance import Instance
from tests.havoc.officers import Ledger

HOUR = 3600
PART_OF_A_FILE = 60_000  # bytes: about a certificate's, so that some are cut off in the middle
TOLD_EACH = 100  # faults
AT_ONCE = 3  # faults that last while others come


@dataclass
class Record:
    """The faults of a run: how many of each kind, with how many requests under way."""

    counts: Counter[str] = field(default_factory=Counter)
    under_way: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)  # no request was under way
    times: list[tuple[float, str]] = field(default_factory=list)

    def note(self, kind: str, ledger: Ledger) -> None:
        self.counts[kind] += 1
        self.under_way[kind] += ledger.under_way
        self.idle[kind] += not ledger.under_way
        self.times.append((time.monotonic(), kind))
        if len(self.times) % TOLD_EACH == 0:
            print(f"{len(self.times)} faults, {ledger.acknowledged} answers", flush=True)


class Faults:
    """Injects; each method is a kind and ends when what it broke is whole again."""

    def __init__(self, instance: Instance, ledger: Ledger, record: Record) -> None:
        self.instance, self.ledger, self.record = instance, ledger, record

    def kinds(self) -> dict[str, Callable[[], Coroutine[Any, Any, None]]]:
        """Those that can be done to this instance."""
        found: dict[str, Callable[[], Coroutine[Any, Any, None]]] = {
            "web killed": self.web, "worker killed": self.worker, "beat killed": self.beat,
        }  # fmt: skip
        if self.instance.redis:
            found["Redis killed"] = self.redis
        if self.instance.postgres:
            found["PostgreSQL killed"] = self.postgres
        if self.instance.disk:
            found["disk full"] = self.disk
        if self.instance.links:
            found |= {"link delayed": self.delay, "link cut": self.cut}
        if self.instance.clock:
            found["clock turned"] = self.clock
        return found

    def note(self, kind: str) -> None:
        self.record.note(kind, self.ledger)

    async def web(self) -> None:
        """All of it, or one of its processes, which is started again by the first."""
        children = self.instance.children("web")
        if children and random.random() < 0.5:
            self.shoot(random.choice(children))
        else:
            await self.shoot_all("web")
        self.note("web killed")
        while not await asyncio.to_thread(self.instance.answers):
            await asyncio.sleep(0.02)

    async def worker(self) -> None:
        """The worker and its clock, as when the machine goes."""
        killed = await self.shoot_all("worker")
        self.note("worker killed")
        while self.instance.running["worker"].popen.pid == killed:
            await asyncio.sleep(0.02)

    async def beat(self) -> None:
        """The clock alone: another must take its place."""
        while not (children := self.instance.children("worker")):
            await asyncio.sleep(0.02)
        self.shoot(children[0])
        self.note("beat killed")
        while children[0] in self.instance.children("worker"):
            await asyncio.sleep(0.02)

    async def redis(self) -> None:
        server = self.instance.redis
        assert server
        server.kill()
        self.note("Redis killed")
        await asyncio.sleep(random.uniform(0, 0.5))
        await asyncio.to_thread(server.restart)

    async def postgres(self) -> None:
        """All of it; or one process that serves, upon which PostgreSQL starts all anew."""
        server = self.instance.postgres
        assert server
        backends = await asyncio.to_thread(server.backends)
        if backends and random.random() < 0.3:
            self.shoot(random.choice(backends))
            self.note("PostgreSQL killed")
            await asyncio.sleep(0.1)
        else:
            await asyncio.to_thread(server.kill)
            self.note("PostgreSQL killed")
            await asyncio.sleep(random.uniform(0, 0.5))
            await asyncio.to_thread(server.restart)
        await asyncio.to_thread(server.wait)

    async def disk(self) -> None:
        disk = self.instance.disk
        assert disk
        await asyncio.to_thread(disk.fill, random.randrange(PART_OF_A_FILE))
        self.note("disk full")
        await asyncio.sleep(random.uniform(0.5, 2))
        await asyncio.to_thread(disk.free)

    async def delay(self) -> None:
        link = random.choice(list(self.instance.links.values()))
        link.delay = random.uniform(0.02, 0.3)
        self.note("link delayed")
        await asyncio.sleep(random.uniform(0.3, 1.5))
        link.delay = 0.0

    async def cut(self) -> None:
        """The link breaks, or it swallows what is sent for a while and then breaks."""
        link = random.choice(list(self.instance.links.values()))
        if random.random() < 0.5:
            link.swallow()
            self.note("link cut")
            await asyncio.sleep(random.uniform(0.2, 1))
            link.cut()
        else:
            link.cut()
            self.note("link cut")
            await asyncio.sleep(random.uniform(0.1, 0.7))
        link.is_cut = False
        link.open.set()

    async def clock(self) -> None:
        """An hour on or back, never farther than one from the true time."""
        clock = self.instance.clock
        assert clock
        step = random.choice([-HOUR, HOUR]) if clock.seconds == 0 else -clock.seconds
        clock.turn(clock.seconds + step)
        self.note("clock turned")
        await asyncio.sleep(random.uniform(0.2, 1))

    async def shoot_all(self, name: str) -> int:
        """SIGKILL to web or worker and all that it has started, as soon as one runs; its number."""
        while True:
            pid = self.instance.running[name].popen.pid
            try:
                os.killpg(pid, signal.SIGKILL)
            except ProcessLookupError:
                await asyncio.sleep(0.02)
            else:
                return pid

    @staticmethod
    def shoot(pid: int) -> None:
        with suppress(ProcessLookupError):
            os.kill(pid, signal.SIGKILL)


async def deal(faults: Faults, counts: dict[str, int], gap: float) -> None:
    """Inject so many of each kind in random order, one each `gap` seconds or so.

    Some last while others come, but never two of a kind. Raises what went wrong with one.
    """
    kinds = faults.kinds()
    deck = [kind for kind, count in counts.items() for _ in range(count)]
    random.shuffle(deck)
    busy: dict[str, asyncio.Task[None]] = {}

    async def end_of_one() -> None:
        done, _ = await asyncio.wait(busy.values(), return_when=asyncio.FIRST_COMPLETED)
        for kind in [kind for kind, task in busy.items() if task in done]:
            busy.pop(kind).result()

    while deck:
        await asyncio.sleep(random.uniform(0, 2 * gap))
        for kind in [kind for kind, task in busy.items() if task.done()]:
            busy.pop(kind).result()
        kind = deck.pop()
        while len(busy) >= AT_ONCE or kind in busy:
            await end_of_one()
        busy[kind] = asyncio.create_task(kinds[kind]())
    while busy:
        await end_of_one()
