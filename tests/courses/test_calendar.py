"""The calendar of due dates: a secret address, stable events, nothing of the person in them."""

from datetime import date, timedelta

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from icalendar import Calendar

from courses.actions import cancel_enrolment
from courses.models import CalendarFeed, Course, Enrolment
from lms.people.models import User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def officer() -> User:
    return factories.officer(factories.unit(factories.service("UA")), language="en")


@pytest.fixture
def course(officer: User) -> Course:
    assert officer.service
    return factories.published_course(officer.service, readings=1, questions=0, code="DOC-01")


@pytest.fixture
def browser(officer: User) -> Client:
    client = Client()
    client.force_login(officer)
    return client


def address_of(browser: Client) -> str:
    """Press the button, and read the address off the page."""
    browser.post(reverse("calendar:settings"))
    page = browser.get(reverse("calendar:settings"))
    address: str = page.context["address"]
    assert address in page.content.decode()
    return "/" + address.split("/", 3)[3]


def events(address: str) -> list[dict]:
    response = Client().get(address)
    assert response.status_code == 200
    assert response["Content-Type"] == "text/calendar; charset=utf-8"
    return list(Calendar.from_ical(response.content).walk("VEVENT"))


def test_due_dates_are_days_with_an_alarm_the_day_before(
    browser: Client, officer: User, course: Course
) -> None:
    day = timezone.localdate() + timedelta(days=9)
    enrolment = factories.enrolled(officer, course, due_on=day)
    (event,) = events(address_of(browser))
    assert event.decoded("DTSTART") == day
    assert isinstance(event.decoded("DTSTART"), date)
    assert str(event["UID"]).startswith(f"{enrolment.pk}@")
    assert (event["SEQUENCE"], event["STATUS"]) == (0, "CONFIRMED")
    assert event["SUMMARY"] == f"Due: {course.title.localize('en')}"
    (alarm,) = event.walk("VALARM")
    assert alarm.decoded("TRIGGER") == timedelta(days=-1)


def test_a_changed_date_and_an_end_raise_the_sequence(
    browser: Client, officer: User, course: Course
) -> None:
    enrolment = factories.enrolled(officer, course, due_on=timezone.localdate())
    address = address_of(browser)
    uid = events(address)[0]["UID"]
    enrolment.set_due(timezone.localdate() + timedelta(days=3), officer.zone)
    enrolment.save()
    assert events(address)[0]["SEQUENCE"] == 1
    cancel_enrolment(enrolment=enrolment, actor=None, reason="ill")
    (event,) = events(address)
    assert (event["UID"], event["SEQUENCE"], event["STATUS"]) == (uid, 2, "CANCELLED")
    assert not event.walk("VALARM")
    Enrolment.objects.update(cancelled_at=timezone.now() - timedelta(days=61))
    assert events(address) == []


def test_it_names_nobody(browser: Client, officer: User, course: Course) -> None:
    factories.enrolled(officer, course, due_on=timezone.localdate())
    said = Client().get(address_of(browser)).content.decode()
    for secret in (officer.family_name, officer.given_name, officer.login, "Galagan"):
        assert secret.casefold() not in said.casefold()


def test_it_is_not_sent_again_unchanged(browser: Client, officer: User, course: Course) -> None:
    enrolment = factories.enrolled(officer, course, due_on=timezone.localdate())
    address = address_of(browser)
    etag = Client().get(address)["ETag"]
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 304
    factories.completed(enrolment)
    assert Client().get(address, headers={"If-None-Match": etag}).status_code == 200


def test_a_revoked_address_opens_nothing_and_the_next_is_another(browser: Client) -> None:
    address = address_of(browser)
    assert address_of(browser) == address
    browser.post(reverse("calendar:settings"), {"act": "revoke"})
    assert Client().get(address).status_code == 404
    assert address_of(browser) != address
    assert CalendarFeed.objects.filter(revoked_at=None).count() == 1


def test_the_address_of_a_closed_account_opens_nothing(browser: Client, officer: User) -> None:
    address = address_of(browser)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert Client().get(address).status_code == 404
