"""`make faults` can fail: it tells what a sweep that was switched off leaves, and what is amiss."""

import json
import os
import re
import shutil
import subprocess
import sys
import tempfile
import time
from contextlib import closing
from pathlib import Path

import psycopg
import pytest
import redis

from tests.faults.worlds import ROOT, World
from tests.havoc.servers import Clock, Postgres, Redis, postgres_bin

pytestmark = [pytest.mark.services, pytest.mark.once]
TAMPERED = {
    "answer lost", "answer that does not count", "answer changed", "mark wrong", "completion lost",
    "certificate without a completion", "file lost", "file of nobody", "audit entry lost",
    "audit entry of nothing", "mail doubled", "mail of nobody",
}  # fmt: skip


def test_it_tells_of_what_is_lost(template: World, tmp_path: Path) -> None:
    """The worker is killed while it hands over a mail: only a sweep finds that it was not noted."""
    words = [tmp_path] if template.database else [tmp_path, template.data]
    done = subprocess.run(
        [sys.executable, "-m", "tests.havoc.proof", *words], cwd=ROOT, env=template.environment,
        capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr[-4000:]
    told = json.loads(done.stdout)

    left = told["switched off"]["not settled"][0]
    assert re.match("[1-9][0-9]* certificates without a file or mail", left)

    assert (told["switched on"], told["findings"], told["wrong"]) == ({}, {}, [])
    counts = told["counts"]
    assert counts["answers acknowledged"] == told["acknowledged"] > 0
    assert counts["certificates"] == counts["files"] == counts["mails"] > 0
    assert counts["mails handed over again"] == 1

    assert told["tampered"].keys() >= TAMPERED


@pytest.mark.skipif(not shutil.which("redis-server"), reason="no redis-server to start")
def test_a_killed_redis_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    server = Redis(tmp_path / "redis", dict(os.environ))
    try:
        with closing(redis.Redis.from_url(server.url)) as client:
            client.rpush("celery", "task")
        server.kill()
        server.restart()
        assert server.queued() == 1
    finally:
        server.kill()


@pytest.mark.skipif(not postgres_bin(), reason="no PostgreSQL server to start")
def test_a_killed_postgresql_keeps_what_it_acknowledged() -> None:
    with tempfile.TemporaryDirectory(dir="/tmp") as folder:  # which the user postgres reaches
        Path(folder).chmod(0o755)
        kill_and_look(Postgres(Path(folder) / "postgres", dict(os.environ)))


def kill_and_look(server: Postgres) -> None:
    try:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        server.kill()
        server.restart()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
    finally:
        server.close()


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler for the clock")
def test_the_clock_is_turned_for_those_who_have_it_and_no_other(tmp_path: Path) -> None:
    clock = Clock(tmp_path)
    clock.turn(3600)
    said = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"],
        env=os.environ | clock.environment, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert 3500 < float(said[0]) - time.time() < 3700
    assert float(said[1]) < time.monotonic() + 60
