"""Brings question banks and quizzes up to date from the catalogue's files."""

from pathlib import Path
from typing import Any

from django.core.validators import validate_slug
from i18nfield.strings import LazyI18nString

from courses.catalogue import CatalogueError, EditedSince
from courses.models import Lesson
from lms.people.models import Organisation
from lms.readable import read_yaml
from quizzes.authoring.keys import write_keys
from quizzes.models import Question, QuestionBank, QuestionVersion, Quiz, Slot
from quizzes.types import registry
from quizzes.types.base import BodyError

QUESTIONS = "questions.yaml"


def load_bank(owner: Organisation, path: Path) -> QuestionBank:
    """Make or update a bank; a question whose content differs gets its next version.

    Questions gone from the file stay, for attempts and other quizzes may use them. Raises
    CatalogueError with the place in the file, and EditedSince for a question that a person changed.
    """
    data = read_yaml(path)
    bank, _new = QuestionBank.objects.update_or_create(
        owner=owner, key=data["key"], defaults={"title": LazyI18nString(data["title"])}
    )
    known = {question.key: question for question in bank.questions.all()}
    newest = {
        version.question_id: version
        for version in QuestionVersion.objects.newest_ready().filter(question__bank=bank)
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
    version = newest.get(question.pk)
    is_edited = bool(version and version.created_by_id and version.body != body)
    write_keys(question, version.body if version and is_edited else body)
    question.save()
    if version and version.body == body:
        return True
    if is_edited:
        return False
    QuestionVersion.objects.create(
        question=question,
        number=version.number + 1 if version else 1,
        body=body,
        state=QuestionVersion.State.READY,
    )
    return True


def load_quiz(lesson: Lesson, entry: dict[str, Any], folder: Path) -> Quiz:
    """Make or update the quiz of a lesson, its bank from `questions.yaml` beside the course."""
    bank = load_bank(lesson.course.owner, folder / QUESTIONS)
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
    quiz.slots.all().delete()
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
    Slot.objects.bulk_create(slots)
    return quiz
