"""The second factor: set up, asked for, required by role, taken away; what never gets round it."""

import re
import time
from typing import Any

import pytest
import time_machine
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import format_hotp_value, hotp_value
from django.core.cache import cache
from django.core.exceptions import ImproperlyConfigured
from django.test import Client, TestCase
from django.urls import reverse

from lms.audit.models import AuditEntry
from lms.environment import Env
from lms.people import actions
from lms.people.invitations import token_for
from lms.people.models import User
from tests import factories
from tests.courses.pages import Page
from tests.people.conftest import PASSWORD

STEP = reverse("mfa_authenticate")
AGAIN = reverse("account_reauthenticate")
INDEX = reverse("mfa_index")
APP = reverse("mfa_activate_totp")
CODES = reverse("mfa_view_recovery_codes")
NEW_CODES = reverse("mfa_generate_recovery_codes")
PASSKEY = reverse("mfa_add_webauthn")


def browser(user: User, *, confirmed: bool = True) -> Client:
    """One in which the person has signed in and, unless told otherwise, typed the password anew."""
    client = Client()
    client.force_login(User.objects.get(pk=user.pk))
    if confirmed:
        assert client.post(AGAIN, {"password": PASSWORD}).status_code == 302
    return client


def signing_in(user: User, password: str = PASSWORD, **data: str) -> tuple[Client, Any]:
    client = Client(headers={"accept-language": "en"})
    return client, client.post("/sign-in/", {"login": user.login, "password": password} | data)


def is_signed_in(client: Client) -> bool:
    return "_auth_user_id" in client.session


