"""The worker is lost, wherever it is: in the end one certificate, one file, one row, one mail."""

import os
import signal
from hashlib import sha256
from io import BytesIO
from pathlib import Path

import pytest
from pypdf import PdfReader

from tests.faults.worlds import Process, World, wait_until

pytestmark = pytest.mark.services
# All on the embedded default, whose queue is a folder; what the database decides on both.
SWEPT = r"certificates\.sweeps\.sweep_certificates\[\S+\] succeeded"
FINISHED = r"certificates\.tasks\.finish_certificate\[\S+\] succeeded"


def wait_for_all(world: World, worker: Process, number: int) -> None:
    """Wait until nothing is left to do, and then for whatever might do it twice."""

    def is_done() -> bool:
        mailed = "SELECT count(*) FROM certificates_certificate WHERE mailed_at IS NOT NULL"
        return bool(world.rows(mailed)[0][0] == number)

    wait_until(is_done, f"{number} files and mails", tell=worker.last_words)
    world.let_the_lease_pass()
    finished = worker.count(FINISHED)
    world.act("again")
    wait_until(lambda: worker.count(FINISHED) >= finished + number, "the tasks once more")


def assert_one_of_each(world: World, number: int = 1) -> None:
    assert world.count("certificates_certificate") == number
    rows = world.rows("SELECT file, sha256 FROM certificates_certificatefile")
    assert len(rows) == number
    paths = {world.data / "media" / name: digest for name, digest in rows}
    assert world.files() == sorted(paths)
    for path, digest in paths.items():
        content = path.read_bytes()
        assert sha256(content).hexdigest() == digest
        assert len(PdfReader(BytesIO(content)).pages) == 1
    mails = world.mails()
    assert len(mails) == number
    assert len({mail.split("\nTo: ")[1].split("\n")[0] for mail in mails}) == number


@pytest.mark.once
def test_killed_after_the_commit_and_before_the_task_is_sent(world: World) -> None:
    (login, *_) = world.people()["readers"]
    worker = world.worker(every=1)
    world.act("complete-and-die", login, ends=-signal.SIGKILL)
    assert world.count("certificates_certificate") == 1  # committed with the completion
    assert world.count("certificates_certificatefile") == 0

    world.let_the_lease_pass()

    wait_for_all(world, worker, 1)
    assert_one_of_each(world)


@pytest.mark.parametrize(
    ("at", "files", "rows"),
    [
        pytest.param("drawing", 0, 0, marks=pytest.mark.once),
        pytest.param("part-written", 1, 0, marks=pytest.mark.once),
        ("file-written", 1, 0),
        pytest.param("row-written", 1, 1, marks=pytest.mark.once),
    ],
)
def test_killed_at_work(world: World, at: str, files: int, rows: int) -> None:
    (login, *_) = world.people()["readers"]
    doomed = world.worker(at=at)
    world.act("complete", login)
    assert doomed.wait_for_end() == -signal.SIGKILL
    assert (len(world.files()), world.count("certificates_certificatefile")) == (files, rows)
    assert world.count("certificates_certificate") == 1
    assert world.mails() == []

    world.let_the_lease_pass()

    wait_for_all(world, world.worker(), 1)  # sweeps when it starts
    assert_one_of_each(world)


def test_three_pending_and_the_queue_emptied(world: World) -> None:
    readers = world.people()["readers"]
    world.act("complete", *readers)
    assert world.queued() == len(readers) == 3
    world.empty_queue()
    world.let_the_lease_pass()

    wait_for_all(world, world.worker(), 3)

    assert_one_of_each(world, 3)


@pytest.mark.once
def test_a_task_that_came_through_is_not_queued_anew_by_the_clock(world: World) -> None:
    """The lease: a worker that is at it, or a long queue, does not get the same work again."""
    (login, *_) = world.people()["readers"]
    world.act("complete", login)
    assert world.queued() == 1
    world.empty_queue()  # as if another worker had taken it
    worker = world.worker(every=1)

    wait_until(lambda: worker.count(SWEPT) >= 3, "three sweeps")

    assert worker.count(FINISHED) == 0
    assert world.files() == []


@pytest.mark.once
def test_the_clock_of_a_killed_worker_stops(world: World) -> None:
    """Not the group is killed but one process; the clock must not go on beside the next one's."""
    worker = world.worker(every=1)
    wait_until(lambda: worker.count(SWEPT), "a sweep")
    worker.popen.kill()
    worker.wait_for_end()
    wait_until(worker.is_gone, "the end of the clock", 15)


@pytest.mark.once
def test_a_worker_whose_clock_is_killed_ends(world: World) -> None:
    """To be started again with another clock: without one, no sweep finds what is lost."""
    worker = world.worker(every=1)
    wait_until(lambda: worker.count(SWEPT), "a sweep")
    pid = worker.popen.pid
    (clock,) = Path(f"/proc/{pid}/task/{pid}/children").read_text().split()
    os.kill(int(clock), signal.SIGKILL)
    worker.wait_for_end()
    assert worker.count("the clock is gone") == 1
