"""An instance of the product with all that it leans on, and who starts again what has ended."""

import asyncio
import json
import os
import re
import shutil
import time
import urllib.request
from contextlib import ExitStack, suppress
from pathlib import Path
from typing import Any

from tests.faults.nursery import Nursery
from tests.faults.worlds import OURS, Process, free_port, wait_until
from tests.havoc.servers import Clock, Disk, Link, Mails, Postgres, Redis

PATIENCE = 300.0  # seconds
LEFT_OUT = OURS | {"TEST_DATABASE_URL", "TEST_REDIS_URL", "METRICS_DIR", "PORT", "SECRET_KEY"}


class Instance:
    """Web and worker with beat, as the Procfile has them; what ends is started at once.

    On PostgreSQL and Redis behind a link each, or as the embedded default; with a mail server.
    `disk` and `clock` are None where a run does without them. `switched_off` names tasks that do
    nothing, `template` is a DATA_DIR with a migrated database.
    """

    def __init__(
        self, folder: Path, *, production: bool, disk: bool = True, clock: bool = True,
        every: float = 2, switched_off: tuple[str, ...] = (), template: Path | None = None,
    ) -> None:  # fmt: skip
        self.folder, self.every, self.switched_off = folder, every, switched_off
        self.data = folder / "data"
        self.stack = ExitStack()
        self.running: dict[str, Process] = {}
        self.starts = 0
        self.is_closing = False
        self.port = free_port()
        self.url = f"http://127.0.0.1:{self.port}"
        self.postgres: Postgres | None = None
        self.redis: Redis | None = None
        self.links: dict[str, Link] = {}
        folder.chmod(0o755)
        if template:
            shutil.copytree(template, self.data)
        else:
            self.data.mkdir()
        self.clock = Clock(folder) if clock else None
        turned = self.clock.environment if self.clock else {}
        kept = {name: value for name, value in os.environ.items() if name not in LEFT_OUT}
        self.mails = Mails()
        self.stack.callback(self.mails.close)
        self.environment = kept | turned | {
            "DATA_DIR": str(self.data), "SECRET_KEY": "faults", "SITE_URL": self.url,
            "PORT": str(self.port), "PYTHONUNBUFFERED": "1", "LOG_LEVEL": "WARNING",
            "DJANGO_SETTINGS_MODULE": "lms.settings", "EMAIL_URL": self.mails.url,
        }  # fmt: skip
        with ExitStack() as failed:
            failed.callback(self.stack.close)
            self.disk = self._mounted() if disk else None
            if production:
                self._lean_on_servers(kept | turned)
            failed.pop_all()

    def _mounted(self) -> Disk:
        made = Disk(self.data / "media")
        self.stack.callback(made.close)
        return made

    def _lean_on_servers(self, environment: dict[str, str]) -> None:
        self.postgres = Postgres(self.folder / "postgres", environment)
        self.stack.callback(self.postgres.close)
        self.redis = Redis(self.folder / "redis", environment)
        self.stack.callback(self.redis.kill)
        self.links = {"postgres": Link(self.postgres.port), "redis": Link(self.redis.port)}

    async def begin(self, officers: int) -> list[dict[str, Any]]:
        """Serve; who the officers are."""
        self.loop = asyncio.get_running_loop()
        for link in self.links.values():
            await link.begin()
            self.stack.callback(link.close)
        if self.postgres:
            port = self.links["postgres"].port
            self.environment["DATABASE_URL"] = f"postgres://postgres@127.0.0.1:{port}/waypost"
            self.environment["REDIS_URL"] = f"redis://127.0.0.1:{self.links['redis'].port}/0"
        self.nursery = Nursery(self.environment)
        self.stack.callback(self.nursery.close)
        self.stack.callback(self.stop)
        people = self.folder / "people.json"
        words = ("fill", str(officers), str(people))
        await asyncio.to_thread(self.run, "tests.havoc.content", *words)
        self.nursery.load("tests.havoc.served")  # looks for the static files that there are now
        for name in ("web", "worker"):
            self._start(name)
        await asyncio.to_thread(wait_until, self.answers, "an answer of the web process")
        found: list[dict[str, Any]] = json.loads(people.read_text(encoding="utf-8"))
        return found

    def run(self, module: str, *words: str) -> None:
        """Have `module.main(words)` run to its end. Raises AssertionError with what it said."""
        log = self.folder / f"{module.rpartition('.')[2]}.log"
        process = Process(self.nursery.start(module, words, log), log)
        try:
            code = process.popen.wait(PATIENCE)
        finally:
            process.kill()
        assert code == 0, process.read()[-4000:]

    def answers(self) -> bool:
        try:
            with urllib.request.urlopen(f"{self.url}/live", timeout=2) as response:
                return bool(response.status == 200)
        except OSError:
            return False

    def _start(self, name: str) -> None:
        self.starts += 1
        log = self.folder / f"{name}-{self.starts:04}.log"
        words = {"web": [], "worker": [str(self.every), *self.switched_off]}[name]
        child = self.nursery.start("tests.havoc.served", [name, *words], log)
        self.running[name] = Process(child, log)
        ended = os.pidfd_open(child.pid)
        self.loop.add_reader(ended, self._has_ended, name, ended)

    def _has_ended(self, name: str, ended: int) -> None:
        """Start it again, as systemd and Docker do; but first nothing of it may be left."""
        self.loop.remove_reader(ended)
        os.close(ended)
        with suppress(TimeoutError):
            self.running[name].kill()
        if not self.is_closing:
            self._start(name)

    def children(self, name: str) -> list[int]:
        """The processes that web or worker has started: granian's workers, the clock."""
        pid = self.running[name].popen.pid
        try:
            text = Path(f"/proc/{pid}/task/{pid}/children").read_text()
        except OSError:
            return []
        return [int(word) for word in text.split()]

    def logs(self) -> dict[str, int]:
        """How often which error stands in the logs of web and worker, by its last line."""
        found: dict[str, int] = {}
        for path in sorted(self.folder.glob("w*-*.log")):
            for line in path.read_text(errors="replace").splitlines():
                word = line.split(":")[0]
                if word.endswith(("Error", "Exception")) and " " not in word:
                    words = re.sub(r"\d+", "N", line)[:110]
                    key = f"{path.name.split('-')[0]} {words}"
                    found[key] = found.get(key, 0) + 1
        return found

    def stop(self) -> None:
        """Neither web nor worker runs any more."""
        self.is_closing = True
        for process in self.running.values():
            process.kill()

    def close(self) -> None:
        self.stack.close()


async def until(condition: Any, what: str, seconds: float) -> float:
    """Ask in a thread until it is so; how many seconds that took. Raises TimeoutError."""
    begun = time.monotonic()
    while not await asyncio.to_thread(condition):
        if time.monotonic() - begun > seconds:
            raise TimeoutError(f"in {seconds:.0f} s not: {what}")
        await asyncio.sleep(0.2)
    return time.monotonic() - begun
