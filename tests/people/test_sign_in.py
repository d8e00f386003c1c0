"""Signing in and out: by login or e-mail, by password or one-time code; what it never tells."""

from datetime import timedelta
from unittest.mock import patch

import pytest
from django.core.cache import cache
from django.urls import NoReverseMatch, get_resolver, reverse
from django.utils import timezone

from lms.audit.models import AuditEntry
from lms.people import actions
from lms.people.auth import WRONG_PAIR
from lms.people.models import User
from tests import factories
from tests.people.conftest import PASSWORD

WELCOME = {
    "given_name_latin": "Lidiia",
    "family_name_latin": "Yizhakevych",
    "password1": "krokodyl-na-balkoni",
    "password2": "krokodyl-na-balkoni",
    "privacy": "on",
}


def is_signed_in(client) -> bool:
    return "_auth_user_id" in client.session


@pytest.mark.parametrize(
    "login",
    [
        "UA-014233",
        "ua-014233",
        "Ua-014233",
        "  ua-014233 ",
        "o.galagan@tbs-ua.example",
        "O.GALAGAN@TBS-UA.EXAMPLE",
    ],
)
def test_login_and_e_mail_in_any_case(client, officer, sign_in, login):
    response = sign_in(client, login)
    assert (response.status_code, response["Location"]) == (302, "/")
    assert is_signed_in(client)
    assert AuditEntry.objects.get(verb="session.started").actor == officer


@pytest.mark.parametrize("case", ["unknown", "wrong", "closed", "expired", "no password yet"])
def test_whatever_is_wrong_the_answer_is_the_same(client, officer, newcomer, sign_in, case):
    login, password = officer.login, PASSWORD
    if case == "unknown":
        login = "ua-999999"
    elif case == "wrong":
        password = "not-this-one"
    elif case == "closed":
        User.objects.filter(pk=officer.pk).update(is_active=False)
    elif case == "expired":
        password = actions.issue_code(user=officer, actor=None)
        User.objects.filter(pk=officer.pk).update(code_expires_at=timezone.now())
    else:
        login = newcomer.login
    response = sign_in(client, login, password)
    assert response.status_code == 200
    assert response.context["form"].errors == {"__all__": [str(WRONG_PAIR)]}
    assert not is_signed_in(client)
    page = response.text.replace(login, "LOGIN")
    assert "closed" not in page.replace("signup_closed", "")
    assert f'value="{login}"' in response.text


@pytest.mark.parametrize(
    "login", ["ua-014233", "o.galagan@tbs-ua.example", "ua-999999", "nobody@tbs-ua.example"]
)
def test_one_hash_whoever_is_asked_for(client, officer, sign_in, login):
    """Time must not tell whether a login or an address is known."""
    with patch(
        "django.contrib.auth.hashers.MD5PasswordHasher.encode", return_value="md5$x$y"
    ) as encode:
        sign_in(client, login, "not-this-one")
    assert encode.call_count == 1


def test_a_login_that_is_anothers_e_mail_opens_its_own_account(client, root, sign_in):
    """The login goes first, so nobody takes over an account by an address."""
    first = factories.person(root, login="post@tbs-ua.example")
    second = factories.person(root, email="post@tbs-ua.example")
    for user, password in ((first, PASSWORD), (second, "another-parol-8")):
        user.set_password(password)
        user.save()
    sign_in(client, "post@tbs-ua.example", "another-parol-8")
    assert not is_signed_in(client)
    sign_in(client, "post@tbs-ua.example", PASSWORD)
    assert client.session["_auth_user_id"] == str(first.pk)


def test_code_then_welcome_then_the_page_that_was_asked_for(client, newcomer, sign_in):
    code = actions.issue_code(user=newcomer, actor=None)
    response = sign_in(client, newcomer.login, code, next="/account/")
    assert response["Location"] == "/account/"
    response = client.get("/account/")
    assert response["Location"] == "/welcome/?next=%2Faccount%2F"
    page = client.get(response["Location"])
    assert page.context["next"] == "/account/"
    response = client.post("/welcome/", WELCOME | {"next": "/account/"})
    assert response["Location"] == "/account/"
    assert client.get("/account/").status_code == 200


