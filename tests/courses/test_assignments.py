"""A course for the officers of a unit: previewed, assigned once, and reaching who comes later."""

from datetime import date, datetime, timedelta
from typing import Any
from urllib.parse import urlencode
from uuid import uuid4
from zoneinfo import ZoneInfo

import pytest
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from courses.actions import assignments, cancel_enrolment
from courses.actions.assignments import assign, end_assignment, enrol_assigned
from courses.actions.enrolments import Ended, NoReason, extend_due
from courses.actions.reminders import ask_reminder
from courses.models import Assignment, Course, Enrolment, Reminder
from courses.sweeps import sweep_assignments
from lms.audit.models import AuditEntry
from lms.people.job_work import work_on
from lms.people.models import Job, Membership, Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def left(home: Organisation) -> Organisation:
    return factories.unit(home)


@pytest.fixture
def post(left: Organisation) -> Organisation:
    return factories.unit(left)


@pytest.fixture
def actor(left: Organisation) -> User:
    return factories.coordinator(left, language="en")


@pytest.fixture
def browser(actor: User) -> Client:
    client = Client()
    client.force_login(actor)
    return client


@pytest.fixture
def course(home: Organisation) -> Course:
    return factories.published_course(home, readings=1, questions=0, code="DOC-01")


def in_days(days: int) -> date:
    return timezone.localdate() + timedelta(days=days)


def address_of(unit: Organisation, course: Course, **data: Any) -> str:
    rule = {
        "unit": unit.pk,
        "course": course.pk,
        "due": "days",
        "due_days": 30,
        "include_new": "on",
    }
    return "/assignments/new/?" + urlencode(rule | data, doseq=True)


def confirmed(browser: Client, address: str) -> HttpResponse:
    page = browser.get(address)
    said = {"key": page.context["key"], "seen": page.context["numbers"]["seen"]}
    return browser.post(address, said)


def worked() -> None:
    """What a worker does."""
    for job in Job.objects.unfinished():
        work_on(job.pk)


def assigned(browser: Client, address: str) -> Assignment:
    assert confirmed(browser, address).status_code == 302
    worked()
    return Assignment.objects.latest("pk")


def rule_for(unit: Organisation, course: Course, **fields: Any) -> Assignment:
    return Assignment(organisation=Organisation.objects.get(pk=unit.pk), course=course, **fields)


def enrolled_in(course: Course) -> set[int]:
    return set(Enrolment.objects.filter(course=course).values_list("officer", flat=True))


def swept() -> int:
    Assignment.objects.update(swept_at=None)
    return sweep_assignments()


# Before


def test_the_form_offers_what_one_may_assign_to_whom_one_coordinates(browser, home, left, course):
    draft, beside = factories.draft_course(left), factories.unit(home)
    near = factories.published_course(left, questions=0)
    foreign = factories.published_course(factories.service("BY", country="BY"), questions=0)
    elsewhere = factories.published_course(beside, questions=0)

    form = browser.get("/assignments/new/").context["form"]

    assert set(form.fields["course"].queryset) == {course, near}
    assert set(form.fields["unit"].queryset) == {left}
    for unit, one in ((home, course), (beside, course), (left, draft), (left, foreign),
                      (left, elsewhere)):  # fmt: skip
        page = browser.get(address_of(unit, one))
        assert page.context["form"].errors


def test_the_preview_counts_names_and_tells_conflicts(browser, left, post, course, actor):
    new = [factories.officer(post, family_name=f"Їжак{number:02}") for number in range(27)]
    live, completed = factories.officer(post, family_name="Ґедзь"), factories.officer(left)
    factories.enrolled(live, course, due_on=date(2031, 5, 17))
    factories.completed(factories.enrolled(completed, course))
    factories.officer(post, is_active=False)
    other, _job = assign(
        assignment=rule_for(post, course, ranks=["general"]), actor=actor, key=uuid4()
    )

    page = browser.get(address_of(left, course))
    text = page.content.decode()

    assert page.context["numbers"] | {"seen": ""} == {
        "officers": 29, "enrolled": 1, "completed": 1, "new": 27, "seen": ""
    }  # fmt: skip
    assert "27 officers will be enrolled" in text
    assert [person.pk for person in page.context["names"]] == [one.pk for one in new[:25]]
    assert "and 2 more" in text
    assert "Ґедзь" in text
    assert "17 May 2031" in text
    assert f"/assignments/{other.pk}/" in text
    assert Assignment.objects.count() == 1
    assert enrolled_in(course) == {live.pk, completed.pk}


