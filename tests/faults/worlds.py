"""A world of its own for tests that kill processes: database, queue, files, and what runs on them.

The processes run the product as it is (`lms.settings`), on SQLite and a queue of files, or on
PostgreSQL and Redis where TEST_DATABASE_URL and TEST_REDIS_URL name them. The test itself looks
from outside: by SQL and at the files.
"""

import json
import os
import re
import secrets
import shutil
import signal
import socket
import sqlite3
import subprocess
import sys
import time
from collections.abc import Callable, Sequence
from contextlib import closing, suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

from tests.faults.nursery import Child, Nursery

ROOT = Path(__file__).resolve().parents[2]
BIN = Path(sys.executable).parent
OURS = {"DATA_DIR", "DATABASE_URL", "REDIS_URL", "EMAIL_URL", "SITE_URL", "DJANGO_SETTINGS_MODULE"}
QUEUE_DATABASES = (13, 14, 15)  # of Redis; what one run has claimed, another leaves alone
CLAIM = "waypost-faults"
CLAIM_SECONDS = 600
DEADLINE = 60  # seconds until a test gives a process up


def wait_until(
    condition: Callable[[], Any],
    what: str,
    seconds: float = DEADLINE,
    *,
    while_moves: Callable[[], Any] = lambda: None,
    tell: Callable[[], str] = str,
) -> Any:
    """Ask until the condition holds and return what it gave.

    The seconds begin anew whenever `while_moves` gives something else: a slow machine is no fault.
    Raises AssertionError with `what`, and what `tell` says by then.
    """
    end, before = time.monotonic() + seconds, while_moves()
    while not (found := condition()):
        if (now := while_moves()) != before:
            end, before = time.monotonic() + seconds, now
        if time.monotonic() > end:
            raise AssertionError(f"in {seconds} s not: {what}\n{tell()}")
        time.sleep(0.05)
    return found


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def admin_url() -> str:
    return os.environ.get("TEST_DATABASE_URL", "")


def run_sql(statement: str) -> None:
    """Outside of any transaction, on the database from which others are made."""
    with psycopg.connect(admin_url(), autocommit=True) as connection:
        connection.execute(statement.encode())


def claim_queue() -> str:
    """The address of an empty Redis database that nobody else has; "" without Redis."""
    server = os.environ.get("TEST_REDIS_URL", "").rpartition("/")[0]
    if not server:
        return ""

    def claimed() -> str:
        for number in QUEUE_DATABASES:
            url = f"{server}/{number}"
            with closing(redis.Redis.from_url(url)) as client:
                if client.set(CLAIM, os.getpid(), nx=True, ex=CLAIM_SECONDS):
                    client.pipeline().flushdb().set(CLAIM, os.getpid(), ex=CLAIM_SECONDS).execute()
                    return url
        return ""

    return str(wait_until(claimed, "a free Redis database among 13, 14 and 15", 120))


@dataclass
class Process:
    """A process and all that it has started: a session of its own, so that one signal ends all."""

    popen: subprocess.Popen[bytes] | Child
    log: Path

    def read(self) -> str:
        return self.log.read_text(errors="replace")

    def last_words(self) -> str:
        return self.read()[-3000:]

    def kill(self) -> None:
        """SIGKILL to the whole group, as a machine loses power; twice is once."""
        with suppress(ProcessLookupError):
            os.killpg(self.popen.pid, signal.SIGKILL)
        self.popen.wait(DEADLINE)

    def is_gone(self) -> bool:
        """Whether nothing is left of the group; the first of it must have been waited for."""
        try:
            os.killpg(self.popen.pid, 0)
        except ProcessLookupError:
            return True
        return False

    def wait_for_end(self) -> int:
        """The return code; negative is the signal that ended it."""
        try:
            return self.popen.wait(DEADLINE)
        except subprocess.TimeoutExpired:
            raise AssertionError(f"still running:\n{self.read()[-4000:]}") from None

    def count(self, pattern: str) -> int:
        """How often the log says so."""
        return len(re.findall(pattern, self.read()))


