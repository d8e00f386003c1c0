"""The coordinator's lists: what each filter selects, what never shows, what no address breaks."""

import re
from datetime import date, timedelta
from typing import Any

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from courses.actions import cancel_enrolment
from courses.models import Assignment, Enrolment
from lms.people.models import Membership, User
from lms.reports.filters import ENROLMENT_STATES, OFFICER_STATES
from lms.reports.selections import in_state
from lms.reports.views.lists import ACTIONS
from tests import factories

pytestmark = pytest.mark.django_db

TODAY = date(2026, 11, 24)  # a Tuesday
LISTS = ("officers", "enrolments", "expiring")


class Place:
    """root → near → post; root → far. Officers of both, and two courses."""

    def __init__(self) -> None:
        self.root = factories.service("UA")
        self.near = factories.unit(self.root)
        self.post, self.far = factories.unit(self.near), factories.unit(self.root)
        self.coordinator = factories.coordinator(self.near, language="en")
        self.course = factories.published_course(self.root, code="C-1", readings=2, questions=0)
        self.other = factories.published_course(self.root, code="C-2", readings=1, questions=0)
        self.inside = self.officer(self.post, "Ґудзь", rank="captain")
        self.second = self.officer(self.near, "Їжак", rank="soldier")
        self.outside = self.officer(self.far, "Чужий")
        factories.enrolled(self.outside, self.course, due_on=timezone.localdate())
        self.client = Client()
        self.client.force_login(self.coordinator)

    def officer(self, at: Any, name: str, **fields: Any) -> User:
        return factories.officer(at, family_name=name, language="en", **fields)

    def get(self, name: str, **query: Any) -> Any:
        return self.client.get(reverse(f"reports:{name}"), query)

    def officers(self, **query: Any) -> list[str]:
        return [
            row["person"].family_name for row in self.get("officers", **query).context["listed"]
        ]

    def enrolments(self, **query: Any) -> list[tuple[str, str]]:
        listed = self.get("enrolments", **query).context["listed"]
        return [(row["person"].family_name, row["enrolment"].course.code) for row in listed]


@pytest.fixture
def place() -> Place:
    return Place()


def test_officers_by_name_number_unit_and_rank(place):
    assert place.officers() == ["Ґудзь", "Їжак"]
    assert place.officers(q="ґУД") == ["Ґудзь"]
    assert place.officers(q=place.second.login.upper()) == ["Їжак"]
    assert place.officers(q="чужий") == []
    assert place.officers(unit=place.post.pk) == ["Ґудзь"]
    assert place.officers(unit=place.near.pk) == ["Ґудзь", "Їжак"]
    assert place.officers(rank="soldier") == ["Їжак"]


def test_officers_by_account_and_by_the_day_they_joined(place):
    today = timezone.localdate()
    Membership.objects.filter(user=place.second).update(since=today - timedelta(days=40))
    closed = place.officer(place.post, "Яр")
    User.objects.filter(pk=closed.pk).update(is_active=False)
    User.objects.filter(pk=place.inside.pk).update(last_login=timezone.now())

    assert place.officers(joined_after=(today - timedelta(days=40)).isoformat()) == ["Ґудзь"]
    assert place.officers(account="never") == ["Їжак"]
    assert place.officers(account="closed") == ["Яр"]
    assert "Яр" not in place.officers()


def test_officers_by_the_state_of_a_course(place):
    yesterday = timezone.localdate() - timedelta(days=2)
    factories.enrolled(place.inside, place.course, due_on=yesterday)
    factories.completed(factories.enrolled(place.second, place.other))

    assert place.officers(state="overdue") == ["Ґудзь"]
    assert place.officers(state="overdue", course="C-2") == []
    assert place.officers(course="C-2") == ["Їжак"]
    assert place.officers(state="completed", course="C-2") == ["Їжак"]
    assert place.officers(state="not_enrolled", course="C-1") == ["Їжак"]
    assert place.officers(state="not_enrolled") == []


def test_a_cancelled_enrolment_leaves_the_officer_not_enrolled(place):
    row = factories.enrolled(place.inside, place.course)
    cancel_enrolment(enrolment=row, actor=place.coordinator, reason="x")

    assert place.officers(state="not_enrolled", course="C-1") == ["Ґудзь", "Їжак"]
    assert place.officers(course="C-1") == []
    assert place.officers(course="C-1", state="cancelled") == ["Ґудзь"]


