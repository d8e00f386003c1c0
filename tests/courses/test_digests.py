"""Reminder mails over a simulated month in three time zones: exactly those that the rule gives."""

from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from email.utils import parseaddr
from zoneinfo import ZoneInfo

import pytest
import time_machine
from django.core import mail
from django.utils import timezone

from courses.actions import cancel_enrolment, enrol
from courses.actions.digests import collect_digests, gather_digest, requeue_digests
from courses.digests import send_digest_once
from courses.models import Course, Digest, Enrolment, Reminder
from courses.sweeps import sweep_digests
from lms.celery import app
from lms.people.models import Organisation, User
from tests import factories

pytestmark = [pytest.mark.django_db, pytest.mark.production]
START = datetime(2027, 3, 1, tzinfo=UTC)  # clocks in Kyiv change on 28 March
STEP = timedelta(hours=1)
DUE = date(2027, 3, 24)
ZONES = ("Europe/Kyiv", "Europe/Minsk", "Asia/Vladivostok")


@pytest.fixture(autouse=True)
def _tasks_at_once() -> Iterator[None]:
    app.conf.task_always_eager = True
    yield
    app.conf.task_always_eager = False


@pytest.fixture
def root() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def course(root: Organisation) -> Course:
    return factories.published_course(root, readings=1, questions=0, code="DOC-01")


Sweep = Callable[[], None]


@pytest.fixture
def sweep(django_capture_on_commit_callbacks) -> Sweep:
    def sweep() -> None:
        with django_capture_on_commit_callbacks(execute=True):
            sweep_digests()

    return sweep


def in_zone(root: Organisation, zone: str, **fields: object) -> User:
    """An officer whose unit and own clock are in the zone."""
    unit = factories.unit(root, time_zone=zone)
    fields = {"email": f"p{unit.pk}@example.org", "time_zone": zone, "language": "en"} | fields
    return factories.officer(unit, **fields)


def simulate(sweep: Sweep, days: int, events: dict[datetime, Callable[[], object]]) -> None:
    """A sweep each hour; an event happens just before the sweep of its moment."""
    waiting = dict(sorted(events.items()))
    for number in range(days * 24):
        moment = START + STEP * number
        with time_machine.travel(moment, tick=False):
            for when in [when for when in waiting if when <= moment]:
                waiting.pop(when)()
            before = len(mail.outbox)
            sweep()
            for message in mail.outbox[before:]:
                message.extra_headers["sent"] = moment.isoformat()
    assert not waiting


def mails(person: User) -> list[datetime]:
    """The local moments at which a person got a mail."""
    return [
        datetime.fromisoformat(message.extra_headers["sent"]).astimezone(person.zone)
        for message in mail.outbox
        if parseaddr(message.to[0])[1] == person.email
    ]


def mornings(person: User, *days: date) -> list[datetime]:
    zone = ZoneInfo(person.time_zone)
    return [datetime(day.year, day.month, day.day, 7, tzinfo=zone) for day in days]


def by_rule(due: date) -> list[date]:
    return [due + timedelta(days=days) for days in (-14, -7, -1, 3)]


def test_a_month_in_three_zones(root: Organisation, course: Course, sweep: Sweep) -> None:
    other = factories.published_course(root, readings=1, questions=0, code="THB-02")
    people = [in_zone(root, zone) for zone in ZONES]
    done, withdrawn, extended, two, asked, mute, closed = (
        in_zone(root, "Europe/Kyiv", **fields)
        for fields in ({}, {}, {}, {}, {}, {"email": ""}, {"is_active": False})
    )
    with time_machine.travel(START - timedelta(days=1), tick=False):
        rows = {
            person.pk: factories.enrolled(person, course, due_on=DUE)
            for person in (*people, done, withdrawn, extended, two, asked, mute, closed)
        }
        factories.enrolled(two, other, due_on=DUE + timedelta(days=7))

    def extend() -> None:
        row = rows[extended.pk]
        row.set_due(DUE + timedelta(days=5), extended.zone)
        row.save()

    def ask() -> None:
        Reminder.objects.create(enrolment=rows[asked.pk], asked_by=None)

    simulate(
        sweep,
        45,
        {
            datetime(2027, 3, 11, 9, tzinfo=UTC): lambda: factories.completed(rows[done.pk]),
            datetime(2027, 3, 18, 9, tzinfo=UTC): lambda: cancel_enrolment(
                enrolment=rows[withdrawn.pk], actor=None, reason="ill"
            ),
            datetime(2027, 3, 20, 9, tzinfo=UTC): extend,
            datetime(2027, 3, 5, 12, tzinfo=UTC): ask,  # 14:00 in Kyiv: at once
            datetime(2027, 3, 10, 12, tzinfo=UTC): ask,  # that day's mail went out: next morning
            datetime(2027, 3, 13, 20, tzinfo=UTC): ask,  # 22:00: not at night
        },
    )

    for person in people:
        assert mails(person) == mornings(person, *by_rule(DUE)), person.time_zone
    first, second = by_rule(DUE)[:2]
    assert mails(done) == mornings(done, first)
    assert mails(withdrawn) == mornings(withdrawn, first, second)
    later = [date(2027, 3, 22), date(2027, 3, 28), date(2027, 4, 1)]
    assert mails(extended) == mornings(extended, first, second, *later)
    both = sorted({*by_rule(DUE), *by_rule(DUE + timedelta(days=7))})
    assert len(both) == 7, "one day reminds of both courses"
    assert mails(two) == mornings(two, *both)
    noon = datetime(2027, 3, 5, 14, tzinfo=asked.zone)
    wished = [date(2027, 3, 11), date(2027, 3, 14)]
    days = sorted({*by_rule(DUE), *wished})
    assert mails(asked) == [noon, *mornings(asked, *days)]
    assert mails(closed) == []
    assert all(message.to != [""] for message in mail.outbox)
    assert Digest.objects.filter(user=mute).count() == 0


