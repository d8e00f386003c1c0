"""One officer's record, and what his coordinator decides about him."""

from datetime import timedelta
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certificates.models import Certificate
from certificates.tasks import finish_certificate
from courses.actions import cancel_enrolment, publish_course
from courses.models import Course, Enrolment, Reminder
from lms.audit.models import AuditEntry
from lms.people.models import Kind, Membership, Organisation, Role, User
from quizzes.actions import attempts_allowed, grant_attempt, submit_attempt
from quizzes.actions.grants import NotUsedUp, grant_another
from quizzes.models import AttemptGrant
from quizzes.snapshots import QuizSettings
from tests import factories
from tests.quizzes.helpers import quiz_item

pytestmark = pytest.mark.django_db

TODAY = timezone.localdate(timezone=ZoneInfo("Europe/Kyiv"))
LATER = TODAY + timedelta(days=30)


class World:
    def __init__(self) -> None:
        self.root = factories.service("UA")
        self.left, self.right = factories.unit(self.root), factories.unit(self.root)
        self.post = factories.unit(self.left)
        self.officer = factories.officer(self.post, email="o@tbs-ua.example", rank="sergeant")
        self.coordinator = factories.coordinator(
            self.left, language="en", family_name="Литвин", given_name="Марія"
        )
        self.course = factories.published_course(self.root, code="DOC-01")
        self.enrolment = factories.enrolled(self.officer, self.course, due_on=TODAY)

    def client(self, person: User | None = None) -> Client:
        client = Client()
        client.force_login(person or self.coordinator)
        return client

    @property
    def page(self) -> str:
        return f"/officers/{self.officer.pk}/"

    def act(self, name: str) -> str:
        return f"{self.page}{self.enrolment.pk}/{name}/"

    @property
    def key(self) -> str:
        return quiz_item(self.enrolment).key

    def failed(self, times: int = 3) -> None:
        for _ in range(times):
            factories.submitted(self.enrolment, right=1)

    def again(self) -> Enrolment:
        return factories.refreshed(self.enrolment)


@pytest.fixture
def world() -> World:
    return World()


def words(client: Client, address: str) -> str:
    response = client.get(address)
    assert response.status_code == 200
    return str(response.content.decode())


def name_of(unit: Organisation) -> str:
    return str(Organisation.objects.get(pk=unit.pk).name.localize("en"))


# What it shows


def test_it_says_who_he_is_and_what_is_left(world: World) -> None:
    text = words(world.client(), world.page)
    for said in (world.officer.full_name, world.officer.login.upper(), "o@tbs-ua.example",
                 name_of(world.post), "Why not complete?",
                 "These 3 are left:", "due on"):  # fmt: skip
        assert said in text, said
    record = world.client().get(world.page).context["record"]
    assert [title for _item, title in record.courses[0].left] == [
        item.title["en"] for item in record.courses[0].standing.outline.lessons
    ]


def test_attempts_with_their_marks_and_no_answer_anywhere(world: World) -> None:
    world.failed(1)
    factories.completed(world.enrolment)
    test = world.client().get(world.page).context["record"].courses[0].tests[0]
    assert [attempt.passed for attempt in test.attempts] == [False, True]
    assert [attempt.shown_percent for attempt in test.attempts] == [Decimal("33.3"), 100]
    text = words(world.client(), world.page)
    assert "1 of 3" in text
    assert "33.3 %" in text
    assert "70 %" in text
    body = factories.single_choice()
    for secret in (body["text"]["en"], body["explanation"]["en"], "Запитання", "36 (", "44 ("):
        assert secret not in text, secret


def test_an_attempt_under_way_has_no_result(world: World) -> None:
    factories.answered(factories.started(world.enrolment))
    text = words(world.client(), world.page)
    assert "under way" in text
    assert "passed</span>" not in text


def test_certificates_with_their_state_and_file(world: World) -> None:
    factories.completed(world.enrolment)
    certificate = Certificate.objects.get()
    text = words(world.client(), world.page)
    assert certificate.shown_serial in text
    assert f"/certificates/{certificate.pk}/file/" not in text
    finish_certificate(str(certificate.pk))
    assert f"/certificates/{certificate.pk}/file/" in words(world.client(), world.page)


def test_a_test_that_left_the_course_keeps_its_attempts(world: World) -> None:
    world.failed(1)
    world.course.lessons.filter(kind="quiz").update(removed_at=timezone.now())
    publish_course(course=Course.objects.get(pk=world.course.pk), actor=None)
    (test,) = world.client().get(world.page).context["record"].courses[0].tests
    assert test.item is None
    assert [attempt.number for attempt in test.attempts] == [1]