def code_of(secret: str, steps: int = 0) -> str:
    """What an app shows now, or so many steps of 30 seconds later."""
    return format_hotp_value(hotp_value(secret, int(time.time()) // 30 + steps))


def set_up_app(user: User) -> str:
    """By the pages; returns the secret."""
    client = browser(user)
    secret: str = client.get(APP).context["form"].secret
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert client.post(APP, {"code": code_of(secret)})["Location"] == CODES
    return secret


def make_codes(user: User) -> list[str]:
    """By the pages, and seen; returns what is on the sheet."""
    client = browser(user)
    with TestCase.captureOnCommitCallbacks(execute=True):
        assert client.post(NEW_CODES)["Location"] == CODES
    return [element.words for element in Page(client.get(CODES)).all("code")]


def verbs(user: User) -> list[str]:
    found = AuditEntry.objects.filter(thing_id=str(user.pk), verb__startswith="factor.")
    return list(found.order_by("pk").values_list("verb", flat=True))


# An app


def test_an_app_is_set_up_and_asked_for(officer):
    secret = set_up_app(officer)
    assert verbs(officer) == ["factor.added", "factor.codes_made"]
    client, response = signing_in(officer, next="/account/?a=1")
    assert response["Location"] == STEP
    assert not is_signed_in(client)
    assert client.get("/account/")["Location"].startswith("/sign-in/")
    page = client.get(STEP)
    assert "no-store" in page["Cache-Control"]
    assert "Type the code that your app shows" in Page(page).words
    assert not AuditEntry.objects.filter(verb="session.started", actor=officer)[1:]
    response = client.post(STEP, {"code": code_of(secret)})
    assert response["Location"] == "/account/?a=1"
    assert client.get("/account/").status_code == 200


def test_the_secret_stands_on_the_page_as_a_square_and_as_text(officer):
    client = browser(officer)
    response = client.get(APP)
    secret = response.context["form"].secret
    page = Page(response)
    assert page.all("svg", class_="scan")
    (shown,) = [e.words for e in page.all("code")]
    assert shown.replace(" ", "") == secret
    assert secret not in client.get(APP).content.decode(), "each look makes a new one"


def test_a_wrong_code_sets_nothing_up(officer):
    client = browser(officer)
    secret = client.get(APP).context["form"].secret
    wrong = f"{(int(code_of(secret)) + 1) % 10**6:06}"
    response = client.post(APP, {"code": wrong})
    assert response.status_code == 200
    assert response.context["form"].secret == secret, "the app need not be scanned again"
    assert not Authenticator.objects.exists()
    assert client.post(APP, {"code": code_of(secret)}).status_code == 302


def test_clocks_may_differ_by_a_step_and_no_code_works_twice(officer):
    with time_machine.travel(1_800_000_000, tick=False) as clock:
        secret = set_up_app(officer)
        clock.shift(3600)
        for steps, expected in ((-1, True), (1, True), (2, False), (-2, False)):
            client, _response = signing_in(officer)
            client.post(STEP, {"code": code_of(secret, steps)})
            assert is_signed_in(client) is expected, steps
        code = code_of(secret)
        for passed, expected in ((0, True), (0, False), (31, False)):
            clock.shift(passed)
            client, _response = signing_in(officer)
            client.post(STEP, {"code": code})
            assert is_signed_in(client) is expected, passed


def test_wrong_codes_are_throttled(officer):
    secret = set_up_app(officer)
    client, _response = signing_in(officer)
    wrong = f"{(int(code_of(secret)) + 5) % 10**6:06}"
    for _try in range(5):
        assert client.post(STEP, {"code": wrong}).status_code == 200
    response = client.post(STEP, {"code": code_of(secret)})
    assert (response.status_code, response["Retry-After"]) == (429, "300")
    assert "Wait five minutes" in Page(response).words
    other, _response = signing_in(officer)  # nor from another browser
    assert other.post(STEP, {"code": code_of(secret)}).status_code == 429
    assert not is_signed_in(client)
    cache.clear()
    assert client.post(STEP, {"code": code_of(secret)}).status_code == 302


def test_wrong_codes_while_setting_up_are_throttled(officer):
    client = browser(officer)
    secret = client.get(APP).context["form"].secret
    wrong = f"{(int(code_of(secret)) + 5) % 10**6:06}"
    assert [client.post(APP, {"code": wrong}).status_code for _ in range(6)] == [200] * 5 + [429]


def test_the_app_of_one_opens_no_account_of_another(officer, root):
    secret = set_up_app(officer)
    other = factories.person(root, login="UA-777777")
    other.set_password(PASSWORD)
    other.save()
    make_codes(other)
    client, _response = signing_in(other)
    client.post(STEP, {"code": code_of(secret)})
    assert not is_signed_in(client)


def test_whoever_comes_next_to_a_shared_pc_starts_anew(officer):
    set_up_app(officer)
    client, _response = signing_in(officer)
    assert client.get("/sign-in/")["Location"] == STEP
    page = Page(client.get(STEP))
    assert officer.full_name in page.words
    page.form(reverse("account_logout")).send(client)
    assert client.get("/sign-in/").status_code == 200
    assert client.get(STEP)["Location"] == "/sign-in/"


def test_no_second_app_beside_the_first(officer):
    set_up_app(officer)
    assert browser(officer).get(APP)["Location"] == INDEX


# Printed codes


def test_printed_codes_alone_are_a_second_factor_and_each_works_once(officer):
    sheet = make_codes(officer)
    assert len(sheet) == len(set(sheet)) == 20
    assert all(re.fullmatch(r"\d{4} \d{4}", code) for code in sheet)
    assert verbs(officer) == ["factor.codes_made"]
    client, response = signing_in(officer)
    assert response["Location"] == STEP
    assert "printed sheet" in Page(client.get(STEP)).words
    assert client.post(STEP, {"code": sheet[0]})["Location"] == "/"
    again, _response = signing_in(officer)
    assert again.post(STEP, {"code": sheet[0]}).status_code == 200
    assert not is_signed_in(again)
    again.post(STEP, {"code": sheet[1].replace(" ", "")})
    assert is_signed_in(again)
    assert "18" in Page(again.get(INDEX)).words


def test_the_codes_are_shown_once(officer):
    client = browser(officer)
    client.post(NEW_CODES)
    shown = client.get(CODES)
    assert "no-store" in shown["Cache-Control"]
    codes = [e.words for e in Page(shown).all("code")]
    later = client.get(CODES)
    assert not Page(later).all("code")
    assert not [code for code in codes if code in later.content.decode()]
    assert not [code for code in codes if code in str(list(AuditEntry.objects.values()))]


def test_codes_never_seen_lock_nobody_out(officer):
    browser(officer).post(NEW_CODES)
    client, response = signing_in(officer)
    assert response["Location"] == "/"
    assert is_signed_in(client)


def test_new_codes_end_the_old_sheet(officer):
    old, new = make_codes(officer), make_codes(officer)
    assert not set(old) & set(new)
    client, _response = signing_in(officer)
    client.post(STEP, {"code": old[0]})
    assert not is_signed_in(client)
    client.post(STEP, {"code": new[0]})
    assert is_signed_in(client)


def test_the_last_codes_are_announced_and_a_sheet_used_up_still_counts(officer):
    User.objects.filter(pk=officer.pk).update(language="en")
    sheet = make_codes(officer)
    told = []
    for code in sheet:
        client, _response = signing_in(officer)
        client.post(STEP, {"code": code})
        assert is_signed_in(client)
        words = " ".join(Page(client.get("/account/")).words.split())
        told.append(re.findall(r"(\d+) printed codes? (?:is|are) left", words))
    assert told == [[]] * 16 + [["3"], ["2"], ["1"], ["0"]]
    client, response = signing_in(officer)
    assert response["Location"] == STEP, "the password alone opens nothing"
    assert client.get("/account/").status_code == 302


# The password again


@pytest.mark.parametrize(
    ("url", "status"),
    [(APP, 200), (NEW_CODES, 200), (PASSKEY, 200), (reverse("mfa_remove", args=[1]), 404)],
)
def test_a_change_asks_for_the_password_again(officer, url, status):
    assert browser(officer, confirmed=False).post(url)["Location"].startswith(AGAIN)
    assert not Authenticator.objects.exists()
    client = browser(officer, confirmed=False)
    assert client.get(url)["Location"].startswith(AGAIN)
    assert client.post(AGAIN, {"password": "not-this-one", "next": url}).status_code == 200
    assert client.get(url)["Location"].startswith(AGAIN)
    assert client.post(AGAIN, {"password": PASSWORD, "next": url})["Location"] == url
    assert client.get(url).status_code == status


def test_the_password_again_leads_nowhere_else(officer):
    client = browser(officer, confirmed=False)
    response = client.post(AGAIN, {"password": PASSWORD, "next": "https://evil.example/"})
    assert response["Location"] == "/"


# Removing


def test_an_app_is_removed_and_its_unseen_codes_with_it(officer):
    set_up_app(officer)
    client = browser(officer)
    app = Authenticator.objects.get(type="totp")
    url = reverse("mfa_remove", args=[app.pk])
    assert client.get(url).status_code == 200
    assert Authenticator.objects.count() == 2
    assert client.post(url)["Location"] == INDEX
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(verb="factor.removed")
    assert (entry.actor, entry.before) == (officer, {"factor": "totp"})
    _client, response = signing_in(officer)
    assert response["Location"] == "/"


def test_printed_codes_outlive_the_app(officer):
    sheet = make_codes(officer)
    client = browser(officer)
    secret = client.get(APP).context["form"].secret
    assert client.post(APP, {"code": code_of(secret)})["Location"] == INDEX
    client.post(reverse("mfa_remove", args=[Authenticator.objects.get(type="totp").pk]))
    guest, response = signing_in(officer)
    assert response["Location"] == STEP
    guest.post(STEP, {"code": sheet[0]})
    assert is_signed_in(guest)


def test_nobody_removes_what_is_anothers(officer, root):
    make_codes(officer)
    other = factories.person(root, login="UA-777777")
    other.set_password(PASSWORD)
    other.save()
    client = browser(other)
    factor = Authenticator.objects.get(user=officer)
    for send in (client.get, client.post):
        assert send(reverse("mfa_remove", args=[factor.pk])).status_code == 404
        assert send(reverse("mfa_edit_webauthn", args=[factor.pk])).status_code == 404
    assert Authenticator.objects.filter(user=officer).exists()


# Who must


@pytest.fixture
def people(root) -> dict[str, User]:
    made = {
        "officer": factories.officer(factories.unit(root)),
        "trainer": factories.trainer(factories.unit(root)),
        "coordinator": factories.coordinator(factories.unit(root)),
        "administrator": factories.administrator(root),
        "operator": factories.operator(),
    }
    for user in made.values():
        user.set_password(PASSWORD)
        user.save()
    return made


@pytest.mark.parametrize(
    ("roles", "held_up"),
    [
        ((), set()),
        (("trainer",), {"trainer", "administrator"}),
        (("coordinator",), {"coordinator", "administrator"}),
        (("administrator",), {"administrator"}),
        (("operator",), {"operator"}),
        (("trainer", "operator"), {"trainer", "administrator", "operator"}),
    ],
)
def test_a_role_that_must_is_led_to_setting_one_up(people, settings, roles, held_up):
    settings.MFA_REQUIRED_ROLES = roles
    found = set()
    for who, user in people.items():
        client = browser(user, confirmed=False)
        if client.get("/account/").status_code == 302:
            found.add(who)
            for url in ("/", "/learning/", "/operator/", "/no-such-page/", "/account/sessions/"):
                assert client.get(url)["Location"] == INDEX, url
            assert client.post("/account/", {"language": "be"})["Location"] == INDEX
            for url in (INDEX, "/help/", "/privacy/", "/sign-out/", AGAIN):
                assert client.get(url).status_code == 200, url
    assert found == held_up


@pytest.mark.parametrize("way", [set_up_app, make_codes])
def test_once_it_is_set_up_everything_opens_and_the_last_stays(people, settings, way):
    settings.MFA_REQUIRED_ROLES = ("trainer",)
    User.objects.filter(pk=people["trainer"].pk).update(language="en")
    client = browser(people["trainer"])
    assert client.get("/teaching/")["Location"] == INDEX
    assert "Your role needs a second factor" in Page(client.get(INDEX)).words
    way(people["trainer"])
    assert client.get("/teaching/").status_code == 200
    factor = Authenticator.objects.filter(user=people["trainer"]).order_by("-type").first()
    response = client.post(reverse("mfa_remove", args=[factor.pk]), follow=True)
    assert "set up another one first" in Page(response).words
    assert Authenticator.objects.filter(pk=factor.pk).exists()
    assert not AuditEntry.objects.filter(verb="factor.removed").exists()


def test_the_first_sign_in_comes_before(people, settings):
    settings.MFA_REQUIRED_ROLES = ("trainer",)
    User.objects.filter(pk=people["trainer"].pk).update(name_confirmed_at=None)
    client = browser(people["trainer"], confirmed=False)
    assert client.get("/teaching/")["Location"].startswith("/welcome/")
    assert client.get(INDEX)["Location"].startswith("/welcome/")


def test_the_setting_takes_known_roles_only(monkeypatch):
    env, known = Env(), ("trainer", "operator")
    assert env.words("MFA_REQUIRED_ROLES", among=known) == ()
    monkeypatch.setenv("MFA_REQUIRED_ROLES", "operator, trainer")
    assert env.words("MFA_REQUIRED_ROLES", among=known) == ("operator", "trainer")
    monkeypatch.setenv("MFA_REQUIRED_ROLES", "trainer,boss")
    with pytest.raises(ImproperlyConfigured, match="boss"):
        env.words("MFA_REQUIRED_ROLES", among=known)


# Nothing gets round it


def test_a_new_one_time_code_takes_the_place_of_the_password_only(officer):
    sheet = make_codes(officer)
    code = actions.issue_code(user=officer, actor=None)
    client, response = signing_in(officer, code)
    assert response["Location"] == STEP
    assert client.get("/welcome/")["Location"].startswith("/sign-in/")
    client.post(STEP, {"code": sheet[0]})
    assert client.get("/account/")["Location"].startswith("/welcome/")


def test_an_invitation_asks_for_it_too(officer):
    sheet = make_codes(officer)
    actions.issue_code(user=officer, actor=None)
    path = reverse("invitation", args=[token_for(User.objects.get(pk=officer.pk))])
    client = Client()
    assert client.post(path)["Location"] == STEP
    assert not is_signed_in(client)
    assert client.post(STEP, {"code": sheet[0]})["Location"] == reverse("welcome")
    assert client.get(reverse("welcome")).status_code == 200


def test_the_operators_door_asks_for_it(people):
    operator = people["operator"]
    sheet = make_codes(operator)
    client, response = signing_in(operator, next="/operator/")
    assert response["Location"] == STEP
    assert client.get("/operator/")["Location"].startswith("/operator/login/")
    assert client.post(STEP, {"code": sheet[0]})["Location"] == "/operator/"


def test_an_account_closed_in_between_stays_shut(officer):
    sheet = make_codes(officer)
    client, _response = signing_in(officer)
    User.objects.filter(pk=officer.pk).update(is_active=False)
    client.post(STEP, {"code": sheet[0]})
    assert client.get("/account/")["Location"].startswith("/sign-in/")


# Lost


def removing(who: User, person: User, reason: str = "Згубив аркуш") -> Any:
    client = browser(who, confirmed=False)
    return client.post(reverse("staff:act", args=[person.pk, "factor"]), {"factor-reason": reason})


def test_the_service_administrator_removes_what_was_lost(people, officer, root):
    make_codes(officer)
    desk = browser(people["administrator"], confirmed=False)
    page = Page(desk.get(reverse("staff:person", args=[officer.pk])))
    assert reverse("staff:act", args=[officer.pk, "factor"]) in page.actions
    assert removing(people["administrator"], officer, " ").status_code == 200
    assert Authenticator.objects.exists()
    assert removing(people["administrator"], officer).status_code == 302
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(verb="factor.removed")
    assert entry.actor == people["administrator"]
    assert entry.before == {"factor": ["recovery_codes"]}
    assert entry.after == {"reason": "Згубив аркуш"}
    assert entry.organisation == root.path
    client, _response = signing_in(officer)
    assert is_signed_in(client)
    page = Page(desk.get(reverse("staff:person", args=[officer.pk])))
    assert reverse("staff:act", args=[officer.pk, "factor"]) not in page.actions


def test_nobody_else_does(people, officer, root):
    make_codes(officer)
    coordinator = factories.coordinator(root, language="en")
    assert removing(coordinator, officer).status_code == 403
    desk = browser(coordinator, confirmed=False)
    page = Page(desk.get(reverse("staff:person", args=[officer.pk])))
    assert reverse("staff:act", args=[officer.pk, "factor"]) not in page.actions
    abroad = factories.administrator(factories.service("BY", country="BY"))
    for who in (people["trainer"], officer, abroad):
        assert removing(who, officer).status_code == 404
    make_codes(people["administrator"])
    assert removing(people["administrator"], people["administrator"]).status_code == 403
    assert Authenticator.objects.count() == 2


def test_the_operator_removes_it_with_a_reason(client, officer, people):
    make_codes(officer)
    client.force_login(people["operator"])
    asked = {"action": "remove_second_factor", "_selected_action": [officer.pk]}
    client.post("/operator/people/user/", asked | {"reason": " "})
    assert Authenticator.objects.exists()
    client.post("/operator/people/user/", asked | {"reason": "Lost with the bag"})
    assert not Authenticator.objects.exists()
    entry = AuditEntry.objects.get(verb="factor.removed")
    assert (entry.actor, entry.after) == (people["operator"], {"reason": "Lost with the bag"})


def test_secrets_are_not_in_the_operators_admin(client, people):
    client.force_login(people["operator"])
    page = client.get("/operator/").content.decode()
    assert "/operator/people/user/" in page
    assert "/operator/mfa/" not in page
    assert "/operator/usersessions/" not in page


# Passkeys, as far as there is no browser


@pytest.mark.parametrize("credential", ["", "nonsense", "{}", '{"id": "x"}', "[]", "null"])
def test_what_is_no_passkey_is_refused(officer, credential):
    client = browser(officer)
    assert client.get(PASSKEY).status_code == 200
    response = client.post(PASSKEY, {"name": "Ключ", "credential": credential})
    assert response.status_code == 200
    assert Page(response).all("div", class_="errors")
    assert 'value="Ключ"' in response.content.decode()
    assert not Authenticator.objects.exists()


def test_a_passkey_that_is_none_does_not_sign_in(officer):
    make_codes(officer)
    client, _response = signing_in(officer)
    assert client.post(STEP, {"credential": '{"id": "x"}'}).status_code == 200
    assert not is_signed_in(client)
