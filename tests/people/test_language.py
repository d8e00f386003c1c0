"""The language of the buttons: a stranger's in a cookie, a person's in the account."""

import pytest
from django.test import Client

from lms.people.models import User


def test_a_stranger_gets_a_cookie(client, db):
    response = client.post("/language/", {"language": "be", "next": "/help/?a=1"})
    assert response["Location"] == "/help/?a=1"
    assert response.cookies["django_language"].value == "be"
    assert client.get("/help/")["Content-Language"] == "be"


def test_a_strangers_browser_is_asked(client, db):
    assert client.get("/help/", headers={"accept-language": "ru"})["Content-Language"] == "ru"
    assert client.get("/help/", headers={"accept-language": "pl"})["Content-Language"] == "uk"


def test_a_person_keeps_it_and_the_pc_does_not(client, officer):
    client.force_login(officer)
    response = client.post("/language/", {"language": "en", "next": "/account/"})
    assert response["Location"] == "/account/"
    assert not response.cookies
    assert User.objects.get(pk=officer.pk).language == "en"
    assert client.get("/account/")["Content-Language"] == "en"


def test_the_persons_language_goes_before_the_cookie(client, officer):
    client.cookies["django_language"] = "ru"
    client.force_login(officer)
    assert client.get("/account/")["Content-Language"] == "uk"


@pytest.mark.parametrize("code", ["", "de", "uk; x", "../../etc"])
def test_a_language_that_is_not_offered_changes_nothing(client, officer, code):
    client.force_login(officer)
    assert client.post("/language/", {"language": code, "next": "/help/"})["Location"] == "/help/"
    assert User.objects.get(pk=officer.pk).language == "uk"


@pytest.mark.parametrize(
    "url", ["", "https://evil.example/", "//evil.example", "/\\evil.example", "javascript:alert(1)"]
)
def test_open_redirects_are_refused(client, db, url):
    assert client.post("/language/", {"language": "be", "next": url})["Location"] == "/"


def test_it_is_changed_by_a_form_only(client, db):
    assert client.get("/language/").status_code == 405


def test_a_forged_form_is_refused(officer):
    client = Client(enforce_csrf_checks=True)
    client.force_login(officer)
    assert client.post("/language/", {"language": "en"}).status_code == 403
    assert User.objects.get(pk=officer.pk).language == "uk"


def test_the_language_leaves_the_order_of_lists_alone(client, officer):
    before = User.objects.get(pk=officer.pk).sort_key
    client.force_login(officer)
    client.post("/language/", {"language": "en"})
    assert User.objects.get(pk=officer.pk).sort_key == before
