"""The lesson kind that this app brings: a quiz."""

from collections.abc import Sequence
from pathlib import Path
from typing import Any, cast

from django.db.models import prefetch_related_objects
from django.http import HttpRequest
from django.urls import reverse
from django.utils.translation import get_language, gettext_lazy
from django.utils.translation import gettext as _

from courses.exporting.output import Output
from courses.lesson_kinds import Hole
from courses.models import CourseRevision, Enrolment, Lesson, LessonProgress
from courses.outlines import OutlineLesson
from courses.publishing import texts_of
from courses.standing import counts
from lms.people.models import User
from quizzes.actions import attempts_allowed, attempts_counted, may_take_another
from quizzes.actions.building import copy_quiz, make_quiz
from quizzes.authoring.words import first_words
from quizzes.catalogue import load_quiz
from quizzes.drawing import fits, pool_of, shortage
from quizzes.exporting import unload_quiz
from quizzes.models import Attempt, QuestionVersion, Quiz, RevisionQuestion, Slot
from quizzes.sitting_queries import attempts_at
from quizzes.snapshots import QuizSettings, SlotSettings
from quizzes.types import registry


class QuizLesson:
    """A quiz; done when an attempt is passed."""

    code = "quiz"
    label = gettext_lazy("Quiz")
    template = "quizzes/lesson.html"
    by_hand = False
    editor = "banks:quiz"
    trial = "banks:try"

    def is_done(self, item: OutlineLesson, progress: LessonProgress | None) -> bool:
        return counts(item, progress)

    def gather(self, lessons: Sequence[Lesson]) -> None:
        """The quizzes, their slots and the ready questions of their banks. Three queries."""
        prefetch_related_objects(list(lessons), "quiz__slots")
        quizzes = [lesson.quiz for lesson in lessons if hasattr(lesson, "quiz")]
        pools: dict[int, list[QuestionVersion]] = {quiz.bank_id: [] for quiz in quizzes}
        ready = QuestionVersion.objects.newest_ready().filter(question__bank__in=pools)
        for version in ready.select_related("question").order_by("question"):
            pools[version.question.bank_id].append(version)
        for quiz in quizzes:
            quiz.__dict__["_pool"] = pools[quiz.bank_id]

    def snapshot(self, lesson: Lesson) -> dict[str, Any]:
        quiz = lesson.quiz
        slots = list(quiz.slots.all())
        versions = {version.question_id: version.pk for version in _pool_of(quiz)}
        settings = QuizSettings(
            bank=quiz.bank_id,
            pass_mark=quiz.pass_mark,
            attempts=quiz.attempts,
            time_limit=quiz.time_limit,
            layout=quiz.layout,
            shuffle=quiz.shuffle,
            review=quiz.review,
            slots=tuple(
                SlotSettings(
                    question=slot.question_id, version=versions[slot.question_id], mark=slot.mark
                )
                if slot.question_id
                else SlotSettings(
                    tags=tuple(slot.tags),
                    difficulty=slot.difficulty,
                    count=slot.count,
                    mark=slot.mark,
                )
                for slot in slots
            ),
        )
        return settings.model_dump(mode="json")

    def holes(self, lesson: Lesson, languages: list[str]) -> list[Hole]:
        titles = texts_of(lesson.title)
        holes = [
            Hole(code, lesson.key, _("The quiz has no title."))
            for code in languages
            if not titles.get(code)
        ]
        quiz = getattr(lesson, "quiz", None)
        slots = list(quiz.slots.all()) if quiz else []
        if quiz is None or not slots:
            return [*holes, Hole("", lesson.key, _("The quiz has no questions."))]
        pool = _pool_of(quiz)
        ready = {version.question_id for version in pool}
        for slot in slots:
            if slot.question_id and slot.question_id not in ready:
                url = reverse("banks:question", args=[slot.question_id])
                what = _("A question of the quiz is not ready.")
                return [*holes, Hole("", lesson.key, what, url)]
        settings = QuizSettings.model_validate(self.snapshot(lesson))
        if missing := shortage(settings.slots, pool):
            what = _("The bank is %(missing)d questions short.") % {"missing": missing}
            holes.append(Hole("", lesson.key, what))
        return holes + [
            Hole(
                code,
                f"{lesson.key}/{version.question.key}",
                _("The question is not translated."),
                f"{reverse('banks:question', args=[version.question_id])}?beside={code}",
                first_words(version, get_language())[0],
            )
            for version in pool
            if any(_may_come(slot, version) for slot in slots)
            for code in _untranslated(version, languages)
        ]

    def published(self, revision: CourseRevision, item: OutlineLesson) -> None:
        """Hold on to the versions of fixed questions; those drawn are held by the attempts."""
        settings = QuizSettings.model_validate(item.body)
        RevisionQuestion.objects.bulk_create(
            RevisionQuestion(revision=revision, lesson_id=item.id, version_id=slot.version)
            for slot in settings.slots
            if slot.version
        )

    def context(
        self, request: HttpRequest, item: OutlineLesson, enrolment: Enrolment | None, language: str
    ) -> dict[str, Any]:
        """The start page: what awaits, the attempts so far, and whether another may begin."""
        settings = QuizSettings.model_validate(item.body)
        attempts: list[Attempt] = []
        counted: list[Attempt] = []
        allowed = settings.attempts
        if enrolment:
            attempts = attempts_at(enrolment.pk, item.id)
            counted = attempts_counted(attempts, item)
            allowed = attempts_allowed(enrolment=enrolment, lesson_id=item.id, settings=settings)
        passed = [attempt for attempt in counted if attempt.passed]
        open_attempt = next((attempt for attempt in attempts if attempt.is_open), None)
        left = None if allowed is None else max(0, allowed - len(counted))
        user = cast(User, request.user)
        is_out = bool(enrolment and left == 0 and not passed and not open_attempt)
        return {
            "settings": settings,
            "attempts": attempts,
            "open_attempt": open_attempt,
            "passed": passed[-1] if passed else None,
            "left": left,
            "allowed": allowed,
            "may_start": bool(
                enrolment
                and enrolment.is_live
                and not open_attempt
                and may_take_another(counted, allowed)
            ),
            "is_out": is_out,
            "whom_to_ask": list(User.objects.coordinating(user)[:3]) if is_out else [],
        }

    def created(self, lesson: Lesson) -> None:
        """Settings to begin with, over the course's own bank."""
        make_quiz(lesson)

    def copied(self, source: Lesson, lesson: Lesson) -> None:
        """The settings and slots of the source, over the same bank."""
        copy_quiz(source=source, lesson=lesson)

    def load(self, lesson: Lesson, entry: dict[str, Any], folder: Path) -> None:
        load_quiz(lesson, entry.get("quiz") or {}, folder)

    def unload(self, lesson: Lesson, entry: dict[str, Any], output: Output) -> dict[str, Any]:
        return unload_quiz(lesson, entry.get("quiz") or {}, output)


def _may_come(slot: Slot, version: QuestionVersion) -> bool:
    if slot.question_id:
        return slot.question_id == version.question_id
    return fits(SlotSettings(tags=tuple(slot.tags), difficulty=slot.difficulty), version)


def _pool_of(quiz: Quiz) -> list[QuestionVersion]:
    """The ready questions of its bank; as gathered for many quizzes at once, if they were."""
    gathered: list[QuestionVersion] | None = quiz.__dict__.get("_pool")
    return pool_of(quiz.bank_id, bodies=True) if gathered is None else gathered


def _untranslated(version: QuestionVersion, languages: list[str]) -> list[str]:
    """The languages in which something of the question is missing."""
    question_type = registry.get(version.question.type)
    if question_type is None:
        return languages
    body = question_type.parse(version.body)
    return [code for code in languages if question_type.holes(body, code)]
