"""A server of the real kind for the browser tests: granian and a worker, as the Procfile has them.

Everything lies in a directory, a database and a Redis number of its own.
"""

import json
import os
import secrets
import signal
import socket
import subprocess
import sys
import time
import urllib.request
from collections.abc import Callable
from contextlib import ExitStack
from pathlib import Path
from typing import IO, Any
from urllib.parse import urlsplit, urlunsplit

import psycopg
import redis

ROOT = Path(__file__).resolve().parent.parent.parent
BIN = Path(sys.executable).parent
PATIENCE = 60.0  # seconds for whatever has to happen in the end
OURS = {"DATABASE_URL", "REDIS_URL", "DATA_DIR", "SECRET_KEY", "DJANGO_SETTINGS_MODULE", "PORT"}


def wait_until(happened: Callable[[], object], what: str, patience: float = PATIENCE) -> None:
    """Ask again until it is so. Raises TimeoutError, which says what was waited for."""
    end = time.monotonic() + patience
    while not happened():
        if time.monotonic() > end:
            raise TimeoutError(what)
        time.sleep(0.05)


def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def own_database(url: str, stack: ExitStack) -> str:
    """A new, empty database of the PostgreSQL server; dropped when the stack closes."""
    name = f"waypost_e2e_{secrets.token_hex(6)}"
    parts = urlsplit(url)
    with psycopg.connect(url, autocommit=True) as connection:
        connection.execute(f'CREATE DATABASE "{name}"')

    def drop() -> None:
        with psycopg.connect(url, autocommit=True) as connection:
            connection.execute(f'DROP DATABASE IF EXISTS "{name}" WITH (FORCE)')

    stack.callback(drop)
    return urlunsplit(parts._replace(path=f"/{name}"))


def own_redis(url: str, stack: ExitStack) -> str:
    """An empty number of the Redis server that no process of this run uses; emptied afterwards.

    tests/settings.py gives the processes `number`, `number + 1` and so on, and their tests empty
    them; tests/faults claims 13 to 15 in a way of its own.
    """
    server, _slash, first = url.rpartition("/")
    for offset in range(8, 16):
        own = f"{server}/{(int(first) + offset) % 16}"
        client = redis.Redis.from_url(own)
        stack.callback(client.close)
        if not client.dbsize() and client.set("waypost-e2e", os.getpid(), nx=True, ex=3600):
            stack.callback(client.flushdb)
            return own
    raise RuntimeError(f"every database of {server} is in use")


class Seed:
    """The process of tests/e2e/seed.py: `seed.officer(language="uk")` and so on."""

    def __init__(self, environment: dict[str, str]) -> None:
        self.process = subprocess.Popen(
            [sys.executable, "-m", "tests.e2e.seed"], cwd=ROOT, env=environment,
            stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True,
        )  # fmt: skip

    def __getattr__(self, command: str) -> Callable[..., Any]:
        def call(**arguments: Any) -> Any:
            assert self.process.stdin
            assert self.process.stdout
            self.process.stdin.write(json.dumps([command, arguments]) + "\n")
            self.process.stdin.flush()
            answer = json.loads(self.process.stdout.readline())
            if "error" in answer:
                raise RuntimeError(f"seed.{command}: {answer['error']}")
            return answer["answer"]

        return call

    def close(self) -> None:
        assert self.process.stdin
        assert self.process.stdout
        self.process.stdin.close()
        self.process.wait(10)
        self.process.stdout.close()


class Site:
    """The product, served at `url`; `close` leaves nothing of it."""

    def __init__(self, folder: Path) -> None:
        self.stack = ExitStack()
        self.web: subprocess.Popen[bytes] | None = None
        self.worker: subprocess.Popen[bytes] | None = None
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.data = folder
        kept = {name: value for name, value in os.environ.items() if name not in OURS}
        self.environment = kept | {
            "DATA_DIR": str(folder), "DJANGO_SETTINGS_MODULE": "lms.settings",
            "SITE_URL": self.url, "PORT": str(self.port), "LOG_LEVEL": "WARNING",
            "PATH": f"{BIN}{os.pathsep}{os.environ['PATH']}", "PYTHONUNBUFFERED": "1",
        }  # fmt: skip
        with ExitStack() as failed:
            failed.callback(self.close)
            self._serve()
            failed.pop_all()

    def _serve(self) -> None:
        if url := os.environ.get("TEST_DATABASE_URL"):
            self.environment["DATABASE_URL"] = own_database(url, self.stack)
        if url := os.environ.get("TEST_REDIS_URL"):
            self.environment["REDIS_URL"] = own_redis(url, self.stack)
        subprocess.run(
            [sys.executable, "manage.py", "prepare"], cwd=ROOT, env=self.environment, check=True,
            stdout=subprocess.DEVNULL,
        )  # fmt: skip
        self.log: IO[bytes] = self.stack.enter_context((self.data / "server.log").open("ab"))
        self.web = self._start("web")
        self.worker = self._start("worker")
        self.fill()  # before the first page is asked for: pages remember the ribbon
        self.wait()

    def fill(self) -> None:
        """Make what is served."""
        self.seed = Seed(self.environment)
        self.stack.callback(self.seed.close)
        self.seed.world()

    def _start(self, name: str) -> subprocess.Popen[bytes]:
        """A process of the Procfile, in a group of its own."""
        lines = (ROOT / "Procfile").read_text().splitlines()
        command = next(line.removeprefix(f"{name}: ") for line in lines if line.startswith(name))
        return subprocess.Popen(
            ["sh", "-c", command], cwd=ROOT, env=self.environment, stdout=self.log,
            stderr=self.log, start_new_session=True,
        )  # fmt: skip

    def wait(self) -> None:
        """Until a page is served."""

        def answers() -> bool:
            try:
                with urllib.request.urlopen(f"{self.url}/sign-in/", timeout=5) as response:
                    return bool(response.status == 200)
            except OSError:
                return False

        wait_until(answers, f"no page of {self.url}; see {self.data}/server.log")

    def kill_web(self) -> None:
        """End the web server and its workers at once, in the middle of whatever they do."""
        assert self.web
        os.killpg(self.web.pid, signal.SIGKILL)
        self.web.wait(10)

    def start_web(self) -> None:
        """Serve again on the same port."""
        self.web = self._start("web")
        self.wait()

    def close(self) -> None:
        with self.stack:
            running = [process for process in (self.web, self.worker) if process]
            for process in running:
                if process.poll() is None:
                    os.killpg(process.pid, signal.SIGTERM)
            for process in running:
                try:
                    process.wait(10)
                except subprocess.TimeoutExpired:
                    os.killpg(process.pid, signal.SIGKILL)
                    process.wait(10)
