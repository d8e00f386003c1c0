"""The staff pages: who is brought in, moved, lent, discharged and taken back, by whom, from when.

What the pages say of people elsewhere is nothing: see "Elsewhere".
"""

import re
from datetime import UTC, date, datetime, timedelta
from typing import Any

import pytest
import time_machine
from django.db import connection
from django.db.models import Q
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.audit.models import AuditEntry
from lms.people.actions import staff as staff_actions
from lms.people.actions.posts import bring_back, discharge, second
from lms.people.actions.staff import ask_administrator
from lms.people.models import Job, Kind, Membership, Organisation, PersonRequest, Role, User
from lms.people.sweeps import sweep_accounts
from tests import factories
from tests.courses.pages import Page

pytestmark = pytest.mark.django_db

DAY = timedelta(days=1)
NEW = reverse("staff:new")


class World:
    """UA → left → post, UA → right, and BY; who works with people in each, an officer in post."""

    def __init__(self) -> None:
        self.root, self.abroad = factories.service("UA"), factories.service("BY", country="BY")
        self.left, self.right = factories.unit(self.root), factories.unit(self.root)
        self.post = factories.unit(self.left)
        self.officer = factories.officer(self.post, email="here@example.org")
        self.officer.memberships.update(since=timezone.localdate() - 90 * DAY)
        self.coordinator = factories.coordinator(self.left, language="en")
        self.host = factories.coordinator(self.right, language="en")
        self.administrator = factories.administrator(self.root, language="en")


@pytest.fixture
def world() -> World:
    return World()


def browser(who: User) -> Client:
    client = Client()
    client.force_login(User.objects.get(pk=who.pk))
    return client


def page_of(person: User) -> str:
    return reverse("staff:person", args=[person.pk])


def act(client: Client, person: User, code: str, **data: object) -> Any:
    address = reverse("staff:act", args=[person.pk, code])
    return client.post(address, {f"{code}-{name}": value for name, value in data.items()})


def sees(who: User, person: User) -> bool:
    """Whether the pages show the person: his own page, and the list of officers."""
    client = browser(who)
    is_there = client.get(page_of(person)).status_code == 200
    listed = client.get(reverse("reports:officers")).content.decode()
    assert (person.login.upper() in listed) == is_there
    return is_there


def today() -> date:
    return timezone.localdate()


def verbs(person: User) -> list[str]:
    found = AuditEntry.objects.filter(thing_type="people.user", thing_id=str(person.pk))
    return list(found.order_by("pk").values_list("verb", flat=True))


def typed(unit: Organisation, **fields: object) -> dict[str, object]:
    return {
        "number": "000777", "family_name": "Їжакевич", "given_name": "Лідія", "unit": unit.pk,
        "since": today(), "language": "uk", "email": "", "patronymic": "", "rank": "",
    } | fields  # fmt: skip


# Brought in


def test_whoever_is_brought_in_opens_the_account_with_a_code_on_paper(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    desk = browser(world.coordinator)
    response = desk.post(NEW, typed(world.post))
    person = User.objects.get(login="ua-000777")
    assert response["Location"] == page_of(person)
    assert not person.has_usable_password()
    assert "has not signed in yet" in Page(desk.get(page_of(person))).words
    with django_capture_on_commit_callbacks(execute=True):
        sheet = desk.post(reverse("staff:open", args=[person.pk]), {"by": "paper"})["Location"]
    (code,) = [card["code"] for card in desk.get(sheet).context["cards"]]
    guest = Client()
    guest.post("/sign-in/", {"login": "UA-000777", "password": code})
    assert guest.get(reverse("welcome")).status_code == 200
    assert verbs(person)[:3] == ["person.created", "role.granted", "person.code_issued"]
    for entry in AuditEntry.objects.filter(thing_id=str(person.pk))[:3]:
        assert entry.organisation.startswith(world.root.path)


def test_a_day_ahead_is_the_first_day_of_the_post(world: World) -> None:
    desk = browser(world.coordinator)
    response = desk.post(NEW, typed(world.post, since=today() + 3 * DAY))
    assert response.status_code == 302
    person = User.objects.get(login="ua-000777")
    assert person.reach.posted == ()
    assert desk.get(response["Location"], follow=True).status_code in {200, 404}
    with time_machine.travel(timezone.now() + 3 * DAY, tick=False):
        assert sees(world.coordinator, person)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("number", ""),
        ("number", "12 34"),
        ("number", "<b>1</b>"),
        ("number", "7" * 61),
        ("family_name", " "),
        ("email", "no address"),
        ("unit", ""),
        ("since", "31.02.2026"),
        ("since", "1999-01-01"),
        ("language", "de"),
        ("rank", "admiral of the fleet"),
    ],
)
def test_bad_values_lose_nothing(world: World, field: str, value: str) -> None:
    sent = typed(world.post, patronymic="Ґудзівна") | {field: value}
    page = browser(world.coordinator).post(NEW, sent)
    assert page.status_code == 200
    form = page.context["form"]
    assert field in form.errors
    assert form["patronymic"].value() == "Ґудзівна"
    assert str(form[field].value()) == value
    assert User.objects.count() == 4
    assert not PersonRequest.objects.exists()


