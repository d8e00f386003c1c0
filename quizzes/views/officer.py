"""The officer sits a quiz: start, answer, finish, see the result."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID, uuid4

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse, JsonResponse, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.dateparse import parse_datetime
from django.utils.formats import time_format
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses.actions import choose_language
from courses.outlines import OutlineLesson, outline_of
from courses.reading import read_course
from lms.people.models import User
from lms.people.signing import signed_in
from quizzes.actions import (
    AttemptClosed,
    NoAttemptLeft,
    attempts_allowed,
    attempts_counted,
    flag,
    save_response,
    start_attempt,
    submit_attempt,
)
from quizzes.advice import advice_of
from quizzes.content import contents_of
from quizzes.drawing import BankTooThin
from quizzes.models import Attempt
from quizzes.paper import Paper, Question, signature
from quizzes.sitting_queries import attempts_at, item_at, own_attempt
from quizzes.snapshots import QuizSettings

KEPT = "kept_answers"  # session key: a form sent after the session had ended
KEPT_FIELDS = 500
KEPT_SIGNS = 200_000  # names and values together; a long test of written answers has a third of it
LONGEST_CLIENT = 64


@signed_in
@require_POST
def start(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Start an attempt, or go to the one that is open: a double click starts one."""
    user = cast(User, request.user)
    reading = read_course(request, code)
    if reading is None:
        raise Http404
    item = reading.outline.by_key.get(key)
    if item is None or item.kind != "quiz":
        messages.info(request, _("This lesson is no longer part of the course."))
        return redirect("courses:course", reading.course.code)
    enrolment = reading.enrolment
    if enrolment is None or not user.has_perm("quizzes.start_attempt", enrolment):
        raise PermissionDenied
    try:
        attempt = start_attempt(enrolment=enrolment, item=item, revision=reading.revision)
    except NoAttemptLeft:
        messages.error(request, _("You have no attempt left."))
        return redirect("courses:lesson", reading.course.code, key)
    except BankTooThin:
        messages.error(
            request,
            _("The test cannot start: its question bank is incomplete. No attempt was spent."),
        )
        return redirect("courses:lesson", reading.course.code, key)
    return redirect("quizzes:attempt", attempt.pk)


def _attempt(request: HttpRequest, pk: UUID) -> Attempt:
    """The attempt that the person sees, for its own officer. Raises Http404, PermissionDenied."""
    user = cast(User, request.user)
    attempt = own_attempt(user, pk)
    if attempt is None:  # somebody's whom the user sees, or nothing that the user may know of
        attempt = get_object_or_404(Attempt.objects.visible_to(user), pk=pk)
    else:
        attempt.enrolment.officer = user
    if not user.has_perm("quizzes.sit_attempt", attempt):
        raise PermissionDenied
    return attempt


@require_http_methods(["GET", "HEAD", "POST"])
def attempt(request: HttpRequest, pk: UUID) -> HttpResponse:
    """The questions; a POST saves what has changed on the page and goes on."""
    if not request.user.is_authenticated:
        return _keep_for_sign_in(request, pk)
    attempt = _attempt(request, pk)
    _save_kept(request, attempt)
    if attempt.is_open and not attempt.accepts(timezone.now()):
        attempt = submit_attempt(attempt=attempt, in_time=False)
    if not attempt.is_open:
        if request.method == "POST":
            messages.warning(request, _("The attempt was closed; this answer came too late."))
        return redirect("quizzes:result", attempt.pk)
    paper = Paper(attempt)
    if request.method == "POST":
        return _post(request, paper)
    number = _number(request.GET.get("page"))
    questions = paper.page(number)
    position = questions[0].position
    count = len(paper.questions)
    left = (attempt.deadline_at - timezone.now()).total_seconds() if attempt.deadline_at else None
    context = {
        "paper": paper,
        "attempt": attempt,
        "questions": questions,
        "position": position,
        "before": position - 1 if not paper.settings.is_one_page and position > 1 else None,
        "after": position + 1 if not paper.settings.is_one_page and position < count else None,
        "seconds_left": max(0, int(left)) if left is not None else None,
        "client": uuid4().hex,
    }
    return render(request, "quizzes/attempt.html", context)


