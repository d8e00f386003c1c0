"""The log as JSON: who looks for a reference finds it, who looks for a person finds nobody."""

import io
import json
import logging
import os
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from fractions import Fraction
from pathlib import Path
from typing import Any, NoReturn
from uuid import UUID

import pytest
from django.conf import settings as now
from django.core.exceptions import ImproperlyConfigured
from django.db import OperationalError
from django.test import Client

from courses.models import Digest
from courses.tasks import send_digest
from lms.environment import Env
from lms.ops.logs import JsonFormatter
from lms.people.models import User
from tests import factories

Lines = Callable[[], list[dict[str, Any]]]
PERSONAL = ("UA-014233", "014233", "galagan@tbs-ua.example", "Ґалаґан", "Мар’яна", "krokodyl")


@pytest.fixture
def log(settings: Any) -> Iterator[io.StringIO]:
    """All that any logger says, as it would come out."""
    settings.LOG_FORMAT = "json"
    stream = io.StringIO()
    handler = logging.StreamHandler(stream)
    handler.setFormatter(JsonFormatter())
    root = logging.getLogger()
    level = root.level
    root.addHandler(handler)
    root.setLevel(logging.DEBUG)
    yield stream
    root.removeHandler(handler)
    root.setLevel(level)


@pytest.fixture
def lines(log: io.StringIO) -> Lines:
    return lambda: [json.loads(line) for line in log.getvalue().splitlines()]


def of(lines: Lines, logger: str) -> dict[str, Any]:
    (found,) = [line for line in lines() if line["logger"] == logger]
    return found


@pytest.fixture
def officer(db: None) -> User:
    return factories.officer(
        factories.service("UA"), login="UA-014233", email="galagan@tbs-ua.example",
        given_name="Мар’яна", family_name="Ґалаґан",
    )  # fmt: skip


@pytest.mark.django_db
def test_a_request_is_one_line(client: Client, lines: Lines) -> None:
    response = client.get("/help/?q=x")
    line = of(lines, "lms.ops.access")
    time = datetime.fromisoformat(line.pop("time"))
    assert time.tzinfo == UTC
    assert abs(datetime.now(UTC) - time) < timedelta(minutes=1)
    assert line.pop("milliseconds") >= 0
    assert line == {
        "level": "INFO", "logger": "lms.ops.access", "message": "GET help 200",
        "method": "GET", "route": "help", "status": 200, "reference": response["X-Request-ID"],
    }  # fmt: skip


def test_lines_stay_as_they_are_without_being_asked(
    client: Client, db: None, lines: Lines, settings: Any
) -> None:
    settings.LOG_FORMAT = "line"
    client.get("/help/")
    assert [line for line in lines() if line["logger"] == "lms.ops.access"] == []


@pytest.mark.django_db
@pytest.mark.parametrize(
    ("address", "route"),
    [
        ("/certificates/verify/7K3M-9QXD-2222-3333/", "certificates:verified"),
        ("/no-such-place/UA-014233", "unknown"),
        ("/static/no-such-file.css", "static"),
    ],
)
def test_a_route_is_told_by_its_name(
    client: Client, lines: Lines, address: str, route: str
) -> None:
    client.get(address)
    assert of(lines, "lms.ops.access")["route"] == route


def test_a_method_that_nobody_knows_has_no_name(client: Client, db: None, lines: Lines) -> None:
    client.generic("UA-014233", "/help/")
    assert of(lines, "lms.ops.access")["method"] == "other"


@pytest.mark.django_db
def test_probes_make_no_line(client: Client, lines: Lines) -> None:
    for path in ("/live", "/ready", "/version"):
        client.get(path)
    assert [line for line in lines() if line["logger"] == "lms.ops.access"] == []


