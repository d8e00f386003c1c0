"""What the product leans on, each of the run's own: PostgreSQL, Redis, a mail server, a disk.

PostgreSQL and Redis keep what they acknowledge as compose.yaml has it (PostgreSQL's defaults;
Redis with its append-only file), so that a kill tests what production promises.
"""

import asyncio
import os
import pwd
import shutil
import signal
import subprocess
import time
from collections.abc import Callable
from contextlib import suppress
from email import message_from_bytes
from pathlib import Path
from typing import Any

import psycopg
import redis
from aiosmtpd.controller import Controller

from tests.bench.load import children_of
from tests.faults.worlds import free_port, wait_until

REDIS_AS_IN_COMPOSE = ("--appendonly", "yes", "--save", "")
PATIENCE = 30.0  # seconds until a server must be back


class Missing(RuntimeError):
    """A program that the run needs is not on this machine."""


def postgres_bin() -> Path | None:
    """The folder of PostgreSQL's programs, the newest version's."""
    if found := shutil.which("postgres"):
        return Path(found).parent
    folders = sorted(Path("/usr/lib/postgresql").glob("*/bin"), key=lambda p: float(p.parent.name))
    return folders[-1] if folders else None


class Postgres:
    """A cluster in a folder, on a port. As root it runs as the user postgres."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        programs = postgres_bin()
        if programs is None:
            raise Missing("there is no PostgreSQL server to start (Debian: postgresql)")
        self.programs, self.folder, self.port = programs, folder, free_port()
        self.environment = environment
        self.url = f"postgres://postgres@127.0.0.1:{self.port}/waypost"
        self.who: dict[str, Any] = {}
        folder.mkdir()
        if os.geteuid() == 0:
            user = pwd.getpwnam("postgres")
            self.who = {"user": user.pw_uid, "group": user.pw_gid, "extra_groups": []}
            os.chown(folder, user.pw_uid, user.pw_gid)
        data = folder / "data"
        subprocess.run(
            [programs / "initdb", "-D", data, "-U", "postgres", "-A", "trust", "--encoding=UTF8",
             "--no-sync"],
            check=True, capture_output=True, cwd=folder, **self.who,
        )  # fmt: skip
        self.start()
        self.wait()
        server = self.url.replace("/waypost", "/postgres")
        with psycopg.connect(server, autocommit=True) as connection:
            connection.execute("CREATE DATABASE waypost")

    def start(self) -> None:
        where = f"unix_socket_directories={self.folder}"
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                [self.programs / "postgres", "-D", self.folder / "data", "-p", str(self.port),
                 "-c", "listen_addresses=127.0.0.1", "-c", where],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, cwd=self.folder,
                env=self.environment, start_new_session=True, **self.who,
            )  # fmt: skip

    def answers(self) -> bool:
        try:
            psycopg.connect(self.url.replace("/waypost", "/postgres"), connect_timeout=2).close()
        except psycopg.Error:
            return False
        return True

    def wait(self) -> None:
        wait_until(self.answers, "an answer of PostgreSQL", PATIENCE)

    def backends(self) -> list[int]:
        """The processes that serve a connection."""
        found = []
        for pid in children_of(self.process.pid)[1:]:
            with suppress(OSError):
                name = Path(f"/proc/{pid}/cmdline").read_bytes().decode(errors="replace")
                if "waypost" in name:
                    found.append(pid)
        return found

    def kill(self) -> None:
        """SIGKILL to all of it, as when the machine or the container goes."""
        for pid in children_of(self.process.pid):
            with suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)
        self.process.wait(PATIENCE)

    def close(self) -> None:
        """At once, but leaving nothing behind in the machine's shared memory."""
        self.process.send_signal(signal.SIGQUIT)
        try:
            self.process.wait(PATIENCE)
        except subprocess.TimeoutExpired:
            self.kill()

    def restart(self) -> None:
        """Until the killed processes have left the memory that they shared, none can start."""
        end = time.monotonic() + PATIENCE
        while True:
            self.start()
            while self.process.poll() is None:
                if self.answers():
                    return
                if time.monotonic() > end:
                    raise AssertionError(f"PostgreSQL does not come back: see {self.folder}/log")
                time.sleep(0.02)
            if time.monotonic() > end:
                raise AssertionError(f"PostgreSQL does not start: see {self.folder}/log")
            time.sleep(0.02)


class Redis:
    """A server in a folder, on a port."""

    def __init__(self, folder: Path, environment: dict[str, str]) -> None:
        if not shutil.which("redis-server"):
            raise Missing("there is no redis-server (Debian: redis-server)")
        self.folder, self.port, self.environment = folder, free_port(), environment
        folder.mkdir()
        self.url = f"redis://127.0.0.1:{self.port}/0"
        self.restart()

    def restart(self) -> None:
        with (self.folder / "log").open("ab") as log:
            self.process = subprocess.Popen(
                ["redis-server", "--port", str(self.port), "--bind", "127.0.0.1", "--dir",
                 str(self.folder), *REDIS_AS_IN_COMPOSE],
                stdout=log, stderr=log, stdin=subprocess.DEVNULL, env=self.environment,
                start_new_session=True,
            )  # fmt: skip
        wait_until(self.answers, "an answer of Redis", PATIENCE)

    def answers(self) -> bool:
        client = redis.Redis.from_url(self.url, socket_timeout=2)
        try:
            return bool(client.ping())
        except redis.RedisError:
            return False
        finally:
            client.close()

    def queued(self) -> int:
        client = redis.Redis.from_url(self.url, socket_timeout=2)
        try:
            return int(client.llen("celery"))
        finally:
            client.close()

    def kill(self) -> None:
        self.process.kill()
        self.process.wait(PATIENCE)


