"""Jobs: each thing exactly once, whatever befalls the worker; seen by who asked for it alone."""

from datetime import timedelta
from typing import Any
from uuid import uuid4

import pytest
import time_machine
from django.db import OperationalError
from django.test import Client
from django.utils import timezone

from lms.audit.models import AuditEntry
from lms.people import job_work, jobs
from lms.people.actions.jobs import NothingToDo, start_job
from lms.people.job_work import LEASE, work_on
from lms.people.jobs import JobKind, JobOutcome, done, failed, skipped
from lms.people.models import Job, JobItem, Organisation, User
from lms.people.sweeps import sweep_jobs
from lms.people.tasks import run_job
from tests import factories

pytestmark = pytest.mark.django_db
State = JobItem.State


class Tally(JobKind):
    """Writes an audit entry for each thing; what a thing is called says what befalls it."""

    code = "tests.tally"
    at_once = 3

    def __init__(self) -> None:
        self.calls: list[str] = []
        self.meanwhile: Any = None

    def title(self, job: Job) -> str:
        return f"Tally {job.params['what']}"

    def work(self, job: Job, thing: str) -> JobOutcome:
        self.calls.append(thing)
        AuditEntry.objects.create(verb="tally.done", thing_type="tally", thing_id=thing)
        if self.meanwhile:
            self.meanwhile(thing)
        match thing:
            case "spoilt":
                raise RuntimeError("spoilt")
            case "busy":
                raise OperationalError("database is locked")
            case "right already":
                return skipped("It was right already.")
            case "refused":
                return failed("Not yours any more.")
        return done()


@pytest.fixture
def kind(monkeypatch: pytest.MonkeyPatch) -> Tally:
    tally = Tally()
    monkeypatch.setitem(jobs._kinds, tally.code, tally)
    return tally


@pytest.fixture
def home() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def actor(home: Organisation) -> User:
    return factories.coordinator(home, language="en")


