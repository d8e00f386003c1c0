"""The question editor: write, preview, try, save; history; retiring."""

import re
from typing import Any, cast
from uuid import uuid4

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, HttpResponseRedirect, QueryDict
from django.shortcuts import get_object_or_404, redirect, render
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from lms.people.models import User
from lms.people.signing import signed_in
from quizzes.actions.authoring import (
    InUse,
    NotReady,
    SavedMeanwhile,
    create_question,
    retire_question,
    return_question,
    save_question,
)
from quizzes.actions.building import add_questions
from quizzes.authoring.difference import about_difference, difference
from quizzes.authoring.problems import problems_of
from quizzes.authoring.trial import trial_of
from quizzes.authoring.words import first_words
from quizzes.forms.question import CODES, QuestionForm, languages_to_begin_with
from quizzes.models import Question, QuestionBank, QuestionVersion, Quiz
from quizzes.types import registry
from quizzes.types.base import QuestionType
from quizzes.uses import languages_needed, published_quizzes, uses_of
from quizzes.views.trainer.banks import tags_in
from quizzes.views.trainer.reach import bank_of, question_of, quiz_of

KEY = re.compile(r"q-[0-9a-f]{8}")
SAVING = {"save", "again", "draft"}
TRY = "try"


def type_of(code: str) -> QuestionType[Any]:
    """The type of that code, the first one for a code that there is not."""
    return registry.get(code) or registry.all_types()[0]


def _quiz_wanted(request: HttpRequest, bank: QuestionBank) -> Quiz | None:
    """The quiz that gets the new question: "code/key" in the address or the form."""
    code, _slash, key = (request.POST.get("quiz") or request.GET.get("quiz", "")).partition("/")
    quiz = quiz_of(request, code, key) if key else None
    return quiz if quiz and quiz.bank_id == bank.pk else None


def _needed_in_new(bank: QuestionBank, quiz: Quiz | None) -> list[str]:
    """The languages that a new question will want: its course's, else those of published ones."""
    if quiz:
        return list(quiz.lesson.course.languages)
    return list(dict.fromkeys(code for one in published_quizzes(bank) for code in one.languages))


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def new(request: HttpRequest, pk: int) -> HttpResponse:
    """A new question of a bank."""
    bank = bank_of(request, pk)
    quiz = _quiz_wanted(request, bank)
    page: dict[str, Any] = {"bank": bank, "quiz": quiz, "types": registry.all_types()}
    if request.method == "POST":
        return _post_new(request, page)
    given = request.GET
    question_type = type_of(given.get("type", ""))
    wish = given.get("language", "") or get_language()
    language, beside = languages_to_begin_with({}, _needed_in_new(bank, quiz), wish)
    if "beside" in given:
        beside = given["beside"]
    form = QuestionForm(
        question_type, {}, language=language, beside=beside,
        tags=given.get("tags", ""), difficulty=given.get("difficulty", 1),
    )  # fmt: skip
    return _editor(request, form, page | {"key": f"q-{uuid4().hex[:8]}", "focus_first": True})


def _post_new(request: HttpRequest, page: dict[str, Any]) -> HttpResponse:
    user, post = cast(User, request.user), request.POST
    bank, quiz = page["bank"], page["quiz"]
    act = post.get("act", "")
    wanted = act.removeprefix("type-") if act.startswith("type-") else post.get("type", "")
    form = QuestionForm.posted(type_of(wanted), post)
    key = post.get("key", "")
    page["key"] = key if KEY.fullmatch(key) else f"q-{uuid4().hex[:8]}"
    if act not in SAVING or not form.about.is_valid():
        return _editor(request, form, page)
    try:
        question = create_question(
            bank=bank,
            key=page["key"],
            type=form.type.code,
            body=form.body,
            ready=act != "draft",
            languages=[form.language],
            actor=user,
            **form.about.cleaned_data,
        )
    except NotReady as error:
        form.problems = error.problems
        return _editor(request, form, page)
    except SavedMeanwhile as error:  # its own page shows the difference; the post goes along
        address = reverse("banks:question", args=[error.newest.question_id])
        return HttpResponseRedirect(address, status=307)
    if quiz:
        add_questions(quiz=quiz, questions=[question], actor=user)
    return _after(request, form, question, quiz)


