"""What each answer tells the browser, and what the settings of a production say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.http import HttpResponse
from django.test import Client, RequestFactory
from whitenoise.middleware import WhiteNoiseMiddleware

from lms.people.invitations import invited, token_for
from lms.people.sessions import signed_in_at
from tests import factories

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
ASKED = (
    "DEBUG", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_CONTENT_TYPE_NOSNIFF", "PASSWORD_HASHERS",
    "DATABASES", "COOKIE_PREFIX", "SESSION_COOKIE_NAME", "CSRF_COOKIE_NAME",
    "LANGUAGE_COOKIE_NAME", "LANGUAGE_COOKIE_SECURE", "SECURE_HSTS_INCLUDE_SUBDOMAINS",
    "SECRET_KEY_FALLBACKS", "FACTOR_KEYS",
)  # fmt: skip
READ = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {ASKED!r}}}))
"""


def production(folder: Path, **more: str) -> dict[str, Any]:
    """The settings as read from the environment of a production; nothing is connected to."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "DATA_DIR": str(folder),
        "SITE_URL": "https://waypost.example.org",
        "DATABASE_URL": "postgres://waypost:x@db.example.org/waypost"
        "?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem&keepalives_idle=60",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
    } | more
    done = subprocess.run(
        [sys.executable, "-c", READ],
        cwd=ROOT, env=environment, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 0, done.stderr
    said: dict[str, Any] = json.loads(done.stdout)
    return said


@pytest.mark.parametrize("path", ["/sign-in/", "/help/", "/certificates/verify/", "/no-such-page/"])
def test_pages_load_nothing_from_elsewhere_and_stand_in_no_frame(
    client: Client, db: None, path: str
) -> None:
    response = client.get(path)
    parts = (part.split() for part in response["Content-Security-Policy"].split(";"))
    policy = {name: values for name, *values in parts}
    for name in ("object-src", "base-uri", "frame-ancestors"):
        assert policy[name] == ["'none'"], name
    for name in ("default-src", "script-src", "style-src", "img-src", "form-action"):
        assert policy[name] == ["'self'"], name
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Referrer-Policy"] == "same-origin"
    assert response["X-Frame-Options"] == "DENY"
    assert response["Content-Type"] == "text/html; charset=utf-8"
    assert "Access-Control-Allow-Origin" not in response


def test_no_script_reads_the_session_and_no_other_site_sends_it(client: Client, db: None) -> None:
    person = factories.officer(factories.unit(factories.service("UA")))
    person.set_password("dovhyi-parol-7")
    person.save()
    client.get("/sign-in/")
    client.post("/sign-in/", {"login": person.login, "password": "dovhyi-parol-7"})
    session, token = client.cookies["sessionid"], client.cookies["csrftoken"]
    assert session["httponly"]
    assert (session["samesite"], token["samesite"]) == ("Lax", "Lax")


def test_with_https_cookies_are_secure_and_passwords_are_argon2s(tmp_path: Path) -> None:
    said = production(tmp_path)
    assert said["DEBUG"] is False
    assert said["SESSION_COOKIE_SECURE"]
    assert said["CSRF_COOKIE_SECURE"]
    assert said["SESSION_COOKIE_HTTPONLY"]
    assert said["SECURE_HSTS_SECONDS"] >= 365 * 24 * 60 * 60
    assert said["PASSWORD_HASHERS"] == ["django.contrib.auth.hashers.Argon2PasswordHasher"]


def test_what_the_database_url_asks_of_the_connection_is_kept(tmp_path: Path) -> None:
    """Dropped without a word, `sslmode` would leave the connection open to be read."""
    options = production(tmp_path)["DATABASES"]["default"]["OPTIONS"]
    assert options == {
        "sslmode": "verify-full",
        "sslrootcert": "/etc/ssl/db.pem",
        "keepalives_idle": 60,
        "connect_timeout": 3,
        "tcp_user_timeout": 10000,
        "keepalives_interval": 5,
        "server_side_binding": True,
        "prepare_threshold": 3,
        "options": "-c lock_timeout=15000",
    }


def test_no_neighbour_sets_a_cookie_of_ours(tmp_path: Path, settings: Any, db: None) -> None:
    """With https all are `__Host-`: Secure, for the whole of this host, and for no other."""
    said = production(tmp_path)
    for name in said:
        if "COOKIE" in name:
            setattr(settings, name, said[name])
    person = factories.officer(factories.unit(factories.service("UA")))
    person.set_password("dovhyi-parol-7")
    person.save()
    client = Client()
    client.post("/language/", {"language": "be"}, secure=True)
    client.get("/sign-in/", secure=True)
    typed = {"login": person.login, "password": "dovhyi-parol-7"}
    assert client.post("/sign-in/", typed, secure=True).status_code == 302
    typed = {"language": "en", "time_zone": "UTC", "kept": "form~a1"}
    response = client.post("/account/", typed, secure=True)
    assert response.status_code == 302
    assert {"__Host-kept", "__Host-messages"} <= response.cookies.keys()
    assert client.cookies.keys() == {
        f"__Host-{name}"
        for name in ("csrftoken", "django_language", "kept", "messages", "sessionid")
    }
    for cookie in client.cookies.values():
        assert cookie["secure"], cookie.key
        assert (cookie["path"], cookie["domain"]) == ("/", ""), cookie.key
    assert b"__Host" not in client.get("/account/", secure=True).content


def test_without_https_names_are_plain_or_browsers_would_drop_them(tmp_path: Path) -> None:
    said = production(tmp_path, SITE_URL="http://127.0.0.1:8000")
    assert (said["COOKIE_PREFIX"], said["SESSION_COOKIE_NAME"]) == ("", "sessionid")
    assert not said["SECURE_HSTS_SECONDS"]


@pytest.mark.parametrize(("asked", "expected"), [("", False), ("yes", True)])
def test_https_is_for_subdomains_too_where_asked(
    tmp_path: Path, asked: str, expected: bool
) -> None:
    said = production(tmp_path, **({"HSTS_SUBDOMAINS": asked} if asked else {}))
    assert said["SECURE_HSTS_INCLUDE_SUBDOMAINS"] is expected


def test_static_files_stand_in_no_frame_and_are_of_no_use_to_other_sites(tmp_path: Path) -> None:
    (tmp_path / "a.svg").write_text("<svg/>")
    served = WhiteNoiseMiddleware(lambda request: HttpResponse(status=404))
    served.add_files(str(tmp_path), prefix="/static/")
    response = served(RequestFactory().get("/static/a.svg"))
    assert response.getvalue() == b"<svg/>"
    response.file_to_stream.close()
    assert response.status_code == 200
    assert response["Content-Security-Policy"] == "default-src 'none'; frame-ancestors 'none'"
    assert "Access-Control-Allow-Origin" not in response


def test_an_earlier_key_is_still_read(tmp_path: Path, settings: Any, db: None) -> None:
    """Who is signed in stays so when SECRET_KEY changes, and links in mails go on working."""
    said = production(tmp_path, SECRET_KEY="new", SECRET_KEY_FALLBACKS="old,older")
    assert said["SECRET_KEY_FALLBACKS"] == ["old", "older"]
    person = factories.officer(factories.unit(factories.service("UA")))
    settings.SECRET_KEY = "old"
    client = Client()
    client.force_login(person)
    token = token_for(person)
    settings.SECRET_KEY = "new"
    assert client.get("/account/").status_code == 302
    assert invited(token) is None
    settings.SECRET_KEY_FALLBACKS = said["SECRET_KEY_FALLBACKS"]
    client = Client()
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "old", []
    client.force_login(person)
    settings.SECRET_KEY, settings.SECRET_KEY_FALLBACKS = "new", ["old", "older"]
    assert signed_in_at(person, None), "his list of sessions shows it too"
    assert client.get("/account/").status_code == 200
    assert invited(token) == person