def test_who_coordinates_nothing_brings_nobody_in(world: World) -> None:
    for person in (world.officer, factories.trainer(world.root)):
        desk = browser(person)
        assert desk.get(NEW).status_code == 403
        assert desk.post(NEW, typed(world.post)).status_code == 403
        assert desk.get(page_of(world.officer)).status_code == 404
    assert not User.objects.filter(login="ua-000777").exists()


# Elsewhere


def taken(world: World, where: str) -> dict[str, object]:
    """What is typed to meet somebody beside, above, abroad or discharged, by number or address."""
    units = {"beside": world.right, "above": world.root, "abroad": world.abroad}
    name, _comma, by = where.partition(", ")
    unit = units.get(name, world.left)
    found = factories.officer(unit, email="taken@example.org", family_name="Щербань")
    if name == "discharged":
        discharge(user=found, leaves_on=today(), reason="x", actor=None)
    if name == "without a post":
        found.memberships.all().delete()
    if by == "number":
        return {"number": found.login.partition("-")[2].upper()}
    return {"email": "Taken@Example.org" if by == "capitals" else "taken@example.org"}


ELSEWHERE = [
    "beside, number", "beside, address", "beside, capitals", "above, number", "above, address",
    "abroad, address", "discharged, number", "discharged, address", "without a post, number",
]  # fmt: skip


def without_tokens(content: bytes) -> str:
    return re.sub(r'(csrfmiddlewaretoken" value="|nonce[-=]"?)[^"\' ]+', r"\1", content.decode())


def answer_to(world: World, changes: dict[str, object]) -> tuple[Any, ...]:
    """All that a coordinator could compare: statuses, headers, bodies, how much was asked."""
    desk = browser(world.coordinator)
    desk.get(NEW)
    with CaptureQueriesContext(connection) as queries:
        response = desk.post(NEW, typed(world.post) | changes)
    page = desk.get(response["Location"])
    names = sorted(set(response.headers) - {"Content-Length", "Set-Cookie"})
    return (
        response.status_code,
        response["Location"],
        names,
        without_tokens(response.content),
        len(queries),
        page.status_code,
        tuple(Page(page).messages),
        re.sub(r'data-keep-key="[^"]*"', "", without_tokens(page.content)),
    )


def test_taken_in_another_subtree_and_in_another_service_answer_alike(world: World) -> None:
    """Nine ways of being taken, one answer; each leaves one request with what was typed."""
    answers = []
    for where in ELSEWHERE:
        changes = taken(world, where)
        answers.append(answer_to(world, changes))
        request = PersonRequest.objects.get()
        assert (request.unit, request.service) == (world.post, world.root)
        assert (request.made_by, request.settled_at) == (world.coordinator, None)
        assert changes.items() <= request.data.items()
        assert request.data["family_name"] == "Їжакевич"
        request.delete()
        User.objects.filter(email="taken@example.org").update(email="")
    for where, answer in zip(ELSEWHERE, answers, strict=True):
        assert answer == answers[0], where
    assert "went to the service administrator" in answers[0][6][0]
    assert "Щербань" not in str(answers)
    assert not User.objects.filter(family_name="Їжакевич").exists()
    assert AuditEntry.objects.filter(verb="request.made").count() == len(ELSEWHERE)


def test_the_same_tried_again_is_one_request(world: World) -> None:
    changes = taken(world, "abroad, address")
    first, second_ = answer_to(world, changes), answer_to(world, changes)
    assert first[:4] == second_[:4]
    assert first[5:] == second_[5:]
    assert PersonRequest.objects.count() == 1
    assert AuditEntry.objects.filter(verb="request.made").count() == 1


def test_the_number_of_another_service_is_free_here(world: World) -> None:
    """Numbers are a service's own: the same in BY is somebody else and no secret."""
    factories.officer(world.abroad, login="BY-000777")
    assert browser(world.coordinator).post(NEW, typed(world.post)).status_code == 302
    assert User.objects.filter(login="ua-000777").exists()
    assert not PersonRequest.objects.exists()


