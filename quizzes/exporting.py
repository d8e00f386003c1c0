"""Question banks and quizzes back into the catalogue's files: `quizzes.catalogue` backwards."""

import json
from decimal import Decimal
from typing import Any

from courses.exporting.course import in_order, with_unknown
from courses.exporting.output import Output
from courses.models import Lesson
from lms.readable import parse_yaml
from lms.yaml_edits import ABSENT, Flow, Known, Spaced
from quizzes.catalogue import QUESTIONS
from quizzes.models import Question, QuestionBank, QuestionVersion, Quiz, Slot
from quizzes.types import registry
from quizzes.types.base import BodyError, QuestionType

DEFAULTS: dict[str, Any] = {
    "attempts": None, "time_limit": None, "layout": "one_page", "shuffle": True,
    "review": "explanations",
}  # fmt: skip


def unload_quiz(lesson: Lesson, entry: dict[str, Any], output: Output) -> dict[str, Any]:
    """What course.yaml is to say of the quiz; its bank goes into the output too.

    Raises CatalogueError.
    """
    quiz = Quiz.objects.select_related("bank__owner").filter(lesson=lesson).first()
    if quiz is None:
        output.tell(lesson.key, "the lesson has no quiz")
        return {}
    name = _file_of(quiz.bank, output)
    if output.is_first(name):
        unload_bank(quiz.bank, name, output)
    if quiz.bank.owner_id != lesson.course.owner_id:
        what = f"its bank belongs to {quiz.bank.owner.code}; a load makes one of the course's unit"
        output.tell(lesson.key, what)
    said = {
        "bank": ABSENT if name == QUESTIONS else name,
        "pass_mark": _number(quiz.pass_mark),
        "attempts": quiz.attempts,
        "time_limit": quiz.time_limit,
        "layout": quiz.layout,
        "shuffle": quiz.shuffle,
        "review": quiz.review,
        "slots": _slots(quiz, entry.get("slots", [])),
    }
    return {"quiz": Known(said, defaults=DEFAULTS)}


def _file_of(bank: QuestionBank, output: Output) -> str:
    """The file that holds the bank, or is to hold it."""
    names = output.names("questions*.yaml")
    for name in names:
        if _read(name, output).get("key") == bank.key:
            return name
    return f"questions-{bank.key}.yaml" if QUESTIONS in names else QUESTIONS


def _read(name: str, output: Output) -> dict[str, Any]:
    return parse_yaml(output.text(name)) or {}


def unload_bank(bank: QuestionBank, name: str, output: Output) -> None:
    """Have the file say what the bank holds. Questions that it does not have stay in the file."""
    there: list[dict[str, Any]] = _read(name, output).get("questions", [])
    entries = {entry["key"]: entry for entry in there}
    ready = {
        version.question_id: version
        for version in QuestionVersion.objects.latest_ready().filter(question__bank=bank)
    }
    latest = QuestionVersion.objects.newest().filter(question__bank=bank)
    newest = dict(latest.values_list("question", "number"))
    said: dict[str, Any] = {}
    for question in bank.questions.order_by("pk"):
        version = ready.get(question.pk)
        if version is None or version.number != newest[question.pk]:
            output.tell(f"{name}: {question.key}", "a draft is not written")
        entry = entries.get(question.key, {})
        if version:
            said[question.key] = _question(question, version.body, entry, name, output)
        elif entry:
            said[question.key] = entry
    order = [key for key in entries if key in said] + [key for key in said if key not in entries]
    known = set(bank.questions.values_list("key", flat=True))
    questions = with_unknown([said[key] for key in order], there, known, output, name)
    head = {"key": bank.key, "title": in_order(bank.title), "questions": Spaced(questions)}
    output.yaml(name, Known(head, defaults={}))


def _question(
    question: Question, stored: Any, entry: dict[str, Any], name: str, output: Output
) -> dict[str, Any]:
    question_type = registry.get(question.type)
    if question_type is None:
        what = f"not written: unknown type {question.type!r}"
        output.tell(f"{name}: {question.key}", what)
        return entry or {"key": question.key, "type": question.type}
    body, defaults = _body(question_type, stored, entry)
    said = {
        "key": question.key,
        "type": question.type,
        "tags": list(question.tags),
        "outcomes": list(question.outcomes),
        "difficulty": question.difficulty,
        "retired": question.retired_at is not None,
    }
    defaults |= {"tags": [], "outcomes": [], "difficulty": 1, "retired": False}
    return Known(said | body, defaults=defaults)


def _body(
    question_type: QuestionType[Any], stored: Any, entry: dict[str, Any]
) -> tuple[dict[str, Any], dict[str, Any]]:
    """What the entry is to say of the body, as it says it where it means the same; and defaults."""
    body = question_type.parse(stored)
    plain = body.model_dump(mode="json")
    said = question_type.to_catalogue(body)
    defaults = {key: value for key, value in plain.items() if key not in said}
    try:
        before = question_type.parse(question_type.from_catalogue(entry)).model_dump(mode="json")
    except BodyError:
        before = {}
    wanted = {
        key: entry[key] if key in entry and before.get(key) == value else said.get(key, value)
        for key, value in plain.items()
    }
    return wanted, defaults


def _slots(quiz: Quiz, there: list[dict[str, Any]]) -> list[Any]:
    """The slots in order, those that say the same as in the file as they stand there."""
    same: dict[str, list[dict[str, Any]]] = {}
    for one in there:
        same.setdefault(_meaning(one), []).append(one)
    slots: list[Any] = []
    for slot in quiz.slots.select_related("question"):
        said = _slot(slot)
        found = same.get(_meaning(said))
        slots.append(found.pop(0) if found else said)
    return slots


def _slot(slot: Slot) -> Flow:
    mark = {} if slot.mark == 1 else {"mark": _number(slot.mark)}
    if slot.question:
        return Flow(question=slot.question.key, **mark)
    draw = Flow(count=slot.count)
    if slot.tags:
        draw["tags"] = list(slot.tags)
    if slot.difficulty:
        draw["difficulty"] = slot.difficulty
    return Flow(draw=draw, **mark)


def _meaning(entry: dict[str, Any]) -> str:
    """The same for entries that a load takes alike."""
    draw = {"tags": [], "difficulty": None, "count": 1} | (entry.get("draw") or {})
    key, mark = entry.get("question"), float(entry.get("mark", 1))
    return json.dumps([key, None if key else draw, mark], sort_keys=True)


def _number(value: Decimal) -> int | float:
    return int(value) if value == value.to_integral_value() else float(value)
