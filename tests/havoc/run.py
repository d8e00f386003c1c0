"""One run: serve, load, break, mend, let the sweeps work, compare."""

import asyncio
import json
import sqlite3
import time
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import aiohttp
import psycopg

from tests.havoc.faults import Faults, Record, deal
from tests.havoc.instance import Instance, until
from tests.havoc.officers import TIMEOUT, Ledger, Officer
from tests.havoc.servers import Clock, Disk

PAUSE = 0.1  # seconds that an officer thinks before each act, on the average
LEASES, TIME_LIMITS = 400, 2 * 3600  # seconds by which the clock is turned on, so that they pass
SETTLED_WITHIN = 180.0  # seconds
# Between handing a mail over and noting so: what may come then makes it go out again.
EXCUSES = {"worker killed", "PostgreSQL killed", "link cut"}
BEFORE, AFTER = 0.3, 1.5  # seconds around a hand-over
UNSETTLED = (
    "SELECT count(*) FROM certificates_certificate c WHERE mailed_at IS NULL OR NOT EXISTS"
    " (SELECT 1 FROM certificates_certificatefile f WHERE f.certificate_id = c.id)"
)
OPEN = "SELECT count(*) FROM quizzes_attempt WHERE submitted_at IS NULL AND deadline_at IS NOT NULL"


@dataclass
class Options:
    """What a run is of; without kinds all that can be done here."""

    name: str
    production: bool
    faults: int
    kinds: tuple[str, ...] = ()
    officers: int = 16
    gap: float = 0.3
    every: float = 2.0
    settled_within: float = SETTLED_WITHIN


@dataclass
class Outcome:
    """What came of a run."""

    name: str
    faults: Counter[str] = field(default_factory=Counter)
    under_way: Counter[str] = field(default_factory=Counter)
    idle: Counter[str] = field(default_factory=Counter)
    requests: Counter[str] = field(default_factory=Counter)
    counts: dict[str, int] = field(default_factory=dict)
    findings: dict[str, list[str]] = field(default_factory=dict)
    errors: dict[str, int] = field(default_factory=dict)
    left_out: list[str] = field(default_factory=list)
    seconds: float = 0.0
    settled: float = 0.0
    longest: float = 0.0  # seconds until an answer

    @property
    def is_well(self) -> bool:
        return not self.findings and not self.left_out

    def as_json(self) -> dict[str, Any]:
        return self.__dict__ | {"well": self.is_well}

    def show(self) -> None:
        print(f"== {self.name}: {sum(self.faults.values())} faults in {self.seconds:.0f} s")
        print(f"{'fault':<22}{'times':>7}{'requests under way':>20}{'none':>7}")
        for kind, count in sorted(self.faults.items()):
            mean = self.under_way[kind] / count
            print(f"{kind:<22}{count:>7}{mean:>20.1f}{self.idle[kind]:>7}")
        total = sum(self.requests.values())
        parts = ", ".join(f"{number} {what}" for what, number in self.requests.most_common())
        print(f"{total} requests: {parts}; the longest took {self.longest:.1f} s")
        for name, number in self.counts.items():
            print(f"{number:>8} {name}")
        print(f"settled {self.settled:.0f} s after the last fault")
        for line, number in self.errors.items():
            print(f"{number:>8} {line}")
        for what in self.left_out:
            print(f"LEFT OUT: {what}")
        for kind, found in self.findings.items():
            print(f"{len(found):>8} {kind.upper()}: {'; '.join(found[:3])[:600]}")
        if not self.findings:
            print("nothing lost, nothing doubled", flush=True)


def make(folder: Path, options: Options, outcome: Outcome) -> Instance:
    """The instance; what was asked for and cannot be done on this machine is noted as left out."""
    able = {}
    for part, kind, why_not in (
        ("disk", "disk full", Disk.why_not(folder)),
        ("clock", "clock turned", Clock.why_not()),
    ):
        is_wanted = not options.kinds or kind in options.kinds
        able[part] = is_wanted and not why_not
        if is_wanted and why_not:
            outcome.left_out.append(f"{kind}: {why_not}")
    return Instance(folder, production=options.production, every=options.every, **able)


