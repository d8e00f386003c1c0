"""The coordinator's first page: figures worked out by hand, and what nobody else learns."""

import random
from datetime import date, datetime, time, timedelta
from typing import Any
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

import pytest
from django.db import connection
from django.http import QueryDict
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from certificates.models import Certificate
from courses.actions import cancel_enrolment
from courses.models import Assignment, Course, Enrolment
from courses.models.enrolment import end_of_day
from lms.people.models import Kind, Membership, Organisation, Role, User
from lms.reports.actions import keep_figures
from lms.reports.figures import Counts, figures_of, share
from lms.reports.filters import certificates_found, enrolments_found, officers_found
from lms.reports.models import KeptFigures
from lms.reports.views.overview import Tile, outermost
from tests import factories

pytestmark = pytest.mark.django_db

ZONE = ZoneInfo("Europe/Kyiv")


@pytest.fixture(autouse=True)
def _reader() -> None:
    """Asked directly, the figures are of the reader's days."""
    timezone.activate(ZONE)


class Hand:
    """A detachment of two points under a directorate, with a neighbour.

    service → directorate → detachment → first, second
                          → elsewhere
    """

    def __init__(self) -> None:
        self.root = factories.service("UA", time_zone="Europe/Kyiv")
        self.directorate = factories.unit(self.root)
        self.detachment = factories.unit(self.directorate)
        self.first, self.second = factories.unit(self.detachment), factories.unit(self.detachment)
        self.elsewhere = factories.unit(self.directorate)
        self.read = factories.published_course(self.root, code="READ", questions=0)
        self.tested = factories.published_course(self.root, code="TEST", questions=2)
        self.coordinator = factories.coordinator(self.detachment, language="en")
        self.now = timezone.now()
        self.today = timezone.localdate()
        self.sunday = self.today + timedelta(days=6 - self.today.weekday())

    def ago(self, days: int) -> datetime:
        return self.now - timedelta(days=days)

    def day(self, days: int) -> date:
        return self.today + timedelta(days=days)

    def takes(self, officer: User, course: Course, due: date | None, begun: int = 200) -> Enrolment:
        return factories.enrolled(officer, course, due_on=due, now=self.ago(begun))

    def seconded(self, officer: User, at: Organisation) -> None:
        Membership.objects.create(
            user=officer, organisation=at, role=Role.OFFICER, kind=Kind.SECONDMENT,
            since=self.day(-3), until=self.day(30),
        )  # fmt: skip


@pytest.fixture
def hand() -> Hand:
    hand = Hand()
    a, b, c = (factories.officer(hand.first) for _ in range(3))
    d, gone = factories.officer(hand.second), factories.officer(hand.second)
    boss, away = factories.officer(hand.detachment), factories.officer(hand.elsewhere)
    # First point: one overdue since yesterday, one due on Sunday, one completed in time.
    hand.takes(a, hand.read, hand.day(-1))
    hand.takes(b, hand.read, hand.sunday)
    factories.completed(hand.takes(c, hand.read, hand.today), now=hand.ago(10))
    # Second point: completed a day late; a test passed at once, without a due date.
    factories.completed(hand.takes(d, hand.read, hand.day(-21)), now=hand.ago(20))
    factories.completed(hand.takes(d, hand.tested, None), now=hand.ago(30))
    # First point: a test failed, then passed, in time.
    twice = hand.takes(c, hand.tested, hand.day(40))
    factories.submitted(twice, right=0, now=hand.ago(9))
    factories.completed(twice, now=hand.ago(8))
    # At the detachment itself: due on Monday, not this week; a failed test not yet passed.
    hand.takes(boss, hand.read, hand.sunday + timedelta(days=1))
    factories.submitted(hand.takes(boss, hand.tested, None), right=0)
    # Not counted: cancelled, of an account that is closed, of another unit, of years ago.
    dropped = hand.takes(b, hand.tested, hand.day(-9))
    cancel_enrolment(enrolment=dropped, actor=None, reason="x")
    hand.takes(gone, hand.read, hand.day(-9))
    User.objects.filter(pk=gone.pk).update(is_active=False)
    hand.takes(away, hand.read, hand.day(-9))
    factories.completed(hand.takes(a, hand.tested, None, begun=1000), now=hand.ago(900))
    # The certificate of c ends in 60 days, that of d ended yesterday.
    for person, day in ((c, hand.day(60)), (d, hand.day(-1))):
        rows = Certificate.objects.filter(enrolment__officer=person, enrolment__course=hand.read)
        rows.update(expires_on=day, issued_on=day - timedelta(days=300))
    # At two places inside c is one person, counted in both units.
    hand.seconded(c, hand.second)
    return hand


def tiles_at(browser: Client, address: str = "/overview/") -> list[Tile]:
    response = browser.get(address)
    assert response.status_code == 200
    found: list[Tile] = response.context["tiles"]
    return found


def number(tile: Tile) -> int | None:
    return tile.part if tile.is_share else tile.value


