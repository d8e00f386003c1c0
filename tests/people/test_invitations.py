"""Invitations by e-mail: whose language, one link, how long and how often it opens.

That it opens the account until a password is chosen stands in test_new_person.py.
"""

import re
from collections.abc import Callable
from datetime import timedelta
from typing import Any

import pytest
import time_machine
from django.core import mail, signing
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.audit.models import AuditEntry
from lms.people import actions
from lms.people.actions.posts import bring_back, discharge, move
from lms.people.invitations import SALT, token_for
from lms.people.models import Job, JobItem, Organisation, User
from tests import factories
from tests.courses.pages import Page
from tests.quizzes.authoring import nothing_written

pytestmark = pytest.mark.django_db

PASSWORD = "dovhyi-parol-7"
OVER = "This invitation opens nothing any more"


@pytest.fixture
def unit(root: Organisation) -> Organisation:
    return factories.unit(root)


@pytest.fixture
def coordinator(unit: Organisation) -> User:
    return factories.coordinator(unit, language="en")


@pytest.fixture
def desk(coordinator: User) -> Client:
    client = Client()
    client.force_login(coordinator)
    return client


@pytest.fixture
def person(unit: Organisation) -> User:
    """Brought in, never signed in."""
    return factories.officer(
        unit, email="new@example.org", language="en", family_name="Їжакевич",
        name_confirmed_at=None, privacy_read_at=None,
    )  # fmt: skip


@pytest.fixture
def invite(desk: Client, django_capture_on_commit_callbacks: Any) -> Callable[[User], JobItem]:
    """Press the button: what became of it."""

    def press(who: User) -> JobItem:
        with django_capture_on_commit_callbacks(execute=True):
            desk.post(reverse("staff:open", args=[who.pk]), {"by": "mail"})
        return Job.objects.latest("created_at").items.get()

    return press


Invite = Callable[[User], JobItem]


def links_in(message: Any) -> list[str]:
    return re.findall(r"https?://\S+/invitation/\S+", message.body)


def path_in(message: Any) -> str:
    (link,) = links_in(message)
    return "/" + link.split("/", 3)[3]


def choose_password(guest: Client) -> Any:
    return guest.post(
        reverse("welcome"),
        {"given_name_latin": "Mariana", "family_name_latin": "Galagan", "privacy": "on",
         "password1": PASSWORD, "password2": PASSWORD},
    )  # fmt: skip


def assert_over(path: str) -> None:
    """The link opens nothing, says so politely, and leads to the sign-in."""
    guest = Client(headers={"accept-language": "en"})
    for response in (guest.get(path), guest.post(path)):
        assert response.status_code == 404
        page = Page(response)
        assert OVER in page.words
        assert "/sign-in/" in page.links
        assert "Їжакевич" not in response.content.decode()
    assert "sessionid" not in guest.cookies


# The mail


@pytest.mark.parametrize("language", ["uk", "be", "ru", "en"])
def test_the_mail_is_in_the_persons_language_with_one_link(
    invite: Invite, person: User, coordinator: User, language: str
) -> None:
    """Whatever the coordinator reads; the page behind the link is in that language too."""
    User.objects.filter(pk=person.pk).update(language=language)
    assert invite(person).state == JobItem.State.DONE
    (message,) = mail.outbox
    assert (message.to, message.cc, message.bcc) == (["new@example.org"], [], [])
    assert message.subject.startswith("Waypost: ")
    assert ("choose a password" in message.subject) == (language == "en")
    assert len(links_in(message)) == 1
    assert person.full_name in message.body
    assert person.login.upper() in message.body
    assert person.service
    assert person.service.name.localize(language) in message.body
    assert "30" in message.body
    page = Client(headers={"accept-language": "ru"}).get(path_in(message))
    assert f'<html lang="{language}">' in page.content.decode()
    assert person.full_name in page.content.decode()
    entry = AuditEntry.objects.get(verb="person.invited")
    assert (entry.actor, entry.thing_id) == (coordinator, str(person.pk))


def test_the_mails_of_four_languages_differ(invite: Invite, person: User) -> None:
    for language in ("uk", "be", "ru", "en"):
        User.objects.filter(pk=person.pk).update(language=language)
        invite(person)
    assert len({message.subject for message in mail.outbox}) == 4
    assert len({message.body.split(",")[0] for message in mail.outbox}) >= 3


def test_signs_of_html_stand_in_the_mail_as_they_are(invite: Invite, person: User) -> None:
    User.objects.filter(pk=person.pk).update(family_name="О’Нил & <Сини>")
    invite(person)
    assert "О’Нил & <Сини>" in mail.outbox[0].body
    page = Client().get(path_in(mail.outbox[0])).content.decode()
    assert "О’Нил &amp; &lt;Сини&gt;" in page


