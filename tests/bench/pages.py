"""What each page costs, by itself and under load; then an examination of many at once.

Serves the product as in production (PostgreSQL, Redis, granian, a worker) and asks it over HTTP.
"""

import asyncio
import json
import os
import random
import re
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import psycopg

from tests.bench.load import (
    Answer,
    Ask,
    Figures,
    Load,
    children_of,
    cpu_seconds,
    in_session,
    memory,
)
from tests.e2e.server import ROOT, Site

SERVER = os.environ.get("BENCH_DATABASE_URL", "postgres://postgres@127.0.0.1:5432/postgres")
REDIS = os.environ.get("BENCH_REDIS_URL", "redis://127.0.0.1:6379/9")
OFFICERS = int(os.environ.get("BENCH_OFFICERS", "1000"))
REQUESTS = int(os.environ.get("BENCH_REQUESTS", "300"))
AT_ONCE = (1, 8, 32)
EXAMINATIONS = tuple(map(int, os.environ.get("BENCH_EXAMINATIONS", "300,1000").split(",")))
SHIFT = int(os.environ.get("BENCH_SHIFT", "300"))  # officers who sign in at the same moment
QUESTIONS = 10
START_WITHIN, THINKING = 5.0, (3.0, 5.0)  # seconds
# CPU-milliseconds a request of Moodle 3.11 on such a machine; a tenth is the target.
PEER = {
    "course": 54, "lesson, first": 55, "lesson, again": 55, "home": 149, "attempt, start": 45,
    "attempt, page": 45, "answer, save": 45, "attempt, submit": 45, "result": 45,
}  # fmt: skip
LIMIT = 500  # ms, p95 of the examination of 1,000


class Production(Site):
    """The site with the content of the measurements."""

    def fill(self) -> None:
        self.content = json.loads(self.run("fill", str(OFFICERS)))

    def run(self, *words: str) -> str:
        command = [sys.executable, "-m", "tests.bench.content", *words]
        return subprocess.run(
            command, cwd=ROOT, env=self.environment, check=True, capture_output=True, text=True
        ).stdout

    def processes(self) -> dict[str, list[int]]:
        assert self.web
        with psycopg.connect(self.environment["DATABASE_URL"]) as connection:
            (backend,) = connection.execute("SELECT pg_backend_pid()").fetchone() or (0,)
            parent = int(Path(f"/proc/{backend}/stat").read_text().rpartition(") ")[2].split()[1])
        return {"web": in_session(self.web.pid), "database": children_of(parent)}


class Report:
    """Prints the table as it grows, and keeps it for JSON."""

    HEAD = (
        f"{'page':<20}{'at once':>8}{'req/s':>8}{'p50':>7}{'p95':>7}{'p99':>7}{'errors':>8}"
        f"{'bytes':>8}{'CPU web':>9}{'CPU db':>8}{'tenth of peer':>15}"
    )

    def __init__(self, site: Production) -> None:
        self.site = site
        self.rows: list[dict[str, Any]] = []
        print(self.HEAD, flush=True)

    async def measured(self, name: str, at_once: int, act: Callable[[str], Any]) -> Figures:
        """Run what measures and print its line; CPU-milliseconds per request, web and database."""
        kinds = self.site.processes()
        before = {kind: cpu_seconds(pids) for kind, pids in kinds.items()}
        figures: Figures = await act(f"{name} {at_once}")
        count = max(len(figures.seconds), 1)
        after = {kind: cpu_seconds(pids) for kind, pids in self.site.processes().items()}
        cpu = {kind: (after[kind] - before[kind]) * 1000 / count for kind in kinds}
        row = {
            "page": name, "at_once": at_once, "requests": count,
            "per_second": count / figures.wall if figures.wall else 0,
            "p50": figures.quantile(50), "p95": figures.quantile(95), "p99": figures.quantile(99),
            "errors": len(figures.errors), "bytes": sum(figures.bytes) // count,
            "cpu_web": cpu["web"], "cpu_database": cpu["database"],
            "target": PEER[name] / 10 if name in PEER else None,
        }  # fmt: skip
        self.rows.append(row)
        target = f"{row['target']:.1f}" if row["target"] else "-"
        print(
            f"{name:<20}{at_once:>8}{row['per_second']:>8.0f}{row['p50']:>7.0f}{row['p95']:>7.0f}"
            f"{row['p99']:>7.0f}{row['errors']:>8}{row['bytes']:>8}{cpu['web']:>9.1f}"
            f"{cpu['database']:>8.1f}{target:>15}",
            flush=True,
        )
        for error in figures.errors[:3]:
            print(f"    {error[:200]}")
        return figures


