"""What a process of the first release does in the database, in its own SQL, without the product.

`python old_release.py ADDRESS ITEM USER` reads what pages read and writes what an officer's answer
writes, until it is killed: "kept NUMBER" is an acknowledged answer, "failed …" what went wrong.
The address is that of a PostgreSQL database or the path of a SQLite file.
"""

import sqlite3
import sys
from contextlib import closing
from itertools import count
from typing import Any

import psycopg

READS = (
    "SELECT u.login, u.family_name, e.cycle, e.due_on, c.code FROM people_user u"
    " JOIN courses_enrolment e ON e.officer_id = u.id JOIN courses_course c ON c.id = e.course_id",
    "SELECT f.name, f.content_type, f.sha256, f.file FROM courses_coursefile f",
    "SELECT t.html FROM courses_revisiontext r JOIN courses_lessontext t ON t.id = r.text_id",
    "SELECT q.key, v.body FROM quizzes_question q"
    " JOIN quizzes_questionversion v ON v.question_id = q.id",
)
SAVE = (
    "INSERT INTO quizzes_responsesave (item_id, client, seq, language, received_at, data)"
    " VALUES (%s, 'old', %s, 'uk', CURRENT_TIMESTAMP, '{\"choice\": \"a\"}')"
)
SEEN = "UPDATE people_user SET last_login = CURRENT_TIMESTAMP WHERE id = %s"
AUDITED = (
    "INSERT INTO audit_auditentry (time, actor_name, verb, thing_type, thing_id, thing_name,"
    " organisation) VALUES (CURRENT_TIMESTAMP, '', 'person.signed_in', 'user', %s, 'old', '')"
)


def connected(address: str) -> Any:
    """A connection as the product has them; each statement is a transaction, but where it says."""
    if address.startswith("postgres"):
        options = "-c lock_timeout=15000"
        return psycopg.connect(address, autocommit=True, prepare_threshold=None, options=options)
    return sqlite3.connect(address, timeout=20, isolation_level=None)


def page(connection: Any, number: int, item: str, user: str) -> None:
    """One request: it reads, and saves an answer, and only then says so."""
    is_sqlite = isinstance(connection, sqlite3.Connection)

    def run(statement: str, *values: object) -> None:
        connection.execute(statement.replace("%s", "?") if is_sqlite else statement, values)

    for statement in READS:
        connection.execute(statement).fetchall()
    run("BEGIN IMMEDIATE" if is_sqlite else "BEGIN")
    run(SAVE, item, number)
    run(SEEN, user)
    run(AUDITED, user)
    run("COMMIT")
    print("kept", number, flush=True)


def main(address: str, item: str, user: str) -> None:
    for number in count(1):
        with closing(connected(address)) as connection:
            try:
                page(connection, number, item, user)
            except (psycopg.Error, sqlite3.Error) as error:
                print("failed", number, error, flush=True)


if __name__ == "__main__":
    main(*sys.argv[1:])
