"""Where a person is signed in, and signing out elsewhere."""

from datetime import timedelta

import pytest
import time_machine
from allauth.usersessions.models import UserSession
from django.contrib.sessions.models import Session
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext
from django.urls import reverse
from django.utils import timezone

from lms.audit.models import AuditEntry
from lms.people import sessions
from lms.people.models import User
from lms.people.sessions import browser_name
from lms.people.sweeps import sweep_sessions
from tests import factories
from tests.courses.pages import Page
from tests.people.conftest import PASSWORD
from tests.quizzes.authoring import nothing_written

SESSIONS = reverse("usersessions_list")
FIREFOX = "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:128.0) Gecko/20100101 Firefox/128.0"
EDGE = (
    "Mozilla/5.0 (Windows NT 10.0; Win64; x64) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Safari/537.36 Edg/126.0.0.0"
)
PHONE = (
    "Mozilla/5.0 (Linux; Android 14; Pixel 8) AppleWebKit/537.36 (KHTML, like Gecko) "
    "Chrome/126.0.0.0 Mobile Safari/537.36"
)
IPHONE = (
    "Mozilla/5.0 (iPhone; CPU iPhone OS 17_5 like Mac OS X) AppleWebKit/605.1.15 "
    "(KHTML, like Gecko) Version/17.5 Mobile/15E148 Safari/604.1"
)


@pytest.fixture
def officer(officer: User) -> User:
    User.objects.filter(pk=officer.pk).update(language="en")
    officer.refresh_from_db()
    return officer


@pytest.fixture
def at(officer: User):
    """Signs the officer in with a browser at an address."""

    def sign_in(agent: str, address: str) -> Client:
        client = Client(headers={"user-agent": agent}, REMOTE_ADDR=address)
        response = client.post("/sign-in/", {"login": officer.login, "password": PASSWORD})
        assert response.status_code == 302
        return client

    return sign_in


def lines(client: Client) -> list[str]:
    page = Page(client.get(SESSIONS))
    return [row.words for row in page.all("tr")[1:]]


@pytest.mark.once
@pytest.mark.parametrize(
    ("agent", "name"),
    [
        (FIREFOX, "Firefox, Windows"),
        (EDGE, "Edge, Windows"),
        (PHONE, "Chrome, Android"),
        (IPHONE, "Safari, iPhone"),
        ("curl/8.5", ""),
        ("", ""),
        ("Something (X11; Linux x86_64)", "Linux"),
    ],
)
def test_a_browser_in_words(agent, name):
    assert browser_name(agent) == name


def test_each_place_with_its_browser_and_address_this_one_first(at):
    other = at(FIREFOX, "198.51.100.7")
    here = at(EDGE, "203.0.113.9")
    first, second = lines(here)
    assert "Edge, Windows" in first
    assert "203.0.113.9" in first
    assert "here" in first
    assert "Firefox, Windows" in second
    assert "198.51.100.7" in second
    assert "Sign out there" in second
    assert "here" in lines(other)[0]


def test_signing_out_there_ends_it_and_no_other(at, officer):
    here, there, third = at(EDGE, "::1"), at(FIREFOX, "198.51.100.7"), at(PHONE, "198.51.100.8")
    row = UserSession.objects.get(ip="198.51.100.7")
    response = here.post(reverse("usersessions_end", args=[row.pk]))
    assert response["Location"] == SESSIONS
    assert there.get("/account/")["Location"].startswith("/sign-in/")
    assert third.get("/account/").status_code == 200
    assert len(lines(here)) == 2
    entry = AuditEntry.objects.get(verb="session.ended_elsewhere")
    assert (entry.actor, entry.after) == (officer, {"items": 1})
    here.post(reverse("usersessions_end", args=[row.pk]))  # twice is once
    assert AuditEntry.objects.filter(verb="session.ended_elsewhere").count() == 1


def test_signing_out_everywhere_else_leaves_this_one(at):
    here, *others = (at(FIREFOX, f"198.51.100.{n}") for n in range(4))
    assert here.post(SESSIONS)["Location"] == SESSIONS
    for other in others:
        assert other.get("/account/")["Location"].startswith("/sign-in/")
    page = Page(here.get(SESSIONS))
    assert "You are signed in nowhere else" in page.words
    assert SESSIONS not in page.actions


def test_nobody_sees_or_ends_the_sessions_of_another(at, root):
    there = at(FIREFOX, "198.51.100.7")
    other = factories.person(root, login="UA-777777", language="en")
    client = Client()
    client.force_login(other)
    assert len(lines(client)) == 1
    row = UserSession.objects.get(ip="198.51.100.7")
    client.post(reverse("usersessions_end", args=[row.pk]))
    client.post(SESSIONS)
    assert there.get("/account/").status_code == 200
    assert not AuditEntry.objects.filter(verb="session.ended_elsewhere").exists()


def test_one_does_not_end_the_session_one_sits_in(at):
    here = at(FIREFOX, "198.51.100.7")
    here.post(reverse("usersessions_end", args=[UserSession.objects.get().pk]))
    assert here.get("/account/").status_code == 200


def test_what_is_over_is_not_in_the_list(at, officer):
    here, left, late = at(EDGE, "::1"), at(FIREFOX, "198.51.100.7"), at(PHONE, "198.51.100.8")
    assert len(lines(here)) == 3
    left.post("/sign-out/")
    assert len(lines(here)) == 2
    Session.objects.filter(pk=late.session.session_key).update(expire_date=timezone.now())
    assert len(lines(here)) == 1


def test_after_a_change_of_the_password_the_others_are_gone(at):
    here, _there = at(EDGE, "203.0.113.9"), at(FIREFOX, "198.51.100.7")
    new = {"password1": "novyi-parol-na-8", "password2": "novyi-parol-na-8"}
    here.post("/account/password/", {"oldpassword": PASSWORD} | new)
    (line,) = lines(here)
    assert "203.0.113.9" in line


def test_last_seen_is_noted_now_and_then_and_does_not_make_a_session_last(at):
    with time_machine.travel(timezone.now(), tick=False) as clock:
        client = at(FIREFOX, "198.51.100.7")
        before = UserSession.objects.get()
        ends = Session.objects.get().expire_date
        with nothing_written():
            client.get("/account/")
        clock.shift(timedelta(hours=1))
        sessions._noted.clear()  # its clock cannot be moved
        client.get("/account/", REMOTE_ADDR="198.51.100.9")
        after = UserSession.objects.get()
        assert after.last_seen_at - before.last_seen_at == timedelta(hours=1)
        assert (after.ip, after.created_at) == ("198.51.100.9", before.created_at)
        assert Session.objects.get().expire_date == ends


def test_the_list_costs_the_same_for_one_and_for_many(at):
    here = at(FIREFOX, "198.51.100.7")
    costs = []
    for n in range(3):
        with CaptureQueriesContext(connection) as queries:
            assert len(lines(here)) == 1 + 3 * n
        costs.append(len(queries))
        for _more in range(3):
            at(PHONE, "198.51.100.8")
    assert len(set(costs)) == 1


def test_the_sweep_forgets_what_is_over(at):
    at(EDGE, "::1")
    gone, out = at(FIREFOX, "198.51.100.7"), at(PHONE, "198.51.100.8")
    Session.objects.filter(pk=gone.session.session_key).delete()
    Session.objects.filter(pk=out.session.session_key).update(expire_date=timezone.now())
    assert sweep_sessions() == 2
    assert UserSession.objects.get().ip == "::1"
    assert Session.objects.count() == 1
    assert sweep_sessions() == 0