def length_of_the_list(user: User, tile: Tile) -> int:
    url = urlsplit(tile.url)
    found = certificates_found if url.path == "/certificates-expiring/" else enrolments_found
    count: int = found(user, QueryDict(url.query)).count()
    return count


def browser_of(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


def test_the_figures_are_those_worked_out_by_hand(hand: Hand) -> None:
    figures = figures_of((hand.detachment.path,), hand.now)
    assert figures.units == {
        # a, b, c · a1 b1 c2 · c2 · c2 · a · b · c
        hand.first.path: Counts(3, 4, 2, 2, 1, 1, 1),
        # d, c · d2 c2 · all · without d's late one · · · d c
        hand.second.path: Counts(2, 4, 4, 3, 0, 0, 2),
        hand.detachment.path: Counts(1, 2, 0, 0, 0, 0, 0),
    }
    assert figures.total == Counts(
        people=5, assigned=8, completed=4, in_time=3, overdue=1, due_week=1, tested=2
    )
    assert figures.total.in_time_share == 60  # 3 of 4 completed and 1 overdue
    assert (figures.first, figures.first_of) == (1, 3)  # d; c and boss failed once
    assert figures.expiring == 1


def test_the_page_shows_them_with_the_lists_behind(hand: Hand) -> None:
    browser = browser_of(hand.coordinator)
    Assignment.objects.create(
        course=hand.read, organisation=hand.directorate, created_by=hand.coordinator
    )
    response = browser.get("/overview/")
    text = response.content.decode()
    assert "5 officers, 1 assignment in force" in text
    assert [number(tile) for tile in response.context["tiles"]] == [3, 1, 1, 1, 1]
    assert "Remind the 1 overdue" in text
    for tile in response.context["tiles"]:
        assert length_of_the_list(hand.coordinator, tile) == number(tile)
    listed = [row["person"] for row in response.context["attention"]]
    assert [person.memberships.first().organisation for person in listed] == [
        hand.first, hand.first, hand.detachment
    ]  # fmt: skip
    assert f'href="/officers/{listed[0].pk}/"' in text


def test_a_unit_is_chosen_by_its_link(hand: Hand) -> None:
    browser = browser_of(hand.coordinator)
    address = f"/overview/?unit={hand.second.pk}"
    assert f'href="?unit={hand.second.pk}"' in browser.get("/overview/").content.decode()
    response = browser.get(address)
    assert response.context["figures"].total.people == 2
    assert [number(tile) for tile in response.context["tiles"]] == [3, 0, 0, 1, 1]
    for tile in response.context["tiles"]:
        assert length_of_the_list(hand.coordinator, tile) == number(tile)
    assert [url for _name, url in response.context["crumbs"]] == [
        f"/overview/?unit={hand.detachment.pk}", ""
    ]  # fmt: skip


def test_nothing_outside_is_told(hand: Hand) -> None:
    """Above, beside and nowhere answer alike, and figures are one's own people's."""
    browser = browser_of(hand.coordinator)
    answers = {
        browser.get(f"/overview/?unit={unit}").status_code
        for unit in (hand.directorate.pk, hand.elsewhere.pk, hand.root.pk, 10**6, 10**30, "x", "-1")
    }
    assert answers == {404}
    other = browser_of(factories.coordinator(hand.elsewhere, language="en"))
    assert [number(tile) for tile in tiles_at(other)] == [0, 1, 0, 0, 0]
    empty = browser_of(factories.coordinator(factories.unit(hand.root), language="en"))
    response = empty.get("/overview/")
    assert [tile.value for tile in response.context["tiles"]] == [None, 0, 0, None, 0]
    assert "Nobody here yet" in response.content.decode()


def test_two_subtrees_are_one_scope_and_no_one_counts_twice(hand: Hand) -> None:
    for unit in (hand.elsewhere, hand.first):  # the second lies inside the detachment
        Membership.objects.create(user=hand.coordinator, organisation=unit, role=Role.COORDINATOR)
    response = browser_of(hand.coordinator).get("/overview/")
    assert response.context["figures"].total.people == 6
    assert [row["counts"].people for row in response.context["units"]] == [5, 1]
    assert outermost(("00010002", "0001", "0003", "00030001", "0001")) == ("0001", "0003")


@pytest.mark.parametrize("seed", [1, 2, 3])
def test_each_figure_is_the_length_of_its_list(seed: int) -> None:
    """Over worlds drawn at random: states, due days, posts that end, secondments."""
    dice = random.Random(seed)
    hand = Hand()
    factories.completed(hand.takes(factories.officer(hand.first), hand.read, None), now=hand.ago(1))
    units = [hand.detachment, hand.first, hand.second, hand.elsewhere]
    people = [factories.officer(dice.choice(units), is_active=dice.random() > 0.1)
              for _ in range(25)]  # fmt: skip
    for person in dice.sample(people, 10):
        hand.seconded(person, dice.choice(units))
    for person in dice.sample(people, 5):
        person.memberships.filter(kind=Kind.POST).update(until=hand.day(dice.choice([0, 5])))
    rows = []
    for person in people:
        for course in (hand.read, hand.tested):
            row = Enrolment(officer=person, course=course, language="uk", enrolled_at=hand.ago(900))
            if dice.random() < 0.9:
                row.set_due(hand.day(dice.randint(-400, 20) // dice.choice([1, 20])), ZONE)
            fate = dice.random()
            if fate < 0.4:
                row.completed_at = hand.ago(dice.choice([1, 5, 360, 364, 366, 500]))
                row.completed_revision = course.current_revision
            elif fate < 0.5:
                row.cancelled_at = hand.ago(3)
            rows.append(row)
    Enrolment.objects.bulk_create(rows)
    for row in Enrolment.objects.live().filter(course=hand.tested).order_by("pk")[:6]:
        row = factories.refreshed(row)
        factories.submitted(row, right=0)
        if dice.random() < 0.5:
            factories.completed(row)
    administrator = factories.administrator(hand.root, language="en")
    browser = browser_of(administrator)
    for unit in (hand.root, hand.directorate, *units):
        response = browser.get(f"/overview/?unit={unit.pk}")
        for tile in response.context["tiles"]:
            assert length_of_the_list(administrator, tile) == number(tile), (unit.code, tile)
        officers = officers_found(administrator, QueryDict(f"unit={unit.pk}"))
        assert response.context["figures"].total.people == officers.count()


@pytest.mark.parametrize(
    ("part", "whole", "shown"), [(0, 0, None), (0, 3, 0), (999, 1000, 99), (2, 3, 66), (3, 3, 100)]
)
def test_a_share_is_never_rounded_up(part: int, whole: int, shown: int | None) -> None:
    assert share(part, whole) == shown


def test_due_on_the_last_day_of_the_week_wherever_the_reader_is(hand: Hand) -> None:
    """The week is the reader's, the end of the day the unit's."""
    week_end = end_of_day(hand.sunday, ZONE)
    assert week_end == datetime.combine(hand.sunday + timedelta(days=1), time(), ZONE)
    moment = week_end - timedelta(seconds=1)
    assert figures_of((hand.first.path,), moment).total.due_week == 1
    assert figures_of((hand.first.path,), week_end).total.due_week == 0


def kept(hand: Hand) -> Any:
    keep_figures(now=hand.now, large=3)
    return KeptFigures.objects


def test_large_units_are_counted_by_the_sweep_and_say_as_of_when(hand: Hand) -> None:
    rows = kept(hand)
    paths = {row.organisation.path for row in rows.select_related("organisation")}
    large = (hand.root, hand.directorate, hand.detachment, hand.first, hand.second)
    assert paths == {unit.path for unit in large}
    browser = browser_of(hand.coordinator)
    row = rows.get(organisation=hand.detachment)
    row.data["total"]["overdue"] = 77
    row.save()
    response = browser.get("/overview/")
    assert response.context["figures"].total.overdue == 77
    assert f"{timezone.localtime(row.counted_at):%H:%M}" in response.content.decode()
    assert 'href="?anew=1"' in response.content.decode()
    anew = browser.get("/overview/?anew=1")
    assert anew.context["figures"].total.overdue == 1
    assert anew.context["figures"].counted_at is None


def test_what_is_kept_says_what_counting_says(hand: Hand) -> None:
    kept(hand)
    browser = browser_of(hand.coordinator)
    before, after = browser.get("/overview/"), browser.get("/overview/?anew=1")
    assert before.context["figures"].counted_at
    assert before.context["tiles"] == after.context["tiles"]
    assert before.context["units"] == after.context["units"]


def test_old_figures_and_those_of_another_day_or_zone_are_not_shown(hand: Hand) -> None:
    row = kept(hand).get(organisation=hand.detachment)
    assert row.hold(row.counted_at)
    assert not row.hold(row.counted_at + timedelta(minutes=16))
    row.counted_at = datetime.combine(hand.today, time(23, 59), ZONE)
    assert not row.hold(row.counted_at + timedelta(minutes=2))
    with timezone.override(ZoneInfo("Asia/Tokyo")):
        assert not row.hold(row.counted_at)


def test_a_unit_that_shrank_is_kept_no_longer(hand: Hand) -> None:
    kept(hand)
    assert keep_figures(now=hand.now, large=5) == 3
    assert KeptFigures.objects.count() == 3


def test_the_first_page_of_a_coordinator_is_the_overview(hand: Hand) -> None:
    assert browser_of(hand.coordinator).get("/").context["tiles"]
    administrator = factories.administrator(hand.root)
    assert browser_of(administrator).get("/").context["tiles"]
    both = factories.officer(hand.first, language="en")
    Membership.objects.create(user=both, organisation=hand.first, role=Role.COORDINATOR)
    page = browser_of(both).get("/")
    assert page.templates[0].name == "home/officer.html"
    assert 'href="/overview/"' in page.content.decode()


def test_at_most_fifteen_queries(hand: Hand) -> None:
    browser = browser_of(hand.coordinator)
    browser.get("/overview/")
    with CaptureQueriesContext(connection) as queries:
        browser.get("/overview/")
    assert len(queries) <= 15, [query["sql"][:80] for query in queries.captured_queries]
