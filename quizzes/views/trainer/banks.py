"""The trainer's question banks and what is in one."""

from collections import Counter
from collections.abc import Iterable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Count, Exists, OuterRef, Q
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import get_language
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from lms.people.models import User
from lms.people.rules import is_trainer
from lms.people.signing import signed_in
from lms.text import search_key, sort_key
from lms.ui.paging import page_of
from quizzes.actions.authoring import create_bank
from quizzes.authoring.words import first_words
from quizzes.drawing import fits
from quizzes.forms.banks import BankForm, BankSearch, QuestionFilter
from quizzes.forms.question import CODES
from quizzes.models import Question, QuestionBank, QuestionVersion, Slot
from quizzes.types import registry
from quizzes.uses import settings_of
from quizzes.views.trainer.reach import bank_of


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def banks(request: HttpRequest) -> HttpResponse:
    """The banks of the trainer's subtree with their numbers; a POST makes one."""
    user = cast(User, request.user)
    if not is_trainer(user):
        raise PermissionDenied
    language = get_language()
    posted = request.POST if request.method == "POST" else None
    form = BankForm(posted, user=user, language=language)
    if form.is_valid():
        owner = form.cleaned_data["owner"]
        bank = create_bank(owner=owner, title=form.titles, actor=user)
        messages.success(request, _("The bank is made. Write its first question."))
        return redirect("banks:bank", bank.pk)
    search = BankSearch(request.GET)
    search.is_valid()
    words = search_key(search.cleaned_data.get("q", "")).split()
    found = []
    for bank in QuestionBank.objects.visible_to(user).select_related("owner"):
        titles = getattr(bank.title, "data", None)
        texts = list(titles.values()) if isinstance(titles, dict) else [str(bank.title)]
        key = search_key(*texts, bank.key)
        if all(word in key for word in words):
            found.append(bank)
    found.sort(key=lambda bank: (sort_key(str(bank.title.localize(language))), bank.pk))
    page = page_of(request, found)
    numbers = numbers_of(page.object_list)
    context = {
        "form": form,
        "search": search,
        "filtered": bool(words),
        "page": page,
        "listed": [{"bank": bank, "numbers": numbers.get(bank.pk, {})} for bank in page],
    }
    return render(request, "quizzes/trainer/banks.html", context)


def numbers_of(found: Iterable[QuestionBank]) -> dict[int, dict[str, int]]:
    """How many questions of each bank are ready, drafts and retired. One query."""
    ready = QuestionVersion.objects.filter(
        question=OuterRef("pk"), state=QuestionVersion.State.READY
    )
    rows: Any = (
        Question.objects.filter(bank__in=list(found))
        .annotate(is_ready=Exists(ready))
        .values("bank")
        .annotate(
            ready=Count("pk", filter=Q(retired_at=None, is_ready=True)),
            draft=Count("pk", filter=Q(retired_at=None, is_ready=False)),
            retired=Count("pk", filter=Q(retired_at__isnull=False)),
        )
        .order_by()
    )
    return {row["bank"]: row for row in rows}


def tags_in(bank: QuestionBank) -> dict[str, int]:
    """The tags of the questions in use, with how many have each, by name. One query."""
    counted: Counter[str] = Counter()
    for tags in bank.questions.filter(retired_at=None).values_list("tags", flat=True):
        counted.update(tags)
    return dict(sorted(counted.items()))


def listed(
    bank: QuestionBank, questions: Iterable[Question], language: str
) -> list[dict[str, Any]]:
    """Rows for lists of questions. Three queries, however many."""
    rows = list(questions)
    newest = {v.question_id: v for v in QuestionVersion.objects.newest().filter(question__in=rows)}
    ready = set(
        QuestionVersion.objects.filter(
            question__in=rows, state=QuestionVersion.State.READY
        ).values_list("question_id", flat=True)
    )
    slots = list(
        Slot.objects.filter(quiz__bank=bank, quiz__lesson__removed_at=None)
        .select_related("quiz__lesson__course")
        .order_by("quiz", "position")
    )
    found = []
    for row in rows:
        version = newest.get(row.pk)
        words, lang = first_words(version, language)
        probe = version or QuestionVersion(question=row)
        probe.question = row
        quizzes = {
            slot.quiz_id: slot.quiz
            for slot in slots
            if (slot.question_id == row.pk if slot.question_id else fits(settings_of(slot), probe))
        }
        kind = registry.get(row.type)
        found.append(
            {
                "question": row,
                "words": words,
                "lang": lang,
                "type": kind.label if kind else row.type,
                "ready": row.pk in ready,
                "newer_draft": row.pk in ready and version is not None and version.state == "draft",
                "there": [code for code in CODES if f" {code} " in row.written_in],
                "missing": [code for code in CODES if f" {code} " not in row.written_in],
                "quizzes": list(quizzes.values()),
            }
        )
    return found


@signed_in
@require_safe
def bank(request: HttpRequest, pk: int) -> HttpResponse:
    """The questions of a bank, filtered by the address."""
    row = bank_of(request, pk)
    language = get_language()
    tags = tags_in(row)
    form = QuestionFilter(request.GET, tags=list(tags))
    questions = form.apply(row.questions.order_by("-pk"))
    page = page_of(request, questions)
    context = {
        "bank": row,
        "form": form,
        "filtered": form.is_filtering(),
        "page": page,
        "listed": listed(row, page.object_list, language),
        "types": registry.all_types(),
    }
    return render(request, "quizzes/trainer/bank.html", context)
