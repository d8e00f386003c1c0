"""Where questions are used: in the quizzes as drafted, and in what is published."""

from collections.abc import Iterable
from dataclasses import dataclass

from courses.models import Course, Lesson, Status
from courses.outlines import outlines_of
from quizzes.drawing import fits
from quizzes.models import Question, QuestionBank, QuestionVersion, Slot
from quizzes.snapshots import QuizSettings, SlotSettings


@dataclass(frozen=True)
class Use:
    """A quiz that holds a question, or may draw it."""

    course: Course
    key: str
    title: dict[str, str]
    fixed: bool
    published: bool


@dataclass(frozen=True)
class PublishedQuiz:
    course: Course
    key: str
    title: dict[str, str]
    languages: tuple[str, ...]
    settings: QuizSettings


def published_quizzes(bank: QuestionBank) -> list[PublishedQuiz]:
    """The quizzes that officers get now and that take questions of the bank. Two queries."""
    courses = Course.objects.filter(
        status=Status.PUBLISHED,
        lessons__kind="quiz",
        owner__path__startswith=bank.owner.service_path,
    ).distinct()
    rows = list(courses)
    outlines = outlines_of(row.current_revision_id for row in rows if row.current_revision_id)
    found = []
    for course in rows:
        if course.current_revision_id is None:
            continue
        outline = outlines[course.current_revision_id]
        for item in outline.lessons:
            if item.kind != "quiz":
                continue
            settings = QuizSettings.model_validate(item.body)
            if settings.bank == bank.pk:
                found.append(
                    PublishedQuiz(course, item.key, item.title, outline.languages, settings)
                )
    return found


def _may_hold(slots: Iterable[SlotSettings], question: Question) -> tuple[bool, bool]:
    """Whether a fixed slot holds the question, and whether a draw may bring it."""
    fixed = drawn = False
    version = QuestionVersion(question=question)
    for slot in slots:
        if slot.question:
            fixed = fixed or slot.question == question.pk
        else:
            drawn = drawn or fits(slot, version)
    return fixed, drawn


def uses_of(question: Question) -> list[Use]:
    """Every quiz that has the question, drafted or published; a quiz both ways comes twice."""
    uses = []
    slots: dict[int, list[Slot]] = {}
    rows = Slot.objects.filter(quiz__bank=question.bank_id).select_related("quiz__lesson__course")
    for slot in rows.order_by("quiz", "position"):
        slots.setdefault(slot.quiz_id, []).append(slot)
    for mine in slots.values():
        lesson: Lesson = mine[0].quiz.lesson
        fixed, drawn = _may_hold((settings_of(slot) for slot in mine), question)
        if (fixed or drawn) and lesson.removed_at is None:
            titles = getattr(lesson.title, "data", None)
            title = titles if isinstance(titles, dict) else {}
            uses.append(Use(lesson.course, lesson.key, title, fixed, published=False))
    for quiz in published_quizzes(question.bank):
        fixed, drawn = _may_hold(quiz.settings.slots, question)
        if fixed or drawn:
            uses.append(Use(quiz.course, quiz.key, quiz.title, fixed, published=True))
    return uses


def settings_of(slot: Slot) -> SlotSettings:
    """A drafted slot as the drawing understands it, without the version of a fixed one."""
    return SlotSettings(
        question=slot.question_id,
        tags=tuple(slot.tags),
        difficulty=slot.difficulty,
        count=slot.count,
        mark=slot.mark,
    )


def languages_needed(question: Question) -> list[str]:
    """The languages of the published courses that use the question."""
    needed: dict[str, None] = {}
    if question.pk:
        for quiz in published_quizzes(question.bank):
            if any(_may_hold(quiz.settings.slots, question)):
                needed |= dict.fromkeys(quiz.languages)
    return list(needed)
