"""The worker that brings a staff list in is killed midway: whole batches, each person once."""

import pytest

from lms.people.importing.work import BATCH
from tests.faults.worlds import World, wait_until

pytestmark = pytest.mark.services
PEOPLE = 2000
# A person is one row applied, one post, one entry of each in the log.
COUNTS = """
SELECT (SELECT count(*) FROM people_importrow WHERE applied_at IS NOT NULL),
    (SELECT count(*) FROM people_user WHERE login LIKE 'ua-70%'),
    (SELECT count(*) FROM people_membership m JOIN people_user u ON u.id = m.user_id
        WHERE u.login LIKE 'ua-70%'),
    (SELECT count(*) FROM audit_auditentry WHERE verb = 'person.created'
        AND thing_id IN (SELECT CAST(id AS text) FROM people_user WHERE login LIKE 'ua-70%'))
"""


def brought_in(world: World) -> int:
    """How many people are in; rows, posts and log say the same."""
    rows, people, posts, entries = (int(count) for count in world.rows(COUNTS)[0])
    assert rows == people == posts == entries
    return people


def test_killed_midway_it_leaves_whole_batches_and_is_run_again(world: World) -> None:
    world.act("staff-list", str(PEOPLE))
    doomed = world.worker()
    wait_until(lambda: brought_in(world) >= BATCH, "the first batch")
    doomed.kill()
    midway = brought_in(world)
    assert midway % BATCH == 0
    assert BATCH <= midway < PEOPLE
    world.empty_queue()  # what the killed worker had in hand is lost
    world.let_the_lease_of_lists_pass()

    worker = world.worker()  # takes the list up by the sweep at its start
    state = "SELECT state FROM people_staffimport"
    wait_until(
        lambda: world.rows(state)[0][0] == "applied",
        "the end of the list",
        while_moves=lambda: brought_in(world),
        tell=worker.last_words,
    )

    assert brought_in(world) == PEOPLE
    imported = "SELECT count(*) FROM audit_auditentry WHERE verb = 'people.imported'"
    assert world.rows(imported)[0][0] == 1
    assert "Traceback" not in worker.read()