class Mails:
    """A mail server that keeps what it has taken: of each message its Message-ID, and when."""

    def __init__(self) -> None:
        self.taken: list[tuple[str, float]] = []
        self.on_taking: Callable[[], None] | None = None  # before the sender is told
        self.controller = Controller(self, hostname="127.0.0.1", port=free_port())
        self.controller.start()
        self.url = f"smtp://127.0.0.1:{self.controller.port}"

    async def handle_DATA(self, _server: Any, _session: Any, envelope: Any) -> str:
        message = message_from_bytes(envelope.content)
        self.taken.append((str(message["Message-ID"]), time.monotonic()))
        if self.on_taking:
            self.on_taking()
        return "250 taken"

    def close(self) -> None:
        self.controller.stop()


class Disk:
    """The media on a disk of their own (tmpfs), which can be made full."""

    ROOM = "2g"

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True, exist_ok=True)
        subprocess.run(
            ["mount", "-t", "tmpfs", "-o", f"size={self.ROOM}", "waypost-faults", folder],
            check=True, capture_output=True,
        )  # fmt: skip

    @staticmethod
    def why_not(folder: Path) -> str:
        """Why none can be mounted here, or nothing."""
        try:
            Disk(folder / "trial").close()
        except (OSError, subprocess.CalledProcessError) as error:
            return f"no disk can be mounted (be root): {error}"
        return ""

    def fill(self, left: int) -> None:
        """No more room than `left` bytes."""
        for _try in range(50):  # a file that grows meanwhile may already need more than that
            state = os.statvfs(self.folder)
            used = (state.f_blocks - state.f_bfree) * state.f_frsize
            with suppress(subprocess.CalledProcessError):
                return self._resize(str(used + left))
        raise OSError(f"{self.folder} cannot be made smaller")

    def free(self) -> None:
        self._resize(self.ROOM)

    def _resize(self, size: str) -> None:
        subprocess.run(
            ["mount", "-o", f"remount,size={size}", self.folder], check=True, capture_output=True
        )

    def close(self) -> None:
        subprocess.run(["umount", "--lazy", self.folder], check=False, capture_output=True)


class Link:
    """A TCP proxy in front of a server: what it passes on can be delayed, swallowed and cut."""

    def __init__(self, to: int) -> None:
        self.to, self.port = to, 0
        self.delay = 0.0  # seconds, for each piece that passes
        self.is_cut = False
        self.open = asyncio.Event()
        self.open.set()
        self.writers: set[asyncio.StreamWriter] = set()

    async def begin(self) -> None:
        self.server = await asyncio.start_server(self._serve, "127.0.0.1", self.port)
        self.port = self.server.sockets[0].getsockname()[1]

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        if self.is_cut:
            writer.transport.abort()
            return
        try:
            far_reader, far_writer = await asyncio.open_connection("127.0.0.1", self.to)
        except OSError:
            writer.transport.abort()
            return
        pair = {writer, far_writer}
        self.writers |= pair
        try:
            await asyncio.gather(self._pump(reader, far_writer), self._pump(far_reader, writer))
        finally:
            self.writers -= pair

    async def _pump(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            while data := await reader.read(1 << 16):
                if self.delay:
                    await asyncio.sleep(self.delay)
                if not self.open.is_set():
                    await self.open.wait()
                writer.write(data)
                await writer.drain()
        except OSError:
            pass
        finally:
            writer.close()

    def cut(self) -> None:
        """All connections are gone, and no new one is taken until `mend`."""
        self.is_cut = True
        for writer in self.writers:
            writer.transport.abort()

    def swallow(self) -> None:
        """Nothing passes any more, and nobody is told."""
        self.open.clear()

    def mend(self) -> None:
        self.is_cut = False
        self.delay = 0.0
        self.open.set()

    def close(self) -> None:
        self.mend()
        self.server.close()
        for writer in list(self.writers):
            writer.transport.abort()


class Clock:
    """The time of day of the processes that are started with `environment`."""

    def __init__(self, folder: Path) -> None:
        library, self.file = folder / "clock.so", folder / "clock"
        subprocess.run(
            ["cc", "-shared", "-fPIC", "-O2", "-o", library,
             Path(__file__).with_name("clock.c"), "-ldl"],
            check=True,
        )  # fmt: skip
        library.chmod(0o755)
        self.turn(0)
        self.environment = {"LD_PRELOAD": str(library), "WAYPOST_CLOCK": str(self.file)}

    @staticmethod
    def why_not() -> str:
        """Why there can be none, or nothing."""
        return "" if shutil.which("cc") else "there is no C compiler (Debian: gcc, libc6-dev)"

    def turn(self, seconds: int) -> None:
        """So many seconds before (+) or behind (-) the true time, from this moment on."""
        self.seconds = seconds
        value = (seconds * 10**9).to_bytes(8, "little", signed=True)
        if not self.file.exists():
            self.file.write_bytes(value)
            self.file.chmod(0o644)
            return
        with self.file.open("r+b") as file:
            file.write(value)
