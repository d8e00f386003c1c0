"""A service of 100,000 officers in 500 units, laid down by the database itself in under a minute.

Ten directorates of seven detachments of six crossing points each, and the root. Each officer has
two or three enrolments of all states, an attempt for each that was begun, a certificate for each
that was completed; one in fifty is seconded beside his post, and one in a hundred has left.
"""

from typing import Any

import psycopg
from django.core.management import call_command
from django.db import connection

from lms.people.models import Organisation, User
from tests import factories

NAME = "waypost_bench"
OFFICERS = 100_000
SHAPE = (10, 7, 6)  # directorates, detachments in each, crossing points in each of those

PEOPLE = """
INSERT INTO people_user (password, is_superuser, login, email, given_name, family_name, patronymic,
    given_name_latin, family_name_latin, rank, language, time_zone, is_active, is_demo,
    discharge_ends, name_confirmed_at, privacy_read_at, search_key, sort_key, service_id)
SELECT '!', false, 'b-' || lpad(i::text, 6, '0'), '', 'Мар’яна', 'Ґалаґан' || i, 'Юріївна',
    'Mariana', 'Galagan', 'sergeant', 'uk', '', i %% 100 <> 0, false,
    '[]', now(), now(),
    'ґалаґан' || i || ' мар''яна юріївна galagan b-' || i, lpad(i::text, 6, '0'),
    %(root)s
FROM generate_series(1, %(officers)s) i
"""
POSTS = """
INSERT INTO people_membership (user_id, organisation_id, role, kind, since, until)
SELECT u.id, (%(units)s::bigint[])[1 + (u.id * 7919) %% array_length(%(units)s::bigint[], 1)],
    'officer', 'post', current_date - 400, NULL
FROM people_user u WHERE u.login LIKE 'b-%%'
"""
SECONDED = """
INSERT INTO people_membership (user_id, organisation_id, role, kind, since, until)
SELECT u.id, (%(units)s::bigint[])[1 + (u.id * 104729) %% array_length(%(units)s::bigint[], 1)],
    'officer', 'secondment', current_date - 30, current_date + 60
FROM people_user u WHERE u.login LIKE 'b-%%' AND u.id %% 50 = 0
"""
# Of a hundred enrolments: 8 overdue, 7 due within a week, 20 due later, 62 completed (7 of them
# late), 3 cancelled. Every officer has the first two courses, every second the third as well.
ENROLMENTS = """
INSERT INTO courses_enrolment (id, officer_id, course_id, cycle, language, enrolled_at, started_at,
    due_on, due_at, due_changes, completed_at, completed_revision_id, cancelled_at,
    evaluated_revision_id)
SELECT gen_random_uuid(), officer, course, 1, 'uk', begun, begun + interval '1 day',
    (due - interval '1 day')::date, due, 0,
    CASE WHEN dice BETWEEN 35 AND 89 THEN due - interval '3 days'
         WHEN dice BETWEEN 90 AND 96 THEN due + interval '2 days' END,
    CASE WHEN dice BETWEEN 35 AND 96 THEN revision END,
    CASE WHEN dice >= 97 THEN begun + interval '5 days' END, revision
FROM (
    SELECT u.id AS officer, c.id AS course, c.current_revision_id AS revision, r.dice,
        date_trunc('day', now()) - interval '400 days' AS begun,
        date_trunc('day', now()) + CASE
            WHEN r.dice < 8 THEN -(1 + u.id %% 20)
            WHEN r.dice < 15 THEN 1 + u.id %% 7
            WHEN r.dice < 35 THEN 8 + u.id %% 120
            ELSE -(10 + u.id %% 360) END * interval '1 day' AS due
    FROM people_user u
    CROSS JOIN unnest(%(courses)s::bigint[]) WITH ORDINALITY AS k(course, place)
    JOIN courses_course c ON c.id = k.course
    CROSS JOIN LATERAL (
        SELECT ((u.id * 31 + k.place * 17) * 2654435761 %% 1000003) %% 100 AS dice
    ) r
    WHERE u.login LIKE 'b-%%' AND (k.place < 3 OR u.id %% 2 = 0)
) made
"""
ATTEMPTS = """
INSERT INTO quizzes_attempt (id, enrolment_id, lesson_id, revision_id, number, settings, pass_mark,
    seed, started_at, submitted_at, in_time, mark, max_mark, passed)
SELECT gen_random_uuid(), e.id, %(lesson)s, e.evaluated_revision_id, n, %(settings)s::jsonb, 70,
    7, e.started_at + n * interval '1 hour', e.started_at + n * interval '1 hour 20 minutes', true,
    CASE WHEN passed THEN 3 ELSE 1 END, 3, passed
FROM courses_enrolment e
CROSS JOIN generate_series(1, 2) n
CROSS JOIN LATERAL (SELECT (e.officer_id %% 7 = 0) AS failed_first) f
CROSS JOIN LATERAL (SELECT n = 2 OR NOT failed_first AS passed) p
WHERE e.course_id = %(course)s AND (n = 1 OR failed_first) AND e.completed_at IS NOT NULL
"""
CERTIFICATES = """
INSERT INTO certificates_certificate (id, enrolment_id, edition, serial, name_native, name_latin,
    course_code, course_title, language, minutes, issuer, issued_at, issued_on, expires_on,
    is_specimen, revoked_reason, mailed_at)
SELECT gen_random_uuid(), e.id, 1, upper(substr(md5(e.id::text), 1, 16)), 'Ґалаґан Мар’яна',
    'Mariana Galagan', 'C', '{"uk": "Курс"}', 'uk', 60, '{"uk": "Служба"}',
    e.completed_at, e.completed_at::date, (e.completed_at + interval '2 years')::date
        - (e.officer_id %% 700)::int, false, '', e.completed_at
FROM courses_enrolment e WHERE e.completed_at IS NOT NULL
"""


