"""Moves, secondments, discharge and return, roles: who sees whom from which day on."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.audit.models import AuditEntry
from lms.people.actions.posts import (
    AlreadyThere,
    SecondedThere,
    call_off_discharge,
    call_off_move,
    close_accounts,
    discharge,
    give_role,
    move,
    second,
)
from lms.people.models import Kind, Membership, Organisation, PersonRequest, Role, User
from tests import factories

pytestmark = pytest.mark.django_db
DAY = timedelta(days=1)


class World:
    """UA → left → post, UA → right; coordinators of both, an administrator, an officer in post."""

    def __init__(self) -> None:
        self.root = factories.service("UA")
        self.left, self.right = factories.unit(self.root), factories.unit(self.root)
        self.post = factories.unit(self.left)
        self.officer = factories.officer(self.post)
        self.officer.memberships.update(since=timezone.localdate() - 90 * DAY)
        self.coordinator = factories.coordinator(self.left, language="en")
        self.other = factories.coordinator(self.right, language="en")
        self.administrator = factories.administrator(self.root, language="en")

    def sees(self, who: User) -> bool:
        fresh = User.objects.select_related("service").get(pk=who.pk)
        with timezone.override(fresh.zone):  # as in a request of his
            return User.objects.visible_to(fresh).filter(pk=self.officer.pk).exists()

    def act(self, who: User, code: str, **data: object) -> int:
        client = Client()
        client.force_login(who)
        address = reverse("staff:act", args=[self.officer.pk, code])
        return client.post(
            address, {f"{code}-{name}": value for name, value in data.items()}
        ).status_code


@pytest.fixture
def world() -> World:
    return World()


def today() -> date:
    return timezone.localdate()


def test_a_move_today_takes_the_person_out_of_sight(world: World) -> None:
    assert world.act(world.administrator, "move", unit=world.right.pk, since=today()) == 302
    assert not world.sees(world.coordinator)
    assert world.sees(world.other)
    old, new = world.officer.memberships.order_by("since")
    assert (old.until, new.since, new.until) == (today() - DAY, today(), None)
    told = AuditEntry.objects.get(verb="person.moved")
    assert (told.before, told.after["unit"]) == ({"unit": world.post.code}, world.right.code)


def test_a_move_ahead_takes_effect_on_its_day(world: World) -> None:
    day = today() + 10 * DAY
    move(user=world.officer, unit=world.right, since=day, actor=None)
    assert world.sees(world.coordinator)
    assert not world.sees(world.other)
    current = Membership.objects.current(day).filter(user=world.officer)
    assert [row.organisation_id for row in current] == [world.right.pk]


def test_a_second_move_takes_the_place_of_the_one_ahead(world: World) -> None:
    move(user=world.officer, unit=world.right, since=today() + 10 * DAY, actor=None)
    move(user=world.officer, unit=world.left, since=today() + 5 * DAY, actor=None)
    ahead = world.officer.memberships.filter(since__gt=today())
    assert [row.organisation_id for row in ahead] == [world.left.pk]
    move(user=world.officer, unit=world.post, since=today(), actor=None)
    (stays,) = world.officer.memberships.all()
    assert (stays.organisation_id, stays.until) == (world.post.pk, None)


def test_a_move_that_changes_nothing_is_refused(world: World) -> None:
    with pytest.raises(AlreadyThere):
        move(user=world.officer, unit=world.post, since=today(), actor=None)
    assert world.act(world.coordinator, "move", unit=world.post.pk, since=today()) == 200
    assert not AuditEntry.objects.filter(verb="person.moved").exists()


def test_a_move_ahead_is_called_off_by_its_button(world: World) -> None:
    ahead = move(user=world.officer, unit=world.left, since=today() + 10 * DAY, actor=None)
    client = Client()
    client.force_login(world.coordinator)
    button = reverse("staff:end", args=[world.officer.pk, ahead.pk])
    assert button in client.get(reverse("staff:person", args=[world.officer.pk])).content.decode()

    page = client.post(button, follow=True)

    assert "The move is called off; the present post goes on." in page.content.decode()
    (stays,) = world.officer.memberships.all()
    assert (stays.organisation_id, stays.until) == (world.post.pk, None)
    told = AuditEntry.objects.get(verb="person.move_called_off")
    assert told.before == {"unit": world.left.code, "since": ahead.since.isoformat()}
    call_off_move(membership=ahead, actor=None)  # a second click
    assert AuditEntry.objects.filter(verb="person.move_called_off").count() == 1


def test_the_move_that_gives_way_is_named(world: World) -> None:
    move(user=world.officer, unit=world.left, since=today() + 10 * DAY, actor=None)
    client = Client()
    client.force_login(world.coordinator)
    address = reverse("staff:act", args=[world.officer.pk, "move"])
    data = {"move-unit": world.left.pk, "move-since": today() + 5 * DAY}
    page = client.post(address, data, follow=True).content.decode()
    assert "The move that was noted for later is called off." in page
    assert "The move is noted and takes effect on its day." in page


def test_the_record_goes_along(world: World) -> None:
    course = factories.published_course(world.root, readings=1, questions=0)
    enrolment = factories.enrolled(world.officer, course, due_on=today() + 30 * DAY)
    due = enrolment.due_at
    move(user=world.officer, unit=world.right, since=today(), actor=None)
    enrolment.refresh_from_db()
    assert enrolment.due_at == due
    client = Client()
    client.force_login(world.other)
    assert client.get(reverse("reports:officer", args=[world.officer.pk])).status_code == 200


def test_a_coordinator_moves_within_his_units_only(world: World) -> None:
    assert world.act(world.coordinator, "move", unit=world.right.pk, since=today()) == 200
    assert world.sees(world.coordinator)
    assert world.act(world.coordinator, "move", unit=world.left.pk, since=today()) == 302
    assert world.act(world.other, "move", unit=world.right.pk, since=today()) == 404


def test_a_coordinator_asks_for_a_move_out_of_his_units_once(world: World) -> None:
    for _ in range(2):
        assert world.act(world.coordinator, "ask-move", where="Второй отряд, 1 декабря") == 302
    (request,) = PersonRequest.objects.all()
    client = Client()
    client.force_login(world.administrator)
    page = client.get(reverse("staff:requests"))
    assert [(row.pk, meant) for row, meant in page.context["listed"]] == [
        (request.pk, world.officer)
    ]
    client.post(reverse("staff:settle", args=[request.pk]), {"note": "moved"})
    request.refresh_from_db()
    assert (request.settled_by, request.note) == (world.administrator, "moved")


def test_while_seconded_both_see_the_person(world: World) -> None:
    until = today() + 3 * DAY
    second(user=world.officer, unit=world.right, since=today(), until=until, actor=None)
    assert world.sees(world.coordinator)
    assert world.sees(world.other)
    row = world.officer.memberships.get(kind=Kind.SECONDMENT)
    assert not Membership.objects.current(until + DAY).filter(pk=row.pk).exists()


def test_nobody_is_seconded_to_one_unit_twice_on_a_day(world: World) -> None:
    until = today() + 3 * DAY
    for _click in range(2):
        second(user=world.officer, unit=world.right, since=today(), until=until, actor=None)
    with pytest.raises(SecondedThere):
        second(user=world.officer, unit=world.right, since=until, until=None, actor=None)
    days = {"since": until, "until": until + DAY}
    assert world.act(world.administrator, "second", unit=world.right.pk, **days) == 200
    second(user=world.officer, unit=world.right, since=until + DAY, until=None, actor=None)
    assert world.officer.memberships.filter(kind=Kind.SECONDMENT).count() == 2


def test_a_secondment_not_begun_is_called_off(world: World) -> None:
    row = second(user=world.officer, unit=world.left, since=today() + DAY, until=None, actor=None)
    client = Client()
    client.force_login(world.coordinator)
    page = client.post(reverse("staff:end", args=[world.officer.pk, row.pk]), follow=True)
    assert "The secondment is called off." in page.content.decode()
    assert not world.officer.memberships.filter(kind=Kind.SECONDMENT).exists()


def test_a_discharge_called_off_leaves_all_as_it_was(world: World) -> None:
    """Also what ends by itself on the discharge's last day, or would begin only after it."""
    leaves = today() + 10 * DAY
    second(user=world.officer, unit=world.right, since=today(), until=leaves - DAY, actor=None)
    second(user=world.officer, unit=world.left, since=today(), until=leaves + DAY, actor=None)
    move(user=world.officer, unit=world.left, since=leaves + 5 * DAY, actor=None)
    fields = ("organisation", "role", "kind", "since", "until")
    before = set(world.officer.memberships.values_list(*fields))

    for day in (leaves, leaves - DAY, leaves + 2 * DAY):  # put off, and put off again
        discharge(user=world.officer, leaves_on=day, reason="contract", actor=None)
        assert not Membership.objects.current(day).filter(user=world.officer).exists()
    call_off_discharge(user=world.officer, actor=None)

    assert set(world.officer.memberships.values_list(*fields)) == before


