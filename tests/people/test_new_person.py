"""One person brought in: the account opens by code or invitation; others' numbers tell nothing."""

from datetime import timedelta

import pytest
from django.core import mail
from django.test import Client
from django.urls import reverse
from django.utils import timezone

from lms.people.models import Organisation, PersonRequest, User
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def root() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def unit(root: Organisation) -> Organisation:
    return factories.unit(root)


@pytest.fixture
def coordinator(unit: Organisation) -> User:
    return factories.coordinator(unit, language="en")


@pytest.fixture
def browser(coordinator: User) -> Client:
    client = Client()
    client.force_login(coordinator)
    return client


def typed(unit: Organisation, **fields: object) -> dict[str, object]:
    return {
        "number": "000777", "family_name": "Їжакевич", "given_name": "Лідія", "unit": unit.pk,
        "since": timezone.localdate(), "language": "en", "email": "", "patronymic": "",
        "rank": "sergeant",
    } | fields  # fmt: skip


def test_brought_in_with_a_post(browser: Client, unit: Organisation) -> None:
    response = browser.post(reverse("staff:new"), typed(unit))
    added = User.objects.get(login="ua-000777")
    assert response["Location"] == reverse("staff:person", args=[added.pk])
    assert added.reach.posted == (unit.path,)
    assert added.family_name_latin == "Yizhakevych"
    assert browser.get(response["Location"]).status_code == 200


def test_somebody_elses_number_and_address_tell_nothing(
    browser: Client, root: Organisation, unit: Organisation
) -> None:
    """In another unit, in another service, discharged: the same words, and one request each."""
    elsewhere = factories.officer(
        factories.unit(root), email="away@example.org", family_name="Щербань"
    )
    abroad = factories.officer(factories.service("BY"), email="abroad@example.org")
    factories.officer(unit, is_active=False, email="closed@example.org").memberships.update(
        since=timezone.localdate() - timedelta(days=9),
        until=timezone.localdate() - timedelta(days=1),
    )
    answers = set()
    for change in (
        {"number": elsewhere.login.partition("-")[2]},
        {"email": elsewhere.email},
        {"email": abroad.email},
        {"email": "closed@example.org"},
    ):
        response = browser.post(reverse("staff:new"), typed(unit, **change), follow=True)
        answers.add(tuple(str(message) for message in response.context["messages"]))
        assert elsewhere.family_name not in response.content.decode()
    assert len(answers) == 1
    assert PersonRequest.objects.count() == 4
    assert not User.objects.filter(login="ua-000777").exists()


def test_ones_own_person_is_named(browser: Client, unit: Organisation) -> None:
    here = factories.officer(unit)
    page = browser.post(reverse("staff:new"), typed(unit, number=here.login.partition("-")[2]))
    assert page.status_code == 200
    assert page.context["already"] == here
    assert page.context["form"]["family_name"].value() == "Їжакевич", "nothing typed is lost"
    assert not PersonRequest.objects.exists()


def test_a_unit_outside_is_no_choice(browser: Client, root: Organisation) -> None:
    page = browser.post(reverse("staff:new"), typed(factories.unit(root)))
    assert page.status_code == 200
    assert "unit" in page.context["form"].errors


def invite(browser: Client, person: User, capture) -> str:
    """Send the invitation and take the address out of the mail."""
    with capture(execute=True):
        browser.post(reverse("staff:open", args=[person.pk]), {"by": "mail"})
    (message,) = mail.outbox
    assert message.to == [person.email]
    return next(word for word in message.body.split() if "/invitation/" in word)


def newcomer(unit: Organisation) -> User:
    return factories.officer(
        unit, email="new@example.org", language="en", name_confirmed_at=None, privacy_read_at=None
    )


def test_an_invitation_opens_the_account_until_a_password_is_chosen(
    browser: Client, unit: Organisation, django_capture_on_commit_callbacks
) -> None:
    person = newcomer(unit)
    address = "/" + invite(browser, person, django_capture_on_commit_callbacks).split("/", 3)[3]
    guest = Client()
    assert guest.get(address).status_code == 200
    assert guest.get(reverse("learning")).status_code == 302, "to look is not to enter"
    assert guest.post(address)["Location"] == reverse("welcome")
    again = Client()
    assert again.post(address).status_code == 302, "not used up before there is a password"
    page = again.post(
        reverse("welcome"),
        {"given_name_latin": "Mariana", "family_name_latin": "Galagan", "privacy": "on",
         "password1": "dovhyi-parol-7", "password2": "dovhyi-parol-7"},
    )  # fmt: skip
    assert page.status_code == 302
    assert Client().get(address).status_code == 404
    assert Client().login(username=person.login, password="dovhyi-parol-7")


@pytest.mark.parametrize(
    "spoil", [lambda a: a[:-9] + "AAAAAAAA/", lambda a: a.replace(":", "x", 1)]
)
def test_a_forged_invitation_opens_nothing(
    browser: Client, unit: Organisation, django_capture_on_commit_callbacks, spoil
) -> None:
    address = invite(browser, newcomer(unit), django_capture_on_commit_callbacks)
    path = "/" + address.split("/", 3)[3]
    assert Client().get(spoil(path)).status_code == 404
    assert Client().post(spoil(path)).status_code == 404


def test_a_changed_address_takes_the_invitation_back(
    browser: Client, unit: Organisation, django_capture_on_commit_callbacks
) -> None:
    person = newcomer(unit)
    address = "/" + invite(browser, person, django_capture_on_commit_callbacks).split("/", 3)[3]
    User.objects.filter(pk=person.pk).update(email="other@example.org")
    assert Client().post(address).status_code == 404


def test_a_correction_is_kept_with_what_was_before(browser: Client, unit: Organisation) -> None:
    person = factories.officer(unit)
    data = {"family_name": "Щербань", "given_name": "Гнат", "patronymic": "", "rank": "",
            "email": "", "language": "uk"}  # fmt: skip
    browser.post(
        reverse("staff:act", args=[person.pk, "edit"]),
        {f"edit-{name}": value for name, value in data.items()},
    )
    person.refresh_from_db()
    assert person.full_name == "Щербань Гнат"
    assert User.objects.named("щербань").filter(pk=person.pk).exists()