def create(server: str) -> None:
    """Make the database anew. `server` is the address of any database of the cluster."""
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")
        link.execute(f"CREATE DATABASE {NAME}")


def drop(server: str) -> None:
    with psycopg.connect(server, autocommit=True) as link:
        link.execute(f"DROP DATABASE IF EXISTS {NAME} WITH (FORCE)")


def units_beneath(root: Organisation) -> list[int]:
    """Lay down the tree; the ids of the units in which officers serve."""
    made, served = [], []
    for a in range(1, SHAPE[0] + 1):
        first = f"{root.path}{a:04}"
        made.append((first, 2, SHAPE[1]))
        for b in range(1, SHAPE[1] + 1):
            second = f"{first}{b:04}"
            made.append((second, 3, SHAPE[2]))
            served.append(second)
            for c in range(1, SHAPE[2] + 1):
                made.append((f"{second}{c:04}", 4, 0))
                served.append(f"{second}{c:04}")
    Organisation.objects.bulk_create(
        Organisation(
            path=path,
            depth=depth,
            numchild=children,
            code=f"B-{path}",
            name=factories.texts(f"Підрозділ {path}"),
            country="UA",
        )
        for path, depth, children in made
    )
    Organisation.objects.filter(pk=root.pk).update(numchild=SHAPE[0])
    return list(Organisation.objects.filter(path__in=served).values_list("pk", flat=True))


def fill() -> User:
    """Lay the world down in an empty database; the administrator who answers for all of it."""
    call_command("migrate", verbosity=0)
    root = factories.service("BENCH")
    administrator = factories.administrator(root, language="uk")
    courses = [factories.published_course(root, code=f"C{n}") for n in (1, 2, 3)]
    units = units_beneath(root)
    with connection.cursor() as cursor:
        run = cursor.execute
        run(PEOPLE, {"root": root.pk, "officers": OFFICERS})
        run(POSTS, {"units": units})
        run(SECONDED, {"units": units})
        run(ENROLMENTS, {"courses": [course.pk for course in courses]})
        for course in courses[:2]:
            quiz = course.lessons.get(kind="quiz")
            run(ATTEMPTS, {"course": course.pk, "lesson": quiz.pk, "settings": "{}"})
        run(CERTIFICATES, {})
        run("VACUUM ANALYZE")
    return administrator


def rows() -> dict[str, Any]:
    """How many rows the tables hold."""
    tables = ("people_organisation", "people_user", "people_membership", "courses_enrolment",
              "quizzes_attempt", "certificates_certificate")  # fmt: skip
    found = {}
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f"SELECT count(*) FROM {table}")
            found[table] = cursor.fetchone()[0]
    return found
