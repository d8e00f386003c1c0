"""Brings question banks and quizzes up to date from the catalogue's files."""

import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from django.core.validators import validate_slug
from django.db.models import Max
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from courses.catalogue import CatalogueError, EditedSince
from courses.models import Lesson
from lms.people.models import Organisation
from lms.readable import read_yaml
from quizzes.authoring.keys import write_keys
from quizzes.models import Question, QuestionBank, QuestionVersion, Quiz, Slot
from quizzes.types import registry
from quizzes.types.base import BodyError
from quizzes.uses import uses_of

QUESTIONS = "questions.yaml"
NAMED = re.compile(r"questions(?:-[\w-]+)?\.yaml")


def load_bank(owner: Organisation, path: Path) -> QuestionBank:
    """Make or update a bank; a question whose content differs gets its next version.

    Questions gone from the file stay, for attempts and other quizzes may use them. Raises
    CatalogueError with the place in the file, and EditedSince for a question that a person changed.
    """
    data = read_yaml(path)
    bank, _new = QuestionBank.objects.update_or_create(
        owner=owner, key=data["key"], defaults={"title": LazyI18nString(data["title"])}
    )
    rows = bank.questions.annotate(last=Max("versions__number"))
    known = {question.key: question for question in rows}
    newest = {
        version.question_id: version
        for version in QuestionVersion.objects.latest_ready().filter(question__bank=bank)
    }
    edited = [
        f"{path.name}: {entry['key']}"
        for entry in data["questions"]
        if not _load_question(bank, entry, path, known, newest)
    ]
    if edited:
        raise EditedSince(edited)
    return bank


def _load_question(
    bank: QuestionBank,
    entry: dict[str, Any],
    path: Path,
    known: dict[str, Question],
    newest: dict[int, QuestionVersion],
) -> bool:
    """Bring one question up to date; False when a person has changed it since."""
    place = f"{path}: {entry.get('key', '?')}"
    validate_slug(entry["key"])
    question_type = registry.get(entry["type"])
    if question_type is None:
        raise CatalogueError(f"{place}: unknown type {entry['type']!r}")
    data = question_type.from_catalogue(entry)
    try:
        body = question_type.parse(data).model_dump(mode="json")
    except BodyError as error:
        raise CatalogueError(f"{place}: {error}") from error
    question = known.get(entry["key"])
    if question is None:
        question = Question(bank=bank, key=entry["key"])
    elif question.type != entry["type"]:
        raise CatalogueError(f"{place}: was {question.type!r}; a question keeps its type")
    question.type, question.tags = entry["type"], entry.get("tags", [])
    question.difficulty = entry.get("difficulty", 1)
    question.outcomes = entry.get("outcomes", [])
    if "retired" in entry:
        _retire(question, entry["retired"], place)
    version = newest.get(question.pk)
    is_edited = bool(version and version.created_by_id and version.body != body)
    last = getattr(question, "last", None) or 0
    searched = version.body if version and is_edited else body
    if version and last > version.number:  # lists show the draft that a person has begun
        searched = question.versions.get(number=last).body
    write_keys(question, searched)
    question.save()
    if version and version.body == body:
        return True
    if is_edited:
        return False
    QuestionVersion.objects.create(
        question=question,
        number=last + 1,
        body=body,
        state=QuestionVersion.State.READY,
    )
    return True


def _retire(question: Question, retired: bool, place: str) -> None:
    """Retire the question or take it back; refused while a published fixed slot holds it."""
    if not retired:
        question.retired_at = None
    elif question.retired_at is None:
        if question.pk and any(use.published and use.fixed for use in uses_of(question)):
            raise CatalogueError(f"{place}: retired, and a published quiz asks it")
        question.retired_at = timezone.now()


def load_quiz(lesson: Lesson, entry: dict[str, Any], folder: Path) -> Quiz:
    """Make or update the quiz of a lesson and its bank.

    The bank's file stands beside the course: `questions.yaml`, or the one that the quiz names.
    """
    name = str(entry.get("bank", QUESTIONS))
    if not NAMED.fullmatch(name):
        raise CatalogueError(f"{lesson.key}: {name!r} is no name of a bank's file")
    bank = load_bank(lesson.course.owner, folder / name)
    quiz, _new = Quiz.objects.update_or_create(
        lesson=lesson,
        defaults={
            "bank": bank,
            "pass_mark": entry["pass_mark"],
            "attempts": entry.get("attempts"),
            "time_limit": entry.get("time_limit"),
            "layout": entry.get("layout", "one_page"),
            "shuffle": entry.get("shuffle", True),
            "review": entry.get("review", "explanations"),
        },
    )
    questions = {question.key: question for question in bank.questions.all()}
    slots = []
    for position, slot in enumerate(entry["slots"], 1):
        drawn = slot.get("draw", {})
        key = slot.get("question")
        if key is not None and key not in questions:
            raise CatalogueError(f"{lesson.key}: no question {key!r} in the bank")
        slots.append(
            Slot(
                quiz=quiz,
                position=position,
                question=questions[key] if key else None,
                tags=drawn.get("tags", []),
                difficulty=drawn.get("difficulty"),
                count=drawn.get("count", 1),
                mark=slot.get("mark", 1),
            )
        )
    if [_said(slot) for slot in slots] != [_said(slot) for slot in quiz.slots.all()]:
        quiz.slots.all().delete()
        Slot.objects.bulk_create(slots)
    return quiz


def _said(slot: Slot) -> tuple[Any, ...]:
    """What a slot asks, wherever it is numbered."""
    mark = Decimal(str(slot.mark))
    return slot.question_id, slot.tags, slot.difficulty, slot.count, mark