def _after(
    request: HttpRequest, form: QuestionForm, question: Question, quiz: Quiz | None
) -> HttpResponse:
    """Where to after saving: another of the same kind, the quiz, or the bank."""
    act = request.POST.get("act", "")
    messages.success(request, _("Saved as a draft.") if act == "draft" else _("Saved."))
    if act == "again":
        again = QueryDict(mutable=True)
        again.update(
            {
                "type": question.type,
                "language": form.language,
                "beside": form.beside,
                "tags": ", ".join(question.tags),
                "difficulty": str(question.difficulty),
            }
        )
        if quiz:
            again["quiz"] = f"{quiz.lesson.course.code}/{quiz.lesson.key}"
        return redirect(f"{reverse('banks:new', args=[question.bank_id])}?{again.urlencode()}")
    if quiz:
        return redirect("banks:quiz", quiz.lesson.course.code, quiz.lesson.key)
    if act == "draft":
        return redirect("banks:question", question.pk)
    return redirect("banks:bank", question.bank_id)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def question(request: HttpRequest, pk: int) -> HttpResponse:
    """One question: its newest version to edit, a save makes the next."""
    row = question_of(request, pk)
    if registry.get(row.type) is None:
        return render(request, "quizzes/trainer/unknown.html", {"question": row, "bank": row.bank})
    newest = row.versions.order_by("-number").select_related("created_by")[0]
    page: dict[str, Any] = {
        "bank": row.bank,
        "question": row,
        "newest": newest,
        "base": newest.number,
        "keywords": row.keywords,
        "quiz": _quiz_wanted(request, row.bank),
        "uses": uses_of(row),
        "needed": languages_needed(row),
    }
    if request.method == "POST":
        return _post_question(request, row, page)
    given = request.GET
    wish = given.get("language", "") or get_language()
    language, beside = languages_to_begin_with(newest.body, page["needed"], wish)
    form = QuestionForm(
        type_of(row.type), newest.body, language=language,
        beside=given.get("beside", beside), tags=", ".join(row.tags), difficulty=row.difficulty,
    )  # fmt: skip
    if newest.state == "draft":
        found = problems_of(form.type, form.body, [form.language, *page["needed"]], CODES)
        page["unfinished"] = len(found)
    return _editor(request, form, page)


def _post_question(request: HttpRequest, row: Question, page: dict[str, Any]) -> HttpResponse:
    user, post = cast(User, request.user), request.POST
    form = QuestionForm.posted(type_of(row.type), post)
    base = post.get("base", "")
    page["base"] = int(base) if base.isdecimal() and len(base) < 9 else 0
    page["keywords"] = post.get("keywords")
    act = post.get("act", "")
    if act not in SAVING or not form.about.is_valid():
        return _editor(request, form, page)
    try:
        save_question(
            question=row,
            base=page["base"],
            keywords=page["keywords"],
            body=form.body,
            ready=act != "draft",
            languages=[form.language],
            actor=user,
            **form.about.cleaned_data,
        )
    except NotReady as error:
        form.problems = error.problems
        return _editor(request, form, page)
    except SavedMeanwhile as error:
        page |= {
            "theirs": error.newest,
            "keywords_alone": error.keywords_alone,
            "changes": difference(form.type, error.newest.body, form.body)
            + about_difference(row, **form.about.cleaned_data),
            "base": error.newest.number,
            "keywords": Question.objects.get(pk=row.pk).keywords,
        }
        return _editor(request, form, page)
    return _after(request, form, row, page["quiz"])


