"""Officers who read, sit tests and complete courses over HTTP, and note what was acknowledged.

Each is one browser: it sends an answer again until it is acknowledged, with the same client and
count, and goes on only then (lms/static/lms/js/outbox.js). What the server must never say (not
yours, no such page, signed out) and an answer that a page no longer shows are noted as wrong.
"""

import asyncio
import random
import re
import time
from collections import Counter
from dataclasses import asdict, dataclass, field
from html import unescape
from typing import Any

import aiohttp

from tests.bench.load import TOKEN
from tests.havoc.plan import CHOICES, QUIZZES, READINGS, RIGHT

BROKEN = {500, 502, 503, 504, 429}  # sent again
TIMEOUT = 15  # seconds, as the browser's script has it
TO_THE_END = 60  # seconds in which the last answers come
COURSES = ("READ", "READ", "TEST", "TEST", "RUSH")
SHARE_OF_PASSES, CHANGES_HIS_MIND, NEW_TAB, WALKS_AWAY = 0.7, 0.3, 0.2, 0.1
TEXT = re.compile(r'id="q(\d+)-field" name="q\d+" value="([^"]*)"')
CHOICE = re.compile(
    r'<input type="radio" name="q(\d+)" value="([^"]*)"( checked)?><span[^>]*>(\d+)'
)


class Over(Exception):
    """The load has ended while something was not acknowledged yet."""


class Wrong(Exception):
    """An answer that the server must not give."""


@dataclass
class Sent:
    """A save as it was sent, at least once; `acknowledged` once the server said so."""

    client: str
    seq: int
    value: str
    acknowledged: bool = False


@dataclass
class Sitting:
    """An attempt: what was sent for each question, and whether its end was acknowledged."""

    officer: int
    course: str
    saves: dict[str, list[Sent]] = field(default_factory=dict)  # by position
    kinds: dict[str, str] = field(default_factory=dict)  # shorttext or single, by position
    choices: dict[str, dict[str, str]] = field(default_factory=dict)  # id to field's value
    finished: bool = False

    def last(self, position: str) -> Sent | None:
        """What was acknowledged last."""
        known = [save for save in self.saves.get(position, []) if save.acknowledged]
        return known[-1] if known else None


@dataclass
class Ledger:
    """All that the officers know."""

    sittings: dict[str, Sitting] = field(default_factory=dict)  # by attempt
    completions: Counter[str] = field(default_factory=Counter)  # acknowledged, by "officer course"
    requests: Counter[str] = field(default_factory=Counter)  # by what came of them
    wrong: list[str] = field(default_factory=list)
    acknowledged: int = 0
    under_way: int = 0
    longest: float = 0.0  # seconds until an answer

    def as_json(self) -> dict[str, Any]:
        return {
            "sittings": {pk: asdict(sitting) for pk, sitting in self.sittings.items()},
            "completions": self.completions,
        }


