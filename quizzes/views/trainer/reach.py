"""How every trainer's page finds its thing: not theirs and not there answer alike."""

from typing import cast

from django.core.exceptions import PermissionDenied
from django.http import HttpRequest
from django.shortcuts import get_object_or_404

from courses.models import Course, Lesson
from lms.people.models import User
from quizzes.actions.building import make_quiz
from quizzes.models import Question, QuestionBank, Quiz


def bank_of(request: HttpRequest, pk: int) -> QuestionBank:
    """A bank that the person may edit. Raises Http404, PermissionDenied."""
    user = cast(User, request.user)
    banks = QuestionBank.objects.visible_to(user).select_related("owner")
    bank = get_object_or_404(banks, pk=pk)
    if not user.has_perm("quizzes.edit_bank", bank):
        raise PermissionDenied
    return bank


def question_of(request: HttpRequest, pk: int) -> Question:
    """A question of a bank that the person may edit. Raises Http404, PermissionDenied."""
    user = cast(User, request.user)
    questions = Question.objects.filter(bank__in=QuestionBank.objects.visible_to(user))
    question = get_object_or_404(questions.select_related("bank__owner"), pk=pk)
    if not user.has_perm("quizzes.edit_bank", question.bank):
        raise PermissionDenied
    return question


def lesson_of(request: HttpRequest, code: str, key: str) -> Lesson:
    """A quiz lesson, not removed, of a course that the person teaches. Raises Http404."""
    user = cast(User, request.user)
    course = get_object_or_404(Course.objects.taught_by(user), code__iexact=code)
    if not user.has_perm("quizzes.edit_quiz", course):
        raise PermissionDenied
    lessons = course.lessons.filter(kind="quiz", removed_at=None)
    return get_object_or_404(lessons.select_related("course__owner", "module"), key=key)


def quiz_of(request: HttpRequest, code: str, key: str) -> Quiz | None:
    """The quiz of a lesson with its bank; None where nobody has opened its builder yet."""
    lesson = lesson_of(request, code, key)
    quiz = Quiz.objects.filter(lesson=lesson).select_related("bank__owner").first()
    if quiz:
        quiz.lesson = lesson
    return quiz


def quiz_to_edit(request: HttpRequest, code: str, key: str) -> Quiz:
    """The quiz of a lesson; one that came without is given its settings."""
    quiz = quiz_of(request, code, key)
    return quiz or make_quiz(lesson_of(request, code, key))