def test_one_who_came_in_between_answers_as_any_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Two coordinators at once: the second has found nobody, and the database has."""
    changes = taken(world, "beside, address")
    expected = answer_to(world, changes)
    PersonRequest.objects.all().delete()
    holder_of = staff_actions.holder_of
    answers = iter([Q(pk__in=[])])
    monkeypatch.setattr(
        staff_actions, "holder_of", lambda **options: next(answers, None) or holder_of(**options)
    )
    answer = answer_to(world, changes)
    assert (answer[:4], answer[5:]) == (expected[:4], expected[5:])
    assert PersonRequest.objects.count() == 1
    assert not User.objects.filter(login="ua-000777").exists()


@pytest.mark.parametrize("by", ["number", "email"])
def test_one_in_ones_own_units_is_named_with_a_link(world: World, by: str) -> None:
    number = world.officer.login.partition("-")[2]
    changes = {"number": number} if by == "number" else {"email": "HERE@example.org"}
    page = browser(world.coordinator).post(NEW, typed(world.left, **changes))
    assert page.status_code == 200
    assert page_of(world.officer) in Page(page).links
    assert "There is such a person among yours already" in Page(page).words
    assert page.context["form"]["given_name"].value() == "Лідія"
    assert not PersonRequest.objects.exists()
    abroad = browser(factories.coordinator(world.abroad, family_name="Чужий"))
    response = abroad.post(NEW, typed(world.abroad, **changes), follow=True)
    assert world.officer.family_name not in response.content.decode(), "to others he is nobody"


def test_a_correction_never_hints_at_somebody_elsewhere(world: World) -> None:
    """The address beside and the one abroad are refused in the same words, that of ours by name."""
    factories.officer(world.right, email="beside@example.org", family_name="Щербань")
    factories.officer(world.abroad, email="abroad@example.org", family_name="Щербань")
    own = factories.officer(world.left, email="own@example.org", family_name="Ґудзь")
    desk = browser(world.coordinator)
    data = {"family_name": "Нова", "given_name": "Назва", "language": "uk", "rank": ""}
    pages = [
        act(desk, world.officer, "edit", email=f"{where}@example.org", **data)
        for where in ("beside", "abroad")
    ]
    said = {without_tokens(p.content).replace("beside@", "abroad@") for p in pages}
    assert len(said) == 1
    assert "Щербань" not in said.pop()
    asked = PersonRequest.objects.order_by("pk")
    assert [row.data["email"] for row in asked] == ["beside@example.org", "abroad@example.org"]
    words = Page(browser(world.administrator).get("/staff/requests/")).words
    assert words.count("an address that is somebody’s already") == 2
    assert "Щербань" in words, "the administrator sees whose it is in his service"
    page = act(desk, world.officer, "edit", email="own@example.org", **data)
    assert own.full_name in str(page.context["forms"]["edit"].errors["email"])
    assert page.context["forms"]["edit"]["family_name"].value() == "Нова"
    world.officer.refresh_from_db()
    assert (world.officer.family_name, world.officer.email) == ("Ґалаґан", "here@example.org")


def test_an_address_taken_in_between_is_told_as_any_other(
    world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    factories.officer(world.right, email="beside@example.org")
    holder_of = staff_actions.holder_of
    answers = iter([Q(pk__in=[])])
    monkeypatch.setattr(
        staff_actions, "holder_of", lambda **options: next(answers, None) or holder_of(**options)
    )
    data = {"family_name": "Нова", "given_name": "Назва", "language": "uk", "rank": ""}
    desk = browser(world.coordinator)
    page = act(desk, world.officer, "edit", email="beside@example.org", **data)
    assert page.status_code == 200
    assert page.context["forms"]["edit"].errors["email"]
    assert PersonRequest.objects.get().data["email"] == "beside@example.org"
    world.officer.refresh_from_db()
    assert world.officer.email == "here@example.org"


def test_people_elsewhere_have_no_page(world: World) -> None:
    """As one who does not exist: beside, abroad, discharged, and oneself."""
    gone = factories.officer(world.left)
    discharge(user=gone, leaves_on=today(), reason="x", actor=None)
    others = [
        factories.officer(world.right), factories.officer(world.root),
        factories.officer(world.abroad), world.administrator, world.coordinator, gone,
    ]  # fmt: skip
    desk = browser(world.coordinator)
    nobody = User.objects.latest("pk").pk + 1000
    for pk in [*(other.pk for other in others), nobody]:
        assert desk.get(reverse("staff:person", args=[pk])).status_code == 404
        assert desk.post(reverse("staff:open", args=[pk]), {"by": "paper"}).status_code == 404
        for code in ("move", "second", "discharge", "return", "ask-move", "role", "edit", "x"):
            assert desk.post(reverse("staff:act", args=[pk, code])).status_code == 404
    assert not Job.objects.exists()


# Moves and secondments, from day to day


def test_a_move_ahead_changes_who_sees_on_its_day(world: World) -> None:
    """The old unit sees until the evening before, the new one from the morning on."""
    course = factories.published_course(world.root, questions=0)
    enrolment = factories.enrolled(world.officer, course, due_on=today() + 30 * DAY)
    day = today() + 10 * DAY
    page = act(browser(world.administrator), world.officer, "move", unit=world.right.pk, since=day)
    assert page["Location"] == page_of(world.officer)
    noon = datetime.combine(day, datetime.min.time(), UTC) + timedelta(hours=10)
    for moment, expected in (
        (noon - 10 * DAY, (True, False)),
        (noon - DAY, (True, False)),
        (noon, (False, True)),
        (noon + 90 * DAY, (False, True)),
    ):
        with time_machine.travel(moment, tick=False):
            seen = sees(world.coordinator, world.officer), sees(world.host, world.officer)
            assert seen == expected, moment
            assert sees(world.administrator, world.officer)
    with time_machine.travel(noon, tick=False):
        record = browser(world.host).get(reverse("reports:officer", args=[world.officer.pk]))
        assert course.code in record.content.decode()
    old = enrolment.due_at
    enrolment.refresh_from_db()
    assert enrolment.due_at == old
    assert verbs(world.officer)[-2:].count("person.moved") == 1


def test_a_unit_that_is_not_ones_own_is_not_shown_in_the_history(world: World) -> None:
    act(browser(world.administrator), world.officer, "move", unit=world.right.pk, since=today())
    words = Page(browser(world.host).get(page_of(world.officer))).words
    left, taken_in = f"{world.post.code} (en)", f"{world.right.code} (en)"
    assert taken_in in words
    assert left not in words
    assert left in Page(browser(world.administrator).get(page_of(world.officer))).words


@pytest.mark.parametrize(
    "since", ["", "x", "2026-02-31", "1999-01-01", "2199-01-01", "before the post"]
)
def test_a_bad_day_moves_nobody_and_loses_nothing(world: World, since: str) -> None:
    day = (today() - 91 * DAY).isoformat() if since == "before the post" else since
    page = act(browser(world.coordinator), world.officer, "move", unit=world.left.pk, since=day)
    assert page.status_code == 200
    form = page.context["forms"]["move"]
    assert "since" in form.errors
    assert (str(form["unit"].value()), str(form["since"].value())) == (str(world.left.pk), day)
    assert world.officer.memberships.get().organisation == world.post


def test_a_secondment_lets_the_host_see_while_it_lasts(world: World) -> None:
    start, end = today() + 2 * DAY, today() + 4 * DAY
    response = act(
        browser(world.administrator), world.officer, "second",
        unit=world.right.pk, since=start, until=end,
    )  # fmt: skip
    assert response.status_code == 302
    noon = datetime.combine(today(), datetime.min.time(), UTC) + timedelta(hours=10)
    for days, expected in ((0, False), (1, False), (2, True), (4, True), (5, False)):
        with time_machine.travel(noon + days * DAY, tick=False):
            assert sees(world.host, world.officer) is expected, days
            assert sees(world.coordinator, world.officer)
    assert "person.seconded" in verbs(world.officer)


def test_the_host_may_end_a_secondment_today(world: World) -> None:
    second(user=world.officer, unit=world.right, since=today() - DAY, until=None, actor=None)
    row = world.officer.memberships.get(kind=Kind.SECONDMENT)
    end = reverse("staff:end", args=[world.officer.pk, row.pk])
    assert end in Page(browser(world.host).get(page_of(world.officer))).actions
    assert browser(world.coordinator).post(end).status_code == 404, "it is not his unit"
    assert browser(world.host).post(end).status_code == 302
    row.refresh_from_db()
    assert row.until == today()
    with time_machine.travel(timezone.now() + DAY, tick=False):
        assert not sees(world.host, world.officer)
    assert "person.secondment_ended" in verbs(world.officer)


def test_a_secondment_ahead_can_be_called_off(world: World) -> None:
    """Its button stands on the page from the day on which it was noted."""
    start = today() + 5 * DAY
    second(user=world.officer, unit=world.left, since=start, until=None, actor=None)
    row = world.officer.memberships.get(kind=Kind.SECONDMENT)
    end = reverse("staff:end", args=[world.officer.pk, row.pk])
    desk = browser(world.coordinator)
    assert end in Page(desk.get(page_of(world.officer))).actions
    assert desk.post(end).status_code == 302
    assert not world.officer.memberships.filter(kind=Kind.SECONDMENT).exists()
    assert desk.post(end).status_code == 404, "a double click finds nothing more"


def test_a_post_is_not_ended_by_hand(world: World) -> None:
    row = world.officer.memberships.get()
    end = reverse("staff:end", args=[world.officer.pk, row.pk])
    for who in (world.coordinator, world.administrator):
        assert browser(who).post(end).status_code == 403
    other = factories.officer(world.post).memberships.get()
    mixed = reverse("staff:end", args=[world.officer.pk, other.pk])
    assert browser(world.administrator).post(mixed).status_code == 404
    row.refresh_from_db()
    assert row.until is None


def test_a_secondment_that_ends_before_it_begins_is_refused(world: World) -> None:
    page = act(
        browser(world.coordinator), world.officer, "second",
        unit=world.left.pk, since=today(), until=today() - DAY,
    )  # fmt: skip
    assert "until" in page.context["forms"]["second"].errors
    assert world.officer.memberships.count() == 1


# Discharge and return


def test_discharge_ahead_ends_sessions_and_sight_on_its_day(world: World) -> None:
    day = today() + 3 * DAY
    learning = browser(world.officer)
    desk = browser(world.coordinator)
    assert act(desk, world.officer, "discharge", leaves_on=day, reason="Строк").status_code == 302
    assert "leaves on" in Page(desk.get(page_of(world.officer))).words
    assert learning.get(reverse("learning")).status_code == 200
    with time_machine.travel(timezone.now() + 3 * DAY, tick=False):
        assert not sees(world.coordinator, world.officer), "before any sweep"
        sweep_accounts()
        assert learning.get(reverse("learning")).status_code == 302
        world.officer.refresh_from_db()
        assert not world.officer.is_active
        assert browser(world.administrator).get(page_of(world.officer)).status_code == 200
    assert verbs(world.officer).count("person.discharged") == 1


def test_a_discharge_ahead_can_be_put_off(world: World) -> None:
    """The corrected day counts: until then the post goes on and the unit sees."""
    desk = browser(world.coordinator)
    for days in (3, 8, 6):
        day = today() + days * DAY
        assert act(desk, world.officer, "discharge", leaves_on=day, reason="x").status_code == 302
        assert world.officer.memberships.get().until == day - DAY
    noon = datetime.combine(today(), datetime.min.time(), UTC) + timedelta(hours=10)
    for days, expected in ((5, True), (6, False)):
        with time_machine.travel(noon + days * DAY, tick=False):
            assert sees(world.coordinator, world.officer) is expected


def test_a_discharge_ahead_can_be_called_off(world: World) -> None:
    """The post goes on, and the sweep closes nothing on the day that was noted."""
    desk = browser(world.coordinator)
    day = today() + 5 * DAY
    act(desk, world.officer, "discharge", leaves_on=day.isoformat(), reason="x")
    assert "Call the discharge off" in Page(desk.get(page_of(world.officer))).words

    act(desk, world.officer, "stay")
    act(desk, world.officer, "stay")

    world.officer.refresh_from_db()
    assert world.officer.leaves_on is None
    assert world.officer.memberships.get().until is None
    assert verbs(world.officer).count("person.discharge_called_off") == 1
    assert "Call the discharge off" not in Page(desk.get(page_of(world.officer))).words
    with time_machine.travel(timezone.now() + 6 * DAY, tick=False):
        assert sweep_accounts() == 0


def test_the_letters_of_the_service_are_no_part_of_the_number(world: World) -> None:
    """UA-014233 is 014233, so that a person is not brought in a second time."""
    number = world.officer.login
    page = browser(world.coordinator).post(NEW, typed(world.left, number=number.upper()))
    assert "There is such a person among yours already" in Page(page).words


def test_a_move_to_where_one_serves_is_a_mistake(world: World) -> None:
    desk = browser(world.coordinator)
    unit = world.officer.memberships.get().organisation
    page = act(desk, world.officer, "move", unit=unit.pk, since=today())
    assert "unit" in page.context["forms"]["move"].errors


def test_the_same_request_is_put_once(world: World) -> None:
    """However often it is tried, and with whichever other words."""
    beside = factories.officer(world.right)
    desk = browser(world.coordinator)
    for name in ("Лідія", "Лідія", "Леся"):
        desk.post(NEW, typed(world.left, number=beside.login.partition("-")[2], given_name=name))
    assert PersonRequest.objects.count() == 1


def test_a_discharge_needs_a_reason(world: World) -> None:
    desk = browser(world.coordinator)
    page = act(desk, world.officer, "discharge", leaves_on=today(), reason=" ")
    assert "reason" in page.context["forms"]["discharge"].errors
    world.officer.refresh_from_db()
    assert world.officer.leaves_on is None


def test_the_discharged_are_the_administrators_alone_to_see(world: World) -> None:
    discharge(user=world.officer, leaves_on=today(), reason="x", actor=None)
    address = reverse("staff:list")
    for who in (world.coordinator, world.host, factories.trainer(world.root)):
        assert browser(who).get(address).status_code == 403
        assert browser(who).get(page_of(world.officer)).status_code == 404
        listed = browser(who).get(reverse("reports:officers"), {"q": world.officer.login})
        assert world.officer.login.upper() not in listed.content.decode()
    desk = browser(world.administrator)
    assert world.officer not in desk.get(address).context["page"].object_list
    closed = desk.get(address, {"role": "closed"})
    assert list(closed.context["page"].object_list) == [world.officer]
    page = Page(desk.get(page_of(world.officer)))
    assert "discharged" in page.words
    acts = [a.rsplit("/", 2)[1] for a in page.actions if a.startswith(page_of(world.officer))]
    assert acts == ["return"], "nothing else can be done to one who left"
    abroad = factories.administrator(world.abroad)
    assert browser(abroad).get(page_of(world.officer)).status_code == 404


def test_return_reopens_the_account_with_a_new_code(
    world: World, django_capture_on_commit_callbacks: Any
) -> None:
    discharge(user=world.officer, leaves_on=today(), reason="x", actor=None)
    for who in (world.coordinator, world.host):
        page = act(browser(who), world.officer, "return", unit=world.right.pk, since=today())
        assert page.status_code == 404
    desk = browser(world.administrator)
    act(desk, world.officer, "return", unit=world.right.pk, since=today())
    assert sees(world.host, world.officer)
    assert not sees(world.coordinator, world.officer)
    with django_capture_on_commit_callbacks(execute=True):
        opened = reverse("staff:open", args=[world.officer.pk])
        sheet = browser(world.host).post(opened, {"by": "paper"})["Location"]
    code = Job.objects.get().items.get().result["code"]
    assert code in browser(world.host).get(sheet).content.decode()
    guest = Client()
    guest.post("/sign-in/", {"login": world.officer.login, "password": code})
    assert guest.get(reverse("welcome")).status_code == 200
    assert verbs(world.officer)[-4:-1] == [
        "person.discharged",
        "person.brought_back",
        "person.code_issued",
    ]


def test_a_stay_away_leaves_a_gap_in_the_history(world: World) -> None:
    discharge(user=world.officer, leaves_on=today() - 9 * DAY, reason="x", actor=None)
    bring_back(user=world.officer, unit=world.post, since=today(), actor=None)
    rows = world.officer.memberships.order_by("since").values_list("since", "until")
    assert list(rows) == [(today() - 90 * DAY, today() - 10 * DAY), (today(), None)]


# Roles


@pytest.mark.parametrize("role", [Role.TRAINER, Role.COORDINATOR, Role.ADMINISTRATOR])
def test_only_the_service_administrator_gives_and_takes_roles(world: World, role: str) -> None:
    unit = world.root if role == Role.ADMINISTRATOR else world.left
    for who in (world.coordinator, factories.administrator(world.abroad)):
        response = act(browser(who), world.officer, "role", role=role, unit=unit.pk)
        assert response.status_code in {403, 404}
    assert "role" not in browser(world.coordinator).get(page_of(world.officer)).context["forms"]
    desk = browser(world.administrator)
    assert act(desk, world.officer, "role", role=role, unit=unit.pk).status_code == 302
    row = world.officer.memberships.get(role=role)
    end = reverse("staff:end", args=[world.officer.pk, row.pk])
    for who in (world.coordinator, world.host):
        assert browser(who).post(end).status_code in {403, 404}
    assert Membership.objects.filter(pk=row.pk).exists()
    assert end in Page(desk.get(page_of(world.officer))).actions
    assert desk.post(end).status_code == 302
    assert not Membership.objects.current().filter(user=world.officer, role=role).exists()
    given = AuditEntry.objects.filter(thing_id=str(world.officer.pk), actor=world.administrator)
    assert [(e.verb, (e.after or e.before)["role"]) for e in given.order_by("pk")] == [
        ("role.granted", role),
        ("role.taken", role),
    ]


@pytest.mark.parametrize("role", ["officer", "emperor", ""])
def test_there_are_no_other_roles_to_give(world: World, role: str) -> None:
    desk = browser(world.administrator)
    page = act(desk, world.officer, "role", role=role, unit=world.left.pk)
    assert "role" in page.context["forms"]["role"].errors
    outside = act(desk, world.officer, "role", role="trainer", unit=world.abroad.pk)
    assert "unit" in outside.context["forms"]["role"].errors
    assert world.officer.memberships.count() == 1


@pytest.fixture
def doubled(world: World) -> User:
    """An officer of the coordinator's unit who administers the whole service besides."""
    factories.administrator(world.root)
    person = factories.officer(world.post, email="boss@example.org")
    Membership.objects.create(user=person, organisation=world.root, role=Role.ADMINISTRATOR)
    return User.objects.get(pk=person.pk)


