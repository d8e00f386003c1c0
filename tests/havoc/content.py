"""Makes what is served while faults happen (tests/havoc/plan.py), by the product's own actions."""

import json
from pathlib import Path
from typing import Any

from django.conf import settings
from django.core.management import call_command
from django.test import Client

from courses.actions import publish_course
from courses.models import Course
from lms.people.models import Organisation
from quizzes.models import Layout, QuestionBank
from tests import factories
from tests.havoc.plan import MINUTES, PASS_MARK, QUIZZES, READINGS, RIGHT, TYPES

# No officer loads these, and to compress them takes long.
UNUSED = ["account", "admin", "ckeditor", "mfa", "treebeard"]


def typed(number: int) -> dict[str, Any]:
    return {
        "text": factories.texts(f"Запитання {number}"),
        "explanation": factories.texts("Чому"),
        "accepted": {code: [RIGHT["shorttext"]] for code in factories.LANGUAGES},
    }


def course(root: Organisation, code: str) -> Course:
    made = factories.draft_course(root, code=code)
    module = factories.module(made)
    for key in READINGS[code]:
        factories.lesson(module, key=key)
    if code in QUIZZES:
        lesson = factories.lesson(module, kind="quiz", key=QUIZZES[code])
        limit = MINUTES if code == "RUSH" else None
        quiz = factories.quiz(
            lesson, questions=0, attempts=None, layout=Layout.ONE_PAGE, time_limit=limit,
            pass_mark=PASS_MARK,
        )  # fmt: skip
        bank = QuestionBank.objects.get(pk=quiz.bank_id)
        for position, kind in enumerate(TYPES, 1):
            body = typed(position) if kind == "shorttext" else None
            question = factories.question(bank, body, type=kind)
            factories.Slot.objects.create(quiz=quiz, position=position, question=question)
    publish_course(course=made, actor=None)
    return made


def fill(officers: int, file: str) -> None:
    """Make all of it in an empty database, and note in the file who the officers are."""
    call_command("migrate", verbosity=0)
    if "cache" in settings.DATABASES:
        call_command("createcachetable", database="cache", verbosity=0)
    call_command("collectstatic", verbosity=0, interactive=False, ignore_patterns=UNUSED)
    root = factories.service()
    unit = factories.unit(root)
    for code in READINGS:
        course(root, code)
    people = []
    for number in range(officers):
        officer = factories.officer(unit, email=f"officer{number}@example.org")
        client = Client()
        client.force_login(officer)
        people.append({"pk": officer.pk, "session": client.cookies["sessionid"].value})
    Path(file).write_text(json.dumps(people), encoding="utf-8")


def main(words: list[str]) -> None:
    match words:
        case ["fill", officers, file]:
            fill(int(officers), file)
        case _:
            raise SystemExit(__doc__)
