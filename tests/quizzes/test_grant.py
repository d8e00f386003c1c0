"""One attempt more: with a reason, by operator or coordinator, for one officer at one quiz."""

from decimal import Decimal

import pytest
from django.test import Client
from django.urls import reverse

from courses.models import Course, Enrolment
from lms.audit.models import AuditEntry
from lms.people.actions import grant_role
from lms.people.models import Organisation, Role, User
from quizzes.actions import NoAttemptLeft, NoReason, grant_attempt
from quizzes.models import AttemptGrant
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.helpers import lesson_of, quiz_item


@pytest.fixture
def spent(enrolment: Enrolment) -> Enrolment:
    """All three attempts failed."""
    for _ in range(3):
        factories.submitted(enrolment, right=0)
    return enrolment


def test_it_gives_one_more(spent: Enrolment, browser: Client) -> None:
    operator = factories.operator()
    lesson = lesson_of(spent)
    granted = grant_attempt(
        enrolment=spent, lesson=lesson, reason="  Зв’язок зник  ", actor=operator
    )
    assert granted.reason == "Зв’язок зник"
    entry = AuditEntry.objects.get(verb="attempt.granted")
    assert entry.actor == operator
    assert entry.after == {"lesson": lesson.key, "reason": "Зв’язок зник"}
    page = Page(browser.get(f"/courses/DOC-07/lessons/{lesson.key}/"))
    assert "1 of 4 left" in page.words
    attempt = factories.started(spent)
    assert attempt.number == 4
    words = Page(browser.get(f"/attempts/{attempt.pk}/")).words
    assert "attempt 4" in words
    assert "attempt 4 of 3" not in words
    factories.submitted(spent)
    assert factories.refreshed(spent).completed_at


def test_and_no_second_one(spent: Enrolment) -> None:
    grant_attempt(
        enrolment=spent, lesson=lesson_of(spent), reason="Збій", actor=factories.operator()
    )
    factories.submitted(spent, right=0)
    with pytest.raises(NoAttemptLeft):
        factories.started(spent)


@pytest.mark.parametrize("reason", ["", "   ", "\n\t"])
def test_no_reason_no_attempt(spent: Enrolment, reason: str) -> None:
    with pytest.raises(NoReason):
        grant_attempt(
            enrolment=spent, lesson=lesson_of(spent), reason=reason, actor=factories.operator()
        )
    assert not AttemptGrant.objects.exists()
    assert not AuditEntry.objects.filter(verb="attempt.granted").exists()


def test_it_is_for_this_enrolment_and_this_quiz(
    spent: Enrolment, course: Course, root: Organisation, post: Organisation
) -> None:
    other = factories.enrolled(factories.officer(post), course)
    for _ in range(3):
        factories.submitted(other, right=0)
    grant_attempt(
        enrolment=spent, lesson=lesson_of(spent), reason="Збій", actor=factories.operator()
    )
    with pytest.raises(NoAttemptLeft):
        factories.started(other)


def test_before_they_are_spent_it_adds(enrolment: Enrolment, browser: Client) -> None:
    grant_attempt(
        enrolment=enrolment, lesson=lesson_of(enrolment), reason="Збій", actor=factories.operator()
    )
    page = Page(browser.get(f"/courses/DOC-07/lessons/{quiz_item(enrolment).key}/"))
    assert "4 of 4 left" in page.words


def test_where_there_is_no_limit_it_changes_nothing(root: Organisation, officer: User) -> None:
    course = factories.published_course(
        root, readings=0, questions=1, quiz_settings={"attempts": None, "pass_mark": Decimal(50)}
    )
    enrolment = factories.enrolled(officer, course)
    grant_attempt(
        enrolment=enrolment, lesson=lesson_of(enrolment), reason="Збій", actor=factories.operator()
    )
    assert factories.submitted(enrolment).passed


def test_it_is_the_operators_and_the_coordinators_to_give(
    spent: Enrolment, root: Organisation, post: Organisation
) -> None:
    """Asked of the enrolment: the coordinator's are those of the officers of his units."""
    may = [
        factories.operator(),
        factories.administrator(root),
        factories.coordinator(root),
        factories.coordinator(post),
    ]
    may_not = [
        spent.officer,
        factories.officer(post),
        factories.trainer(root),
        factories.coordinator(factories.unit(root)),
        factories.administrator(factories.service("BY")),
    ]
    for person in may:
        assert person.has_perm("quizzes.grant_attempt", spent), person
    for person in may_not:
        assert not person.has_perm("quizzes.grant_attempt", spent), person


def test_no_coordinator_gives_himself_one(course: Course, post: Organisation) -> None:
    both = factories.officer(post)
    grant_role(user=both, organisation=post, role=Role.COORDINATOR, actor=None)
    person = User.objects.select_related("service").get(pk=both.pk)
    own = factories.enrolled(person, course)
    other = factories.enrolled(factories.officer(post), course)
    assert person.has_perm("quizzes.grant_attempt", other)
    assert not person.has_perm("quizzes.grant_attempt", own)


def test_the_admins_button_is_the_operators_alone(spent: Enrolment, root: Organisation) -> None:
    attempt = spent.attempts.order_by("number")[0]
    address = reverse("admin:quizzes_attempt_grant", args=[attempt.pk])
    client = Client()
    client.force_login(factories.coordinator(root))
    assert client.post(address, {"reason": "Збій"}).status_code == 302  # to sign in
    assert not AttemptGrant.objects.exists()
    client.force_login(factories.operator())
    assert client.get(address).status_code == 200
    client.post(address, {"reason": "Збій"})
    assert AttemptGrant.objects.get().enrolment == spent