def test_a_coordinator_opens_no_account_of_one_with_a_role(world: World, doubled: User) -> None:
    """Neither by a code nor by another address, to which a new password could be sent."""
    desk = browser(world.coordinator)
    assert desk.post(reverse("staff:open", args=[doubled.pk]), {"by": "paper"}).status_code == 403
    data = {"family_name": "Нова", "given_name": "Назва", "language": "uk", "rank": ""}
    act(desk, doubled, "edit", email="mine@example.org", **data)
    doubled.refresh_from_db()
    assert (doubled.family_name, doubled.email) == ("Нова", "boss@example.org")
    act(browser(world.administrator), doubled, "edit", email="new@example.org", **data)
    doubled.refresh_from_db()
    assert doubled.email == "new@example.org"


def test_a_coordinator_discharges_nobody_with_a_role(world: World, doubled: User) -> None:
    """The role would go with the account, and roles are the administrator's."""
    desk = browser(world.coordinator)
    assert "discharge" not in desk.get(page_of(doubled)).context["forms"]
    response = act(desk, doubled, "discharge", leaves_on=today(), reason="x")
    assert response.status_code == 403
    assert User.objects.get(pk=doubled.pk).reach.administered
    chief = browser(world.administrator)
    assert act(chief, doubled, "discharge", leaves_on=today(), reason="x").status_code == 302
    assert not User.objects.get(pk=doubled.pk).is_active