def _editor(request: HttpRequest, form: QuestionForm, page: dict[str, Any]) -> HttpResponse:
    form.show_what_is_missing()
    bank: QuestionBank = page["bank"]
    context = page | {
        "form": form,
        "parts": form.drawn(),
        "summary": form.summary(),
        "tags": list(tags_in(bank)),
        "preview": _preview(request, form),
        "preview_url": reverse("banks:preview", args=[bank.pk]),
    }
    return render(request, "quizzes/trainer/question.html", context)


@signed_in
@require_POST
def preview(request: HttpRequest, pk: int) -> HttpResponse:
    """The question that a form says as officers would see it: a piece of a page, nothing kept."""
    bank_of(request, pk)
    form = QuestionForm.posted(type_of(request.POST.get("type", "")), request.POST)
    return HttpResponse(_preview(request, form))


def _preview(request: HttpRequest, form: QuestionForm) -> str:
    """The learner's template with the present content, and the mark of an answer tried."""
    post = request.POST
    language = post.get("preview", "")
    if language not in CODES:
        language = form.language
    trial, whole = trial_of(form.type, form.body, language=language, name=TRY)
    checked = post.get("act") == "check"
    if trial and request.method == "POST":
        trial.read(post)
    context = {
        "trial": trial,
        "whole": whole,
        "checked": checked and whole,
        "language": language,
        "languages": CODES,
    }
    return render_to_string("quizzes/trainer/_preview.html", context, request)


@signed_in
@require_safe
def history(request: HttpRequest, pk: int) -> HttpResponse:
    """All versions of a question, each with what it changed."""
    row = question_of(request, pk)
    versions = list(row.versions.select_related("created_by").order_by("number"))
    question_type = registry.get(row.type)
    entries: list[dict[str, Any]] = []
    before: dict[str, Any] = {}
    for version in versions:
        changes = difference(question_type, before, version.body) if question_type else []
        entries.append(
            {"version": version, "changes": changes, "is_newest": version is versions[-1]}
        )
        before = version.body
    context = {
        "bank": row.bank,
        "question": row,
        "words": first_words(versions[-1], get_language())[0],
        "entries": entries[::-1],
    }
    return render(request, "quizzes/trainer/history.html", context)


@signed_in
@require_POST
def restore(request: HttpRequest, pk: int) -> HttpResponse:
    """Make an earlier version the newest again, as a version of its own."""
    row = question_of(request, pk)
    number = request.POST.get("version", "")
    if not (number.isdecimal() and len(number) < 9) or registry.get(row.type) is None:
        return redirect("banks:history", row.pk)
    earlier = get_object_or_404(row.versions, number=int(number))
    newest = row.versions.order_by("-number")[0]
    try:
        save_question(
            question=row,
            base=newest.number,
            body=earlier.body,
            tags=row.tags,
            difficulty=row.difficulty,
            ready=earlier.state == QuestionVersion.State.READY,
            languages=(),
            actor=cast(User, request.user),
        )
    except (NotReady, SavedMeanwhile):
        messages.error(
            request,
            _("This version is not whole in the languages of the courses that use the question."),
        )
        return redirect("banks:history", row.pk)
    messages.success(
        request, _("Version %(number)d is the newest again.") % {"number": earlier.number}
    )
    return redirect("banks:question", row.pk)


@signed_in
@require_POST
def retire(request: HttpRequest, pk: int) -> HttpResponse:
    """Retire a question, or take it back."""
    row = question_of(request, pk)
    user = cast(User, request.user)
    if request.POST.get("act") == "return":
        return_question(question=row, actor=user)
        messages.success(request, _("The question is in use again."))
        return redirect("banks:question", row.pk)
    try:
        retire_question(question=row, actor=user)
    except InUse:
        messages.error(
            request,
            _("A published quiz holds this question. Take it out there, publish, then retire it."),
        )
    else:
        messages.success(request, _("The question is retired: no new attempt gets it."))
    return redirect("banks:question", row.pk)