def test_code_then_welcome_then_home(client, newcomer, sign_in):
    code = actions.issue_code(user=newcomer, actor=None)
    assert sign_in(client, newcomer.login, code)["Location"] == "/"
    assert client.get("/")["Location"] == "/welcome/"
    assert client.post("/welcome/", WELCOME)["Location"] == "/"
    assert is_signed_in(client)


@pytest.mark.parametrize(
    "typed",
    [
        str.upper,
        lambda code: code.replace("-", ""),
        lambda code: code.replace("-", " "),
        lambda code: f" {code.replace('-', '–')} ",
    ],
)
def test_a_code_typed_from_paper_in_any_form(client, newcomer, sign_in, typed):
    code = actions.issue_code(user=newcomer, actor=None)
    sign_in(client, newcomer.login, typed(code))
    assert is_signed_in(client)


def test_the_code_is_dead_after_a_password_was_chosen(client, newcomer, sign_in):
    code = actions.issue_code(user=newcomer, actor=None)
    sign_in(client, newcomer.login, code)
    client.post("/welcome/", WELCOME)
    client.post("/sign-out/")
    sign_in(client, newcomer.login, code)
    assert not is_signed_in(client)
    sign_in(client, newcomer.login, WELCOME["password1"])
    assert is_signed_in(client)


def test_a_code_opens_to_the_last_moment_and_then_ends_the_session_too(client, newcomer, sign_in):
    code = actions.issue_code(user=newcomer, actor=None)
    left = timedelta(minutes=1)
    User.objects.filter(pk=newcomer.pk).update(code_expires_at=timezone.now() + left)
    sign_in(client, newcomer.login, code)
    assert client.get("/welcome/").status_code == 200
    User.objects.filter(pk=newcomer.pk).update(code_expires_at=timezone.now())
    assert client.get("/welcome/")["Location"] == "/sign-in/?next=/welcome/"


def test_a_password_that_looks_like_a_code_is_not_bent(client, officer, sign_in):
    officer.set_password("ABCD-efgh jkmn")
    officer.save()
    sign_in(client, officer.login, "abcd-efgh-jkmn")
    assert not is_signed_in(client)
    sign_in(client, officer.login, "ABCD-efgh jkmn")
    assert is_signed_in(client)


def test_too_many_wrong_attempts_for_one_account(client, officer, sign_in):
    for _ in range(5):
        assert sign_in(client, officer.login, "not-this-one").status_code == 200
    client.cookies["django_language"] = "be"
    response = sign_in(client, officer.login.upper())
    assert response.status_code == 429
    assert response["Retry-After"] == "300"
    assert response["Content-Language"] == "be"
    assert '<html lang="be">' in response.text
    assert not is_signed_in(client)
    cache.clear()
    assert sign_in(client, officer.login).status_code == 302


def test_an_unknown_login_is_limited_like_a_known_one(client, officer, sign_in):
    statuses = [sign_in(client, "ua-999999", "not-this-one").status_code for _ in range(6)]
    assert statuses == [200] * 5 + [429]


def test_another_port_named_as_the_host_is_no_way_round_the_limit(client, officer):
    statuses = [
        client.post(
            "/sign-in/",
            {"login": officer.login, "password": "not-this-one"},
            headers={"host": f"testserver:{port}"},
        ).status_code
        for port in range(8001, 8007)
    ]
    assert statuses == [200] * 5 + [429]


def test_a_sign_in_begins_a_session_of_its_own(client, officer, sign_in):
    """Whoever left a session on a shared PC does not know that of the next."""
    client.session.save()
    client.cookies["sessionid"] = key = client.session.session_key
    sign_in(client, officer.login)
    assert is_signed_in(client)
    assert client.session.session_key != key


def test_a_limit_of_an_address_answers_in_the_language_of_the_page(client, officer, settings):
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "1/m/ip"}
    client.cookies["django_language"] = "be"
    client.post("/sign-in/", {"login": "x", "password": "y"})
    response = client.post("/sign-in/", {"login": "x", "password": "y"})
    assert response.status_code == 429
    assert response["Retry-After"] == "60"
    assert '<html lang="be">' in response.text


