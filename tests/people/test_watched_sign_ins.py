"""Sign-ins that fail and limits that are reached: what the logs tell, and that they name nobody."""

import json
import logging
import re
from typing import Any

import pytest
from django.core.cache import cache
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from lms.audit.models import AuditEntry
from lms.ops.logs import JsonFormatter
from lms.people.models import User
from tests.people.conftest import PASSWORD
from tests.people.test_second_factor import STEP, make_codes, signing_in

LINE = re.compile(r"(?P<what>.+): account (?P<account>[0-9a-f]{12}) from (?P<source>[0-9a-f]{12})")
HERE, THERE = "198.51.100.7", "203.0.113.9"


def wrong(login: str, address: str = HERE) -> int:
    client = Client(REMOTE_ADDR=address)
    return client.post("/sign-in/", {"login": login, "password": "not-this-one"}).status_code


def said(caplog: pytest.LogCaptureFixture) -> list[dict[str, str]]:
    """The lines about sign-ins, as JSON shows them."""
    records = [record for record in caplog.records if record.name == "lms.people.security"]
    lines = [json.loads(JsonFormatter().format(record))["message"] for record in records]
    matches = [LINE.fullmatch(line) for line in lines]
    assert all(matches), lines
    return [match.groupdict() for match in matches if match]


def test_each_wrong_password_leaves_a_line_that_names_nobody(
    officer: User, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.WARNING)
    for login, address in ((officer.login, HERE), (officer.login.upper(), THERE), ("x", HERE)):
        wrong(login, address)
    first, second, third = said(caplog)
    assert {line["what"] for line in (first, second, third)} == {"sign-in failed"}
    assert first["account"] == second["account"] != third["account"]
    assert first["source"] == third["source"] != second["source"]
    assert not re.search(f"{officer.login}|{HERE}|not-this-one", str(said(caplog)), re.IGNORECASE)


def test_a_right_password_leaves_none(officer: User, caplog: pytest.LogCaptureFixture) -> None:
    signing_in(officer)
    assert not said(caplog)


def test_the_limit_is_told_to_the_log_each_time_and_to_the_audit_log_once(
    officer: User, root: Any, caplog: pytest.LogCaptureFixture
) -> None:
    assert [wrong(officer.login) for _ in range(8)] == [200] * 5 + [429] * 3
    told = [line["what"] for line in said(caplog)]
    assert told == ["sign-in failed"] * 5 + ["sign-in refused, too many tries"] * 3
    entry = AuditEntry.objects.get(verb="session.refused")
    assert (entry.actor, entry.thing_id, entry.address) == (None, str(officer.pk), HERE)
    assert entry.organisation == root.path, "the service's administrator reads it"
    cache.clear()
    assert [wrong(officer.login) for _ in range(6)][-1] == 429
    assert AuditEntry.objects.filter(verb="session.refused").count() == 2


def test_an_unknown_login_costs_the_same_and_is_not_kept(officer: User) -> None:
    """By the clock nobody learns which logins there are."""
    queries = []
    for login in (officer.login, "ua-999999"):
        for _try in range(5):
            wrong(login)
        with CaptureQueriesContext(connection) as found:
            assert wrong(login) == 429
        queries.append([query["sql"].split()[0] for query in found])
    assert queries[0] == queries[1]
    known, unknown = AuditEntry.objects.filter(verb="session.refused").order_by("pk")
    assert known.organisation
    assert (unknown.thing_name, unknown.organisation, unknown.after) == ("", "", None)


def test_a_wrong_code_after_the_right_password_is_on_record(
    officer: User, root: Any, caplog: pytest.LogCaptureFixture
) -> None:
    make_codes(officer)
    client, _response = signing_in(officer, PASSWORD)
    client.post(STEP, {"code": "0000 0000"})
    assert [line["what"] for line in said(caplog)] == ["second factor failed"]
    entry = AuditEntry.objects.get(verb="factor.refused")
    assert (entry.actor, entry.thing_id, entry.organisation) == (None, str(officer.pk), root.path)
