"""/live, /ready and /version: for probes, so without session, by any Host, and saying little."""

import json
import os
import socket
import subprocess
import sys
import tomllib
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings as now
from django.db import connection
from django.db.migrations.recorder import MigrationRecorder
from django.test import Client, override_settings
from django.urls import reverse

from tests import factories

PARTS = {"database", "migrations", "cache", "queue", "media"}
ALL = ["/live", "/ready", "/version"]
NOBODY = "redis://:geheim@127.0.0.1:1/0"  # a port where nothing listens


@pytest.mark.parametrize("path", ["/live", "/version"])
def test_these_touch_no_database(client: Client, path: str) -> None:
    """A test without the mark `django_db` may not."""
    client.cookies["sessionid"] = "abc"
    assert client.get(path).status_code == 200


def test_the_addresses_are_routes() -> None:
    assert [reverse(name) for name in ("live", "ready", "version")] == ALL


@pytest.mark.django_db
@pytest.mark.parametrize("path", ALL)
def test_a_probe_is_answered_whatever_it_calls_the_machine(
    client: Client, settings: Any, path: str
) -> None:
    settings.ALLOWED_HOSTS = ["waypost.example.org"]
    settings.SECURE_SSL_REDIRECT = True
    client.force_login(factories.officer(factories.service()))
    response = client.get(path, headers={"host": "10.0.0.7:8000"})
    assert response.status_code == 200
    assert response["Cache-Control"] == "no-store"
    assert response["Content-Type"] == "application/json"
    assert not response.cookies
    assert "Vary" not in response
    assert "10.0.0.7" not in response.content.decode()


@pytest.mark.django_db
def test_other_pages_still_ask_for_the_right_host(client: Client, settings: Any) -> None:
    settings.ALLOWED_HOSTS = ["waypost.example.org"]
    assert client.get("/help/", headers={"host": "10.0.0.7:8000"}).status_code == 400


@pytest.mark.django_db
def test_ready_when_all_parts_work(client: Client) -> None:
    response = client.get("/ready")
    assert response.status_code == 200
    assert response.json() == {"ready": True, "parts": dict.fromkeys(PARTS, True)}


def fails(client: Client, *parts: str) -> None:
    response = client.get("/ready")
    assert response.status_code == 503
    expected = dict.fromkeys(PARTS, True) | dict.fromkeys(parts, False)
    assert response.json() == {"ready": False, "parts": expected}
    assert client.get("/live").status_code == 200


def test_not_ready_without_a_database(client: Client) -> None:
    """This test may not reach one."""
    fails(client, "database", "migrations")


ASK = """
import django
django.setup()
from django.test import Client
answer = Client().get("/ready")
print(answer.status_code, answer.content.decode())
"""


@pytest.mark.once
def test_not_ready_when_the_servers_take_connections_and_say_nothing(tmp_path: Path) -> None:
    """As a host that is dead or cut off; without a limit the probe itself would hang."""
    with socket.create_server(("127.0.0.1", 0)) as swallows:
        port = swallows.getsockname()[1]
        environment = os.environ | {
            "DJANGO_SETTINGS_MODULE": "lms.settings",
            "DATA_DIR": str(tmp_path),
            "DATABASE_URL": f"postgres://waypost:x@127.0.0.1:{port}/waypost",
            "REDIS_URL": f"redis://127.0.0.1:{port}/0",
            "CONNECT_TIMEOUT": "1",
        }
        done = subprocess.run(
            [sys.executable, "-c", ASK],
            cwd=now.BASE_DIR, env=environment, capture_output=True, text=True, timeout=120,
        )  # fmt: skip
    status, _space, body = done.stdout.partition(" ")
    assert status == "503", done.stderr
    assert json.loads(body) == {
        "ready": False,
        "parts": dict.fromkeys(PARTS - {"media"}, False) | {"media": True},
    }
    assert "not ready: database" in done.stderr
    assert "not ready: migrations" not in done.stderr, "not tried: each try may last as long"


@pytest.mark.django_db
def test_not_ready_before_the_migrations(client: Client) -> None:
    last = MigrationRecorder.Migration.objects.filter(app="quizzes").order_by("-pk")[0]
    MigrationRecorder(connection).record_unapplied("quizzes", last.name)
    fails(client, "migrations")


@pytest.mark.django_db
def test_not_ready_without_a_cache(client: Client) -> None:
    backend = {"BACKEND": "django.core.cache.backends.redis.RedisCache", "LOCATION": NOBODY}
    with override_settings(CACHES=now.CACHES | {"default": backend}):
        fails(client, "cache")


@pytest.mark.django_db
def test_not_ready_without_the_server_of_the_queue(
    client: Client, settings: Any, caplog: pytest.LogCaptureFixture
) -> None:
    settings.REDIS_URL = NOBODY
    fails(client, "queue")
    assert "not ready: queue (ConnectionError)" in caplog.text
    assert "geheim" not in caplog.text


@pytest.mark.django_db
def test_not_ready_without_the_folder_of_the_queue(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.REDIS_URL, settings.QUEUE_DIR = "", tmp_path / "none"
    fails(client, "queue")


@pytest.mark.django_db
def test_not_ready_when_media_cannot_be_written(
    client: Client, settings: Any, tmp_path: Path
) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    settings.MEDIA_ROOT.write_text("not a folder")
    fails(client, "media")


def test_the_version_is_that_of_the_project(client: Client, settings: Any) -> None:
    project = tomllib.loads((now.BASE_DIR / "pyproject.toml").read_text())["project"]
    settings.REVISION = ""
    assert client.get("/version").json() == {"version": project["version"], "revision": None}
    settings.REVISION = "3b75370"
    assert client.get("/version").json()["revision"] == "3b75370"