async def run(folder: Path, options: Options) -> Outcome:
    outcome, ledger, record = Outcome(options.name), Ledger(), Record()
    instance = await asyncio.to_thread(make, folder, options, outcome)
    try:
        people = await instance.begin(options.officers)
        begun = time.monotonic()
        faults = Faults(instance, ledger, record)
        kinds = [kind for kind in faults.kinds() if not options.kinds or kind in options.kinds]
        counts = {
            kind: options.faults // len(kinds) + (place < options.faults % len(kinds))
            for place, kind in enumerate(kinds)
        }
        await under_load(instance, people, ledger, deal(faults, counts, options.gap))
        outcome.seconds = time.monotonic() - begun
        outcome.faults, outcome.under_way, outcome.idle = (
            record.counts, record.under_way, record.idle,
        )  # fmt: skip
        outcome.requests, outcome.longest = ledger.requests, ledger.longest
        begun = time.monotonic()
        findings = await settle(instance, options.settled_within)
        outcome.settled = time.monotonic() - begun
        outcome.counts, compared = await asyncio.to_thread(compare, instance, ledger, record)
        outcome.findings = findings | compared
        if ledger.wrong:
            outcome.findings["answer that must not be"] = ledger.wrong
        outcome.errors = instance.logs()
    finally:
        await asyncio.to_thread(instance.close)
    return outcome


async def under_load(
    instance: Instance, people: list[dict[str, Any]], ledger: Ledger, breaking: Any
) -> None:
    """The officers work from before the first fault until after the last."""
    stop = asyncio.Event()
    connector = aiohttp.TCPConnector(limit=0)
    timeout = aiohttp.ClientTimeout(total=TIMEOUT)
    jar = aiohttp.DummyCookieJar()
    async with aiohttp.ClientSession(connector=connector, cookie_jar=jar, timeout=timeout) as web:
        officers = [
            asyncio.ensure_future(Officer(instance.url, one, ledger, stop, web, PAUSE).work())
            for one in people
        ]
        try:
            while ledger.acknowledged < len(people):
                await asyncio.sleep(0.05)
                for officer in officers:
                    if officer.done():
                        officer.result()
            await breaking
        finally:
            stop.set()
            await asyncio.gather(*officers)


def counted(instance: Instance, statement: str) -> Callable[[], bool]:
    def is_none() -> bool:
        try:
            return rows(instance, statement)[0][0] == 0
        except psycopg.Error:
            return False

    return is_none


def rows(instance: Instance, statement: str) -> list[tuple[Any, ...]]:
    if instance.postgres:
        with psycopg.connect(instance.postgres.url, connect_timeout=5) as connection:
            return list(connection.execute(statement.encode()).fetchall())
    path = instance.data / "waypost.db"
    with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
        return connection.execute(statement).fetchall()


async def settle(instance: Instance, seconds: float) -> dict[str, list[str]]:
    """All is mended: what was left undone must be found by the sweeps, and by nobody else.

    The clock is turned to the true time and on, so that leases and then time limits pass; without
    a clock that can be turned, all that is noted of them is moved back.
    """
    findings: dict[str, list[str]] = {}
    for turned, statement, what in (
        (LEASES, UNSETTLED, "certificates without a file or mail"),
        (TIME_LIMITS, OPEN, "attempts out of time and open"),
        (TIME_LIMITS + LEASES, UNSETTLED, "certificates without a file or mail"),
    ):
        if instance.clock:
            instance.clock.turn(turned)
        else:
            let_pass(instance)
        try:
            await until(counted(instance, statement), what, seconds)
        except TimeoutError as error:
            left = rows(instance, statement)[0][0]
            findings.setdefault("not settled", []).append(f"{left} {what}: {error}")
    return findings


def let_pass(instance: Instance) -> None:
    """As if hours had gone by."""
    past = f"{datetime.now(UTC) - timedelta(hours=2):%Y-%m-%d %H:%M:%S}"
    for statement in (
        f"UPDATE certificates_certificate SET queued_until = '{past}'",
        f"UPDATE quizzes_attempt SET deadline_at = '{past}' WHERE deadline_at IS NOT NULL",
    ):
        write(instance, statement.replace(past, f"{past}+00") if instance.postgres else statement)


def write(instance: Instance, statement: str) -> None:
    if instance.postgres:
        with psycopg.connect(instance.postgres.url) as connection:
            connection.execute(statement.encode())
    else:
        with closing(sqlite3.connect(instance.data / "waypost.db", timeout=20)) as connection:
            connection.execute(statement)
            connection.commit()


def compare(
    instance: Instance, ledger: Ledger, record: Record
) -> tuple[dict[str, int], dict[str, list[str]]]:
    """The counts and the findings."""
    mails = [[name, may_come_again(at, record)] for name, at in instance.mails.taken]
    files = [instance.folder / f"{name}.json" for name in ("ledger", "mails", "compared")]
    for file, what in zip(files, (ledger.as_json(), mails), strict=False):
        file.write_text(json.dumps(what), encoding="utf-8")
    instance.run("tests.havoc.check", *map(str, files))
    result = json.loads(files[-1].read_text(encoding="utf-8"))
    return result["counts"], result["findings"]


def may_come_again(at: float, record: Record) -> bool:
    """Whether a fault came where it may keep a worker from noting that it has handed over."""
    return any(kind in EXCUSES and at - BEFORE < when < at + AFTER for when, kind in record.times)
