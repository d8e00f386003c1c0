"""What each answer tells the browser, and what the settings of a production say."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from tests import factories

pytestmark = pytest.mark.once

ROOT = Path(__file__).resolve().parent.parent
ASKED = (
    "DEBUG", "SESSION_COOKIE_SECURE", "SESSION_COOKIE_HTTPONLY", "SESSION_COOKIE_SAMESITE",
    "CSRF_COOKIE_SECURE", "SECURE_HSTS_SECONDS", "SECURE_CONTENT_TYPE_NOSNIFF", "PASSWORD_HASHERS",
    "DATABASES",
)  # fmt: skip
READ = f"""
import json
from django.conf import settings
print(json.dumps({{name: getattr(settings, name) for name in {ASKED!r}}}))
"""


def production(folder: Path) -> dict[str, Any]:
    """The settings as read from the environment of a production; nothing is connected to."""
    environment = {
        "PATH": os.environ["PATH"],
        "DJANGO_SETTINGS_MODULE": "lms.settings",
        "DATA_DIR": str(folder),
        "SITE_URL": "https://waypost.example.org",
        "DATABASE_URL": "postgres://waypost:x@db.example.org/waypost"
        "?sslmode=verify-full&sslrootcert=/etc/ssl/db.pem",
        "REDIS_URL": "redis://127.0.0.1:6379/0",
    }
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
        "connect_timeout": 10,
        "tcp_user_timeout": 30_000,
        "options": "-c lock_timeout=15000",
    }
