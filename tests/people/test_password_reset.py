"""Passwords: forgotten, by a link in a mail; known, by oneself."""

import re

from allauth.account.adapter import DefaultAccountAdapter
from django.conf import settings as django_settings
from django.test import Client
from django.utils.translation import get_language

from lms.audit.models import AuditEntry
from lms.people import actions
from lms.people.models import User
from tests.people.conftest import PASSWORD

NEW = {"password1": "krokodyl-na-balkoni", "password2": "krokodyl-na-balkoni"}


def ask(client, address: str):
    return client.post("/password/", {"email": address})


def link_in(mail) -> str:
    """The path of the one link; its host is that of SITE_URL, whatever host was asked."""
    (link,) = re.findall(r"https?://\S+", mail.body)
    assert link.startswith(django_settings.SITE_URL + "/password/")
    return link.removeprefix(django_settings.SITE_URL)


def form_behind(client, path: str) -> str:
    """Open the link as a browser does: it leads to an address without the key."""
    response = client.get(path)
    assert response.status_code == 302, "the link no longer works"
    assert response["Location"].endswith("-set-password/")
    return response["Location"]


def test_a_link_works_once(client, officer, mailoutbox):
    assert ask(client, "O.GALAGAN@tbs-ua.example")["Location"] == "/password/sent/"
    (mail,) = mailoutbox
    assert mail.to == ["o.galagan@tbs-ua.example"]
    assert "ua-014233" in mail.body
    assert not mail.alternatives
    path = link_in(mail)
    form = form_behind(client, path)
    assert client.get(form).status_code == 200
    assert client.post(form, NEW)["Location"] == "/password/changed/"
    assert client.get("/password/changed/").status_code == 200
    assert User.objects.get(pk=officer.pk).check_password(NEW["password1"])
    assert AuditEntry.objects.filter(verb="person.password_changed", thing_id=officer.pk).exists()
    again = client.get(path)
    assert again.status_code == 200
    assert again.context["token_fail"]
    client.post(form, {"password1": "another-parol-8", "password2": "another-parol-8"})
    assert User.objects.get(pk=officer.pk).check_password(NEW["password1"])


def test_the_mail_is_in_the_persons_language(client, officer, monkeypatch):
    spoken = []
    monkeypatch.setattr(
        DefaultAccountAdapter, "send_mail", lambda *_args: spoken.append(get_language())
    )
    User.objects.filter(pk=officer.pk).update(language="be")
    client.cookies["django_language"] = "ru"
    assert ask(client, officer.email)["Content-Language"] == "ru"
    ask(client, "nobody@tbs-ua.example")
    assert spoken == ["be", "ru"]


def test_an_unknown_address_gets_the_same_answer(client, officer, mailoutbox):
    known, unknown = ask(client, officer.email), ask(client, "nobody@tbs-ua.example")
    assert (known.status_code, known["Location"]) == (unknown.status_code, unknown["Location"])
    assert known.content == unknown.content
    assert len(mailoutbox) == 2
    assert "/password/" not in mailoutbox[1].body
    assert "sign-up" not in mailoutbox[1].body


def test_a_closed_account_gets_no_link(client, officer, mailoutbox):
    User.objects.filter(pk=officer.pk).update(is_active=False)
    ask(client, officer.email)
    assert "/password/" not in mailoutbox[0].body


def test_a_former_address_gets_no_link(client, officer, mailoutbox):
    ask(client, officer.email)
    officer.email = "new@tbs-ua.example"
    officer.save()
    ask(client, "o.galagan@tbs-ua.example")
    assert "/password/" not in mailoutbox[1].body
    assert client.get(link_in(mailoutbox[0])).context["token_fail"], "the old link is dead too"


def test_the_link_ends_the_one_time_code(client, officer, mailoutbox, sign_in):
    code = actions.issue_code(user=officer, actor=None)
    ask(client, officer.email)
    client.post(form_behind(client, link_in(mailoutbox[0])), NEW)
    assert User.objects.get(pk=officer.pk).code_expires_at is None
    assert sign_in(client, officer.login, code).status_code == 200
    assert sign_in(client, officer.login, NEW["password1"]).status_code == 302


def test_a_weak_password_is_refused_and_the_link_lives(client, officer, mailoutbox):
    ask(client, officer.email)
    form = form_behind(client, link_in(mailoutbox[0]))
    assert client.post(form, {"password1": "short", "password2": "short"}).status_code == 200
    assert client.post(form, NEW | {"password2": "other"}).status_code == 200
    assert client.post(form, NEW).status_code == 302


def test_a_host_that_was_asked_for_is_not_in_the_link(client, officer, mailoutbox):
    client.post("/password/", {"email": officer.email}, headers={"host": "evil.example"})
    assert "evil.example" not in mailoutbox[0].body
    assert "evil.example" not in mailoutbox[0].subject


def test_an_address_is_not_flooded(client, officer, mailoutbox):
    statuses = [ask(client, officer.email).status_code for _ in range(6)]
    assert statuses == [302] * 5 + [429]
    assert len(mailoutbox) == 5


def test_change_of_a_known_password(client, officer, sign_in):
    sign_in(client, officer.login)
    assert client.get("/account/password/").status_code == 200
    wrong = client.post("/account/password/", NEW | {"oldpassword": "not-this-one"})
    assert "oldpassword" in wrong.context["form"].errors
    response = client.post("/account/password/", NEW | {"oldpassword": PASSWORD})
    assert response["Location"] == "/account/"
    assert client.get("/account/").status_code == 200, "the session stays"
    assert User.objects.get(pk=officer.pk).check_password(NEW["password1"])
    assert AuditEntry.objects.filter(verb="person.password_changed", actor=officer).count() == 1


def test_other_sessions_end_with_the_old_password(client, officer, sign_in):
    other = Client()
    sign_in(other, officer.login)
    sign_in(client, officer.login)
    client.post("/account/password/", NEW | {"oldpassword": PASSWORD})
    assert other.get("/account/")["Location"] == "/sign-in/?next=/account/"


def test_without_a_password_there_is_none_to_change(client, officer):
    officer.set_unusable_password()
    officer.save()
    client.force_login(officer)
    assert client.get("/account/password/")["Location"] == "/password/"


def test_a_stranger_changes_no_password(client, db):
    assert client.get("/account/password/")["Location"] == "/sign-in/?next=/account/password/"
