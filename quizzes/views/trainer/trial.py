"""A quiz as an officer sits it, drawn from the draft, marked, and forgotten."""

import random
import secrets
from decimal import Decimal
from typing import Any

from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.views.decorators.http import require_http_methods

from courses.publishing import texts_of
from lms.people.signing import signed_in
from quizzes.authoring.trial import Trial
from quizzes.content import contents_of
from quizzes.drawing import BankTooThin, draw
from quizzes.models import Attempt, QuestionVersion, Quiz
from quizzes.snapshots import QuizSettings, SlotSettings
from quizzes.views.trainer.reach import quiz_of

LARGEST_SEED = 2**31


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def trial(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Draw, answer and mark on one page. The seed in the form draws the same again; nothing is
    written to the database."""
    quiz = quiz_of(request, code, key)
    if quiz is None:
        return redirect("banks:quiz", code, key)
    languages = list(quiz.lesson.course.languages)
    given = request.POST if request.method == "POST" else request.GET
    language = given.get("language", "")
    if language not in languages:
        language = get_language() if get_language() in languages else languages[0]
    typed = given.get("seed", "")
    is_seed = typed.isdecimal() and len(typed) < 11
    seed = int(typed) if is_seed else secrets.randbelow(LARGEST_SEED)
    settings, left_out = drafted(quiz)
    missing = 0
    questions: list[Trial] = []
    try:
        questions = _questions(settings, seed, language)
    except BankTooThin as error:
        missing = error.missing
    if request.method == "POST":
        for question in questions:
            question.read(request.POST)
    is_marked = request.method == "POST" and given.get("act") == "mark" and bool(questions)
    context = {
        "quiz": quiz,
        "lesson": quiz.lesson,
        "title": texts_of(quiz.lesson.title).get(language, ""),
        "questions": questions,
        "language": language,
        "languages": languages,
        "seed": seed,
        "left_out": left_out,
        "missing": missing,
        "attempt": _marked(settings, questions) if is_marked else None,
    }
    return render(request, "quizzes/trainer/try.html", context)


def drafted(quiz: Quiz) -> tuple[QuizSettings, int]:
    """The quiz as drafted, and how many fixed questions are left out since none is ready."""
    slots = list(quiz.slots.order_by("position"))
    fixed = [slot.question_id for slot in slots if slot.question_id]
    ready = {
        version.question_id: version.pk
        for version in QuestionVersion.objects.newest_ready().filter(question__in=fixed)
    }
    kept = [slot for slot in slots if slot.question_id is None or slot.question_id in ready]
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
                question=slot.question_id,
                version=ready[slot.question_id] if slot.question_id else None,
                tags=tuple(slot.tags),
                difficulty=slot.difficulty,
                count=slot.count,
                mark=slot.mark,
            )
            for slot in kept
        ),
    )
    return settings, len(slots) - len(kept)


def _questions(settings: QuizSettings, seed: int, language: str) -> list[Trial]:
    """The questions that this seed draws. Raises BankTooThin."""
    rng = random.Random(seed)  # noqa: S311 - nothing secret: the author sees the bank anyway
    found: list[Trial] = []
    rows = draw(settings, rng)
    contents = contents_of(drawn.version for drawn in rows)
    for drawn in rows:
        content = contents[drawn.version]
        question_type, body = content.type, content.body
        if question_type is None:
            continue
        shuffled = settings.shuffle
        order = question_type.shuffle(body, rng) if shuffled else question_type.fixed_order(body)
        position = len(found) + 1
        found.append(
            Trial(
                question_type, body, language, f"q{position}", position, order, drawn.mark,
                key=content.key,
            )
        )  # fmt: skip
    return found


def _marked(settings: QuizSettings, questions: list[Trial]) -> Any:
    """An attempt that no database knows, for its result alone."""
    attempt = Attempt(
        mark=sum((question.mark for question in questions), Decimal(0)),
        max_mark=sum((question.max_mark for question in questions), Decimal(0)),
        pass_mark=settings.pass_mark,
    )
    attempt.passed = attempt.is_pass()
    return attempt