def _number(text: str | None) -> int:
    return int(text) if text and text.isdecimal() and len(text) < 6 else 1


def _post(request: HttpRequest, paper: Paper) -> HttpResponse:
    attempt = paper.attempt
    try:
        _save_form(paper, request.POST)
    except AttemptClosed:
        messages.warning(request, _("The attempt was closed; this answer came too late."))
        return redirect("quizzes:result", attempt.pk)
    if language := request.POST.get("language"):
        choose_language(enrolment=attempt.enrolment, language=language, outline=paper.outline)
    go = request.POST.get("go", "")
    if go == "finish":
        return redirect("quizzes:finish", attempt.pk)
    page = _number(request.POST.get("page"))
    if go.startswith("page-"):
        page = _number(go.removeprefix("page-"))
    return redirect(_address(attempt, None if paper.settings.is_one_page else page))


def _address(attempt: Attempt, page: int | None) -> str:
    address = reverse("quizzes:attempt", args=[attempt.pk])
    return f"{address}?page={page}" if page else address


def _save_form(paper: Paper, post: Any, *, received_at: datetime | None = None) -> None:
    """Save the questions of a posted form whose answers are not those it was rendered with.

    `received_at` is when it came, if that was not just now.
    """
    for question in paper.questions:
        rendered_with = post.get(f"was-{question.name}")
        if rendered_with is None:
            continue  # not on this page
        flag(item=question.item, flagged=f"flag-{question.name}" in post)
        response = question.read(post)
        if signature(response) in {rendered_with, question.signature}:
            continue
        save_response(
            attempt=paper.attempt,
            item=question.item,
            client=f"form-{uuid4().hex}",
            seq=1,
            data=response,
            language=paper.language,
            now=received_at,
        )


