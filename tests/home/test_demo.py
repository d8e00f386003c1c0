"""The demonstration is what the guides promise, and a second load takes nothing from anybody."""

from collections import Counter
from collections.abc import Iterator
from io import StringIO
from typing import Any

import pytest
from django.core.checks import run_checks
from django.core.management import CommandError, call_command
from django.db import models, transaction
from django.utils import timezone

from certificates.models import Certificate
from certificates.models.certificate import State as Validity
from courses.actions import cancel_enrolment
from courses.models import Course, Enrolment
from courses.models.enrolment import State
from lms.audit.models import AuditEntry
from lms.home import demo
from lms.people.demo import is_demonstration
from lms.people.models import Organisation, User
from quizzes.models import Attempt, ResponseSave


@pytest.fixture(scope="module")
def _loaded(django_db_setup: None, django_db_blocker: Any) -> Iterator[None]:
    """Loaded once for the module: each test works in a savepoint, the module is rolled back."""
    with django_db_blocker.unblock(), transaction.atomic():
        demo.load()
        yield
        transaction.set_rollback(True)


pytestmark = [pytest.mark.django_db, pytest.mark.usefixtures("_loaded"), pytest.mark.once]


def officers() -> list[tuple[str, User]]:
    """Each officer with the state that people.yaml promises."""
    people = {user.login: user for user in User.objects.filter(is_demo=True)}
    return [
        (entry["state"], people[f"{service}-{entry['number']}".casefold()])
        for service, told in demo.data("people").items()
        for entry in told["officers"]
    ]


def test_two_services_with_sixty_officers_and_their_courses() -> None:
    roots = Organisation.objects.filter(depth=1)
    assert [root.code for root in roots] == ["UA", "BY"]
    assert not Organisation.objects.filter(is_demo=False).exists()
    assert len(officers()) == 60
    for root in roots:
        course = Course.objects.get(service=root, code=demo.COURSE)
        assert course.current_revision is not None
        assert course.current_revision.languages == ["uk", "be", "ru", "en"]
        assert User.objects.filter(service=root).count() == 33


@pytest.mark.parametrize(
    ("state", "shown"),
    [
        ("not_started", State.NOT_STARTED),
        ("reading", State.STARTED),
        ("quiz_failed", State.STARTED),
        ("overdue", State.OVERDUE),
        ("completed", State.COMPLETED),
        ("completed_expired", State.COMPLETED),
        ("cancelled", State.CANCELLED),
    ],
)
def test_each_officer_is_in_the_state_told(state: str, shown: State) -> None:
    people = [officer for told, officer in officers() if told == state]
    assert people
    for officer in people:
        enrolment = Enrolment.objects.get(officer=officer)
        assert enrolment.state() == shown
        assert not officer.is_new
        if state == "reading":
            assert enrolment.progress.exists()
        if state == "quiz_failed":
            last = enrolment.attempts.latest("submitted_at")
            assert last.passed is False
            assert ResponseSave.objects.filter(item__attempt=last).count() > 1
        if shown == State.COMPLETED:
            certificate = Certificate.objects.get(enrolment=enrolment)
            expired = state == "completed_expired"
            assert certificate.state() == (Validity.EXPIRED if expired else Validity.VALID)
            assert certificate.is_specimen
            assert certificate.mailed_at is not None


def test_a_new_officer_has_a_code_and_nothing_else() -> None:
    new = [officer for told, officer in officers() if told == "new"]
    for officer in new:
        assert officer.is_new
        assert officer.check_password(demo.CODE)
        assert not Enrolment.objects.filter(officer=officer).exists()


def test_somebody_has_used_all_attempts_at_the_final_test() -> None:
    failed = Counter(
        Attempt.objects.filter(lesson__key="final-test", passed=False).values_list(
            "enrolment", flat=True
        )
    )
    assert max(failed.values()) == 3


def test_nothing_happens_in_the_future_or_before_the_officer_was_enrolled() -> None:
    now = timezone.now()
    for attempt in Attempt.objects.select_related("enrolment"):
        assert attempt.submitted_at is not None
        assert attempt.enrolment.enrolled_at < attempt.started_at < attempt.submitted_at < now
    for enrolment in Enrolment.objects.exclude(completed_at=None):
        assert enrolment.progress.filter(done_at__gt=enrolment.completed_at).count() == 0


def test_the_log_ins_printed_open_accounts() -> None:
    rows = demo.log_ins()
    assert len(rows) == 13
    for row in rows:
        user = User.objects.get(login=row.login.casefold())
        assert user.is_active
        assert user.check_password(row.secret)
        assert user.is_superuser == (row.role == "operator")
        assert user.is_new == (row.secret == demo.CODE)
        assert row.login in demo.table()


def test_a_second_load_keeps_what_users_did() -> None:
    _state, officer = next(pair for pair in officers() if pair[0] == "reading")
    enrolment = Enrolment.objects.get(officer=officer)
    cancel_enrolment(enrolment=enrolment, actor=None, reason="Moved to another unit")
    officer.given_name = "Інший"
    officer.save()
    tables: list[type[models.Model]] = [
        User, Organisation, Course, Enrolment, Attempt, ResponseSave, Certificate, AuditEntry,
    ]  # fmt: skip
    before = [table._base_manager.count() for table in tables]

    out = StringIO()
    call_command("load_demo", stdout=out)
    assert "is loaded" in out.getvalue()
    assert demo.load() == demo.Loaded()

    assert [table._base_manager.count() for table in tables] == before
    officer.refresh_from_db()
    enrolment.refresh_from_db()
    assert officer.given_name == "Інший"
    assert enrolment.state() == State.CANCELLED


def test_a_load_that_was_broken_off_goes_on() -> None:
    User.objects.get(login=demo.OPERATOR).delete()
    assert not demo.is_loaded()
    assert demo.load() == demo.Loaded(people=1)
    assert demo.is_loaded()


def test_the_deployment_check_refuses_demonstration_accounts() -> None:
    assert is_demonstration()
    found = run_checks(include_deployment_checks=True)
    assert "people.E001" in {message.id for message in found}


def test_without_demonstration_accounts_the_check_is_silent() -> None:
    User.objects.update(is_demo=False)
    found = run_checks(include_deployment_checks=True)
    assert "people.E001" not in {message.id for message in found}


def test_a_real_service_of_the_same_code_is_never_filled() -> None:
    User.objects.get(login=demo.OPERATOR).delete()
    Organisation.objects.filter(code="UA").update(is_demo=False)
    people = User.objects.count()
    with pytest.raises(CommandError, match="UA is no demonstration"):
        call_command("load_demo", stdout=StringIO())
    assert User.objects.count() == people
