"""A bulk action over 1,240 people, its worker killed midway: each exactly once in the end."""

import os

import pytest

from tests.faults.worlds import World, wait_until

pytestmark = pytest.mark.services
# On SQLite one writes at a time, so a quarter of them shows as much.
PEOPLE, MIDWAY = (1240, 200) if "TEST_DATABASE_URL" in os.environ else (310, 50)
RAN = r"lms\.people\.tasks\.run_job\[\S+\] succeeded"
TOOK_UP = r"lms\.people\.sweeps\.sweep_jobs\[\S+\] succeeded"


def handled(world: World) -> int:
    statement = "SELECT count(*) FROM people_jobitem WHERE state <> 'waiting'"
    return int(world.rows(statement)[0][0])


def assert_in_step(world: World) -> int:
    """What is enrolled, what is on record and what the job says are the same people."""
    enrolled = world.rows(
        "SELECT u.id FROM courses_enrolment e JOIN people_user u ON u.id = e.officer_id"
        " WHERE u.login LIKE 'ua-bulk%' ORDER BY u.id"
    )
    done = world.rows(
        "SELECT CAST(thing AS integer) FROM people_jobitem WHERE state = 'done' ORDER BY 1"
    )
    recorded = world.rows(
        "SELECT u.id FROM audit_auditentry a"
        " JOIN courses_enrolment e ON REPLACE(CAST(e.id AS text), '-', '') ="
        " REPLACE(a.thing_id, '-', '') JOIN people_user u ON u.id = e.officer_id"
        " WHERE a.verb = 'enrolment.created' AND u.login LIKE 'ua-bulk%' ORDER BY u.id"
    )
    assert enrolled == done == recorded
    return len(enrolled)


def test_killed_midway_and_resumed_by_two_each_is_enrolled_once(world: World) -> None:
    world.act("bulk", str(PEOPLE))
    doomed = world.worker()
    wait_until(
        lambda: handled(world) >= MIDWAY,
        "the job to be midway",
        while_moves=lambda: handled(world),
        tell=doomed.last_words,
    )
    doomed.kill()
    midway = assert_in_step(world)
    assert MIDWAY <= midway < PEOPLE
    world.empty_queue()  # what the killed worker had in hand is lost
    world.let_the_lease_of_jobs_pass()

    first = world.worker()  # takes the job up by the sweep at its start
    wait_until(lambda: handled(world) > midway, "the job to go on", tell=first.last_words)
    assert first.count(TOOK_UP) == 1
    second = world.worker()
    world.act("bulk-again")  # and now two are at it
    finished = "SELECT count(*) FROM people_job WHERE finished_at IS NOT NULL"
    wait_until(
        lambda: world.rows(finished)[0][0],
        "the end of the job",
        while_moves=lambda: handled(world),
        tell=lambda: first.last_words() + second.last_words(),
    )

    assert assert_in_step(world) == PEOPLE
    due = world.rows(
        "SELECT DISTINCT e.due_on FROM courses_enrolment e JOIN people_user u"
        " ON u.id = e.officer_id WHERE u.login LIKE 'ua-bulk%'"
    )
    assert [str(day) for (day,) in due] == ["2031-05-17"]
    wait_until(lambda: first.count(RAN) + second.count(RAN) >= 2, "both to be done")
    assert "Traceback" not in first.read() + second.read()