def test_what_was_decided_with_reasons_and_by_whom(world: World) -> None:
    client = world.client()
    client.post(world.act("extend"), {"due_on": LATER.isoformat(), "reason": "Відрядження"})
    above = factories.administrator(world.root, family_name="Вищий")
    cancel_enrolment(enrolment=world.enrolment, actor=above, reason="Переведено")
    stranger = factories.coordinator(world.right, family_name="Чужий")
    other = factories.enrolled(world.officer, factories.published_course(world.root))
    cancel_enrolment(enrolment=other, actor=stranger, reason="Давно")
    events = client.get(world.page).context["record"].history
    said = [(event.verb, event.reason, event.actor.partition(" ")[0]) for event in events]
    assert said == [
        ("enrolment.cancelled", "Давно", ""),  # of one who coordinates him no more
        ("enrolment.created", "", ""),
        ("enrolment.cancelled", "Переведено", "Вищий"),
        ("enrolment.due_changed", "Відрядження", "Литвин"),
        ("enrolment.created", "", ""),
    ]
    assert (events[3].before, events[3].after) == (TODAY, LATER)
    assert "Чужий" not in words(client, world.page)


def test_a_host_does_not_see_the_home_unit(world: World) -> None:
    Membership.objects.create(
        user=world.officer, organisation=world.right, role=Role.OFFICER, kind=Kind.SECONDMENT,
        since=TODAY - timedelta(days=1), until=TODAY + timedelta(days=9),
    )  # fmt: skip
    host = world.client(factories.coordinator(world.right, language="en"))
    text = words(host, world.page)
    assert "Seconded to" in text
    assert name_of(world.post) not in text


def test_the_same_queries_for_few_and_many(world: World) -> None:
    def spent() -> int:
        client = world.client()
        client.get(world.page)
        with CaptureQueriesContext(connection) as queries:
            client.get(world.page)
        return len(queries)

    world.failed(2)
    before = spent()
    for _ in range(8):
        course = factories.published_course(world.root)
        enrolment = factories.enrolled(world.officer, course)
        factories.submitted(enrolment, right=0)
        factories.completed(enrolment)
        grant_attempt(
            enrolment=enrolment, lesson=course.lessons.get(kind="quiz"), reason="x",
            actor=world.coordinator,
        )  # fmt: skip
    assert spent() == before


# Who sees it


def test_only_who_coordinates_him_today(world: World) -> None:
    strangers: list[User] = [
        factories.coordinator(world.right),
        factories.trainer(world.left),
        factories.officer(world.post),
        world.officer,
        factories.coordinator(factories.service("BY", country="BY")),
    ]
    addresses = [world.page, *(world.act(name) for name in ("extend", "cancel"))]
    for person in strangers:
        for address in addresses:
            assert world.client(person).get(address).status_code == 404
        for act in ("extend", "cancel", "remind", f"grant/{world.key}"):
            assert world.client(person).post(world.act(act), {"reason": "x"}).status_code == 404
    for person in (world.coordinator, factories.administrator(world.root)):
        assert world.client(person).get(world.page).status_code == 200
    world.officer.memberships.update(organisation=world.right)
    assert world.client().get(world.page).status_code == 404
    assert world.client().post(world.act("cancel"), {"reason": "x"}).status_code == 404
    assert world.again().cancelled_at is None


def test_an_enrolment_of_somebody_else_is_not_reached_through_him(world: World) -> None:
    away = factories.enrolled(factories.officer(world.right), world.course)
    mine = factories.enrolled(factories.officer(world.post), world.course)
    for row in (away, mine):
        address = f"{world.page}{row.pk}/cancel/"
        assert world.client().post(address, {"reason": "x"}).status_code == 404
        assert factories.refreshed(row).is_live


def test_of_a_closed_account_nothing_is_changed(world: World) -> None:
    User.objects.filter(pk=world.officer.pk).update(is_active=False)
    assert world.act("extend") not in words(world.client(), world.page)
    assert world.client().post(world.act("cancel"), {"reason": "x"}).status_code == 403
    assert world.again().is_live


# Deciding


def test_extending_the_due_date(world: World) -> None:
    client = world.client()
    assert world.act("extend") in words(client, world.page)
    data = {"due_on": LATER.isoformat(), "reason": "Відрядження"}
    for _ in range(2):
        client.post(world.act("extend"), data)
    assert world.again().due_on == LATER
    assert AuditEntry.objects.filter(verb="enrolment.due_changed").count() == 1