def test_a_completion_whose_certificate_ran_out_counts_no_more(browser, left, course):
    officer = factories.officer(left)
    long_ago = timezone.now() - timedelta(days=800)  # the certificate lasted 24 months
    factories.completed(factories.enrolled(officer, course, now=long_ago), now=long_ago)

    assert browser.get(address_of(left, course)).context["numbers"]["new"] == 1
    assigned(browser, address_of(left, course))

    assert Enrolment.objects.live().get(officer=officer).cycle == 2


def test_the_rule_narrows_by_rank_and_day_of_joining(browser, left, course):
    old = factories.officer(left, rank="captain")
    old.memberships.update(since=date(2020, 1, 1))
    captain, _major = (factories.officer(left, rank=rank) for rank in ("captain", "major"))
    rule = {"ranks": ["captain", "sergeant"], "joined_after": "2024-02-29"}

    assigned(browser, address_of(left, course, **rule))

    assert enrolled_in(course) == {captain.pk}


@pytest.mark.parametrize(
    ("wrong", "field"),
    [
        ({"due": "day"}, "due_on"),
        ({"due": "day", "due_on": "2020-01-01"}, "due_on"),
        ({"due_days": 0}, "due_days"),
        ({"due_days": ""}, "due_days"),
        ({"ranks": ["admiral"]}, "ranks"),
        ({"joined_after": "soon"}, "joined_after"),
    ],
)
def test_a_rule_that_cannot_be_is_told_at_its_field(browser, left, course, wrong, field):
    page = browser.get(address_of(left, course, **wrong))

    assert set(page.context["form"].errors) == {field}
    assert browser.post(address_of(left, course, **wrong)).status_code == 200
    assert not Assignment.objects.exists()


def test_change_leads_back_to_the_form_as_it_was(browser, left, course):
    address = address_of(left, course, ranks=["captain"], due_days=45)

    form = browser.get(browser.get(address).context["edit"]).context["form"]

    assert not form.errors
    assert form["due_days"].value() == "45"
    assert form["ranks"].value() == ["captain"]
    assert form["include_new"].value() is True


# Assigning


def test_days_after_assigning_are_counted_in_the_zone_of_each_unit(actor, left, course):
    """At 22:30 UTC it is tomorrow already in Kyiv, and still today in Lisbon."""
    west = factories.unit(left, time_zone="Europe/Lisbon")
    here, there = factories.officer(left), factories.officer(west)
    now = datetime(2026, 3, 3, 22, 30, tzinfo=ZoneInfo("UTC"))
    rule, _job = assign(
        assignment=rule_for(left, course, due_days=10), actor=actor, key=uuid4(), now=now
    )
    fresh = Assignment.objects.select_related("course", "organisation").get(pk=rule.pk)

    from_here, from_there = (
        enrol_assigned(assignment=fresh, officer=officer, actor=None, now=now)
        for officer in (here, there)
    )

    assert from_here.due_on == date(2026, 3, 14)
    assert from_there.due_on == date(2026, 3, 13)
    assert from_here.due_at == datetime(2026, 3, 14, 22, 0, tzinfo=ZoneInfo("UTC"))


def test_each_is_enrolled_by_the_rule_and_it_is_on_record(browser, left, post, course, actor):
    people = [factories.officer(left), factories.officer(post)]

    rule = assigned(browser, address_of(left, course, due="day", due_on=in_days(20).isoformat()))

    rows = Enrolment.objects.filter(assignment=rule)
    assert {row.officer_id for row in rows} == {one.pk for one in people}
    assert {row.due_on for row in rows} == {in_days(20)}
    entry = AuditEntry.objects.get(verb="assignment.created", actor=actor)
    assert entry.after["officers"] == 2
    assert AuditEntry.objects.filter(verb="enrolment.created", actor=actor).count() == 2


def test_a_double_click_makes_one_assignment(browser, left, course):
    factories.officer(left)
    address = address_of(left, course)
    page = browser.get(address)
    said = {"key": page.context["key"], "seen": page.context["numbers"]["seen"]}

    first, second = browser.post(address, said), browser.post(address, said)

    assert first["Location"] == second["Location"]
    assert Assignment.objects.count() == Job.objects.count() == 1


def test_two_clicks_in_the_same_moment_make_one_assignment(left, course, actor, monkeypatch):
    """The other click comes between our look and our writing; what we wrote is undone."""
    factories.officer(left)
    key, others = uuid4(), []
    plain = assignments.preview_of

    def click() -> tuple[Assignment, Any]:
        return assign(assignment=Assignment(course=course, organisation=left), actor=actor, key=key)

    def meanwhile(assignment: Assignment) -> Any:
        monkeypatch.setattr(assignments, "preview_of", plain)
        others.append(click())
        return plain(assignment)

    monkeypatch.setattr(assignments, "preview_of", meanwhile)
    rule, job = click()

    assert (rule, job) == others[0]
    assert Assignment.objects.count() == Job.objects.count() == 1


