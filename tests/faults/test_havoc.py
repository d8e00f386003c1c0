"""`make faults` can fail: it reports what a sweep that was switched off leaves, and what is amiss."""

import asyncio
import os
import shutil
import signal
from collections.abc import Callable
from contextlib import closing
from pathlib import Path
from typing import Any

import psycopg
import pytest
import redis

from tests.faults.worlds import World
from tests.havoc import run
from tests.havoc.faults import Record
from tests.havoc.instance import Instance, until
from tests.havoc.officers import Ledger
from tests.havoc.servers import Clock, Link, Postgres, Redis, postgres_bin

pytestmark = [pytest.mark.services, pytest.mark.once]
SWEEP = "certificates.sweeps.sweep_certificates"
# What is done to the database of a sound run, and what must be said of it.
TAMPERED = {
    "answer lost": "DELETE FROM quizzes_responsesave WHERE id ="
    " (SELECT min(s.id) FROM quizzes_responsesave s WHERE NOT EXISTS"
    " (SELECT 1 FROM quizzes_attemptitem i WHERE i.current_id = s.id))",
    "answer that does not count": "UPDATE quizzes_attemptitem SET current_id = NULL",
    "answer changed": "UPDATE quizzes_responsesave SET data = '{}' WHERE id ="
    " (SELECT max(id) FROM quizzes_responsesave)",
    "mark wrong": "UPDATE quizzes_attempt SET passed = 0 WHERE passed = 1",
    "completion lost": "UPDATE courses_enrolment SET completed_at = NULL, completed_revision_id = NULL",
    "certificate without a completion": "",
    "file lost": "DELETE FROM certificates_certificatefile",
    "file of nobody": "",
    "audit entry lost": "DELETE FROM audit_auditentry WHERE verb = 'certificate.issued'",
    "audit entry of nothing": "",
}


@pytest.fixture
def sound(template: World, tmp_path: Path) -> Any:
    def make() -> Instance:
        return Instance(
            tmp_path, production=False, disk=False, clock=False, every=1, switched_off=(SWEEP,),
            template=None if template.database else template.data,
        )  # fmt: skip

    return make


def test_it_tells_of_what_is_lost(sound: Callable[[], Instance]) -> None:
    asyncio.run(_lose_and_find(sound()))


async def _lose_and_find(instance: Instance) -> None:
    """The worker is killed while it hands a mail over, and its task is lost with it."""
    with closing(instance):
        people, ledger, record = await instance.begin(2), Ledger(), Record()
        taken = instance.mails.taken

        def kill() -> None:
            instance.mails.on_taking = None
            record.note("worker killed", ledger)
            os.killpg(instance.running["worker"].popen.pid, signal.SIGKILL)

        instance.mails.on_taking = kill
        await run.under_load(instance, people, ledger, until(lambda: taken, "a mail", 60))

        lost = await run.settle(instance, 5)
        assert "1 certificates without a file or mail" in lost["not settled"][0]

        instance.switched_off = ()
        os.killpg(instance.running["worker"].popen.pid, signal.SIGKILL)
        assert await run.settle(instance, 60) == {}
        counts, findings = run.compare(instance, ledger, record)
        assert findings == {}
        assert ledger.wrong == []
        assert counts["answers acknowledged"] == ledger.acknowledged > 0
        assert counts["certificates"] == counts["files"] == counts["mails"] > 0
        assert counts["mails handed over again"] == 1

        taken += [taken[-1], ("<of-nobody@127.0.0.1>", 0.0)]
        for statement in filter(None, TAMPERED.values()):
            run.write(instance, statement)
        _counts, findings = run.compare(instance, ledger, record)
        assert findings.keys() >= {*TAMPERED, "mail doubled", "mail of nobody"}


def test_a_link_can_be_cut_and_mended() -> None:
    asyncio.run(_cut_and_mend())


async def _cut_and_mend() -> None:
    async def echo(reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        while data := await reader.read(100):
            writer.write(data)
        writer.close()

    async with await asyncio.start_server(echo, "127.0.0.1", 0) as server:
        link = Link(server.sockets[0].getsockname()[1])
        await link.begin()
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        writer.write(b"one")
        assert await reader.read(3) == b"one"
        link.swallow()
        writer.write(b"two")
        link.cut()
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(3)
        reader, _refused = await asyncio.open_connection("127.0.0.1", link.port)
        with pytest.raises((ConnectionError, asyncio.IncompleteReadError)):
            await reader.readexactly(1)
        link.mend()
        reader, writer = await asyncio.open_connection("127.0.0.1", link.port)
        writer.write(b"three")
        assert await reader.read(5) == b"three"
        writer.close()
        link.close()


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
def test_a_killed_postgresql_keeps_what_it_acknowledged(tmp_path: Path) -> None:
    tmp_path.chmod(0o755)
    server = Postgres(tmp_path / "postgres", dict(os.environ))
    try:
        with psycopg.connect(server.url) as connection:
            connection.execute("CREATE TABLE kept AS SELECT 1 AS one")
        server.kill()
        server.restart()
        with psycopg.connect(server.url) as connection:
            assert connection.execute("SELECT one FROM kept").fetchall() == [(1,)]
    finally:
        server.kill()


@pytest.mark.skipif(not shutil.which("cc"), reason="no C compiler for the clock")
def test_the_clock_is_turned_for_those_who_have_it_and_no_other(tmp_path: Path) -> None:
    import subprocess
    import sys
    import time

    clock = Clock(tmp_path)
    clock.turn(3600)
    said = subprocess.run(
        [sys.executable, "-c", "import time; print(time.time(), time.monotonic())"],
        env=os.environ | clock.environment, capture_output=True, text=True, check=True,
    ).stdout.split()  # fmt: skip
    assert 3500 < float(said[0]) - time.time() < 3700
    assert float(said[1]) < time.monotonic() + 60