# The administrator's list and requests


def asked(world: World, **data: str) -> PersonRequest:
    ask_administrator(actor=world.coordinator, unit=world.post, data=data)
    return PersonRequest.objects.latest("pk")


def test_requests_are_the_administrators_to_see_and_settle(world: World) -> None:
    known = factories.officer(world.right, email="away@example.org")
    by_number = asked(world, number=known.login.partition("-")[2], family_name="А")
    by_address = asked(world, number="1", email="away@example.org", family_name="Б")
    unknown = asked(world, number="2", email="abroad@example.org", family_name="В")
    factories.officer(world.abroad, email="abroad@example.org", family_name="Секретний")
    address = reverse("staff:requests")
    abroad = factories.administrator(world.abroad)
    for who in (world.coordinator, world.host, world.officer):
        assert browser(who).get(address).status_code == 403
    assert browser(abroad).get(address).context["listed"] == []
    settle = reverse("staff:settle", args=[by_number.pk])
    for who in (world.coordinator, world.host, abroad):
        assert browser(who).post(settle, {"note": "x"}).status_code == 404

    desk = browser(world.administrator)
    page = desk.get(address)
    assert page.context["listed"] == [(by_number, known), (by_address, known), (unknown, None)]
    assert "Секретний" not in page.content.decode(), "nor does he learn of other services"
    assert "3 open requests" in Page(desk.get(reverse("staff:list"))).words
    for note in ("Переведено", "вдруге"):
        assert desk.post(settle, {"note": note})["Location"] == address
    by_number.refresh_from_db()
    assert (by_number.settled_by, by_number.note) == (world.administrator, "Переведено")
    assert [row for row, _meant in desk.get(address).context["listed"]] == [by_address, unknown]
    settled = desk.get(address, {"show": "settled"})
    assert [row for row, _meant in settled.context["listed"]] == [by_number]
    assert AuditEntry.objects.filter(verb="request.settled").count() == 1