@dataclass
class World:
    """`database` is the name on PostgreSQL; empty: SQLite inside `folder`."""

    folder: Path
    database: str = ""
    queue_url: str = ""
    processes: list[Process] = field(default_factory=list)
    nursery: Nursery | None = None

    @property
    def data(self) -> Path:
        return self.folder / "data"

    @property
    def database_url(self) -> str:
        parts = urlsplit(admin_url())
        return urlunsplit(parts._replace(path=f"/{self.database}")) if self.database else ""

    @property
    def environment(self) -> dict[str, str]:
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        ours = {"DATA_DIR": str(self.data), "SECRET_KEY": "faults", "PYTHONUNBUFFERED": "1"}
        if self.database:
            ours["DATABASE_URL"] = self.database_url
        if self.queue_url:
            ours["REDIS_URL"] = self.queue_url
        return kept | ours

    def start(self, *command: str | Path, **environment: str) -> Process:
        """Start a command in a session of its own; its output goes to a file."""
        log = self._log()
        with log.open("wb") as out:
            popen = subprocess.Popen(
                [str(word) for word in command],
                cwd=ROOT,
                env=self.environment | environment,
                stdout=out,
                stderr=subprocess.STDOUT,
                stdin=subprocess.DEVNULL,
                start_new_session=True,
            )
        return self._noted(popen, log)

    def _log(self) -> Path:
        return self.folder / f"{len(self.processes)}.log"

    def _noted(self, popen: subprocess.Popen[bytes] | Child, log: Path) -> Process:
        process = Process(popen, log)
        self.processes.append(process)
        return process

    def _start_loaded(self, module: str, words: Sequence[str]) -> Process:
        """The same with a module of ours, by a process that has loaded the product already."""
        if self.nursery is None:
            self.nursery = Nursery(self.environment | {"DJANGO_SETTINGS_MODULE": "lms.settings"})
        log = self._log()
        log.touch()
        return self._noted(self.nursery.start(module, words, log), log)

    def act(self, *words: str, ends: int = 0) -> str:
        """Run `tests.faults.act` to its end and return what it printed."""
        process = self._start_loaded("tests.faults.act", words)
        code = process.wait_for_end()
        assert code == ends, f"{words} ended with {code}:\n{process.read()[-4000:]}"
        return process.read()

    def worker(self, *, at: str = "", every: int = 0) -> Process:
        """A Celery worker, which kills itself at a point; with a clock if it is to sweep `every` s.

        As the Procfile has it on a queue of files, with a pool of processes on Redis.
        """
        words = ["--pool", "prefork" if self.queue_url else "solo"]
        if at:
            words += ["--at", at]
        if every:
            words += ["--every", str(every)]
        return self._start_loaded("tests.faults.worker", words)

    def rows(self, statement: str) -> list[tuple[Any, ...]]:
        """What the database holds, seen by a connection of its own."""
        if self.database:
            with psycopg.connect(self.database_url) as connection:
                return list(connection.execute(statement.encode()).fetchall())
        path = self.data / "waypost.db"
        with closing(sqlite3.connect(f"file:{path}?mode=ro", uri=True, timeout=20)) as connection:
            return connection.execute(statement).fetchall()

    def count(self, table: str) -> int:
        return int(self.rows(f"SELECT count(*) FROM {table}")[0][0])

    def write(self, statement: str) -> None:
        if self.database:
            with psycopg.connect(self.database_url) as connection:
                connection.execute(statement.encode())
            return
        with closing(sqlite3.connect(self.data / "waypost.db", timeout=20)) as connection:
            connection.execute(statement)
            connection.commit()

    def let_the_lease_pass(self) -> None:
        """As if five minutes had gone by: the leases are over, the files are older."""
        past = datetime.now(UTC) - timedelta(minutes=5)
        statement = f"UPDATE certificates_certificate SET queued_until = '{past:%Y-%m-%d %H:%M:%S}"
        self.write(statement + ("+00:00'" if self.database else "'"))
        for path in self.files():
            os.utime(path, (past.timestamp(), past.timestamp()))

    def let_the_lease_of_jobs_pass(self) -> None:
        past = datetime.now(UTC) - timedelta(minutes=5)
        statement = f"UPDATE people_job SET queued_until = '{past:%Y-%m-%d %H:%M:%S}"
        self.write(statement + ("+00:00'" if self.database else "'"))

    def let_the_lease_of_lists_pass(self) -> None:
        past = datetime.now(UTC) - timedelta(minutes=5)
        statement = f"UPDATE people_staffimport SET queued_until = '{past:%Y-%m-%d %H:%M:%S}"
        self.write(statement + ("+00:00'" if self.database else "'"))

    def files(self) -> list[Path]:
        """All that lies in the folder of certificates, parts too."""
        return sorted(p for p in self.data.glob("media/certificates/**/*") if p.is_file())

    def mails(self) -> list[str]:
        """The messages sent, whole."""
        texts = [path.read_text() for path in self.data.glob("mail/*")]
        return [mail for text in texts for mail in text.split(f"\n{'-' * 79}\n")[:-1]]

    def queued(self) -> int:
        """How many tasks lie in the queue."""
        if self.queue_url:
            with closing(redis.Redis.from_url(self.queue_url)) as client:
                return int(client.llen("celery"))
        return len(list(self.data.glob("queue/messages/*")))

    def empty_queue(self) -> None:
        if self.queue_url:
            with closing(redis.Redis.from_url(self.queue_url)) as client:
                client.delete("celery")
        for path in self.data.glob("queue/messages/*"):
            path.unlink()

    def people(self) -> dict[str, Any]:
        """What `act build` noted of those whom it made."""
        noted: dict[str, Any] = json.loads((self.data / "people.json").read_text())
        return noted

    def end(self) -> None:
        """Kill what runs, and leave nothing behind but the files of pytest's own folder."""
        for process in self.processes:
            process.kill()
        if self.nursery:
            self.nursery.close()
        if self.database:
            run_sql(f"DROP DATABASE IF EXISTS {self.database} WITH (FORCE)")
        if self.queue_url:
            with closing(redis.Redis.from_url(self.queue_url)) as client:
                client.flushdb()


def new_name() -> str:
    return f"faults_{secrets.token_hex(6)}"


def build(folder: Path) -> World:
    """A world with people and courses in it, from which others are copied; no queue to speak of."""
    folder.mkdir()
    world = World(folder, database=new_name() if admin_url() else "")
    try:
        if world.database:
            run_sql(f"CREATE DATABASE {world.database}")
        world.act("build")
    except BaseException:
        world.end()
        raise
    world.empty_queue()
    return world


def copy(template: World, folder: Path) -> World:
    """The same world anew, with a queue of its own."""
    folder.mkdir()
    shutil.copytree(template.data, folder / "data")
    world = World(folder, queue_url=claim_queue())
    if template.database:
        world.database = new_name()
        run_sql(f"CREATE DATABASE {world.database} TEMPLATE {template.database}")
    return world