async def pages(site: Production, load: Load, report: Report) -> None:
    """Each page by each number at once."""
    content, url = site.content, "/courses/BENCH/"
    officers = content["officers"][:REQUESTS]
    coordinator = content["coordinator"]

    async def each(name: str, at_once: int, asks: Iterable[Ask], **more: Any) -> None:
        listed = list(asks)
        await report.measured(
            name, at_once, lambda key: load.send_all(key, listed, at_once, **more)
        )

    def to(person: dict[str, str], path: str, *words: str) -> Ask:
        return Ask(path, person["session"], (person["name"], *words))

    for turn, at_once in enumerate(AT_ONCE, 1):
        lesson = f"{url}lessons/lesson-{turn}/"
        title = content["lesson"].format(turn)
        await each("home", at_once, (to(one, "/", content["course"]) for one in officers))
        await each("course", at_once, (to(one, url, content["course"]) for one in officers))
        await each("lesson, first", at_once, (to(one, lesson, title) for one in officers))
        await each("lesson, again", at_once, (to(one, lesson, title) for one in officers))
        await attempts(officers, at_once, each)
        await each(
            "coordinator's home", at_once, (to(coordinator, "/overview/") for _ in range(REQUESTS))
        )
        await each(
            "verification", at_once,
            (Ask(content["certificate"], words=("Випускниця",)) for _ in range(REQUESTS)),
        )  # fmt: skip
        await sign_ins(officers[: REQUESTS // 5], content["password"], at_once, each)


async def shift_begins(load: Load, content: dict[str, Any], report: Report) -> bool:
    """All of a shift sign in at once, from one address; whether each came in."""
    asks = [
        Ask("/sign-in/", status=302, form={"login": one["login"], "password": content["password"]})
        for one in content["officers"][:SHIFT]
    ]
    figures = await load.send_all("shift", asks, len(asks))
    print(
        f"a shift of {len(asks)} signs in at once: {figures.wall:.0f} s, p50"
        f" {figures.quantile(50):.0f}, p95 {figures.quantile(95):.0f} ms, {len(figures.errors)}"
        " errors",
        flush=True,
    )
    row = {"shift": len(asks), "seconds": figures.wall, "errors": len(figures.errors)}
    report.rows.append(row | {"p95": figures.quantile(95)})
    return not figures.errors


async def sign_ins(officers: list[dict[str, str]], password: str, at_once: int, each: Any) -> None:
    await each("sign-in, page", at_once, (Ask("/sign-in/", words=("password",)) for _ in officers))
    forms = (
        Ask("/sign-in/", status=302, form={"login": one["login"], "password": password})
        for one in officers
    )
    await each("sign-in, send", at_once, forms)


async def attempts(officers: list[dict[str, str]], at_once: int, each: Any) -> None:
    """A whole quiz, request by request."""
    paths: dict[str, str] = {}
    choices: dict[str, list[tuple[str, str]]] = {}

    def begun(ask: Ask, answer: Answer) -> None:
        paths[ask.session] = answer.headers["Location"]

    def opened(ask: Ask, answer: Answer) -> None:
        choices[ask.session] = choices_of(answer.text)

    start = "/attempts/start/BENCH/quiz/"
    asks = (Ask(start, one["session"], status=302, form={}) for one in officers)
    await each("attempt, start", at_once, asks, then=begun)
    mine = [one for one in officers if one["session"] in paths]
    asks = (Ask(paths[one["session"]], one["session"], (one["name"], "data-q")) for one in mine)
    await each("attempt, page", at_once, asks, then=opened)
    mine = [one for one in mine if choices.get(one["session"])]
    asks = (
        Ask(f"{paths[one['session']]}save/", one["session"], ("saved_at",), form=saving(
            *choices[one["session"]][0], seq=1))
        for one in mine
    )  # fmt: skip
    await each("answer, save", at_once, asks)
    asks = (
        Ask(f"{paths[one['session']]}finish/", one["session"], status=302, form={}) for one in mine
    )
    await each("attempt, submit", at_once, asks)
    asks = (Ask(f"{paths[one['session']]}result/", one["session"], (one["name"],)) for one in mine)
    await each("result", at_once, asks)


def choices_of(page: str) -> list[tuple[str, str]]:
    """For each question its field and one of its choices."""
    found: dict[str, list[str]] = {}
    for tag in re.findall(r"<input[^>]*type=\"radio\"[^>]*>", page):
        name, value = re.search(r'name="(q\d+)"', tag), re.search(r'value="([^"]*)"', tag)
        if name and value:
            found.setdefault(name[1], []).append(value[1])
    return [(name, random.choice(values)) for name, values in found.items()]


def saving(name: str, value: str, seq: int) -> dict[str, str]:
    return {"q": name.removeprefix("q"), "client": "bench", "seq": str(seq), name: value}


async def examination(load: Load, people: list[dict[str, str]]) -> dict[str, dict[str, str]]:
    """All sit the quiz at once, each at his own pace; what each was told is saved, by attempt."""
    sent: dict[str, dict[str, str]] = {}

    async def sit(one: dict[str, str]) -> None:
        who = one["session"]
        await asyncio.sleep(random.uniform(0, START_WITHIN))
        begun = await load.send("start", Ask("/attempts/start/BENCH/quiz/", who, (), 302, {}))
        if begun is None:
            return
        path = begun.headers["Location"]
        page = await load.send("page", Ask(path, who, (one["name"], "data-q")))
        choices = choices_of(page.text) if page else []
        attempt = path.split("/")[2]
        given = sent.setdefault(attempt, {})
        for seq, (name, value) in enumerate(choices, 1):
            await asyncio.sleep(random.uniform(*THINKING))
            ask = Ask(f"{path}save/", who, ("saved_at",), form=saving(name, value, seq))
            if await load.send("save", ask):
                given[name.removeprefix("q")] = value
        await load.send("submit", Ask(f"{path}finish/", who, (), 302, {}))
        await load.send("result", Ask(f"{path}result/", who, (one["name"],)))

    await asyncio.gather(*(sit(one) for one in people))
    return sent


async def all_of_it(site: Production, folder: Path) -> tuple[list[dict[str, Any]], bool]:
    """The rows of the table, and whether all was well."""
    report, well = Report(site), True
    async with Load(site.url) as load:
        await pages(site, load, report)
        well = await shift_begins(load, site.content, report)
        well &= not any(row["errors"] for row in report.rows)
        for number in (n for n in EXAMINATIONS if n <= OFFICERS):
            load.figures.clear()
            kinds, begun, own = site.processes(), time.monotonic(), time.process_time()
            before = {kind: cpu_seconds(pids) for kind, pids in kinds.items()}
            sent = await examination(load, site.content["officers"][:number])
            seconds, own = time.monotonic() - begun, time.process_time() - own
            spent = {kind: cpu_seconds(pids) - before[kind] for kind, pids in kinds.items()}
            whole = Figures()
            for figures in load.figures.values():
                whole.seconds += figures.seconds
                whole.errors += figures.errors
            file = folder / f"sent-{number}.json"
            file.write_text(json.dumps(sent), encoding="utf-8")
            found = json.loads(site.run("check", str(file)))
            answers, count = sum(len(given) for given in sent.values()), len(whole.seconds)
            print(
                f"examination of {number}: {count} requests in {seconds:.0f} s, p50"
                f" {whole.quantile(50):.0f}, p95 {whole.quantile(95):.0f}, p99"
                f" {whole.quantile(99):.0f} ms, {len(whole.errors)} errors; {answers} answers"
                f" acknowledged, {len(found['lost'])} lost or other, {len(found['marks'])} marks"
                " wrong\n    p95 of each kind:",
                ", ".join(f"{name} {one.quantile(95):.0f}" for name, one in load.figures.items()),
                "\n    CPU-milliseconds a request:",
                ", ".join(f"{kind} {cpu * 1000 / count:.1f}" for kind, cpu in spent.items())
                + f", the measuring client {own * 1000 / count:.1f}",
                flush=True,
            )
            for line in [*whole.errors[:3], *found["lost"][:3], *found["marks"][:3]]:
                print(f"    {line[:200]}")
            report.rows.append(
                {"examination": number, "answers": answers, "p95": whole.quantile(95)}
                | {"errors": len(whole.errors), "lost": len(found["lost"]) + len(found["marks"])}
            )
            well &= not (whole.errors or found["lost"] or found["marks"])
            well &= answers == number * QUESTIONS and whole.quantile(95) < LIMIT
    for kind, pids in site.processes().items():
        print(f"memory of {kind}: {memory(pids):.0f} MB")
        report.rows.append({"memory": kind, "mb": memory(pids)})
    return report.rows, well


def main() -> int:
    os.environ |= {
        "TEST_DATABASE_URL": SERVER, "TEST_REDIS_URL": REDIS, "VERIFY_RATE": "1000000",
    }  # fmt: skip
    with tempfile.TemporaryDirectory(prefix="waypost-bench-") as folder:
        site = Production(Path(folder) / "data")
        try:
            rows, well = asyncio.run(all_of_it(site, Path(folder)))
            addresses = ["/", "/courses/BENCH/", "/courses/BENCH/lessons/lesson-1/"]
            session = site.content["officers"][0]["session"]
            counted = json.loads(site.run("statements", session, *addresses))
            print("SQL statements:", ", ".join(f"{page} {n}" for page, n in counted.items()))
        finally:
            site.close()
    if file := os.environ.get("BENCH_JSON"):
        Path(file).write_text(json.dumps([*rows, counted], indent=1), encoding="utf-8")
    return int(not well)


if __name__ == "__main__":
    sys.exit(main())