@pytest.fixture
def sent(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The ids of the jobs for which a task was sent."""
    ids: list[str] = []
    monkeypatch.setattr(run_job, "delay", ids.append)
    return ids


def started(actor: User, *things: str, **options: Any) -> Job:
    params = {"what": "lockers", "back": "/officers/"}
    pairs = [(thing, f"Locker {thing}") for thing in things]
    return start_job(kind=Tally.code, actor=actor, params=params, things=pairs, **options)


def states(job: Job) -> dict[str, str]:
    return dict(job.items.values_list("thing", "state"))


def tallied() -> list[str]:
    return sorted(AuditEntry.objects.filter(verb="tally.done").values_list("thing_id", flat=True))


def test_a_small_job_is_done_at_once_and_a_large_one_by_a_worker(
    kind, actor, sent, django_capture_on_commit_callbacks
):
    with django_capture_on_commit_callbacks(execute=True):
        small, large = started(actor, "a", "b", "c"), started(actor, *"defg")

    assert set(states(small).values()) == {State.DONE}
    assert Job.objects.get(pk=small.pk).finished_at
    assert set(states(large).values()) == {State.WAITING}
    assert sent == [str(large.pk)]

    run_job(sent[0])

    assert set(states(large).values()) == {State.DONE}
    assert tallied() == list("abcdefg")
    assert AuditEntry.objects.filter(verb="job.started", actor=actor).count() == 2


def test_one_that_fails_is_told_and_undone_and_holds_up_none(kind, actor, caplog):
    job = started(actor, "a", "spoilt", "right already", "refused", "b")

    assert work_on(job.pk) is False

    assert states(job) == {
        "a": State.DONE, "spoilt": State.FAILED, "right already": State.SKIPPED,
        "refused": State.FAILED, "b": State.DONE,
    }  # fmt: skip
    assert "spoilt" not in tallied()  # what it had written is gone with it
    assert "fault" in job.items.get(thing="spoilt").result["message"]
    assert "item spoilt of job" in caplog.text
    assert Job.objects.get(pk=job.pk).finished_at


def test_what_met_a_busy_database_is_tried_again_by_the_sweep(
    kind, actor, sent, django_capture_on_commit_callbacks
):
    job = started(actor, "busy", "a")
    work_on(job.pk)
    assert states(job) == {"busy": State.WAITING, "a": State.DONE}
    assert Job.objects.get(pk=job.pk).finished_at is None

    job.items.filter(thing="busy").update(thing="not busy")
    Job.objects.update(queued_until=timezone.now())
    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_jobs() == 1
    run_job(sent[-1])

    assert states(job) == {"not busy": State.DONE, "a": State.DONE}
    assert Job.objects.get(pk=job.pk).finished_at


def test_two_workers_on_one_job_do_each_once(kind, actor):
    """The second runs through in the middle of the first, which holds one item in hand."""
    job = started(actor, "a", "spoilt", "b", "c")

    def second(thing: str) -> None:
        kind.meanwhile = None
        JobItem.objects.filter(job=job, thing=thing).update(position=99)  # locked by the first
        others = JobItem.objects.filter(job=job).exclude(thing=thing)
        for item_id, its in others.values_list("pk", "thing"):
            job_work._work_on_item(Job.objects.get(pk=job.pk), kind, item_id, its)

    kind.meanwhile = second
    work_on(job.pk)
    work_on(job.pk)

    assert tallied() == ["a", "b", "c"]
    assert sorted(kind.calls) == ["a", "b", "c", "spoilt"]
    assert Job.objects.get(pk=job.pk).finished_at


def test_a_job_gives_way_to_other_tasks_and_goes_on_behind_them(kind, actor, sent, monkeypatch):
    monkeypatch.setattr("lms.people.tasks.work_on", lambda pk: work_on(pk, seconds=0))
    job = started(actor, "a", "b")

    run_job(str(job.pk))

    assert sent == [str(job.pk)]
    assert set(states(job).values()) == {State.WAITING}


def test_the_sweep_takes_up_what_nobody_works_on(
    kind, actor, sent, django_capture_on_commit_callbacks
):
    lost, leased = started(actor, "a"), started(actor, "b")
    Job.objects.filter(pk=lost.pk).update(queued_until=timezone.now() - timedelta(seconds=1))

    with django_capture_on_commit_callbacks(execute=True):
        assert sweep_jobs() == 1
        assert sweep_jobs() == 0  # leased by the first
    assert sent == [str(lost.pk)]

    with (
        django_capture_on_commit_callbacks(execute=True),
        time_machine.travel(timezone.now() + LEASE / 2, tick=False) as clock,
    ):
        assert sweep_jobs() == 0
        clock.shift(LEASE)
        assert sweep_jobs() == 2
    assert sent[1:] == [str(leased.pk), str(lost.pk)], "what waits longest first"


def test_two_clicks_in_the_same_moment_are_one_job(kind, actor):
    """The other click comes between our look and our writing."""
    key = uuid4()

    def things():
        yield "a", "A"
        start_job(kind=kind.code, actor=actor, params={"what": "x"}, things=[("a", "A")], key=key)

    job = start_job(kind=kind.code, actor=actor, params={"what": "x"}, things=things(), key=key)

    assert job.pk == key
    assert Job.objects.count() == 1
    assert JobItem.objects.count() == 1


def test_a_second_click_is_the_same_job(kind, actor, home):
    key = uuid4()
    first, second = started(actor, "a", key=key), started(actor, "a", "b", key=key)

    assert first == second
    assert list(states(first)) == ["a"]
    with pytest.raises(ValueError, match="another person"):
        started(factories.coordinator(home), "a", key=key)


def test_a_job_needs_something_to_do_and_somebody_to_do_it_for(kind, actor):
    with pytest.raises(NothingToDo):
        started(actor)
    with pytest.raises(KeyError):
        start_job(kind="no such", actor=actor, params={}, things=[("1", "a")])
    with pytest.raises(ValueError, match="service"):
        started(factories.operator(), "a")
    assert list(states(started(actor, "a", "a"))) == ["a"]  # the same thing twice is one


def test_its_page_tells_how_far_it_is_and_why_not(kind, actor, home):
    job = started(actor, "a", "refused", "right already", "b")
    browser = Client()
    browser.force_login(actor)

    page = browser.get(f"/jobs/{job.pk}/")
    assert 'value="0" max="4"' in page.content.decode()
    assert "Tally lockers" in page.content.decode()
    assert "data-unfinished" in page.content.decode()

    work_on(job.pk)

    page = browser.get(f"/jobs/{job.pk}/").content.decode()
    assert 'value="4" max="4"' in page
    assert "Not yours any more." in page
    assert "It was right already." in page
    assert "Locker refused" in page
    assert "Locker a" not in page  # what went well is a number
    assert 'href="/officers/"' in page
    assert "data-unfinished" not in page
    assert f"/jobs/{job.pk}/" in browser.get("/jobs/").content.decode()


def test_it_is_nobody_elses(kind, actor, home):
    job = started(actor, "a")
    browser = Client()
    browser.force_login(factories.administrator(home))

    assert browser.get(f"/jobs/{job.pk}/").status_code == 404
    assert str(job.pk) not in browser.get("/jobs/").content.decode()


# One-time codes


def codes_for(actor: User, *people: User) -> Job:
    things = [(str(one.pk), str(one)) for one in people]
    return start_job(
        kind="people.codes", actor=actor, params={"count": len(people)}, things=things
    )  # fmt: skip


@pytest.fixture
def browser(actor: User) -> Client:
    client = Client()
    client.force_login(actor)
    return client


def test_codes_open_the_accounts_and_are_on_the_sheet_in_each_ones_language(actor, home, browser):
    people = [factories.officer(home, language=code) for code in ("uk", "be")]
    job = codes_for(actor, *people)
    work_on(job.pk)

    page = browser.get(f"/jobs/{job.pk}/codes/").content.decode()

    for person in people:
        code = job.items.get(thing=str(person.pk)).result["code"]
        assert code in page
        assert person.login.upper() in page
        assert f'lang="{person.language}"' in page
        fresh = User.objects.get(pk=person.pk)
        assert fresh.check_password(code)
        assert fresh.code_expires_at
    assert page.count("<use ") == 2
    assert AuditEntry.objects.filter(verb="person.code_issued", actor=actor).count() == 2
    assert "code" not in str(AuditEntry.objects.filter(verb="person.code_issued").get(
        thing_id=people[0].pk).after)  # fmt: skip


def test_codes_once_printed_are_wiped(actor, home, browser):
    job = codes_for(actor, factories.officer(home))
    assert browser.post(f"/jobs/{job.pk}/codes/printed/").status_code == 302
    work_on(job.pk)
    code = job.items.get().result["code"]

    assert browser.post(f"/jobs/{job.pk}/codes/printed/").status_code == 302

    assert job.items.get().result == {}
    assert code not in browser.get(f"/jobs/{job.pk}/codes/").content.decode()
    assert AuditEntry.objects.filter(verb="job.secrets_wiped", actor=actor).exists()


def test_codes_nobody_fetched_are_wiped_after_a_day(actor, home):
    job = codes_for(actor, factories.officer(home))
    work_on(job.pk)
    sweep_jobs()
    assert job.items.get().result != {}

    Job.objects.update(created_at=timezone.now() - timedelta(hours=25))
    sweep_jobs()

    assert job.items.get().result == {}


def test_nobody_gets_a_code_into_an_account_that_is_more_than_an_officers(actor, home):
    """Or a coordinator would sign in as the trainer, or as his own superior."""
    trainer = factories.officer(home)
    factories.grant_role(user=trainer, organisation=home, role="trainer", actor=None)
    elsewhere = factories.officer(factories.service("BY", country="BY"))
    closed = factories.officer(home, is_active=False)
    before = {one.pk: one.password for one in (trainer, elsewhere, closed, actor)}
    job = codes_for(actor, trainer, elsewhere, closed, actor)

    work_on(job.pk)

    assert set(states(job).values()) == {State.FAILED}
    assert {one.pk: one.password for one in User.objects.filter(pk__in=before)} == before
    administrator = factories.administrator(home)
    job = codes_for(administrator, trainer)
    work_on(job.pk)
    assert states(job) == {str(trainer.pk): State.DONE}
