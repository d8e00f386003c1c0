"""What changes the draft of a quiz: its settings and its slots."""

from collections.abc import Iterable, Mapping, Sequence
from decimal import Decimal
from typing import Any

from django.db import transaction
from django.db.models import F, Max
from django.utils.text import slugify
from django.utils.translation import gettext, override
from i18nfield.strings import LazyI18nString

from courses.models import Lesson
from courses.publishing import texts_of
from lms.audit.actions import record
from lms.people.models import User
from quizzes.actions.authoring import create_bank
from quizzes.models import Question, QuestionBank, Quiz, Review, Slot

PASS_MARK, ATTEMPTS = Decimal(80), 3
SETTINGS = ("bank_id", "pass_mark", "attempts", "time_limit", "layout", "shuffle", "review")
_OUT_OF_THE_WAY = 1_000_000  # while positions are dealt anew


def bank_of_course(lesson: Lesson) -> QuestionBank:
    """The course's own bank, made on first use."""
    course = lesson.course
    return create_bank(
        owner=course.owner,
        key=slugify(f"course-{course.code}")[:64],
        title=texts_of(course.title) or {"en": course.code},
        actor=None,
    )


def make_quiz(lesson: Lesson) -> Quiz:
    """Give a new quiz lesson its settings, its bank and a title in each language that has none."""
    with transaction.atomic():
        quiz, _new = Quiz.objects.get_or_create(
            lesson=lesson,
            defaults={
                "bank": bank_of_course(lesson),
                "pass_mark": PASS_MARK,
                "attempts": ATTEMPTS,
                "review": Review.EXPLANATIONS_WHEN_CLOSED,
            },
        )
        titles = texts_of(lesson.title)
        for code in lesson.course.languages:
            with override(code):
                titles.setdefault(code, gettext("Quiz"))
        lesson.title = LazyI18nString(titles)
        lesson.save(update_fields=["title"])
    return quiz


def copy_quiz(*, source: Lesson, lesson: Lesson) -> Quiz | None:
    """Give a duplicate lesson the settings and slots of its source."""
    with transaction.atomic():
        original = Quiz.objects.filter(lesson=source).first()
        if original is None:
            return make_quiz(lesson)
        values = {name: getattr(original, name) for name in SETTINGS}
        quiz, new = Quiz.objects.get_or_create(lesson=lesson, defaults=values)
        if new:
            columns = ("position", "question_id", "tags", "difficulty", "count", "mark")
            Slot.objects.bulk_create(
                Slot(quiz=quiz, **{name: getattr(slot, name) for name in columns})
                for slot in original.slots.all()
            )
    return quiz


def _changed(quiz: Quiz, actor: User | None, before: Any, after: Any) -> None:
    record(
        "quiz.changed",
        actor=actor,
        thing=quiz,
        organisation=quiz.lesson.course.owner.path,
        before=before,
        after=after,
    )


def change_quiz(
    *, quiz: Quiz, settings: Mapping[str, Any], titles: Mapping[str, str], actor: User | None
) -> None:
    """Set the settings (columns of `Quiz`) and the titles by language."""
    with transaction.atomic():
        quiz = (
            Quiz.objects.select_for_update().select_related("lesson__course__owner").get(pk=quiz.pk)
        )
        lesson = quiz.lesson
        before = _said(quiz) | {"title": texts_of(lesson.title)}
        for name, value in settings.items():
            setattr(quiz, name, value)
        lesson.title = LazyI18nString({code: words for code, words in titles.items() if words})
        after = _said(quiz) | {"title": texts_of(lesson.title)}
        changed = [name for name in after if before[name] != after[name]]
        if not changed:
            return
        quiz.save()
        lesson.save(update_fields=["title"])
        _changed(
            quiz, actor, {name: before[name] for name in changed},
            {name: after[name] for name in changed},
        )  # fmt: skip


def _said(quiz: Quiz) -> dict[str, Any]:
    values = {name: getattr(quiz, name) for name in SETTINGS}
    return values | {"pass_mark": f"{Decimal(quiz.pass_mark).normalize():f}"}


def _slots(quiz: Quiz) -> list[dict[str, Any]]:
    """The slots as the audit log says them."""
    return [
        {"question": slot.question_id, "mark": f"{slot.mark:f}"}
        if slot.question_id
        else {
            "tags": slot.tags,
            "difficulty": slot.difficulty,
            "count": slot.count,
            "mark": f"{slot.mark:f}",
        }
        for slot in quiz.slots.order_by("position")
    ]


def _next(quiz: Quiz) -> int:
    return (quiz.slots.aggregate(last=Max("position"))["last"] or 0) + 1


def add_questions(*, quiz: Quiz, questions: Iterable[Question], actor: User | None) -> int:
    """Put questions of the quiz's bank into fixed slots at the end; how many were not there yet."""
    with transaction.atomic():
        quiz = (
            Quiz.objects.select_for_update().select_related("lesson__course__owner").get(pk=quiz.pk)
        )
        before, place = _slots(quiz), _next(quiz)
        held = set(quiz.slots.exclude(question=None).values_list("question_id", flat=True))
        new = [
            one for one in questions
            if one.pk not in held and one.bank_id == quiz.bank_id and one.retired_at is None
        ]  # fmt: skip
        Slot.objects.bulk_create(
            Slot(quiz=quiz, position=place + number, question=one) for number, one in enumerate(new)
        )
        if new:
            _changed(quiz, actor, {"slots": before}, {"slots": _slots(quiz)})
    return len(new)


def add_draw(
    *, quiz: Quiz, tags: Sequence[str], difficulty: int | None, count: int, actor: User | None
) -> Slot:
    """Add a slot that draws `count` questions with any of the tags and of the difficulty."""
    with transaction.atomic():
        quiz = (
            Quiz.objects.select_for_update().select_related("lesson__course__owner").get(pk=quiz.pk)
        )
        before = _slots(quiz)
        slot = Slot.objects.create(
            quiz=quiz, position=_next(quiz), tags=list(tags), difficulty=difficulty, count=count
        )
        _changed(quiz, actor, {"slots": before}, {"slots": _slots(quiz)})
    return slot


def arrange_slots(
    *,
    quiz: Quiz,
    order: Sequence[int],
    marks: Mapping[int, Decimal],
    counts: Mapping[int, int],
    removed: Iterable[int] = (),
    actor: User | None,
) -> None:
    """Put the slots in an order, with marks and counts by slot; those not named come last."""
    with transaction.atomic():
        quiz = (
            Quiz.objects.select_for_update().select_related("lesson__course__owner").get(pk=quiz.pk)
        )
        before = _slots(quiz)
        quiz.slots.filter(pk__in=list(removed)).delete()
        quiz.slots.update(position=F("position") + _OUT_OF_THE_WAY)
        slots = list(quiz.slots.order_by("position"))
        places = {pk: place for place, pk in enumerate(order)}
        slots.sort(key=lambda slot: places.get(slot.pk, len(places)))
        for place, slot in enumerate(slots, 1):
            slot.position = place
            slot.mark = marks.get(slot.pk, slot.mark)
            if slot.question_id is None:
                slot.count = counts.get(slot.pk, slot.count)
            slot.save()
        after = _slots(quiz)
        if before != after:
            _changed(quiz, actor, {"slots": before}, {"slots": after})