def test_hostile_words_in_a_request_are_words(world: World) -> None:
    asked(world, number="1", family_name="<script>alert(1)</script>", kind="move", note="<b>x</b>")
    content = browser(world.administrator).get(reverse("staff:requests")).content.decode()
    assert "<script>alert(1)" not in content
    assert "&lt;b&gt;x&lt;/b&gt;" in content


def test_a_move_out_of_ones_units_is_asked_for(world: World) -> None:
    desk = browser(world.coordinator)
    assert act(desk, world.officer, "ask-move", where=" ").status_code == 200
    act(desk, world.officer, "ask-move", where="До <правого> загону з 1 грудня")
    request = PersonRequest.objects.get()
    assert request.data["kind"] == "move"
    assert (
        "ask_move" not in browser(world.administrator).get(page_of(world.officer)).context["forms"]
    )
    content = browser(world.administrator).get(reverse("staff:requests")).content.decode()
    assert "До &lt;правого&gt; загону" in content
    assert sees(world.coordinator, world.officer)


def names_in(response: Any) -> list[User]:
    assert response.status_code == 200
    return list(response.context["page"].object_list)


def test_the_administrators_list_is_filtered(world: World) -> None:
    idle = factories.person(world.root, family_name="Ґедзь")
    trainer = factories.trainer(world.right)
    abroad = factories.officer(world.abroad)
    desk, address = browser(world.administrator), reverse("staff:list")
    everybody = names_in(desk.get(address))
    assert {idle, trainer, world.officer, world.administrator} <= set(everybody)
    assert abroad not in everybody
    for query, expected in (
        ({"role": "trainer"}, {trainer}),
        ({"role": "coordinator"}, {world.coordinator, world.host}),
        ({"role": "officer"}, {world.officer}),
        ({"role": "none"}, {idle}),
        ({"role": "closed"}, set()),
        ({"q": "ҐЕДЗЬ"}, {idle}),
        ({"q": world.officer.login.upper()}, {world.officer}),
        ({"q": "ґедзь", "role": "trainer"}, set()),
        ({"role": "nonsense"}, set(everybody)),
    ):
        assert set(names_in(desk.get(address, query))) == expected, query


