"""What a coordinator does to many at once: said before, done as a job, and only to his own."""

from datetime import timedelta
from typing import Any
from urllib.parse import urlencode

import pytest
from django.db import transaction
from django.http import HttpResponse
from django.test import Client
from django.utils import timezone

from courses.models import Course, Enrolment, Reminder
from lms.audit.models import AuditEntry
from lms.people.job_work import work_on
from lms.people.models import Job, Organisation, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def home() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def left(home: Organisation) -> Organisation:
    return factories.unit(home)


@pytest.fixture
def actor(left: Organisation) -> User:
    return factories.coordinator(left, language="en")


@pytest.fixture
def browser(actor: User) -> Client:
    client = Client()
    client.force_login(actor)
    return client


@pytest.fixture
def course(left: Organisation) -> Course:
    return factories.published_course(left, readings=1, questions=0, code="DOC-01")


def in_days(days: int) -> Any:
    return timezone.localdate() + timedelta(days=days)


def asked(browser: Client, of: str, action: str, *picks: Any, **data: str) -> str:
    """The address of the page that confirms, from the list's form."""
    response = browser.post("/bulk/", {"of": of, "action": action, "pick": picks} | data)
    assert response.status_code == 302, response
    return response["Location"]


def hidden(response: HttpResponse) -> dict[str, str]:
    return {name: str(response.context[name]) for name in ("key", "seen")}


def confirmed(browser: Client, address: str, **said: Any) -> HttpResponse:
    """What the page answers when its form is sent as it stands, twice if it asks again."""
    response = browser.get(address)
    for _ in range(2):
        response = browser.post(address, hidden(response) | said)
        if response.status_code == 302:
            break
    return response


def done(response: HttpResponse) -> Job:
    """The job that the answer leads to, done as a worker does it."""
    assert response.status_code == 302, response.context["form"].errors
    job = Job.objects.get(pk=response["Location"].split("/")[2])
    work_on(job.pk)
    return Job.objects.get(pk=job.pk)


def states(job: Job) -> dict[str, str]:
    return dict(job.items.values_list("thing", "state"))


def test_count_and_names_before_and_nothing_done(browser, left, course):
    people = [factories.officer(left, family_name=f"Їжак{number}") for number in range(12)]
    address = asked(browser, "officers", "enrol", *(one.pk for one in people))

    page = browser.get(address)

    assert page.context["total"] == 12
    assert "12 people" in page.content.decode()
    assert page.content.decode().count("Їжак") == 10
    assert "and 2 more" in page.content.decode()
    assert not Job.objects.exists()


def test_enrol_all_that_a_filter_finds(browser, left, course):
    people = [factories.officer(left) for _ in range(3)]
    factories.officer(left, family_name="Інша")
    address = asked(browser, "officers", "enrol", all="1", query=urlencode({"q": "Ґалаґан"}))
    due = in_days(30)

    job = done(confirmed(browser, address, course=course.pk, due_on=due.isoformat()))

    rows = Enrolment.objects.filter(course=course)
    assert {row.officer_id for row in rows} == {one.pk for one in people}
    assert {row.due_on for row in rows} == {due}
    assert {row.enrolled_by_id for row in rows} == {job.actor_id}
    assert job.params["back"] == "/officers/?q=%D2%90%D0%B0%D0%BB%D0%B0%D2%91%D0%B0%D0%BD"


def test_who_is_enrolled_or_has_completed_is_told_before_and_left_alone(browser, left, course):
    new, live, completed = (factories.officer(left) for _ in range(3))
    factories.enrolled(live, course, due_on=in_days(5))
    factories.completed(factories.enrolled(completed, course))
    address = asked(browser, "officers", "enrol", new.pk, live.pk, completed.pk)
    said = {"course": course.pk, "due_on": in_days(30).isoformat()}

    first = browser.post(address, hidden(browser.get(address)) | said)

    assert first.status_code == 200  # it had not been said yet
    assert "1 is enrolled already" in first.content.decode()
    assert "1 has completed the course" in first.content.decode()
    assert not Job.objects.exists()

    job = done(browser.post(address, hidden(first) | said))

    assert states(job) == {
        str(new.pk): "done", str(live.pk): "skipped", str(completed.pk): "skipped"
    }  # fmt: skip
    assert Enrolment.objects.get(officer=live).due_on == in_days(5)
    assert Enrolment.objects.filter(officer=completed).count() == 1


