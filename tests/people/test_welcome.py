"""The first sign-in: name, password, privacy notice; asked once, lost never."""

import pytest

from lms.audit.models import AuditEntry
from lms.people import actions
from lms.people.models import User
from tests import factories

TYPED = {
    "given_name_latin": "Lidiia",
    "family_name_latin": "Yizhakevych",
    "password1": "krokodyl-na-balkoni",
    "password2": "krokodyl-na-balkoni",
    "privacy": "on",
}


@pytest.fixture
def arrived(client, newcomer):
    """The newcomer, signed in by a code."""
    code = actions.issue_code(user=newcomer, actor=None)
    client.post("/sign-in/", {"login": newcomer.login, "password": code})
    return newcomer


def test_the_name_is_suggested_by_the_countrys_table(client, arrived):
    page = client.get("/welcome/").text
    assert 'value="Lidiia"' in page
    assert 'value="Yizhakevych"' in page
    assert "YA, YU, YE" not in page


def test_belarus_is_told_how_passports_differ(client, db):
    root = factories.service("BY", country="BY")
    user = actions.create_user(
        service=root,
        number="1",
        given_name="Яўген",
        family_name="Юркевіч",
        language="be",
        actor=None,
    )
    client.force_login(user)
    page = client.get("/welcome/").text
    assert 'value="Iurkevich"' in page
    assert "YA, YU, YE" in page
    assert "99-З" in page
    assert "2297" not in page


def test_everything_is_kept_and_the_session_stays(client, arrived):
    response = client.post("/welcome/", TYPED | {"family_name_latin": "  O'Yizhakevych-Zub "})
    assert response["Location"] == "/"
    user = User.objects.get(pk=arrived.pk)
    assert (user.given_name_latin, user.family_name_latin) == ("Lidiia", "O’Yizhakevych-Zub")
    assert user.check_password(TYPED["password1"])
    assert not user.is_new
    assert user.search_key.endswith("lidiia o’yizhakevych-zub ua-014231")
    assert client.get("/account/").status_code == 200
    entry = AuditEntry.objects.get(verb="person.welcomed")
    assert TYPED["password1"] not in str(entry.after)


@pytest.mark.parametrize(
    ("field", "value"),
    [
        ("given_name_latin", ""),
        ("given_name_latin", "Лidiia"),
        ("given_name_latin", "Lidiia1"),
        ("given_name_latin", "-Lidiia"),
        ("given_name_latin", "’"),
        ("family_name_latin", "Żuk"),
        ("family_name_latin", "x" * 151),
        ("password1", "short"),
        ("password1", "12345678901"),
        ("password1", "password123"),
        ("password1", "ua-014231ua"),
        ("password2", "another"),
        ("privacy", ""),
    ],
)
def test_what_is_wrong_is_named_and_the_rest_stays(client, arrived, field, value):
    response = client.post("/welcome/", TYPED | {field: value})
    assert response.status_code == 200
    form = response.context["form"]
    assert set(form.errors) <= {field, "password2"}
    assert field in form.errors
    for name in {"given_name_latin", "family_name_latin"} - {field}:
        assert f'value="{TYPED[name]}"' in response.text
    assert User.objects.get(pk=arrived.pk).is_new


def test_a_foreign_letter_is_shown(client, arrived):
    """Cyrillic О looks like Latin O on any screen."""
    response = client.post("/welcome/", TYPED | {"given_name_latin": "Оstap"})
    assert "«О»" in response.context["form"].errors["given_name_latin"][0]


def test_with_a_password_of_ones_own_none_is_asked(client, officer):
    User.objects.filter(pk=officer.pk).update(privacy_read_at=None)
    client.force_login(officer)
    page = client.get("/welcome/")
    assert list(page.context["form"].fields) == ["privacy"]
    before = User.objects.get(pk=officer.pk)
    assert client.post("/welcome/", {"privacy": "on"})["Location"] == "/"
    user = User.objects.get(pk=officer.pk)
    assert (user.password, user.latin) == (before.password, before.latin)
    assert user.name_confirmed_at == before.name_confirmed_at


def test_a_second_code_asks_for_a_password_only(client, officer, sign_in):
    """The spelling of the passport, once confirmed, is not offered for change."""
    code = actions.issue_code(user=officer, actor=None)
    sign_in(client, officer.login, code)
    page = client.get("/welcome/")
    assert list(page.context["form"].fields) == ["password1", "password2"]
    client.post("/welcome/", TYPED)
    user = User.objects.get(pk=officer.pk)
    assert user.latin == ("Mariana", "Galagan")
    assert user.check_password(TYPED["password1"])


def test_who_is_done_goes_on(client, officer):
    client.force_login(officer)
    assert client.get("/welcome/?next=/account/")["Location"] == "/account/"
    assert client.get("/welcome/?next=https://evil.example/")["Location"] == "/"
    assert client.post("/welcome/", TYPED)["Location"] == "/"
    assert User.objects.get(pk=officer.pk).latin == ("Mariana", "Galagan")


def test_open_redirects_are_refused(client, arrived):
    response = client.post("/welcome/", TYPED | {"next": "//evil.example/"})
    assert response["Location"] == "/"


def test_a_stranger_signs_in_first(client, db):
    assert client.get("/welcome/")["Location"] == "/sign-in/?next=/welcome/"
