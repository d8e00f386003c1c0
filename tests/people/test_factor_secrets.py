"""Secrets of second factors in the database: none can be read there, and keys can be changed."""

from importlib import import_module
from io import StringIO
from typing import Any

import pytest
from allauth.mfa.models import Authenticator
from allauth.mfa.totp.internal.auth import TOTP, generate_totp_secret
from django.apps import apps
from django.core.management import CommandError, call_command

from lms.environment import Env
from lms.people import factor_secrets
from lms.people.factor_secrets import MARK, Unreadable, decrypt, encrypt
from lms.people.models import User
from tests.people.test_second_factor import STEP, code_of, is_signed_in, make_codes, signing_in

MIGRATION = import_module("lms.people.migrations.0005_encrypted_second_factors")


@pytest.fixture
def secret(officer: User) -> str:
    """Of the officer's app."""
    made: str = generate_totp_secret()
    TOTP.activate(officer, made)
    return made


def stored() -> dict[str, Any]:
    """What the database holds, by type."""
    return {row.type: row.data for row in Authenticator.objects.all()}


def opens(officer: User, code: str) -> bool:
    client, _response = signing_in(officer)
    client.post(STEP, {"code": code})
    return is_signed_in(client)


def test_the_database_has_no_secret_in_plain(officer: User, secret: str) -> None:
    make_codes(officer)
    data = stored()
    assert secret not in str(data)
    assert data["totp"]["secret"].startswith(MARK)
    assert data["recovery_codes"]["seed"].startswith(MARK)
    assert opens(officer, code_of(secret))


def test_each_is_encrypted_in_its_own_way(secret: str) -> None:
    assert encrypt(secret) != encrypt(secret)
    assert decrypt(encrypt(secret)) == secret


def test_what_was_stored_before_is_encrypted_and_back(officer: User, secret: str) -> None:
    sheet = make_codes(officer)
    codes = Authenticator.objects.get(type="recovery_codes").data
    MIGRATION.decrypt(apps, None)
    plain = stored()
    assert plain["totp"] == {"secret": secret}
    assert plain["recovery_codes"] | {"seed": ""} == codes | {"seed": ""}
    assert len(plain["recovery_codes"]["seed"]) == 80
    assert opens(officer, code_of(secret)), "one stored before is read as it is"
    MIGRATION.encrypt(apps, None)
    assert secret not in str(stored())
    assert opens(officer, sheet[0])


@pytest.mark.parametrize("new", ["FACTOR_KEYS", "SECRET_KEY"])
def test_a_new_key_takes_over_and_the_old_one_can_go(
    officer: User, secret: str, settings: Any, new: str
) -> None:
    old = settings.SECRET_KEY
    if new == "FACTOR_KEYS":
        settings.FACTOR_KEYS = ["a-key-of-its-own"]
    else:
        settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "the-next-one", [old]
    said = StringIO()
    call_command("renew_factor_secrets", stdout=said)
    assert said.getvalue().startswith("1 encrypted")
    settings.SECRET_KEY = "another-again" if new == "FACTOR_KEYS" else settings.SECRET_KEY
    settings.SECRET_KEY_FALLBACKS = []
    assert opens(officer, code_of(secret))
    settings.FACTOR_KEYS, settings.SECRET_KEY = [], old
    with pytest.raises(Unreadable):
        decrypt(stored()["totp"]["secret"])


def test_without_its_key_no_code_fits_and_the_log_says_why(
    officer: User, secret: str, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    sheet = make_codes(officer)
    settings.SECRET_KEY = "lost"
    client, response = signing_in(officer)
    assert response["Location"] == STEP
    for code in (code_of(secret), sheet[0], "000000"):
        assert client.post(STEP, {"code": code}).status_code == 200
    assert not is_signed_in(client)
    assert "a second factor cannot be read" in caplog.text
    with pytest.raises(CommandError, match="missing key"):
        call_command("renew_factor_secrets")


def test_a_passkey_and_what_is_marked_used_are_left_alone(officer: User, secret: str) -> None:
    sheet = make_codes(officer)
    assert opens(officer, sheet[0])
    passkey = Authenticator.objects.create(user=officer, type="webauthn", data={"name": "Ключ"})
    call_command("renew_factor_secrets", stdout=StringIO())
    assert stored()["webauthn"] == {"name": "Ключ"}
    passkey.delete()
    assert not opens(officer, sheet[0])
    assert opens(officer, sheet[1])


def test_keys_come_from_the_environment_or_a_file(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Any
) -> None:
    assert Env().keys("FACTOR_KEYS") == []
    (tmp_path / "keys").write_text("newest\nolder, oldest\n")
    monkeypatch.setenv("FACTOR_KEYS_FILE", str(tmp_path / "keys"))
    assert Env().keys("FACTOR_KEYS") == ["newest", "older", "oldest"]


def test_a_key_of_any_length_serves(settings: Any) -> None:
    settings.FACTOR_KEYS = ["k"]
    assert factor_secrets.decrypt(encrypt("JBSWY3DPEHPK3PXP")) == "JBSWY3DPEHPK3PXP"