def test_a_whole_shift_signs_in_from_one_address(client, root, sign_in):
    for number in range(300):
        user = factories.person(root, login=f"UA-{number:06}")
        user.set_password(PASSWORD)
        user.save(update_fields=["password"])
        assert sign_in(client, user.login).status_code == 302, number
        client.logout()


def test_behind_a_proxy_the_limit_counts_the_browser(client, officer, sign_in, settings):
    settings.TRUST_FORWARDED_FOR = True
    settings.ACCOUNT_RATE_LIMITS = settings.ACCOUNT_RATE_LIMITS | {"login": "1/m/ip"}
    for number in range(3):
        response = client.post(
            "/sign-in/",
            {"login": "x", "password": "y"},
            headers={"X-Forwarded-For": f"198.51.100.{number}"},
        )
        assert response.status_code == 200


def test_nobody_signs_up(client, db):
    assert client.get("/sign-up/").status_code == 200
    assert client.post("/sign-up/", {"username": "x", "password1": PASSWORD}).status_code == 405
    assert not User.objects.exists()


def test_nothing_else_of_allauth_can_be_reached():
    served = {
        pattern.name
        for pattern in get_resolver("lms.people.urls").url_patterns
        if pattern.name.startswith("account_")
    }
    assert served == {
        "account_login",
        "account_logout",
        "account_signup",
        "account_inactive",
        "account_change_password",
        "account_reauthenticate",
        "account_reset_password",
        "account_reset_password_done",
        "account_reset_password_from_key",
        "account_reset_password_from_key_done",
    }
    with pytest.raises(NoReverseMatch):
        reverse("account_email")


@pytest.mark.parametrize(
    "url",
    [
        "https://evil.example/",
        "//evil.example/",
        "/\\evil.example",
        "javascript:alert(1)",
        "https:evil.example",
    ],
)
def test_open_redirects_are_refused(client, officer, sign_in, url):
    assert sign_in(client, officer.login, next=url)["Location"] == "/"


def test_next_survives_a_wrong_password(client, officer, sign_in):
    response = sign_in(client, officer.login, "not-this-one", next="/account/?a=1&b=2")
    assert 'name="next" value="/account/?a=1&amp;b=2"' in response.text
    assert sign_in(client, officer.login, next="/account/?a=1&b=2")["Location"] == (
        "/account/?a=1&b=2"
    )


def test_a_form_sent_after_the_session_ended_leads_back(client, officer, sign_in):
    """The person signs in again and stands where the form stood."""
    response = client.post("/account/", {"language": "be"})
    assert response.status_code == 302
    page = client.get(response["Location"])
    asked = page.context["redirect_field_value"]
    assert sign_in(client, officer.login, next=asked)["Location"] == asked


def test_sign_out_asks_first_and_makes_the_browser_forget(client, officer, sign_in):
    sign_in(client, officer.login)
    key = client.session.session_key
    assert client.get("/sign-out/").status_code == 200
    assert is_signed_in(client)
    response = client.post("/sign-out/")
    assert (response.status_code, response["Location"]) == (302, "/sign-in/")
    assert response["Clear-Site-Data"] == '"cache"'
    assert not is_signed_in(client)
    assert not client.session.exists(key)
    assert AuditEntry.objects.filter(verb="session.ended", actor=officer).exists()


def test_the_session_ends_with_the_browser(client, officer, sign_in):
    assert sign_in(client, officer.login).cookies["sessionid"]["expires"] == ""
    assert client.session.get_expire_at_browser_close()


def test_closing_the_account_ends_its_sessions(client, officer, sign_in):
    sign_in(client, officer.login)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    assert client.get("/account/")["Location"].startswith("/sign-in/")


def test_a_new_code_ends_the_sessions(client, officer, sign_in):
    """Whoever sits in the account of another is put out by it."""
    sign_in(client, officer.login)
    actions.issue_code(user=officer, actor=None)
    assert client.get("/account/")["Location"].startswith("/sign-in/")


def test_operators_sign_in_by_the_same_door(client, db):
    response = client.get("/operator/", follow=True)
    assert response.redirect_chain[-1][0].startswith("/sign-in/?next=")


def test_others_are_refused_the_operators_door(client, officer):
    client.force_login(officer)
    assert client.get("/operator/", follow=True).status_code == 403