def test_the_mail_says_what_by_when_and_nothing_of_others(
    root: Organisation, course: Course, sweep: Sweep
) -> None:
    person = in_zone(root, "Europe/Kyiv")
    with time_machine.travel(datetime(2027, 3, 1, 8, tzinfo=UTC), tick=False):
        factories.enrolled(person, course, due_on=date(2027, 3, 9))
    with time_machine.travel(datetime(2027, 3, 2, 5, tzinfo=UTC), tick=False):
        sweep()
        sweep()
    (message,) = mail.outbox
    title = course.title.localize("en")
    assert message.subject == f"To complete: {title}, due on 9 March 2027, in 7 days"
    assert f"/courses/{course.code}/" in message.body
    assert message.content_subtype == "plain"
    assert person.family_name not in message.body + message.subject
    assert (
        message.extra_headers["Message-ID"]
        == f"<reminder-{Digest.objects.get().pk}@"
        + (message.extra_headers["Message-ID"].partition("@")[2])
    )


def test_whoever_is_enrolled_during_the_day_has_just_been_told(
    root: Organisation, course: Course, sweep: Sweep
) -> None:
    person = in_zone(root, "Europe/Kyiv")
    with time_machine.travel(datetime(2027, 3, 2, 9, tzinfo=UTC), tick=False):
        factories.enrolled(person, course, due_on=date(2027, 3, 3))
        sweep()
    assert mail.outbox == []


def a_digest(person: User, course: Course) -> Digest:
    """A mail of the morning of 2 March, gathered; its task was lost."""
    with time_machine.travel(datetime(2027, 2, 20, tzinfo=UTC), tick=False):
        factories.enrolled(person, course, due_on=date(2027, 3, 3))
    digest = gather_digest(user=person, now=datetime(2027, 3, 2, 5, tzinfo=UTC))
    assert digest
    return digest


def test_a_lost_task_is_made_good_in_the_day_and_never_at_night(
    root: Organisation, course: Course, django_capture_on_commit_callbacks
) -> None:
    person = in_zone(root, "Europe/Kyiv")
    a_digest(person, course)
    assert collect_digests(now=datetime(2027, 3, 2, 5, 1, tzinfo=UTC)) == 0
    assert requeue_digests(now=datetime(2027, 3, 2, 5, 1, tzinfo=UTC)) == 0, "still leased"
    assert requeue_digests(now=datetime(2027, 3, 2, 20, tzinfo=UTC)) == 0, "night"
    with time_machine.travel(datetime(2027, 3, 2, 6, tzinfo=UTC), tick=False):
        assert requeue_digests() == 1
        assert requeue_digests() == 0
    assert len(mail.outbox) == 1


def test_of_two_workers_one_sends(root: Organisation, course: Course) -> None:
    digest = a_digest(in_zone(root, "Europe/Kyiv"), course)
    now = datetime(2027, 3, 2, 6, tzinfo=UTC)
    fetched = [Digest.objects.select_related("user__service").get(pk=digest.pk) for _ in range(2)]
    assert [send_digest_once(row, now) for row in fetched] == [True, False]
    assert len(mail.outbox) == 1


def test_what_is_completed_meanwhile_is_not_mentioned(root: Organisation, course: Course) -> None:
    person = in_zone(root, "Europe/Kyiv")
    digest = a_digest(person, course)
    at = datetime(2027, 3, 2, 5, 30, tzinfo=UTC)
    factories.completed(Enrolment.objects.get(officer=person), now=at)
    assert not send_digest_once(digest, datetime(2027, 3, 2, 6, tzinfo=UTC))
    digest.refresh_from_db()
    assert digest.sent_at
    assert mail.outbox == []


def test_a_mail_of_yesterday_gives_way_to_that_of_today(root: Organisation, course: Course) -> None:
    person = in_zone(root, "Europe/Kyiv")
    digest = a_digest(person, course)
    other = factories.published_course(root, readings=1, questions=0, code="THB-02")
    enrol(officer=person, course=other, actor=None, due_on=date(2027, 3, 10),
          now=timezone.now() - timedelta(days=300))  # fmt: skip
    Enrolment.objects.filter(course=other).update(enrolled_at=START)
    now = datetime(2027, 3, 3, 6, tzinfo=UTC)
    today = gather_digest(user=person, now=now)
    assert today
    assert not send_digest_once(digest, now)
    assert send_digest_once(today, now)