def test_nobody_is_named(
    client: Client, officer: User, log: io.StringIO, lines: Lines, settings: Any,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    """What people type and what errors quote, by whatever way it would come to the log."""
    form = {"login": "UA-014233", "password": "krokodyl", "name": "Мар’яна Ґалаґан"}
    client.raise_request_exception = False

    client.get("/sign-in/", form)
    client.post("/sign-in/?email=galagan@tbs-ua.example", form)
    client.get("/no-such-page/Ґалаґан/", form)
    client.post("/help/", form)  # not allowed
    Client(enforce_csrf_checks=True).post("/sign-in/", form)
    client.force_login(officer)
    with monkeypatch.context() as patch:
        patch.setattr("lms.people.views.pages.contacts_of", fail)
        assert client.get("/help/", form).status_code == 500
    with monkeypatch.context() as patch:
        patch.setattr("lms.people.views.pages.contacts_of", insert_again)
        assert client.get("/help/", form).status_code == 500
    settings.ALLOWED_HOSTS = ["example.org"]
    assert client.get("/help/", headers={"host": "ua-014233.example"}).status_code == 400

    said = log.getvalue()
    assert len([line for line in lines() if line["logger"] == "lms.ops.access"]) == 8
    assert [word for word in PERSONAL if word.casefold() in said.casefold()] == []


def fail(*_args: Any, **_kwargs: Any) -> NoReturn:
    try:
        raise KeyError("galagan@tbs-ua.example")
    except KeyError as error:
        raise ValueError("no place for UA-014233 (Ґалаґан)") from error


def insert_again(user: User) -> NoReturn:
    """The database quotes the row that was there first."""
    User.objects.bulk_create([User(login=user.login, service_id=user.service_id)])
    raise AssertionError("it was taken")


def test_an_error_is_told_by_its_kinds_and_places(
    client: Client, officer: User, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("lms.people.views.pages.contacts_of", fail)
    client.force_login(officer)
    client.raise_request_exception = False
    response = client.get("/help/")
    line = of(lines, "django.request")
    assert line["message"] == "Internal Server Error: …"
    assert (line["level"], line["route"]) == ("ERROR", "help")
    assert line["reference"] == response["X-Request-ID"]
    assert [error["kind"] for error in line["errors"]] == ["ValueError", "KeyError"]
    ours = [place for place in line["errors"][0]["at"] if place.startswith("lms/people/views/")]
    assert ours[0].endswith(" show_help")
    assert line["errors"][0]["at"][-1].startswith("tests/ops/test_logs.py:")


@pytest.mark.django_db
def test_what_is_said_after_the_request_has_its_reference_too(client: Client, lines: Lines) -> None:
    response = client.post("/help/")
    line = of(lines, "django.request")
    assert (line["method"], line["route"]) == ("POST", "help")
    assert line["reference"] == response["X-Request-ID"]


def test_a_lock_is_told_without_the_address(
    client: Client, officer: User, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def locked(*_args: Any) -> NoReturn:
        raise OperationalError("UA-014233")

    monkeypatch.setattr("lms.people.views.pages.contacts_of", locked)
    monkeypatch.setattr("lms.ui.middleware.is_lock", lambda error: True)
    client.force_login(officer)
    client.get("/help/")
    message = of(lines, "lms.ui.middleware")["message"]
    assert message == "GET help: django.db.utils.OperationalError"


def test_a_task_says_which_it_is(
    officer: User, log: io.StringIO, lines: Lines, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(_digest: Digest) -> NoReturn:
        logging.getLogger("courses.digests").warning("item %s of job %s", 3, UUID(int=1))
        raise ValueError("galagan@tbs-ua.example is no address of Ґалаґан")

    digest = Digest.objects.create(user=officer, day=datetime.now(UTC).date())
    monkeypatch.setattr("courses.tasks.send_digest_once", refuse)
    done = send_digest.apply(args=[digest.pk], kwargs={})
    assert done.state == "FAILURE"

    ours, theirs = of(lines, "courses.digests"), of(lines, "celery.app.trace")
    assert ours["message"] == f"item 3 of job {UUID(int=1)}"
    for line in (ours, theirs):
        assert (line["task"], line["task_id"]) == ("courses.tasks.send_digest", done.id)
    assert theirs["errors"][0]["kind"] == "ValueError"
    assert theirs["errors"][0]["at"][-1].endswith(" refuse")
    assert [word for word in PERSONAL if word in log.getvalue()] == []


@pytest.mark.parametrize(
    ("logger", "message", "args", "shown"),
    [
        ("courses.media", "the file %s is gone", (7,), "the file 7 is gone"),
        ("lms.people.job_work", "of a kind: %s", ("people.codes",), "of a kind: people.codes"),
        ("kombu", "to %s", ("galagan@tbs-ua.example",), "to …"),
        ("kombu", "%(name)s %(n)d", ({"name": "Ґалаґан", "n": 3},), "… 3"),
        ("kombu", "%d of %s", (Fraction(3), "Ґалаґан"), "%d of %s"),
        ("courses.media", "sent: %s", (ValueError("Ґалаґан"),), "sent: ValueError"),
        ("django.security.DisallowedHost", "Invalid: 'Ґалаґан'", (), "refused"),
        ("django.request", "%s: %s", ("Not Found", "/x"), "Not Found: …"),
    ],
)
def test_what_a_message_quotes(
    lines: Lines, logger: str, message: str, args: tuple[Any, ...], shown: str
) -> None:
    logging.getLogger(logger).error(message, *args)
    assert of(lines, logger)["message"] == shown


def test_the_environment_chooses(tmp_path: Path) -> None:
    """A process of its own: the log is set up once."""
    code = (
        "import django, logging; django.setup();"
        "logging.getLogger('lms.x').warning('one\\ntwo'); logging.getLogger('lms.x').info('three')"
    )
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "lms.settings", "DATA_DIR": str(tmp_path), "LOG_FORMAT": "json",
        "LOG_LEVEL": "WARNING",
    }  # fmt: skip
    done = subprocess.run(
        [sys.executable, "-c", code],
        cwd=now.BASE_DIR, env=environment, capture_output=True, text=True, check=True,
    )  # fmt: skip
    (line,) = done.stderr.splitlines()
    assert json.loads(line)["message"] == "one\ntwo"


def test_another_format_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("LOG_FORMAT", "xml")
    with pytest.raises(ImproperlyConfigured, match="LOG_FORMAT='xml' is none of line, json"):
        Env().choice("LOG_FORMAT", ["line", "json"])
    monkeypatch.delenv("LOG_FORMAT")
    assert Env().choice("LOG_FORMAT", ["line", "json"]) == "line"
