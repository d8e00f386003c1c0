"""A load on the served product: each answer checked for its own content, and what it costs."""

import asyncio
import gzip
import os
import statistics
import time
from collections import deque
from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import aiohttp

TOKEN = "b" * 32  # of CSRF: the cookie and the header say the same
TICK = os.sysconf("SC_CLK_TCK")


@dataclass
class Ask:
    """One request, and what its answer must be: the status and words of its own page."""

    path: str
    session: str = ""
    words: tuple[str, ...] = ()
    status: int = 200
    form: dict[str, str] | None = None
    cookies: dict[str, str] = field(default_factory=dict)


@dataclass
class Answer:
    """What came back."""

    status: int
    headers: Any
    cookies: dict[str, str]
    text: str
    bytes: int


@dataclass
class Figures:
    """Of many requests: seconds each, bytes each, and what went wrong."""

    seconds: list[float] = field(default_factory=list)
    bytes: list[int] = field(default_factory=list)
    errors: list[str] = field(default_factory=list)
    wall: float = 0.0

    def quantile(self, percent: int) -> float:
        """Milliseconds."""
        if len(self.seconds) < 2:
            return self.seconds[0] * 1000 if self.seconds else 0.0
        return statistics.quantiles(self.seconds, n=100)[percent - 1] * 1000


class Load:
    """Asks `url`; `send` gives the answer and notes what it cost under a name."""

    def __init__(self, url: str) -> None:
        self.url = url
        self.figures: dict[str, Figures] = {}

    async def __aenter__(self) -> "Load":
        self.client = aiohttp.ClientSession(
            connector=aiohttp.TCPConnector(limit=0), cookie_jar=aiohttp.DummyCookieJar(),
            auto_decompress=False, timeout=aiohttp.ClientTimeout(total=120),
        )  # fmt: skip
        return self

    async def __aexit__(self, *_error: object) -> None:
        await self.client.close()

    async def send(self, name: str, ask: Ask) -> Answer | None:
        figures = self.figures.setdefault(name, Figures())
        cookies = {"csrftoken": TOKEN} | ask.cookies
        if ask.session:
            cookies["sessionid"] = ask.session
        headers = {
            "Cookie": "; ".join(f"{key}={value}" for key, value in cookies.items()),
            "Accept-Encoding": "gzip",
            "X-CSRFToken": TOKEN,
        }
        begun = time.perf_counter()
        try:
            async with self.client.request(
                "GET" if ask.form is None else "POST", self.url + ask.path, data=ask.form,
                headers=headers, allow_redirects=False,
            ) as response:  # fmt: skip
                body = await response.read()
        except (TimeoutError, aiohttp.ClientError) as error:
            figures.errors.append(f"{ask.path}: {error!r}")
            return None
        figures.seconds.append(time.perf_counter() - begun)
        figures.bytes.append(len(body))
        if response.headers.get("Content-Encoding") == "gzip":
            body = gzip.decompress(body)
        text = body.decode()
        missing = [word for word in ask.words if word not in text]
        if response.status != ask.status or missing:
            figures.errors.append(f"{ask.path}: {response.status}, without {missing}")
            return None
        cookies = {key: morsel.value for key, morsel in response.cookies.items()}
        return Answer(response.status, response.headers, cookies, text, len(body))

    async def send_all(
        self, name: str, asks: Iterable[Ask], at_once: int,
        then: Callable[[Ask, Answer], None] = lambda ask, answer: None,
    ) -> Figures:  # fmt: skip
        """All requests, `at_once` of them at a time."""
        waiting = deque(asks)

        async def work() -> None:
            while waiting:
                ask = waiting.popleft()
                if answer := await self.send(name, ask):
                    then(ask, answer)

        begun = time.perf_counter()
        await asyncio.gather(*(work() for _number in range(at_once)))
        figures = self.figures[name]
        figures.wall = time.perf_counter() - begun
        return figures


def cpu_seconds(pids: Iterable[int]) -> float:
    """User and system time of these processes, and of the children that they have waited for."""
    total = 0
    for pid in pids:
        try:
            parts = Path(f"/proc/{pid}/stat").read_text().rpartition(") ")[2].split()
        except OSError:
            continue
        total += sum(int(parts[place]) for place in (11, 12, 13, 14))
    return total / TICK


def in_session(leader: int) -> list[int]:
    """The processes of a session: all that a command has started."""
    return [pid for pid, stat in _stats() if int(stat[3]) == leader]


def children_of(parent: int) -> list[int]:
    """A process and its children: PostgreSQL's postmaster with its backends."""
    return [parent, *(pid for pid, stat in _stats() if int(stat[1]) == parent)]


def _stats() -> list[tuple[int, list[str]]]:
    """Of each process what stands behind its name in /proc/…/stat (proc(5))."""
    found = []
    for folder in Path("/proc").iterdir():
        if folder.name.isdecimal():
            try:
                text = (folder / "stat").read_text()
            except OSError:
                continue
            found.append((int(folder.name), text.rpartition(") ")[2].split()))
    return found


def memory(pids: Iterable[int]) -> float:
    """Proportional set size, MB: what is shared is counted once among those that share it."""
    total = 0
    for pid in pids:
        try:
            text = Path(f"/proc/{pid}/smaps_rollup").read_text()
        except OSError:
            continue
        total += int(text.partition("\nPss:")[2].split()[0])
    return total / 1024