def test_a_closed_account_gets_no_role_and_is_not_discharged_again(world: World) -> None:
    discharge(user=world.officer, leaves_on=today(), reason="contract", actor=None)
    unit = world.left.pk
    assert world.act(world.administrator, "role", role=Role.TRAINER, unit=unit) == 302
    assert world.act(world.administrator, "discharge", leaves_on=today(), reason="x") == 302
    assert not Membership.objects.current().filter(user=world.officer).exists()
    assert AuditEntry.objects.filter(verb="person.discharged").count() == 1


def test_discharge_closes_the_account_and_keeps_the_record(world: World) -> None:
    browser = Client()
    browser.force_login(world.officer)
    assert world.act(world.coordinator, "discharge", leaves_on=today(), reason="contract") == 302
    world.officer.refresh_from_db()
    assert not world.officer.is_active
    assert browser.get(reverse("learning")).status_code == 302, "the session has ended"
    assert not world.sees(world.coordinator)
    assert world.sees(world.administrator)
    told = AuditEntry.objects.get(verb="person.discharged")
    assert told.after["reason"] == "contract"


def test_a_discharge_ahead_waits_for_its_day(world: World) -> None:
    day = today() + 2 * DAY
    world.act(world.coordinator, "discharge", leaves_on=day, reason="contract")
    assert close_accounts() == 0
    assert world.sees(world.coordinator)
    User.objects.filter(pk=world.officer.pk).update(leaves_on=today())
    assert close_accounts() == 1
    assert close_accounts() == 0
    assert not User.objects.get(pk=world.officer.pk).is_active


