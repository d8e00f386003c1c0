"""What holds for every page: not kept by browsers, in the person's day, first sign-in first."""

import pytest
from django.utils import timezone

from lms.people import actions
from lms.people.models import User
from tests import factories


def test_pages_of_a_person_are_not_kept(client, officer):
    client.force_login(officer)
    for url in ("/account/", "/help/", "/no-such-page/"):
        assert "no-store" in client.get(url)["Cache-Control"], url


def test_a_strangers_page_may_be_kept(client, db):
    assert "Cache-Control" not in client.get("/help/")


def test_the_sign_in_page_is_not_kept(client, db):
    assert "no-store" in client.get("/sign-in/")["Cache-Control"]


@pytest.mark.parametrize(
    ("own", "zone"), [("", "Europe/Minsk"), ("Europe/Warsaw", "Europe/Warsaw")]
)
def test_times_are_in_the_persons_zone(client, db, own, zone, monkeypatch):
    seen = []
    monkeypatch.setattr(
        "lms.people.views.pages.contacts_of",
        lambda user: seen.append(timezone.get_current_timezone_name()) or [],
    )
    root = factories.service("BY", country="BY", time_zone="Europe/Minsk")
    client.force_login(factories.person(root, time_zone=own))
    client.get("/help/")
    assert seen == [zone]


def test_a_persons_zone_is_not_left_to_the_next(client, officer):
    User.objects.filter(pk=officer.pk).update(time_zone="Europe/Warsaw")
    client.force_login(officer)
    client.get("/help/")
    client.logout()
    client.get("/help/")
    assert timezone.get_current_timezone_name() == "UTC"


@pytest.mark.parametrize(
    ("url", "status"),
    [
        ("/welcome/", 200),
        ("/sign-out/", 200),
        ("/help/", 200),
        ("/privacy/", 200),
        ("/account/", 302),
        ("/account/password/", 302),
        ("/", 302),
        ("/no-such-page/", 302),
    ],
)
def test_before_the_first_sign_in_is_finished(client, newcomer, url, status):
    client.force_login(newcomer)
    response = client.get(url)
    assert response.status_code == status
    if status == 302:
        assert response["Location"].startswith("/welcome/")


def test_the_language_can_be_chosen_before_anything_else(client, newcomer):
    client.force_login(newcomer)
    response = client.post("/language/", {"language": "be", "next": "/welcome/"})
    assert response["Location"] == "/welcome/"
    assert User.objects.get(pk=newcomer.pk).language == "be"


def test_the_page_asked_for_is_kept_but_a_form_is_not(client, newcomer):
    client.force_login(newcomer)
    assert client.get("/account/?a=1")["Location"] == "/welcome/?next=%2Faccount%2F%3Fa%3D1"
    assert client.post("/account/", {})["Location"] == "/welcome/"


def test_an_operator_is_not_held_up(client, db):
    client.force_login(factories.operator())
    assert client.get("/operator/").status_code == 200


def test_a_new_code_holds_an_old_hand_up_until_a_password_is_chosen(client, officer, sign_in):
    code = actions.issue_code(user=officer, actor=None)
    sign_in(client, officer.login, code)
    assert client.get("/account/")["Location"].startswith("/welcome/")
