"""What `make bench` serves: the content that peers were measured with, and who asks for it.

`python -m tests.bench.content fill NUMBER` in the environment of the served site makes a course of
8 lessons of about 600 words, a quiz of 10 single choices on one page and so many officers, and
prints as JSON who they are. `… check FILE` compares what was sent with the database.
"""

import json
import os
import sys
from pathlib import Path
from typing import Any

import django

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "lms.settings")
django.setup()

from django.contrib.auth.hashers import make_password  # noqa: E402
from django.db import connection, transaction  # noqa: E402
from django.test import Client  # noqa: E402
from django.test.utils import CaptureQueriesContext  # noqa: E402

from certificates.models import Certificate  # noqa: E402
from courses.actions import publish_course  # noqa: E402
from courses.models import Enrolment  # noqa: E402
from lms.people.models import User  # noqa: E402
from quizzes.models import Attempt, Layout  # noqa: E402
from quizzes.paper import Paper  # noqa: E402
from tests import factories  # noqa: E402

PASSWORD = "bench-2026-bench"
COURSE, QUIZ = "BENCH", "quiz"
LESSONS, WORDS, QUESTIONS = 8, 600, 10


def cookie_of(user: User) -> str:
    client = Client()
    client.force_login(user)
    return client.cookies["sessionid"].value


def fill(number: int) -> dict[str, Any]:
    root = factories.service("UA")
    unit = factories.unit(root)
    course = factories.draft_course(root, code=COURSE, languages=["uk"])
    for part in range(2):
        module = factories.module(course)
        for lesson in range(LESSONS // 2):
            key = f"lesson-{part * LESSONS // 2 + lesson + 1}"
            row = factories.lesson(module, key=key)
            row.texts.all().delete()
            body = " ".join(f"слово{word % 97}" for word in range(WORDS))
            factories.text(row, "uk", body)
    test = factories.lesson(course.modules.latest("position"), kind="quiz", key=QUIZ)
    factories.quiz(test, questions=QUESTIONS, attempts=None, layout=Layout.ONE_PAGE)
    publish_course(course=course, actor=None)
    course.refresh_from_db()
    coordinator = factories.coordinator(root, family_name="Координатор")
    officers, password = [], make_password(PASSWORD)
    with transaction.atomic():
        for count in range(number):
            officer = factories.officer(unit, family_name=f"Ґалаґан{count:04}", password=password)
            factories.enrolled(officer, course)
            officers.append({"login": officer.login, "name": officer.family_name})
            officers[-1]["session"] = cookie_of(officer)
    graduate = factories.officer(unit, family_name="Випускниця")
    short = factories.published_course(root, questions=0, readings=1)
    factories.read_all(factories.enrolled(graduate, short))
    return {
        "officers": officers,
        "coordinator": {"session": cookie_of(coordinator), "name": "Координатор"},
        "certificate": Certificate.objects.get(enrolment__officer=graduate).get_absolute_url(),
        "password": PASSWORD,
        "lesson": "Урок lesson-{} (uk)",
        "course": "Перевірка документів BENCH (uk)",
    }


def statements(session: str, addresses: list[str]) -> dict[str, int]:
    """How many SQL statements each page costs."""
    client = Client()
    client.cookies["sessionid"] = session
    found = {}
    for address in addresses:
        client.get(address, headers={"host": "127.0.0.1"})
        with CaptureQueriesContext(connection) as queries:
            page = client.get(address, headers={"host": "127.0.0.1"})
        assert page.status_code == 200, address
        found[address] = len(queries.captured_queries)
    return found


def check(sent: dict[str, dict[str, str]]) -> dict[str, Any]:
    """Compare each answer sent, by attempt and position, and each mark, with the database."""
    lost, marks = [], []
    rows = Attempt.objects.in_bulk(list(sent))
    by_pk = {str(pk): row for pk, row in rows.items()}
    for pk, answers in sent.items():
        row = by_pk.get(pk)
        if row is None or row.is_open:
            lost.append(f"{pk}: not submitted")
            continue
        right = 0
        for question in Paper(row).questions:
            assert question.type
            form = question.type.form_data(question.body, question.item.response, question.name)
            given = [value for values in form.values() for value in values]
            sent_as = answers.get(str(question.position))
            if sent_as is not None and given != [sent_as]:
                lost.append(f"{pk} {question.position}: {given}")
            key = question.type.right_response(question.body)
            right += question.item.response == key
        if row.passed != (right * 100 >= 70 * QUESTIONS):
            marks.append(f"{pk}: {right} right, passed {row.passed}")
    enrolments = Enrolment.objects.filter(attempts__in=list(sent)).distinct().count()
    return {"attempts": len(sent), "lost": lost, "marks": marks, "enrolments": enrolments}


def main(words: list[str]) -> None:
    match words:
        case ["fill", number]:
            answer: Any = fill(int(number))
        case ["statements", session, *addresses]:
            answer = statements(session, addresses)
        case ["check", file]:
            answer = check(json.loads(Path(file).read_text(encoding="utf-8")))
        case _:
            raise SystemExit(__doc__)
    print(json.dumps(answer, ensure_ascii=False))


if __name__ == "__main__":
    main(sys.argv[1:])
