"""The quiz builder: titles, settings, fixed questions and draws."""

from typing import Any, cast

from django.contrib import messages
from django.http import HttpRequest, HttpResponse, QueryDict
from django.shortcuts import redirect, render
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from lms.people.models import User
from lms.people.signing import signed_in
from lms.ui.paging import page_of
from quizzes.actions.building import (
    add_draw,
    add_questions,
    arrange_slots,
    change_quiz,
    make_quiz,
)
from quizzes.authoring.words import first_words
from quizzes.drawing import fits, pool_of, shortage
from quizzes.forms.banks import QuestionFilter
from quizzes.forms.quiz import DrawForm, QuizForm, counts_of, marks_of, order_of, unread_of
from quizzes.models import Question, QuestionBank, QuestionVersion, Quiz, Slot
from quizzes.types import registry
from quizzes.uses import settings_of
from quizzes.views.trainer.banks import listed, tags_in
from quizzes.views.trainer.reach import lesson_of, quiz_of, quiz_to_edit
from quizzes.words import in_words

MOST_PICKED = 200


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def quiz(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """The quiz of a lesson; `act` of a POST says what changes."""
    user = cast(User, request.user)
    lesson = lesson_of(request, code, key)
    row = quiz_of(request, code, key)
    if row is None:
        if request.method != "POST":
            return render(request, "quizzes/trainer/quiz_new.html", {"lesson": lesson})
        make_quiz(lesson)
        return redirect("banks:quiz", lesson.course.code, lesson.key)
    banks = QuestionBank.objects.visible_to(user) | QuestionBank.objects.filter(pk=row.bank_id)
    language = get_language()
    act = request.POST.get("act", "")
    form = QuizForm(
        request.POST if act in {"settings", "say"} else None,
        instance=row, banks=banks, language=language,
    )  # fmt: skip
    draw_form = DrawForm(request.POST if act == "draw" else None, tags=tags_in(row.bank))
    if request.method == "POST":
        if act == "say":
            return _say(request, form, row)
        if _done(request, row, act, form, draw_form):
            return redirect("banks:quiz", lesson.course.code, lesson.key)
        row = Quiz.objects.select_related("lesson__course", "bank").get(pk=row.pk)
    context = _drawn(row, user, language) | {"form": form, "draw_form": draw_form, "lesson": lesson}
    return render(request, "quizzes/trainer/quiz.html", context)


def _say(request: HttpRequest, form: QuizForm, row: Quiz) -> HttpResponse:
    """The sentence of the settings as they stand in the form; nothing is kept."""
    form.is_valid()  # which writes what is right into the unsaved instance
    return render(request, "quizzes/trainer/_sentence.html", {"sentence": in_words(row)})


def _done(request: HttpRequest, row: Quiz, act: str, form: QuizForm, draw_form: DrawForm) -> bool:
    """Do what the form says; False where it has to be mended first."""
    user = cast(User, request.user)
    if act == "settings":
        if not form.is_valid():
            return False
        change_quiz(quiz=row, settings=form.settings, titles=form.titles, actor=user)
        messages.success(request, _("Saved."))
    elif act == "draw":
        if not draw_form.is_valid():
            return False
        given = draw_form.cleaned_data
        add_draw(
            quiz=row, tags=given.get("tags", []), difficulty=given["difficulty"],
            count=given["count"], actor=user,
        )  # fmt: skip
    else:
        _arrange(row, request.POST, act, user)
        if unread_of(request.POST):
            messages.warning(
                request,
                _("A mark is a number from 0.01, a draw takes a whole number of questions: what "
                  "was typed otherwise is left as it was."),
            )  # fmt: skip
    return True


def _arrange(row: Quiz, post: QueryDict, act: str, user: User) -> None:
    """Marks, counts and the order of the page, after "up-7", "down-7" or "remove-7"."""
    order = order_of(post)
    verb, _dash, rest = act.partition("-")
    pk = int(rest) if rest.isdecimal() and len(rest) < 19 else 0
    if pk in order and verb in {"up", "down"}:
        place = order.index(pk)
        order.insert(max(0, place + (-1 if verb == "up" else 1)), order.pop(place))
    removed = [pk] if verb == "remove" else []
    arrange_slots(
        quiz=row, order=order, marks=marks_of(post), counts=counts_of(post),
        removed=removed, actor=user,
    )  # fmt: skip


def _drawn(row: Quiz, user: User, language: str) -> dict[str, Any]:
    """The slots as the page shows them, and what is wrong with them."""
    slots = list(row.slots.select_related("question").order_by("position"))
    pool = pool_of(row.bank_id)
    ready = {version.question_id for version in pool}
    fixed = [slot.question_id for slot in slots if slot.question_id]
    newest = {v.question_id: v for v in QuestionVersion.objects.newest().filter(question__in=fixed)}
    shown = [_slot(slot, pool, ready, fixed, newest, language) for slot in slots]
    count = sum(slot.count for slot in slots)
    return {
        "quiz": row,
        "slots": shown,
        "count": count,
        "sentence": in_words(row),
        "short": shortage([settings_of(slot) for slot in slots], pool),
        "not_ready": [one for one in shown if one["fixed"] and not one["ready"]],
        "may_edit_bank": user.has_perm("quizzes.edit_bank", row.bank),
        "types": registry.all_types(),
        "in_bank": len(pool),
    }


def _slot(
    slot: Slot,
    pool: list[QuestionVersion],
    ready: set[int],
    fixed: list[int],
    newest: dict[int, QuestionVersion],
    language: str,
) -> dict[str, Any]:
    if slot.question:
        words, lang = first_words(newest.get(slot.question.pk), language)
        kind = registry.get(slot.question.type)
        return {
            "slot": slot,
            "fixed": True,
            "question": slot.question,
            "words": words or slot.question.key,
            "lang": lang,
            "type": kind.label if kind else slot.question.type,
            "ready": slot.question.pk in ready,
        }
    wanted = settings_of(slot)
    has = sum(fits(wanted, version) for version in pool if version.question_id not in fixed)
    return {"slot": slot, "fixed": False, "has": has, "thin": has < slot.count}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def pick(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Choose questions of the bank for fixed slots; the filter is in the address."""
    user = cast(User, request.user)
    row = (
        quiz_to_edit(request, code, key)
        if request.method == "POST"
        else quiz_of(request, code, key)
    )
    if row is None:
        return redirect("banks:quiz", code, key)
    if request.method == "POST":
        picked = [int(pk) for pk in request.POST.getlist("pick")[:MOST_PICKED] if _is_number(pk)]
        questions = Question.objects.filter(bank=row.bank, pk__in=picked).order_by("pk")
        added = add_questions(quiz=row, questions=questions, actor=user)
        said = ngettext("%(count)d question added.", "%(count)d questions added.", added)
        messages.success(request, said % {"count": added})
        return redirect("banks:quiz", row.lesson.course.code, row.lesson.key)
    form = QuestionFilter(request.GET, tags=list(tags_in(row.bank)))
    del form.fields["state"]
    held = row.slots.exclude(question=None).values("question")
    found = form.apply(row.bank.questions.exclude(pk__in=held).order_by("-pk"))
    page = page_of(request, found, per_page=50)
    context = {
        "quiz": row,
        "lesson": row.lesson,
        "form": form,
        "filtered": form.is_filtering(),
        "page": page,
        "listed": listed(row.bank, page.object_list, get_language()),
    }
    return render(request, "quizzes/trainer/pick.html", context)


def _is_number(text: str) -> bool:
    return text.isdecimal() and len(text) < 19