def test_a_double_click_with_nobody_there_yet(browser, left, course):
    first, second = (confirmed(browser, address_of(left, course)) for _ in range(2))

    assert first["Location"] == second["Location"]
    assert Assignment.objects.count() == 1
    assert not Job.objects.exists()


def test_nobody_now_and_nobody_later_is_no_assignment(browser, left, course):
    data = {"unit": left.pk, "course": course.pk, "due": "none"}
    address = "/assignments/new/?" + urlencode(data)
    page = browser.get(address)

    response = browser.post(address, {"seen": page.context["numbers"]["seen"], "key": uuid4()})

    assert response.status_code == 302
    assert not Assignment.objects.exists()


def test_numbers_that_changed_are_looked_at_again(browser, left, course):
    factories.officer(left)
    address = address_of(left, course)
    page = browser.get(address)
    factories.officer(left)

    said = {"key": page.context["key"], "seen": page.context["numbers"]["seen"]}
    again = browser.post(address, said)

    assert again.status_code == 200
    assert again.context["numbers"]["new"] == 2
    assert str(again.context["key"]) == str(page.context["key"])
    assert not Assignment.objects.exists()


# New joiners


def test_who_joins_later_is_enrolled_and_nobody_twice(browser, left, post, course):
    first = factories.officer(left)
    rule = assigned(browser, address_of(left, course))
    assert swept() == 0

    second = factories.officer(post)
    assert swept() == 1
    assert swept() == 0

    row = Enrolment.objects.get(officer=second)
    assert (row.assignment, row.enrolled_by) == (rule, None)
    zone = ZoneInfo(post.time_zone)
    assert row.due_on == timezone.localdate(timezone=zone) + timedelta(days=30)
    assert enrolled_in(course) == {first.pk, second.pk}


def test_who_completed_or_was_withdrawn_is_not_enrolled_again(browser, left, course):
    completed, withdrawn = factories.officer(left), factories.officer(left)
    assigned(browser, address_of(left, course))
    factories.completed(Enrolment.objects.get(officer=completed))
    cancel_enrolment(
        enrolment=Enrolment.objects.get(officer=withdrawn), actor=None, reason="Хвороба"
    )

    assert swept() == 0
    Enrolment.objects.get(officer=completed).certificates.update(
        issued_on=date(2020, 1, 1), expires_on=date(2021, 1, 1)
    )
    assert swept() == 0  # renewal is the coordinator's, who sees what expires
    assert Enrolment.objects.filter(course=course).count() == 2


def test_who_comes_with_a_valid_certificate_is_left_alone_and_with_an_old_one_enrolled(
    browser, home, left, course
):
    """They moved in after the assignment was made."""
    beside = factories.unit(home)
    valid, old = factories.officer(beside), factories.officer(beside)
    before = timezone.now() - timedelta(days=5)
    for officer in (valid, old):
        factories.completed(factories.enrolled(officer, course, now=before), now=before)
    old.enrolments.get().certificates.update(
        issued_on=date(2020, 1, 1), expires_on=date(2021, 1, 1)
    )
    rule = assigned(browser, address_of(left, course))
    Assignment.objects.update(created_at=rule.created_at - timedelta(days=2))
    Membership.objects.filter(user__in=[valid, old]).update(organisation=left)

    assert swept() == 1

    assert Enrolment.objects.live().get().officer == old


@pytest.mark.parametrize("why", ["ended", "not meant", "past", "archived", "swept just now"])
def test_when_the_sweep_takes_nobody_in(browser, left, course, why):
    rule = assigned(browser, address_of(left, course))
    change = {
        "ended": {"ended_at": timezone.now()},
        "not meant": {"include_new": False},
        "past": {"due_days": None, "due_on": in_days(-2)},
        "swept just now": {"swept_at": timezone.now()},
    }.get(why, {})
    Assignment.objects.filter(pk=rule.pk).update(**change)
    if why == "archived":
        Course.objects.update(status="archived")
    factories.officer(left)

    assert sweep_assignments() == 0


def test_the_sweep_goes_on_behind_one_that_fails_and_stops_at_its_batch(
    browser, left, course, monkeypatch, caplog
):
    assigned(browser, address_of(left, course))
    people = [factories.officer(left) for _ in range(4)]
    whole = sweep_assignments.run.__globals__["enrol_assigned"]

    def failing(*, officer: User, **options: Any) -> Enrolment:
        if officer == people[0]:
            raise RuntimeError("spoilt")
        return whole(officer=officer, **options)

    monkeypatch.setattr("courses.sweeps.enrol_assigned", failing)
    monkeypatch.setattr("courses.sweeps.BATCH", 2)

    assert sweep_assignments() == 1
    assert f"officer {people[0].pk}" in caplog.text
    monkeypatch.setattr("courses.sweeps.BATCH", 4)
    assert swept() == 2
    assert enrolled_in(course) == {one.pk for one in people[1:]}