def test_the_same_mail_sent_again_is_known_by_its_id(invite: Invite, person: User) -> None:
    """A worker that is killed sends twice; mail programs show it once."""
    invite(person)
    invite(person)
    first, second = (message.extra_headers["Message-ID"] for message in mail.outbox)
    assert first == second


def without_an_address(person: User) -> None:
    User.objects.filter(pk=person.pk).update(email="")


def with_a_password(person: User) -> None:
    person.set_password(PASSWORD)
    person.name_confirmed_at = person.privacy_read_at = timezone.now()
    person.save()


@pytest.mark.parametrize(
    ("change", "said"),
    [(without_an_address, "print a one-time code"), (with_a_password, "signs in already")],
)
def test_some_are_not_invited_and_the_coordinator_reads_why(
    invite: Invite, desk: Client, person: User, change: Callable[[User], None], said: str
) -> None:
    change(person)
    item = invite(person)
    assert item.state == JobItem.State.SKIPPED
    assert said in desk.get(reverse("jobs:job", args=[item.job_id])).content.decode()
    assert not mail.outbox
    assert not AuditEntry.objects.filter(verb="person.invited").exists()
    offered = Page(desk.get(reverse("staff:person", args=[person.pk]))).all("button", value="mail")
    assert not offered


def test_a_mail_that_cannot_be_sent_is_told_as_failed(
    invite: Invite, person: User, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.EMAIL_BACKEND = "django.core.mail.backends.nowhere.EmailBackend"
    assert invite(person).state == JobItem.State.FAILED
    assert not AuditEntry.objects.filter(verb="person.invited").exists()
    assert "could not be done" in caplog.text


# The link


def test_to_look_writes_nothing(person: User) -> None:
    """Programs look into mails before people do."""
    path = reverse("invitation", args=[token_for(person)])
    guest = Client()
    with nothing_written():
        assert guest.get(path).status_code == 200
        assert guest.head(path).status_code == 200
    assert "sessionid" not in guest.cookies
    assert guest.put(path).status_code == 405


def test_the_button_leads_to_the_choice_of_a_password_and_nowhere_else(person: User) -> None:
    guest = Client()
    path = reverse("invitation", args=[token_for(person)])
    assert guest.post(path)["Location"] == reverse("welcome")
    for address in ("/learning/", "/courses/", "/account/"):
        assert guest.get(address)["Location"].startswith(reverse("welcome"))
    fields = Page(guest.get(reverse("welcome"))).all("input", type="password")
    assert [field.attrs["name"] for field in fields] == ["password1", "password2"]
    person.refresh_from_db()
    assert not person.has_usable_password()
    entry = AuditEntry.objects.get(verb="person.invitation_accepted")
    assert entry.actor == person


def test_once_a_password_is_chosen_the_link_is_used(person: User) -> None:
    path = reverse("invitation", args=[token_for(person)])
    guest = Client()
    guest.post(path)
    assert choose_password(guest).status_code == 302
    assert_over(path)
    assert guest.get("/learning/").status_code == 200, "who has chosen stays signed in"
    person.refresh_from_db()
    assert person.check_password(PASSWORD)
    assert not person.is_new


def test_whoever_has_the_link_second_cannot_choose_after_the_first(person: User) -> None:
    """Two browsers at the choice: the first password stands, the other session is over."""
    path = reverse("invitation", args=[token_for(person)])
    first, second = Client(), Client()
    first.post(path)
    second.post(path)
    choose_password(first)
    assert second.get(reverse("welcome"))["Location"].startswith("/sign-in/")
    assert choose_password(second)["Location"].startswith("/sign-in/")
    person.refresh_from_db()
    assert person.check_password(PASSWORD)


def test_a_link_opens_for_thirty_days(person: User) -> None:
    path = reverse("invitation", args=[token_for(person)])
    now = timezone.now()
    with time_machine.travel(now + timedelta(days=30, seconds=-60), tick=False):
        assert Client().get(path).status_code == 200
    with time_machine.travel(now + timedelta(days=30, seconds=60), tick=False):
        assert_over(path)
        fresh = reverse("invitation", args=[token_for(person)])
        assert Client().get(fresh).status_code == 200, "another invitation opens"


def tampered(path: str) -> list[str]:
    token = path.split("/")[-2]
    payload, stamp, signature = token.split(":")
    return [
        f"{payload}:{stamp}:{signature[::-1]}",
        f"{payload[::-1]}:{stamp}:{signature}",
        f"{payload}:{stamp[::-1]}:{signature}",
        f"{payload}:{signature}",
        payload,
        token[:-1],
        f"{token}x",
        "x",
        "::",
        "%00",
        "ґ",
        "a" * 5000,
    ]


def test_a_link_that_was_tampered_with_opens_nothing(person: User) -> None:
    for token in tampered(reverse("invitation", args=[token_for(person)])):
        assert_over(f"/invitation/{token}/")


def test_a_signature_of_something_else_opens_nothing(person: User) -> None:
    """Signed by us, but no invitation: another salt, another shape."""
    mark = signing.loads(token_for(person), salt=SALT)[1]
    for token in (
        signing.dumps([person.pk, mark]),
        signing.dumps([person.pk, mark], salt="another"),
        signing.dumps([person.pk, "0" * 32], salt=SALT),
        signing.dumps([person.pk], salt=SALT),
        signing.dumps(person.pk, salt=SALT),
        signing.dumps([person.pk + 1, mark], salt=SALT),
        signing.dumps({"pk": person.pk}, salt=SALT),
    ):
        assert_over(reverse("invitation", args=[token]))


def test_used_expired_and_forged_read_alike(person: User) -> None:
    guest = Client(headers={"accept-language": "en"})
    used = reverse("invitation", args=[token_for(person)])
    with time_machine.travel(timezone.now() - timedelta(days=31), tick=False):
        expired = reverse("invitation", args=[token_for(person)])
    browser = Client()
    browser.post(used)
    choose_password(browser)
    words = {Page(guest.get(path)).words for path in (used, expired, "/invitation/forged/")}
    assert len(words) == 1


# What ends an invitation


def by_a_code(person: User) -> None:
    actions.issue_code(user=person, actor=None)


def by_an_own_password(person: User) -> None:
    person.set_password(PASSWORD)
    person.save()


def by_another_address(person: User) -> None:
    person.email = "other@example.org"
    person.save()


def by_discharge(person: User) -> None:
    discharge(user=person, leaves_on=timezone.localdate(), reason="x", actor=None)


def by_discharge_and_return(person: User) -> None:
    unit = person.memberships.get().organisation
    by_discharge(person)
    bring_back(user=person, unit=unit, since=timezone.localdate(), actor=None)


@pytest.mark.parametrize(
    "end",
    [by_a_code, by_an_own_password, by_another_address, by_discharge, by_discharge_and_return],
)
def test_what_ends_an_invitation(person: User, end: Callable[[User], None]) -> None:
    path = reverse("invitation", args=[token_for(person)])
    end(person)
    assert_over(path)


def test_a_second_invitation_leaves_the_first_open(person: User, root: Organisation) -> None:
    """Both open the same account, and the choice of a password ends both; a move ends neither."""
    first = reverse("invitation", args=[token_for(person)])
    with time_machine.travel(timezone.now() + timedelta(days=1), tick=False):
        second = reverse("invitation", args=[token_for(person)])
        assert first != second
        move(user=person, unit=factories.unit(root), since=timezone.localdate(), actor=None)
        assert Client().get(second).status_code == 200
        guest = Client()
        guest.post(first)
        choose_password(guest)
        assert_over(first)
        assert_over(second)


def test_a_code_issued_after_an_invitation_opens_alone(
    desk: Client, invite: Invite, person: User, django_capture_on_commit_callbacks: Any
) -> None:
    """By the coordinator's own buttons: the letter is void from then on, the paper opens."""
    invite(person)
    with django_capture_on_commit_callbacks(execute=True):
        desk.post(reverse("staff:open", args=[person.pk]), {"by": "paper"})
    assert_over(path_in(mail.outbox[0]))
    code = Job.objects.get(kind="people.codes").items.get().result["code"]
    guest = Client()
    guest.post("/sign-in/", {"login": person.login, "password": code})
    assert guest.get(reverse("welcome")).status_code == 200
    invite(person)
    again = path_in(mail.outbox[-1])
    assert Client().get(again).status_code == 200
    choose_password(guest)
    assert_over(again)


def test_an_invitation_ends_the_session_of_whoever_sat_there(
    desk: Client, person: User, coordinator: User
) -> None:
    """PCs are shared: the button of one leaves nothing of the other."""
    assert desk.get("/overview/").status_code == 200
    desk.post(reverse("invitation", args=[token_for(person)]))
    assert desk.session["_auth_user_id"] == str(person.pk)
    assert desk.get("/overview/")["Location"].startswith(reverse("welcome"))
    choose_password(desk)
    assert desk.get("/overview/").status_code == 403
    before = coordinator.password
    coordinator.refresh_from_db()
    assert coordinator.password == before
