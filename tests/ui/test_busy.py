"""A lock of the database that lasts answers 503 and not 500: the browser sends again."""

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from pathlib import Path
from typing import Any, NoReturn

import psycopg.errors
import pytest
import redis
from django.conf import settings
from django.db import OperationalError
from django.db.utils import ConnectionHandler
from django.test import Client
from django.urls import reverse

from lms.ui.middleware import is_lock
from quizzes.models import Attempt
from tests import factories

pytestmark = pytest.mark.django_db


@pytest.fixture
def locked_write(tmp_path: Path) -> Iterator[Callable[..., NoReturn]]:
    """What cannot write, for another connection is at it and does not let go."""
    path = tmp_path / "locked.db"
    databases = {
        "default": {},
        "locked": {
            "ENGINE": "django.db.backends.sqlite3",
            "NAME": str(path),
            "OPTIONS": {"timeout": 0, "transaction_mode": "IMMEDIATE"},
        },
    }
    connection = ConnectionHandler(databases)["locked"]

    def write(*_args: Any, **_kwargs: Any) -> NoReturn:
        with connection.cursor() as cursor:
            cursor.execute("CREATE TABLE more (id integer)")
        raise AssertionError("it was not locked")

    with closing(sqlite3.connect(path)) as other:
        other.execute("BEGIN IMMEDIATE")
        yield write
    connection.close()


@pytest.fixture
def attempt(client: Client) -> Attempt:
    home = factories.service()
    officer = factories.officer(home)
    client.force_login(officer)
    return factories.started(factories.enrolled(officer, factories.published_course(home)))


def save(client: Client, attempt: Attempt) -> Any:
    fields = {"q": "1", "client": "tab", "seq": "1", "q1": "k1"}
    return client.post(reverse("quizzes:save", args=[attempt.pk]), fields)


def test_an_answer_that_met_a_lock_is_asked_for_again(
    client: Client, attempt: Attempt, locked_write: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    with monkeypatch.context() as patched:
        patched.setattr("quizzes.views.officer.save_response", locked_write)
        response = save(client, attempt)
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert response.json() == {"error": "busy"}
    assert response["X-Request-ID"]
    assert save(client, attempt).status_code == 200


@pytest.mark.parametrize(
    ("accept", "kind"),
    [
        ("text/html,application/xhtml+xml,*/*;q=0.8", "text/html"),
        ("*/*", "text/html"),
        ("application/json", "application/json"),
    ],
)
def test_a_page_that_met_a_lock_says_so(
    client: Client,
    attempt: Attempt,
    locked_write: Any,
    monkeypatch: pytest.MonkeyPatch,
    accept: str,
    kind: str,
) -> None:
    monkeypatch.setattr("quizzes.views.officer.submit_attempt", locked_write)
    address = reverse("quizzes:finish", args=[attempt.pk])
    response = client.post(address, headers={"accept": accept})
    assert (response.status_code, response["Retry-After"]) == (503, "2")
    assert response["Content-Type"].startswith(kind)
    if kind == "text/html":
        assert response["X-Request-ID"] in response.content.decode()


def test_another_failure_of_the_database_is_an_error(
    client: Client, attempt: Attempt, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail(**_kwargs: Any) -> NoReturn:
        raise OperationalError("disk I/O error")

    monkeypatch.setattr("quizzes.views.officer.save_response", fail)
    client.raise_request_exception = False
    assert save(client, attempt).status_code == 500


@pytest.mark.parametrize(
    ("cause", "expected"),
    [
        (psycopg.errors.LockNotAvailable(), True),
        (psycopg.errors.DeadlockDetected(), True),
        (psycopg.errors.SerializationFailure(), True),
        (psycopg.errors.AdminShutdown(), False),
        (sqlite3.OperationalError("no such table"), False),
        (None, False),
    ],
)
def test_what_a_later_try_would_mend(cause: Exception | None, expected: bool) -> None:
    error = OperationalError()
    error.__cause__ = cause
    assert is_lock(error) is expected


def test_extended_codes_count_too() -> None:
    """As when a snapshot of the write-ahead log has grown old: SQLITE_BUSY_SNAPSHOT."""
    error, cause = OperationalError(), sqlite3.OperationalError("database is locked")
    cause.sqlite_errorcode = sqlite3.SQLITE_BUSY_SNAPSHOT
    error.__cause__ = cause
    assert is_lock(error)


def test_the_answer_goes_through_all_other_middleware() -> None:
    """With its reference, security headers and cookies."""
    first = settings.MIDDLEWARE[:2]
    assert first == ["lms.ui.middleware.RequestId", "lms.ui.middleware.Busy"]


def caused_by(cause: psycopg.Error) -> OperationalError:
    error = OperationalError("the database")
    error.__cause__ = cause
    return error


@pytest.mark.parametrize(
    ("error", "status"),
    [
        (caused_by(psycopg.OperationalError("connection refused")), 503),
        (caused_by(psycopg.InterfaceError("the connection is closed")), 503),
        (caused_by(psycopg.errors.AdminShutdown()), 503),
        (caused_by(psycopg.errors.CannotConnectNow()), 503),
        (redis.ConnectionError("connection refused"), 503),
        (redis.TimeoutError(), 503),
        (caused_by(psycopg.errors.DiskFull()), 500),
        (caused_by(psycopg.errors.UndefinedTable()), 500),
        (redis.ResponseError(), 500),
    ],
)
def test_a_database_that_is_gone_comes_back(
    client: Client, monkeypatch: pytest.MonkeyPatch, error: Exception, status: int
) -> None:
    """Wherever it is asked: here for the session, before any view."""

    def fail(*_args: Any) -> NoReturn:
        raise error

    client.force_login(factories.officer(factories.service()))
    client.raise_request_exception = False
    monkeypatch.setattr("django.contrib.sessions.backends.db.SessionStore.load", fail)
    assert client.get("/").status_code == status