@pytest.mark.parametrize(
    "data",
    [
        {"due_on": LATER.isoformat()},
        {"due_on": LATER.isoformat(), "reason": "  "},
        {"reason": "x"},
        {"due_on": "2020-01-01", "reason": "x"},
        {"due_on": TODAY.isoformat(), "reason": "x"},
        {"due_on": "9999-12-31", "reason": "x"},
        {"due_on": "завтра", "reason": "x"},
    ],
)
def test_extending_asks_for_a_later_day_and_a_reason(world: World, data: dict[str, Any]) -> None:
    response = world.client().post(world.act("extend"), data)
    assert response.status_code == 200
    assert response.context["form"].errors
    assert world.again().due_on == TODAY
    if data.get("reason") == "x":
        assert ">\nx</textarea>" in response.content.decode()


def test_cancelling(world: World) -> None:
    client = world.client()
    assert client.post(world.act("cancel"), {"reason": ""}).context["form"].errors
    for _ in range(2):
        assert client.post(world.act("cancel"), {"reason": "Помилка"}).status_code == 302
    assert world.again().cancelled_at
    assert AuditEntry.objects.filter(verb="enrolment.cancelled").count() == 1
    for act in ("extend", "cancel"):
        assert client.get(world.act(act)).status_code == 302


def test_reminding_twice_is_one_reminder(world: World) -> None:
    for _ in range(2):
        assert world.client().post(world.act("remind")).status_code == 302
    assert Reminder.objects.get().asked_by == world.coordinator


def test_without_an_address_there_is_no_reminding(world: World) -> None:
    assert world.act("remind") in words(world.client(), world.page)
    User.objects.filter(pk=world.officer.pk).update(email="")
    assert world.act("remind") not in words(world.client(), world.page)


# Another attempt


def test_it_is_offered_when_all_are_used_up(world: World) -> None:
    grant = world.act(f"grant/{world.key}")
    for times, offered in ((0, False), (2, False), (1, True)):
        world.failed(times)
        assert (grant in words(world.client(), world.page)) is offered


def test_a_double_click_gives_one(world: World) -> None:
    world.failed()
    client, grant = world.client(), world.act(f"grant/{world.key}")
    assert client.get(grant).status_code == 200
    for _ in range(2):
        assert client.post(grant, {"reason": "Зв’язок зник"}).status_code == 302
    granted = AttemptGrant.objects.get()
    assert (granted.granted_by, granted.reason) == (world.coordinator, "Зв’язок зник")
    assert AuditEntry.objects.get(verb="attempt.granted").actor == world.coordinator
    assert grant not in words(client, world.page)
    assert client.get(grant).status_code == 302
    world.failed(1)
    client.post(grant, {"reason": "Ще раз"})
    assert AttemptGrant.objects.count() == 2
    item = quiz_item(world.enrolment)
    settings = QuizSettings.model_validate(item.body)
    assert attempts_allowed(
        enrolment=world.enrolment, lesson_id=item.id, settings=settings
    ) == 5  # fmt: skip


def test_it_needs_a_reason(world: World) -> None:
    world.failed()
    response = world.client().post(world.act(f"grant/{world.key}"), {"reason": " "})
    assert response.context["form"].errors
    assert not AttemptGrant.objects.exists()


def test_who_passed_or_still_sits_needs_none(world: World) -> None:
    world.failed(2)
    sitting = factories.started(world.enrolment)
    for _ in range(2):  # under way, then passed
        with pytest.raises(NotUsedUp):
            grant_another(
                enrolment=world.enrolment, item=quiz_item(world.enrolment), reason="x",
                actor=world.coordinator,
            )  # fmt: skip
        submit_attempt(attempt=factories.answered(sitting))


def test_nobody_gives_himself_another_attempt(world: World) -> None:
    Membership.objects.create(user=world.officer, organisation=world.left, role=Role.COORDINATOR)
    world.failed()
    client, grant = world.client(world.officer), world.act(f"grant/{world.key}")
    assert grant not in words(client, world.page)
    assert client.post(grant, {"reason": "x"}).status_code == 403
    assert not AttemptGrant.objects.exists()


@pytest.mark.parametrize("key", ["nothing", "reading"])
def test_what_is_no_test_is_not_found(world: World, key: str) -> None:
    if key == "reading":
        key = world.course.lessons.filter(kind="reading").earliest("pk").key
    assert world.client().get(world.act(f"grant/{key}")).status_code == 404