def test_who_has_completed_is_enrolled_anew_if_asked_for(browser, left, course):
    officer = factories.officer(left)
    factories.completed(factories.enrolled(officer, course))
    address = asked(browser, "officers", "enrol", officer.pk)

    job = done(confirmed(browser, address, course=course.pk, again="on"))

    assert states(job) == {str(officer.pk): "done"}
    assert Enrolment.objects.live().get(officer=officer).cycle == 2


def test_a_number_that_changed_is_confirmed_once_more(browser, left, course):
    factories.officer(left)
    address = asked(browser, "officers", "enrol", all="1", query="")
    page = browser.get(address)
    factories.officer(left)

    again = browser.post(address, hidden(page) | {"course": course.pk})

    assert again.status_code == 200
    assert again.context["total"] == 2
    assert "The number has changed" in again.content.decode()
    job = done(browser.post(address, hidden(again) | {"course": course.pk}))
    assert job.items.count() == 2


def test_a_second_click_does_it_once(browser, left, course):
    address = asked(browser, "officers", "enrol", factories.officer(left).pk)
    said = hidden(browser.get(address)) | {"course": course.pk}

    first, second = browser.post(address, said), browser.post(address, said)

    assert first["Location"] == second["Location"]
    assert Job.objects.count() == 1


def test_a_wrong_form_keeps_what_was_typed(browser, left, course):
    enrolment = factories.enrolled(factories.officer(left), course, due_on=in_days(3))
    address = asked(browser, "enrolments", "extend", enrolment.pk)

    page = confirmed(browser, address, how="day", due_on="2020-01-01", reason="Хвороба ґ")

    assert page.status_code == 200
    assert "due_on" in page.context["form"].errors
    assert "Хвороба ґ" in page.content.decode()
    assert not Job.objects.exists()


def test_extend_by_days_and_to_a_day(browser, left, course):
    later, past, never, completed = (
        factories.enrolled(factories.officer(left), course, due_on=due)
        for due in (in_days(10), in_days(-3), None, in_days(2))
    )
    factories.completed(completed)
    picks = [row.pk for row in (later, past, never, completed)]
    address = asked(browser, "enrolments", "extend", *picks)

    job = done(confirmed(browser, address, how="days", days="7", reason="Відрядження"))

    assert states(job) == {
        str(later.pk): "done", str(past.pk): "done",
        str(never.pk): "skipped", str(completed.pk): "skipped",
    }  # fmt: skip
    assert factories.refreshed(later).due_on == in_days(17)
    assert factories.refreshed(past).due_on == in_days(7)
    assert factories.refreshed(later).due_changes == 1
    entry = AuditEntry.objects.get(verb="enrolment.due_changed", thing_id=str(later.pk))
    assert entry.before == {"due_on": in_days(10).isoformat()}
    assert entry.after == {"due_on": in_days(17).isoformat(), "reason": "Відрядження"}

    address = asked(browser, "enrolments", "extend", later.pk, past.pk)
    day = in_days(12).isoformat()
    job = done(confirmed(browser, address, how="day", due_on=day, reason="Відрядження"))
    assert states(job) == {str(later.pk): "skipped", str(past.pk): "done"}  # never shortened


def test_remind_once(browser, left, course, actor):
    reached = factories.enrolled(factories.officer(left, email="a@example.org"), course)
    mute = factories.enrolled(factories.officer(left), course)
    address = asked(browser, "enrolments", "remind", all="1", query="state=live")

    assert states(done(confirmed(browser, address))) == {
        str(reached.pk): "done", str(mute.pk): "failed"
    }  # fmt: skip
    assert states(done(confirmed(browser, address)))[str(reached.pk)] == "skipped"

    reminder = Reminder.objects.get()
    assert (reminder.enrolment, reminder.asked_by, reminder.days) == (reached, actor, None)


