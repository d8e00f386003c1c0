"""An upgrade across two releases, while processes of the first one go on reading and writing."""

import json
import re
import sys
from typing import Any

import pytest
from django.db import connection
from django.db.migrations.loader import MigrationLoader

from tests.faults.worlds import ROOT, admin_url, wait_until
from tests.ops.instances import Instance

# The migrations of each app as its release had them; the third is the present.
FIRST = {
    "reports": "zero", "certificates": "0003", "quizzes": "0001", "courses": "0002",
    "people": "0001", "audit": "0002",
}  # fmt: skip
SECOND = {"people": "0002", "courses": "0003", "quizzes": "0003", "reports": "0001"}
MANY = 20_000
Rows = dict[str, list[tuple[Any, ...]]]


def tables(instance: Instance) -> list[str]:
    """The product's own, with those between two of them."""
    statement = (
        "SELECT tablename FROM pg_tables WHERE schemaname = 'public'"
        if instance.database
        else "SELECT name FROM sqlite_master WHERE type = 'table'"
    )
    starts = ("people_", "courses_", "quizzes_", "certificates_", "audit_", "reports_")
    return sorted(name for (name,) in instance.rows(statement) if name.startswith(starts))


def columns(instance: Instance, table: str) -> list[str]:
    statement = (
        f"SELECT column_name FROM information_schema.columns WHERE table_name = '{table}'"
        " ORDER BY ordinal_position"
        if instance.database
        else f"SELECT name FROM pragma_table_info('{table}')"
    )
    return [name for (name,) in instance.rows(statement)]


def rows(instance: Instance, layout: dict[str, list[str]]) -> Rows:
    """What the tables hold in these columns, but for what the load writes."""
    without = {
        "quizzes_responsesave": " WHERE client <> 'old'",
        "audit_auditentry": " WHERE thing_name <> 'old'",
    }
    return {
        table: sorted(
            instance.rows(
                f"SELECT {', '.join(chr(34) + name + chr(34) for name in names)} FROM {table}"
                + without.get(table, "")
            ),
            key=repr,
        )
        for table, names in layout.items()
    }


def fill(instance: Instance, item: int) -> None:
    """Answers enough that a table rewritten would be seen."""
    numbers = (
        f"SELECT n FROM generate_series(1, {MANY}) AS g(n)"
        if instance.database
        else f"WITH RECURSIVE g(n) AS (SELECT 1 UNION ALL SELECT n + 1 FROM g WHERE n < {MANY})"
        " SELECT n FROM g"
    )
    instance.write(
        "INSERT INTO quizzes_responsesave (item_id, client, seq, language, received_at, data)"
        f" SELECT {item}, 'before', n, 'uk', CURRENT_TIMESTAMP, '{{}}' FROM ({numbers}) AS numbers"
    )


@pytest.mark.production
def test_two_releases_under_load(instance: Instance) -> None:
    instance.act("migrate", json.dumps(FIRST))
    assert "people_job" not in tables(instance), "the first release had no jobs"
    items = instance.rows("SELECT id FROM quizzes_attemptitem ORDER BY id DESC LIMIT 2")
    (user,) = instance.rows("SELECT min(id) FROM people_user")[0]
    fill(instance, items[0][0])
    layout = {
        table: [name for name in columns(instance, table) if name != "last_login"]
        for table in tables(instance)
    }
    before = rows(instance, layout)
    assert all(before[table] for table in ("people_user", "certificates_certificate"))
    address = instance.database_url or str(instance.data / "waypost.db")
    load = [
        instance.start(sys.executable, ROOT / "tests/ops/old_release.py", address, item, user)
        for (item,) in items
    ]

    def go_on() -> None:
        """Until each of the old processes has kept some more answers."""
        seen = [process.read().count("kept") for process in load]
        for process, kept in zip(load, seen, strict=True):
            wait_until(lambda p=process, n=kept: p.read().count("kept") > n + 5, "answers kept")

    go_on()
    instance.act("migrate", json.dumps(SECOND))
    go_on()
    instance.manage("migrate")
    go_on()
    for process in load:
        process.kill()
    said = [line.split() for process in load for line in process.read().splitlines()]
    assert [words for words in said if words[0] != "kept"] == []
    saved = instance.count("quizzes_responsesave WHERE client = 'old'")
    assert len(said) <= saved <= len(said) + len(load), "the last may not have been said"
    assert rows(instance, layout) == before
    assert instance.manage("migrate", "--check") == ""
    state = instance.state()
    assert len(state["quizzes.ResponseSave"]) == len(before["quizzes_responsesave"]) + saved


# Migrations that hold up others on tables that were there before, and why that may be.
HOLDS_UP = {
    # three indexes and a check of a new column: seconds for a million enrolments
    ("courses.0003_authoring_and_assignments", "courses_enrolment"),
    # as many rows as there are pictures and films
    ("courses.0003_authoring_and_assignments", "courses_coursefile"),
    # an index of the entries with an address: reads the log once, seconds for a million entries
    ("audit.0003_entries_with_an_address", "audit_auditentry"),
    # a check of a new column: reads as many rows as there are people
    ("people.0004_erased_people", "people_user"),
}
QUICK = re.compile(
    r"""ADD\ COLUMN\ "\w+"\ [\w()\[\]]+\ (NULL|DEFAULT\ \S+\ NOT\ NULL);$  # nothing is rewritten
    | DROP\ DEFAULT;$
    | ALTER\ COLUMN\ "\w+"\ TYPE\ varchar\(\d+\);$  # a longer one""",
    re.VERBOSE,
)


@pytest.mark.skipif(not admin_url(), reason="says what PostgreSQL does")
@pytest.mark.django_db
def test_what_holds_up_others_is_known() -> None:
    """A migration that is not quick on an old table fails here: make it quick, or say why not."""
    loader = MigrationLoader(connection, replace_migrations=False)
    nodes = loader.graph.nodes
    first = {
        key for app, name in FIRST.items() if name != "zero"
        for key in nodes if key[0] == app and key[1][:4] <= name
    }  # fmt: skip
    found = set()
    for key in nodes.keys() - first:
        if key[0] not in {*FIRST, *SECOND}:
            continue
        made: set[str] = set()
        for statement in loader.collect_sql([(nodes[key], False)]):
            match = re.match(r'(CREATE TABLE|ALTER TABLE|CREATE .* ON) "(\w+)"', statement)
            if match and match[1] == "CREATE TABLE":
                made.add(match[2])
            elif match and match[2] not in made and not QUICK.search(statement):
                found.add((".".join(key), match[2]))
    assert found == HOLDS_UP