def test_the_list_comes_in_pages_and_costs_the_same_few_and_many(world: World) -> None:
    desk, address = browser(world.administrator), reverse("staff:list")
    costs = []
    for count in (1, 55):
        for _ in range(count):
            person = factories.officer(world.post)
            Membership.objects.create(user=person, organisation=world.left, role=Role.TRAINER)
        for query in ("?size=100", "?size=100&q=галаган", "?size=100&role=trainer"):
            desk.get(address + query)
            with CaptureQueriesContext(connection) as queries:
                desk.get(address + query)
            costs.append(len(queries))
    assert costs[:3] == costs[3:]
    assert max(costs) <= 9
    assert [len(names_in(desk.get(f"{address}?page={n}"))) for n in (1, 2, 3, 99)] == [
        25,
        25,
        10,
        10,
    ]
    assert len(set(names_in(desk.get(f"{address}?size=100")))) == 60


def test_requests_cost_the_same_few_and_many(world: World) -> None:
    desk, address = browser(world.administrator), reverse("staff:requests")
    costs = []
    for count in (5, 55):
        for _ in range(count):
            known = factories.officer(world.right)
            asked(world, number=known.login.partition("-")[2], family_name=known.login)
        desk.get(address)
        with CaptureQueriesContext(connection) as queries:
            response = desk.get(f"{address}?size=100")
        costs.append(len(queries))
        assert len(response.context["listed"]) == PersonRequest.objects.count()
        assert all(meant for _row, meant in response.context["listed"])
    assert len(desk.get(address).context["listed"]) == 25
    assert costs[0] == costs[1]


def test_a_persons_page_costs_the_same_with_a_long_history(world: World) -> None:
    desk = browser(world.administrator)
    costs = []
    for count in (3, 30):
        for number in range(count):
            day = today() - (number + 100 + count) * DAY
            Membership.objects.create(
                user=world.officer, organisation=world.right, role=Role.OFFICER,
                kind=Kind.SECONDMENT, since=day, until=day,
            )  # fmt: skip
        desk.get(page_of(world.officer))
        with CaptureQueriesContext(connection) as queries:
            desk.get(page_of(world.officer))
        costs.append(len(queries))
    assert costs[0] == costs[1]