class Officer:
    """One officer in one browser, until `stop` is set."""

    def __init__(
        self, url: str, person: dict[str, Any], ledger: Ledger, stop: asyncio.Event,
        client: aiohttp.ClientSession, pause: float,
    ) -> None:  # fmt: skip
        self.url, self.pk, self.ledger, self.stop = url, person["pk"], ledger, stop
        self.client, self.pause, self.tabs, self.seq = client, pause, 0, 0
        self.ended = 0.0
        self.headers = {
            "Cookie": f"csrftoken={TOKEN}; sessionid={person['session']}",
            "X-CSRFToken": TOKEN, "Accept-Encoding": "identity",
        }  # fmt: skip

    async def work(self) -> None:
        """Course after course; what was wrong is noted, and does not end him."""
        while not self.stop.is_set():
            code = random.choice(COURSES)
            try:
                await self.take(code)
            except Over:
                return
            except Wrong as error:
                self.ledger.wrong.append(f"officer {self.pk}, {code}: {error}")

    async def think(self) -> None:
        await asyncio.sleep(random.uniform(0, 2 * self.pause))

    async def ask(self, path: str, form: dict[str, str] | None = None) -> tuple[int, str, str]:
        """Status, Location and text of an answer; asks again until there is one. Raises Over."""
        self.go_on()
        while True:
            answer = await self.try_once(path, form)
            if answer and answer[0] not in BROKEN:
                return answer
            await self.wait(path)

    def go_on(self) -> None:
        """Nothing new is begun at the end; what was begun is brought to its answer."""
        if self.stop.is_set():
            raise Over

    async def wait(self, path: str) -> None:
        """Before the same is sent again. All is mended when the end has come."""
        if self.stop.is_set():
            self.ended = self.ended or time.monotonic()
            if time.monotonic() > self.ended + TO_THE_END:
                raise Wrong(f"{path}: no answer, though nothing is broken any more")
        await asyncio.sleep(random.uniform(0.05, 0.2))

    async def try_once(self, path: str, form: dict[str, str] | None) -> tuple[int, str, str] | None:
        method = "GET" if form is None else "POST"
        self.ledger.under_way += 1
        begun = time.monotonic()
        try:
            async with self.client.request(
                method, self.url + path, data=form, headers=self.headers, allow_redirects=False
            ) as response:
                text = await response.text()
        except (TimeoutError, aiohttp.ClientError):
            self.ledger.requests["no answer"] += 1
            return None
        finally:
            self.ledger.under_way -= 1
        self.ledger.longest = max(self.ledger.longest, time.monotonic() - begun)
        self.ledger.requests[f"{response.status}"] += 1
        location = response.headers.get("Location", "")
        if "/sign-in/" in location or response.status in {400, 401, 403, 404}:
            raise Wrong(f"{method} {path}: {response.status} {location}")
        return response.status, location, text

    async def take(self, code: str) -> None:
        """A course from its enrolment to its completion, or until he walks away."""
        await self.think()
        await self.ask(f"/courses/{code}/enrol/", {})
        name = f"{self.pk} {code}"
        location = ""
        for key in READINGS[code]:
            page = f"/courses/{code}/lessons/{key}/"
            await self.ask(page)
            await self.think()
            _status, location, _text = await self.ask(f"{page}done/", {})
        if code in QUIZZES:
            while not await self.sit(code):
                if code == "RUSH" and random.random() < WALKS_AWAY:
                    return
                await self.think()
        elif location != f"/courses/{code}/":
            raise Wrong(f"the last lesson led to {location}")
        self.ledger.completions[name] += 1

    async def sit(self, code: str) -> bool:
        """One attempt; whether the course is completed by it."""
        address = f"/attempts/start/{code}/{QUIZZES[code]}/"
        _status, path, _text = await self.ask(address, {})
        if not path.startswith("/attempts/"):
            raise Wrong(f"{address} led to {path}")
        sitting = self.ledger.sittings.setdefault(path.split("/")[2], Sitting(self.pk, code))
        passes = random.random() < SHARE_OF_PASSES
        client = await self.open_tab(path, sitting)
        for position in list(sitting.kinds) if client else ():
            await self.think()
            if not await self.answer(path, sitting, position, client, passes):
                self.check_closed(path, f"{path}result/", sitting)
                break
            if random.random() < NEW_TAB:
                client = await self.open_tab(path, sitting)
                if client is None:
                    break
        else:
            if code == "RUSH" and random.random() < WALKS_AWAY:
                return False  # the sweep ends it, or he comes back to it
        return await self.finish(path, sitting)

    async def open_tab(self, path: str, sitting: Sitting) -> str | None:
        """Read the page; what was acknowledged must stand there. None: the attempt is closed."""
        status, location, text = await self.ask(path)
        if status == 302:
            self.check_closed(path, location, sitting)
            return None
        shown = {position: unescape(value) for position, value in TEXT.findall(text)}
        sitting.choices = {}
        for position, key, checked, words in CHOICE.findall(text):
            sitting.choices.setdefault(position, {})[CHOICES[words]] = key
            if checked:
                shown[position] = CHOICES[words]
        sitting.kinds = {position: "shorttext" for position, _value in TEXT.findall(text)}
        sitting.kinds |= dict.fromkeys(sitting.choices, "single")
        if not sitting.kinds:
            raise Wrong(f"{path}: a page without questions")
        for position in sitting.kinds:
            last = sitting.last(position)
            saves = sitting.saves.get(position, [])
            allowed = {save.value for save in saves[saves.index(last) :]} if last else None
            if allowed is not None and shown.get(position) not in allowed:
                raise Wrong(f"{path} {position}: shows {shown.get(position)!r}, not {allowed}")
        self.tabs += 1
        return f"{self.pk}-{self.tabs}"

    async def answer(
        self, path: str, sitting: Sitting, position: str, client: str, passes: bool
    ) -> bool:
        """Save until the latest word is acknowledged; False when the attempt is closed."""
        kind = sitting.kinds[position]
        words = [self.draft(kind) for _ in range(random.randint(0, 2))]
        words.append(RIGHT[kind] if passes else self.draft(kind))
        saves = sitting.saves.setdefault(position, [])
        for number, value in enumerate(words, 1):
            self.go_on()
            self.seq += 1
            saves.append(Sent(client, self.seq, value))
            is_last = number == len(words)
            form = {f"q{position}": sitting.choices.get(position, {}).get(value, value)}
            if not await self.send(path, position, saves[-1], form, may_give_up=not is_last):
                return False
        return True

    async def send(
        self, path: str, position: str, save: Sent, form: dict[str, str], *, may_give_up: bool
    ) -> bool:
        """Until it is acknowledged, or the attempt is closed: False; or he changes his mind."""
        form |= {"q": position, "client": save.client, "seq": str(save.seq)}
        while True:
            answer = await self.try_once(f"{path}save/", form)
            if answer and answer[0] == 200 and '"saved_at"' in answer[2]:
                save.acknowledged = True
                self.ledger.acknowledged += 1
                return True
            if answer and answer[0] == 409:
                return False
            if answer and answer[0] not in BROKEN:
                raise Wrong(f"{path}save/: {answer[0]} {answer[2][:80]}")
            if may_give_up and random.random() < CHANGES_HIS_MIND:
                return True  # a newer word takes the place of one that was never acknowledged
            await self.wait(path)

    def draft(self, kind: str) -> str:
        if kind == "single":
            return random.choice(["b", "c"])
        return f"чернетка {self.pk} {random.randrange(10**6)}"

    async def finish(self, path: str, sitting: Sitting) -> bool:
        """Submit and see the result; whether the course is completed now: one may enrol again."""
        await self.think()
        _status, location, _text = await self.ask(f"{path}finish/", {})
        if location != f"{path}result/":
            raise Wrong(f"{path}finish/ led to {location}")
        sitting.finished = True
        status, location, _text = await self.ask(f"{path}result/")
        if status != 200:
            raise Wrong(f"{path}result/: {status} {location}, though it was submitted")
        _status, _location, text = await self.ask(f"/courses/{sitting.course}/")
        return f'action="/courses/{sitting.course}/enrol/"' in text

    def check_closed(self, path: str, location: str, sitting: Sitting) -> None:
        """Only the clock closes an attempt that its officer has not finished."""
        if sitting.course != "RUSH" or location != f"{path}result/":
            raise Wrong(f"{path} led to {location}, and he has not finished")