def test_cancel_with_a_reason(browser, left, course):
    live = factories.enrolled(factories.officer(left), course)
    completed = factories.completed(factories.enrolled(factories.officer(left), course))
    address = asked(browser, "enrolments", "cancel", live.pk, completed.pk)
    assert confirmed(browser, address).status_code == 200  # no reason given

    job = done(confirmed(browser, address, reason="Переведення"))

    assert states(job) == {str(live.pk): "done", str(completed.pk): "skipped"}
    assert factories.refreshed(live).cancelled_at
    assert AuditEntry.objects.get(verb="enrolment.cancelled").after == {"reason": "Переведення"}


def test_codes_warn_of_who_has_signed_in_already(browser, left):
    new, known = factories.officer(left), factories.officer(left, last_login=timezone.now())
    address = asked(browser, "officers", "codes", new.pk, known.pk)

    page = browser.get(address)

    assert "1 has signed in already" in page.content.decode()
    job = done(confirmed(browser, address))
    assert states(job) == {str(new.pk): "done", str(known.pk): "done"}
    assert f"/jobs/{job.pk}/codes/" in browser.get(f"/jobs/{job.pk}/").content.decode()


def test_renew_what_expires(browser, left, course):
    completed = factories.completed(factories.enrolled(factories.officer(left), course))
    certificate = completed.certificates.get()
    address = asked(browser, "certificates", "renew", certificate.pk)

    done(confirmed(browser, address, due_on=in_days(60).isoformat()))

    renewal = Enrolment.objects.live().get(officer=completed.officer_id)
    assert (renewal.cycle, renewal.due_on) == (2, in_days(60))


def test_whom_one_does_not_coordinate_is_silently_not_selected(browser, home, left, course):
    mine = factories.enrolled(factories.officer(left), course)
    beside = factories.officer(factories.unit(home), family_name="Сусідська")
    other = factories.enrolled(beside, factories.published_course(home, questions=0))
    address = asked(browser, "enrolments", "cancel", mine.pk, other.pk)

    page = browser.get(address)

    assert page.context["total"] == 1
    assert "Сусідська" not in page.content.decode()
    done(confirmed(browser, address, reason="Так"))
    assert factories.refreshed(other).is_live
    for of, action, pick in (
        ("officers", "enrol", beside.pk),
        ("officers", "codes", "999999"),
        ("enrolments", "cancel", other.pk),
        ("enrolments", "cancel", "no-key"),
    ):
        response = browser.get(asked(browser, of, action, pick))
        assert response.status_code == 302, (of, action)  # back to the list, alike for both


def test_who_lost_the_unit_meanwhile_does_nothing_more(browser, left, course, actor):
    enrolment = factories.enrolled(factories.officer(left), course)
    officer = factories.officer(left)
    cancel = confirmed(
        browser, asked(browser, "enrolments", "cancel", enrolment.pk), reason="Так"
    )  # fmt: skip
    enrol = confirmed(browser, asked(browser, "officers", "enrol", officer.pk), course=course.pk)
    codes = confirmed(browser, asked(browser, "officers", "codes", officer.pk))
    actor.memberships.update(organisation=factories.unit(left))

    jobs = [done(response) for response in (cancel, enrol, codes)]

    assert [list(states(job).values()) for job in jobs] == [["failed"]] * 3
    assert factories.refreshed(enrolment).is_live
    assert not Enrolment.objects.filter(officer=officer).exists()


def test_only_what_a_list_offers_and_only_for_coordinators(browser, left, course):
    officer = factories.officer(left)
    assert browser.post("/bulk/", {"of": "officers", "action": "cancel"}).status_code == 400
    assert browser.get("/bulk/confirm/?of=x&action=enrol").status_code == 400
    nobody = browser.post("/bulk/", {"of": "officers", "action": "enrol"})
    assert nobody.status_code == 302
    stranger = Client()
    stranger.force_login(officer)
    with transaction.atomic():
        assert stranger.post("/bulk/", {"of": "officers", "action": "enrol"}).status_code == 403
