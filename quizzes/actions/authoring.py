"""What changes question banks and questions."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import uuid4

from django.conf import settings
from django.db import transaction
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from lms.audit.actions import record
from lms.people.models import Organisation, User
from quizzes.authoring.keys import write_keys
from quizzes.authoring.problems import Found, problems_of
from quizzes.models import Question, QuestionBank, QuestionVersion
from quizzes.types import registry
from quizzes.types.base import BodyError
from quizzes.uses import Use, languages_needed, uses_of

KNOWN = tuple(code for code, _name in settings.LANGUAGES)
READY, DRAFT = QuestionVersion.State.READY, QuestionVersion.State.DRAFT


class NotReady(ValueError):
    """A question that is to be ready has holes; `problems` says which, place by place."""

    def __init__(self, problems: Found) -> None:
        super().__init__(
            "; ".join(f"{place} {code}: {said}" for (place, code), said in problems.items())
        )
        self.problems = problems


class SavedMeanwhile(ValueError):
    """Somebody else saved since this one was opened: a version, `newest`, or with
    `keywords_alone` only tags and difficulty."""

    def __init__(self, newest: QuestionVersion, *, keywords_alone: bool = False) -> None:
        super().__init__(f"version {newest.number} was saved meanwhile")
        self.newest, self.keywords_alone = newest, keywords_alone


class InUse(ValueError):
    """A published quiz holds the question in a fixed slot; `uses` says where."""

    def __init__(self, uses: list[Use]) -> None:
        super().__init__(", ".join(f"{use.course.code}/{use.key}" for use in uses))
        self.uses = uses


def create_bank(
    *, owner: Organisation, title: Mapping[str, str], actor: User | None, key: str = ""
) -> QuestionBank:
    """Make a question bank; the same key of the same owner again gives the one that there is."""
    with transaction.atomic():
        bank, new = QuestionBank.objects.get_or_create(
            owner=owner,
            key=key or f"bank-{uuid4().hex[:8]}",
            defaults={"title": LazyI18nString(dict(title))},
        )
        if new:
            record("bank.created", actor=actor, thing=bank, organisation=owner.path)
    return bank


def create_question(
    *,
    bank: QuestionBank,
    key: str,
    type: str,  # noqa: A002
    body: dict[str, Any],
    tags: Sequence[str],
    difficulty: int,
    ready: bool,
    languages: Sequence[str],
    actor: User | None,
) -> Question:
    """Make a question with its first version. The same key again finds what it made.

    What was changed since (a step back in the browser) becomes its next version; of another type
    it is another question. `languages` are those in which it must be whole to be ready. Raises
    NotReady, and SavedMeanwhile where the question found has gone on.
    """
    with transaction.atomic():
        QuestionBank.objects.select_for_update().get(pk=bank.pk)
        known = bank.questions.filter(key=key).first()
        if known and known.type != type:
            key = f"{key}-{type}"
            known = bank.questions.filter(key=key).first()
        if known:
            save_question(
                question=known, base=1, body=body, tags=tags, difficulty=difficulty, ready=ready,
                languages=languages, actor=actor,
            )  # fmt: skip
            return known
        question = Question(bank=bank, key=key, type=type, tags=list(tags), difficulty=difficulty)
        body = _checked(question, body, languages) if ready else _tidied(question, body)
        write_keys(question, body)
        question.save()
        version = QuestionVersion.objects.create(
            question=question, number=1, state=READY if ready else DRAFT, body=body,
            created_by=actor,
        )  # fmt: skip
        _record_saved(version, actor)
    return question


def save_question(
    *,
    question: Question,
    base: int,
    body: dict[str, Any],
    tags: Sequence[str],
    difficulty: int,
    ready: bool,
    languages: Sequence[str],
    actor: User | None,
    keywords: str | None = None,
) -> QuestionVersion:
    """Save what was edited as the next version, or make the newest, if it says the same, ready.

    `base` is the number of the version that the editor opened, `keywords` are the question's own
    as opened then (None: whatever they are now). To be ready it must be whole in
    `languages` and in those of the published courses that use it. Nothing changed makes no new
    version. Raises SavedMeanwhile and NotReady.
    """
    with transaction.atomic():
        question = (
            Question.objects.select_for_update().select_related("bank__owner").get(pk=question.pk)
        )
        newest = question.versions.order_by("-number")[0]
        before = {"tags": question.tags, "difficulty": question.difficulty}
        found = question.keywords
        question.tags, question.difficulty = list(tags), difficulty
        wanted = question.keywords
        if ready:
            body = _checked(question, body, [*languages, *languages_needed(question)])
        else:
            body = _tidied(question, body)
        same = newest.body == body
        if newest.number != base and not same:
            raise SavedMeanwhile(newest)
        if keywords is not None and found not in {keywords, wanted}:
            raise SavedMeanwhile(newest, keywords_alone=True)
        version = newest
        if not same:
            version = QuestionVersion(question=question, number=newest.number + 1, body=body)
        is_news = not same or (ready and version.state != READY)
        if is_news:
            version.state = READY if ready else DRAFT
            version.created_by, version.created_at = actor, timezone.now()
            version.save()
        after = {"tags": question.tags, "difficulty": question.difficulty}
        write_keys(question, body)
        question.save()
        if is_news or after != before:
            _record_saved(version, actor, before=before if after != before else None)
    return version


def _tidied(question: Question, body: dict[str, Any]) -> dict[str, Any]:
    """The body as its type would store it where it is whole, else as it was typed."""
    question_type = registry.get(question.type)
    try:
        return question_type.parse(body).model_dump(mode="json") if question_type else body
    except BodyError:
        return body


def _checked(question: Question, body: dict[str, Any], languages: Sequence[str]) -> dict[str, Any]:
    """The body as its type stores it. Raises NotReady."""
    question_type = registry.get(question.type)
    if question_type is None:
        raise LookupError(question.type)
    wanted = list(dict.fromkeys(languages))
    if problems := problems_of(question_type, body, wanted, KNOWN):
        raise NotReady(problems)
    parsed: dict[str, Any] = question_type.parse(body).model_dump(mode="json")
    return parsed


def _record_saved(
    version: QuestionVersion, actor: User | None, before: dict[str, Any] | None = None
) -> None:
    question = version.question
    record(
        "question.saved",
        actor=actor,
        thing=question,
        organisation=question.bank.owner.path,
        before=before,
        after={
            "version": version.number,
            "state": str(version.state),
            "tags": question.tags,
            "difficulty": question.difficulty,
        },
    )


def retire_question(*, question: Question, actor: User | None) -> None:
    """Keep a question out of every new attempt.

    Raises InUse while a published fixed slot holds it.
    """
    with transaction.atomic():
        question = (
            Question.objects.select_for_update().select_related("bank__owner").get(pk=question.pk)
        )
        if question.retired_at:
            return
        if holding := [use for use in uses_of(question) if use.published and use.fixed]:
            raise InUse(holding)
        question.retired_at = timezone.now()
        question.save(update_fields=["retired_at"])
        record(
            "question.retired", actor=actor, thing=question, organisation=question.bank.owner.path
        )


def return_question(*, question: Question, actor: User | None) -> None:
    """Take a retired question back."""
    with transaction.atomic():
        question = (
            Question.objects.select_for_update().select_related("bank__owner").get(pk=question.pk)
        )
        if question.retired_at is None:
            return
        question.retired_at = None
        question.save(update_fields=["retired_at"])
        record(
            "question.returned", actor=actor, thing=question, organisation=question.bank.owner.path
        )