# Afterwards


def test_its_page_and_the_list_count_only_whom_one_sees(browser, left, post, course):
    stays, leaves = factories.officer(post), factories.officer(post)
    rule = assigned(browser, address_of(left, course))
    factories.completed(Enrolment.objects.get(officer=stays))
    Membership.objects.filter(user=leaves).update(
        organisation=factories.unit(Organisation.objects.get(path=left.service_path))
    )

    page = browser.get(f"/assignments/{rule.pk}/")
    listed = browser.get("/assignments/").context["listed"]

    assert page.context["counts"]["enrolled"] == page.context["counts"]["completed"] == 1
    assert [row.officer for row in page.context["page"]] == [stays]
    assert [(row["assignment"], row["counts"]["enrolled"]) for row in listed] == [(rule, 1)]


def test_ended_it_takes_in_nobody_and_leaves_the_enrolments(browser, left, course):
    factories.officer(left)
    rule = assigned(browser, address_of(left, course))

    response = browser.post(f"/assignments/{rule.pk}/end/", {"enrolments": "stay"})

    assert response.status_code == 302
    assert Assignment.objects.get().ended_at
    assert Enrolment.objects.live().count() == 1
    factories.officer(left)
    assert swept() == 0


def test_ended_with_a_reason_it_withdraws_who_has_not_completed(browser, left, course):
    completed, live = factories.officer(left), factories.officer(left)
    rule = assigned(browser, address_of(left, course))
    factories.completed(Enrolment.objects.get(officer=completed))
    address = f"/assignments/{rule.pk}/end/"
    assert browser.post(address, {"enrolments": "cancel"}).status_code == 200  # no reason
    assert Assignment.objects.get().ended_at is None

    for _click in range(2):
        response = browser.post(address, {"enrolments": "cancel", "reason": "Новий курс"})
        assert response.status_code == 302
    worked()

    assert Job.objects.filter(kind="courses.cancel").count() == 1
    assert Enrolment.objects.get(officer=live).cancelled_at
    assert Enrolment.objects.get(officer=completed).completed_at
    assert AuditEntry.objects.get(verb="assignment.ended").after["reason"] == "Новий курс"


def test_the_job_stops_when_the_assignment_is_ended(actor, left, course):
    factories.officer(left)
    rule, job = assign(assignment=rule_for(left, course), actor=actor, key=uuid4())
    end_assignment(assignment=rule, actor=actor)

    worked()

    assert job
    assert [item.state for item in job.items.all()] == ["skipped"]
    assert not Enrolment.objects.exists()


def test_it_is_nobody_elses(browser, home, left, course):
    rule = assigned(browser, address_of(left, course))
    elsewhere, above = Client(), Client()
    elsewhere.force_login(factories.coordinator(factories.unit(home)))
    above.force_login(factories.administrator(home))

    for method, address in (("get", f"/assignments/{rule.pk}/"),
                            ("post", f"/assignments/{rule.pk}/end/")):  # fmt: skip
        assert getattr(elsewhere, method)(address).status_code == 404
    assert elsewhere.get("/assignments/").context["listed"] == []
    assert above.get(f"/assignments/{rule.pk}/").status_code == 200


# Verbs


def test_a_due_date_is_changed_with_a_reason_and_not_after_the_end(left, course, actor):
    enrolment = factories.enrolled(factories.officer(left), course, due_on=in_days(1))
    with pytest.raises(NoReason):
        extend_due(enrolment=enrolment, due_on=in_days(5), reason="  ", actor=actor)

    for _time in range(2):
        extend_due(enrolment=enrolment, due_on=in_days(5), reason="Наказ", actor=actor)

    assert factories.refreshed(enrolment).due_changes == 1
    assert AuditEntry.objects.filter(verb="enrolment.due_changed").count() == 1
    factories.completed(enrolment)
    with pytest.raises(Ended):
        extend_due(enrolment=enrolment, due_on=in_days(9), reason="Наказ", actor=actor)


def test_a_reminder_is_asked_for_once(left, course, actor):
    enrolment = factories.enrolled(factories.officer(left), course, due_on=in_days(1))

    news = [ask_reminder(enrolment=enrolment, actor=actor)[1] for _time in range(2)]

    assert news == [True, False]
    assert Reminder.objects.get().asked_by == actor
    cancel_enrolment(enrolment=enrolment, actor=None, reason="Наказ")
    with pytest.raises(Ended):
        ask_reminder(enrolment=enrolment, actor=actor)