def test_whoever_comes_back_goes_on_with_a_new_code(world: World) -> None:
    course = factories.published_course(world.root, readings=1, questions=0)
    enrolment = factories.enrolled(world.officer, course)
    world.act(world.coordinator, "discharge", leaves_on=today(), reason="contract")
    assert world.act(world.coordinator, "return", unit=world.left.pk, since=today()) == 404
    assert world.act(world.administrator, "return", unit=world.right.pk, since=today()) == 302
    officer = User.objects.get(pk=world.officer.pk)
    assert officer.is_active
    assert not officer.has_usable_password()
    assert world.sees(world.other)
    enrolment.refresh_from_db()
    assert enrolment.is_live


def give(world: World, role: str, unit: Organisation, who: User) -> int:
    return world.act(who, "role", role=role, unit=unit.pk)


def test_roles_are_given_and_taken_by_the_service_administrator(world: World) -> None:
    assert give(world, Role.TRAINER, world.left, world.coordinator) == 403
    assert give(world, Role.TRAINER, world.left, world.administrator) == 302
    assert User.objects.get(pk=world.officer.pk).reach.trained == (world.left.path,)
    row = world.officer.memberships.get(role=Role.TRAINER)
    client = Client()
    client.force_login(world.administrator)
    client.post(reverse("staff:end", args=[world.officer.pk, row.pk]))
    assert User.objects.get(pk=world.officer.pk).reach.trained == ()
    assert {entry.verb for entry in AuditEntry.objects.filter(verb__startswith="role.ta")} == {
        "role.taken"
    }


def test_an_administrator_answers_for_a_whole_service(world: World) -> None:
    assert give(world, Role.ADMINISTRATOR, world.left, world.administrator) == 200
    assert not world.officer.memberships.filter(role=Role.ADMINISTRATOR).exists()


def test_the_last_administrator_stays(world: World) -> None:
    row = world.administrator.memberships.get()
    client = Client()
    client.force_login(world.administrator)
    address = reverse("staff:end", args=[world.administrator.pk, row.pk])
    client.post(address)
    assert User.objects.get(pk=world.administrator.pk).reach.administered
    give_role(user=world.other, unit=world.root, role=Role.ADMINISTRATOR, actor=world.administrator)
    client.post(address)
    assert not User.objects.get(pk=world.administrator.pk).reach.administered