def test_orders(place):
    factories.enrolled(place.second, place.course, due_on=timezone.localdate() - timedelta(days=3))

    assert place.officers(sort="-name") == ["Їжак", "Ґудзь"]
    assert place.officers(sort="rank") == ["Їжак", "Ґудзь"]
    assert place.officers(sort="-rank") == ["Ґудзь", "Їжак"]
    assert place.officers(sort="unit") == ["Їжак", "Ґудзь"]
    assert place.officers(sort="-overdue") == ["Їжак", "Ґудзь"]
    assert place.officers(sort="nonsense") == place.officers()


def test_the_states_of_enrolments_at_their_edges(place):
    """In a unit of Kyiv, seen from there, on a Tuesday at noon."""
    noon = timezone.datetime(2026, 11, 24, 12, tzinfo=place.inside.zone)

    def due(days: int, name: str) -> None:
        officer = place.officer(place.post, name)
        factories.enrolled(
            officer, place.course, due_on=TODAY + timedelta(days=days),
            now=noon - timedelta(days=30),
        )  # fmt: skip

    for days, name in ((-1, "А"), (0, "Б"), (5, "В"), (6, "Г"), (14, "Д"), (15, "Е")):
        due(days, name)
    rows = Enrolment.objects.exclude(officer=place.outside).order_by("due_on")
    with timezone.override(place.inside.zone):
        found = {
            state: "".join(
                rows.filter(in_state(state, noon)).values_list("officer__family_name", flat=True)
            )
            for state in ("live", "overdue", "due_week", "soon", "not_started", "started")
        }  # fmt: skip
    assert found == {
        "live": "АБВГДЕ", "overdue": "А", "due_week": "БВ", "soon": "БВГД",
        "not_started": "БВГДЕ", "started": "",
    }  # fmt: skip


def test_completed_in_time_and_late(place):
    now = timezone.now()
    old = now - timedelta(days=20)
    for officer, days in ((place.inside, 3), (place.second, -5)):
        row = factories.enrolled(
            officer, place.course, due_on=(now + timedelta(days=days)).date(), now=old
        )
        factories.completed(row)

    assert place.enrolments(state="completed", sort="name") == [("Ґудзь", "C-1"), ("Їжак", "C-1")]
    assert place.enrolments(state="in_time") == [("Ґудзь", "C-1")]


def test_enrolments_by_days_course_and_assignment(place):
    first = factories.enrolled(place.inside, place.course, due_on=date(2027, 3, 1))
    factories.enrolled(place.second, place.other, due_on=date(2027, 3, 9))
    assignment = Assignment.objects.create(
        course=place.course, organisation=place.near, created_by=place.coordinator
    )
    Enrolment.objects.filter(pk=first.pk).update(assignment=assignment)

    assert place.enrolments(due_from="2027-03-02") == [("Їжак", "C-2")]
    assert place.enrolments(due_to="2027-03-01") == [("Ґудзь", "C-1")]
    assert place.enrolments(course="C-2") == [("Їжак", "C-2")]
    assert place.enrolments(assignment=assignment.pk) == [("Ґудзь", "C-1")]
    assert place.enrolments(sort="-due") == [("Їжак", "C-2"), ("Ґудзь", "C-1")]
    assert place.enrolments(sort="course") == [("Ґудзь", "C-1"), ("Їжак", "C-2")]


def test_progress_is_the_share_of_required_lessons(place):
    row = factories.enrolled(place.inside, place.course)
    revision = row.course.current_revision_id
    from_outline = factories.outline_of(revision).lessons[0]
    factories.mark_done(enrolment=row, lesson=from_outline.id, revision=revision)

    (listed,) = place.get("enrolments").context["listed"]
    assert (listed["percent"], listed["state"]) == (50, "started")


@pytest.mark.parametrize("state", OFFICER_STATES)
def test_each_state_of_officers_answers(place, state):
    assert place.get("officers", state=state, course="C-1").status_code == 200


@pytest.mark.parametrize("state", ENROLMENT_STATES)
def test_each_state_of_enrolments_answers(place, state):
    assert place.get("enrolments", state=state).status_code == 200


# Of those outside nothing is learnt


@pytest.mark.parametrize("name", LISTS)
def test_a_unit_outside_answers_as_no_such_unit(place, name):
    foreign = factories.service("BY", country="BY")
    for unit in (place.far.pk, place.root.pk, foreign.pk, 999_999, "x", "\0", "9" * 40):
        assert place.get(name, unit=unit).status_code == 404, unit
        export = place.client.get(reverse(f"reports:{name}-export", args=["csv"]), {"unit": unit})
        assert export.status_code == 404