def _keep_for_sign_in(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Keep a form whose session had ended until its officer has signed in again.

    Anybody may send one, so one that is larger than any test's is not kept.
    """
    if request.method == "POST":
        fields = {name: request.POST.getlist(name) for name in list(request.POST)[:KEPT_FIELDS]}
        fields.pop("csrfmiddlewaretoken", None)
        if sum(len(name) + sum(map(len, values)) for name, values in fields.items()) <= KEPT_SIGNS:
            request.session[KEPT] = {
                "attempt": str(pk),
                "fields": fields,
                "at": timezone.now().isoformat(),
            }
    return signed_in(attempt)(request, pk)


def _save_kept(request: HttpRequest, attempt: Attempt) -> None:
    """Save a kept form as of when it came, into the attempt it was of; any other is thrown away."""
    kept = request.session.pop(KEPT, None)
    received_at = parse_datetime(kept["at"]) if kept else None
    if not kept or kept["attempt"] != str(attempt.pk) or received_at is None:
        return
    post = QueryDict(mutable=True)
    for name, values in kept["fields"].items():
        post.setlist(name, values)
    try:
        _save_form(Paper(attempt), post, received_at=received_at)
    except AttemptClosed:
        messages.warning(request, _("The attempt was closed; this answer came too late."))
    else:
        messages.success(request, _("Your session had ended. The answers you sent then are saved."))


@require_POST
def save(request: HttpRequest, pk: UUID) -> JsonResponse:
    """Save one answer, sent by the page's script: `q`, `client`, `seq` and the question's fields.

    200 with the time of saving; 400 what makes no sense; 401 signed out; 404 not yours; 409 closed.
    """
    if not request.user.is_authenticated:
        return JsonResponse({"error": "signed out"}, status=401)
    attempt = _attempt(request, pk)
    position, seq = request.POST.get("q", ""), request.POST.get("seq", "")
    client = request.POST.get("client", "")
    if not (
        position.isdecimal()
        and len(position) < 6
        and seq.isdecimal()
        and len(seq) < 19
        and 0 < len(client) <= LONGEST_CLIENT
        and "\0" not in client
    ):
        return JsonResponse({"error": "bad request"}, status=400)
    item = item_at(attempt, int(position))
    if item is None:
        raise Http404
    content = contents_of([item.version_id])[item.version_id]
    question = Question(item, attempt.enrolment.language, content)
    response = question.read(request.POST)
    try:
        saved = save_response(
            attempt=attempt,
            item=item,
            client=client,
            seq=int(seq),
            data=response,
            language=attempt.enrolment.language,
        )
    except AttemptClosed:
        return JsonResponse({"error": "closed"}, status=409)
    at = timezone.localtime(saved.received_at)
    answered = bool(question.type and question.type.is_answered(question.body, response))
    return JsonResponse(
        {
            "saved_at": time_format(at, "H:i:s"),
            "signature": signature(response),
            "answered": answered,
            "problem": question.type.problem(question.body, response) if question.type else "",
        }
    )


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def finish(request: HttpRequest, pk: UUID) -> HttpResponse:
    """What is answered and what is not; one confirmation submits."""
    attempt = _attempt(request, pk)
    if not attempt.is_open or (request.method != "POST" and not attempt.accepts(timezone.now())):
        return redirect("quizzes:result", attempt.pk)  # which submits what ran out of time
    if request.method == "POST":
        in_time = attempt.accepts(timezone.now()) and "time-up" not in request.POST
        submit_attempt(attempt=attempt, in_time=in_time)
        return redirect("quizzes:result", attempt.pk)
    return render(request, "quizzes/finish.html", {"paper": Paper(attempt), "attempt": attempt})


@signed_in
@require_safe
def result(request: HttpRequest, pk: UUID) -> HttpResponse:
    """Passed or not, and what the settings let the officer see."""
    attempt = _attempt(request, pk)
    if attempt.is_open:
        if attempt.accepts(timezone.now()):
            return redirect("quizzes:attempt", attempt.pk)
        attempt = submit_attempt(attempt=attempt, in_time=False)
    user = cast(User, request.user)
    paper = Paper(attempt)
    enrolment = attempt.enrolment
    revision = enrolment.completed_revision_id or enrolment.course.current_revision_id
    lessons = outline_of(revision).lessons if revision else ()
    item = next((item for item in lessons if item.id == attempt.lesson_id), None)
    taken, left = _attempts_so_far(attempt, paper, item)
    has_passed = any(other.passed for other in taken)
    is_closed = has_passed or (left == 0 and not any(other.is_open for other in taken))
    is_out = is_closed and not has_passed
    context = {
        "paper": paper,
        "attempt": attempt,
        "left": left,
        "is_out": is_out,
        "has_passed": has_passed,
        "shows_explanations": paper.shows_explanations(is_closed),
        "whom_to_ask": list(User.objects.coordinating(user)[:3]) if is_out else [],
        "course": enrolment.course,
        "advice": advice_of(paper, revision, item) if revision and item else [],
    }
    return render(request, "quizzes/result.html", context)


def _attempts_so_far(
    attempt: Attempt, paper: Paper, item: OutlineLesson | None
) -> tuple[list[Attempt], int | None]:
    """The attempts that count at a quiz as published, and how many are left (None: no limit)."""
    enrolment = attempt.enrolment
    taken = attempts_at(enrolment.pk, attempt.lesson_id)
    if item is None:  # no longer part of the course
        settings = paper.settings
    else:
        taken = attempts_counted(taken, item)
        settings = QuizSettings.model_validate(item.body)
    allowed = attempts_allowed(enrolment=enrolment, lesson_id=attempt.lesson_id, settings=settings)
    return taken, None if allowed is None else max(0, allowed - len(taken))
