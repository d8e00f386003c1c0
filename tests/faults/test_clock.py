"""The clock of the machine is set back by an hour, as when it was wrong: nothing waits for it."""

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from typing import Any
from unittest import mock

import pytest
import time_machine

from certificates.models import Certificate
from certificates.sweeps import sweep_certificates
from courses.actions.digests import requeue_digests
from courses.models import Digest
from lms.celery import app
from lms.clock import Entry
from lms.people.models import Job, StaffImport
from lms.privacy.models import DataExport
from quizzes.actions import submit_attempt
from tests import factories
from tests.quizzes.helpers import A, B, current, saved

NOON = datetime(2026, 3, 12, 12, tzinfo=UTC)
HOUR = timedelta(hours=1)


@pytest.fixture
def clock() -> Iterator[time_machine.Traveller]:
    with time_machine.travel(NOON, tick=False) as traveller:
        yield traveller


@pytest.mark.django_db
def test_what_was_begun_before_can_be_submitted_and_completed(
    clock: time_machine.Traveller,
) -> None:
    course = factories.published_course(factories.service(), readings=0)
    officer = factories.officer(course.owner, email="marjana@example.org")
    enrolment = factories.enrolled(officer, course)
    attempt = factories.answered(factories.started(enrolment))

    clock.move_to(NOON - HOUR)
    submitted = submit_attempt(attempt=attempt)

    assert (submitted.passed, submitted.submitted_at) == (True, NOON)
    assert factories.refreshed(enrolment).completed_at == NOON
    assert Certificate.objects.get(enrolment=enrolment).issued_at == NOON


@pytest.mark.django_db
def test_what_was_enrolled_before_can_be_read_to_its_end(clock: time_machine.Traveller) -> None:
    course = factories.published_course(factories.service(), questions=0)
    enrolment = factories.enrolled(factories.officer(course.owner), course)

    clock.move_to(NOON - HOUR)

    assert factories.read_all(enrolment).completed_at == NOON


@pytest.mark.django_db
def test_an_answer_of_another_tab_counts(clock: time_machine.Traveller) -> None:
    course = factories.published_course(factories.service(), readings=0)
    attempt = factories.started(factories.enrolled(factories.officer(course.owner), course))
    saved(attempt, A, client="one")

    clock.move_to(NOON - HOUR)

    assert saved(attempt, B, client="two").is_current
    assert current(attempt) == B


@pytest.mark.django_db
def test_a_lease_from_before_holds_up_no_certificate(clock: time_machine.Traveller) -> None:
    course = factories.published_course(factories.service(), questions=0)
    factories.read_all(factories.enrolled(factories.officer(course.owner), course))
    assert sweep_certificates() == 0  # leased

    clock.move_to(NOON - HOUR)

    assert sweep_certificates() == 1
    assert sweep_certificates() == 0


@pytest.mark.parametrize("model", [Certificate, DataExport, Job, StaffImport])
@pytest.mark.django_db
def test_every_kind_of_lease(model: Any) -> None:
    """One as long as any is given still holds."""
    found = str(model.objects.unleased(NOON).query)
    assert f"> {NOON + timedelta(minutes=10):%Y-%m-%d %H:%M:%S}" in found


@pytest.mark.django_db
def test_a_reminder_that_was_lost_is_queued(monkeypatch: pytest.MonkeyPatch) -> None:
    sent: list[Any] = []
    monkeypatch.setattr("courses.actions.digests.send_digest.delay", sent.append)
    user = factories.officer(factories.service())
    ahead = Digest.objects.create(user=user, day=NOON.date(), queued_until=NOON + HOUR)
    assert requeue_digests(now=NOON) == 1
    assert sent == [ahead.pk]
    assert requeue_digests(now=NOON) == 0


def test_the_sweeps_go_on(clock: time_machine.Traveller) -> None:
    """Each is due when its seconds have passed, not an hour later by the time of day."""
    with mock.patch("lms.clock.monotonic") as passed:
        passed.return_value = 0.0
        entry = Entry(name="any", task="any", schedule=60.0, app=app)
        assert not entry.is_due().is_due
        clock.move_to(NOON - HOUR)
        passed.return_value = 59.0
        assert not entry.is_due().is_due
        passed.return_value = 60.0
        assert entry.is_due().is_due