@pytest.mark.parametrize("name", LISTS)
def test_a_course_of_another_service_answers_as_no_such_course(place, name):
    foreign = factories.service("BY", country="BY")
    factories.published_course(foreign, code="BY-1", questions=0)
    for code in ("BY-1", "none", "\0"):
        assert place.get(name, course=code).status_code == 404


def test_nobody_outside_shows_in_pages_or_files(place):
    elsewhere = Client()
    elsewhere.force_login(factories.coordinator(place.far, language="en"))
    factories.enrolled(place.inside, place.course)
    for name in ("officers", "enrolments"):
        page = elsewhere.get(reverse(f"reports:{name}"))
        assert page.context["page"].paginator.count == 1
        file = elsewhere.get(reverse(f"reports:{name}-export", args=["csv"])).getvalue().decode()
        for text in (page.content.decode(), file):
            assert "Чужий" in text
            assert "Ґудзь" not in text


def test_an_assignment_of_others_answers_as_none(place):
    theirs = Assignment.objects.create(
        course=place.course, organisation=place.far, created_by=place.coordinator
    )
    assert place.get("enrolments", assignment=theirs.pk).status_code == 404
    assert place.get("enrolments", assignment=999_999).status_code == 404


def test_who_left_the_unit_is_gone_from_the_lists(place):
    factories.enrolled(place.inside, place.course)
    yesterday = timezone.localdate() - timedelta(days=1)
    Membership.objects.filter(user=place.inside).update(since=yesterday, until=yesterday)
    assert place.officers() == ["Їжак"]
    assert place.enrolments() == []


# Addresses


@pytest.mark.parametrize(
    "query",
    [
        {"state": "nonsense"}, {"rank": "\0"}, {"joined_after": "2026-13-01"},
        {"joined_after": "0001-01-01"}, {"joined_after": "9999-12-31"}, {"q": "\0"},
        {"q": "x" * 201}, {"account": "x"},
    ],
)  # fmt: skip
def test_what_cannot_be_read_is_left_out_with_a_notice(place, query):
    response = place.get("officers", **query)
    assert response.status_code == 200
    assert len(response.context["form"].ignored) == 1
    assert response.context["page"].paginator.count == 2
    assert response.context["form"].query == ""
    # A file of everybody instead of a few would be a slip that nobody sees.
    file = place.client.get(reverse("reports:officers-export", args=["csv"]), query)
    assert file.status_code == 400


@pytest.mark.parametrize("query", ["page=0", "page=x&size=7", "size=100", "sort=%00", "q=%ED%A0"])
def test_no_address_breaks_a_list(place, query):
    for name in LISTS:
        assert place.client.get(f"{reverse(f'reports:{name}')}?{query}").status_code == 200


def test_filters_survive_pages_orders_and_exports(place):
    for number in range(30):
        place.officer(place.post, f"Яр{number}")
    page = place.get("officers", unit=place.post.pk, q="мар").content.decode()
    links = [link.replace("&amp;", "&") for link in re.findall(r'href="(\?[^"]+)"', page)]
    assert any("page=2" in link for link in links)
    assert any("sort=unit" in link for link in links)
    for link in links:
        if "page=" in link or "sort=" in link:
            assert f"unit={place.post.pk}" in link
            assert "q=" in link
    assert f"export.xlsx?q=%D0%BC%D0%B0%D1%80&amp;unit={place.post.pk}" in page


def test_the_bar_sends_the_selection_as_the_filters_stand(place):
    page = place.get("officers", unit=place.post.pk, joined_after="x").content.decode()
    assert f'name="query" value="unit={place.post.pk}"' in page
    assert f'name="pick" value="{place.inside.pk}"' in page
    assert f'action="{reverse("bulk:start")}"' in page
    for value, _label in ACTIONS["officers"]:
        assert f'<option value="{value}">' in page


def test_a_filter_goes_by_its_own_link(place):
    form = place.get("officers", unit=place.post.pk, state="live").context["form"]
    assert [one.without for one in form.chosen] == ["?state=live", f"?unit={place.post.pk}"]
    assert form.sentence.startswith("Unit: ")


def test_nobody_yet_is_told_what_to_do_next(place):
    empty = factories.unit(place.root)
    client = Client()
    client.force_login(factories.coordinator(empty, language="en"))
    for name in LISTS:
        response = client.get(reverse(f"reports:{name}"))
        assert 'class="empty"' in response.content.decode()
        filtered = client.get(reverse(f"reports:{name}"), {"q": "x"}).content.decode()
        assert f'href="{reverse(f"reports:{name}")}"' in filtered
