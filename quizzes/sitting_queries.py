"""What sitting a quiz asks of the database again and again, each query ready to be asked."""

from uuid import UUID

from django.db.models import F

from courses.models import Enrolment
from lms.people.models import User
from lms.prepared import Prepared, PreparedInsert
from quizzes.models import Attempt, AttemptItem, ResponseSave

_taken = Prepared(
    lambda enrolment, lesson: (
        Attempt.objects.filter(enrolment=enrolment, lesson=lesson)
        .annotate(revision_number=F("revision__number"))
        .defer("settings")
        .order_by("started_at")
    ),
    enrolment=UUID,
    lesson=int,
)
_own = Prepared(
    lambda pk, officer: (
        Attempt.objects.filter(pk=pk, enrolment__officer=officer)
        .select_related("enrolment__course")
        .defer("enrolment__course__summary", "enrolment__course__outcomes")
    ),
    pk=UUID,
    officer=int,
)
_items = Prepared(
    lambda attempt: (
        AttemptItem.objects.filter(attempt=attempt).select_related("current").order_by("position")
    ),
    attempt=UUID,
)
_item = Prepared(
    lambda attempt, position: AttemptItem.objects.filter(
        attempt=attempt, position=position
    ).select_related("current"),
    attempt=UUID,
    position=int,
)
_locked = Prepared(
    lambda pk: (
        Attempt.objects.select_for_update().filter(pk=pk).only("submitted_at", "deadline_at")
    ),
    pk=UUID,
)
_to_submit = Prepared(
    lambda pk: (
        Attempt.objects.select_for_update(of=("self",))
        .filter(pk=pk)
        .select_related("enrolment__officer__service")
    ),
    pk=UUID,
)
_current = Prepared(
    lambda item: AttemptItem.objects.filter(pk=item).select_related("current").only("current"),
    item=int,
)
_since = Prepared(
    lambda item, client, seq: ResponseSave.objects.filter(
        item=item, client=client, seq__gte=seq
    ).order_by("seq")[:1],
    item=int,
    client=str,
    seq=int,
)

_enrolment = Prepared(
    lambda pk: Enrolment.objects.select_for_update().filter(pk=pk).only("pk"), pk=UUID
)
insert_attempts = PreparedInsert(Attempt)
insert_items = PreparedInsert(AttemptItem)
insert_saves = PreparedInsert(ResponseSave)


def lock_enrolment(pk: UUID) -> None:
    """Until the transaction ends: of one enrolment one attempt starts at a time."""
    _enrolment(pk=pk)


def attempts_at(enrolment: UUID, lesson: int) -> list[Attempt]:
    """All attempts of an enrolment at a quiz, oldest first, with their `revision_number`."""
    return _taken(enrolment=enrolment, lesson=lesson)


def own_attempt(user: User, pk: UUID) -> Attempt | None:
    """The attempt with its enrolment and course, if it is the user's own."""
    found = _own(pk=pk, officer=user.pk)
    return found[0] if found else None


def items_of(attempt: Attempt) -> list[AttemptItem]:
    """The attempt's items in order, each with the response that counts."""
    return _items(attempt=attempt.pk)


def item_at(attempt: Attempt, position: int) -> AttemptItem | None:
    """One item with the response that counts."""
    found = _item(attempt=attempt.pk, position=position)
    return found[0] if found else None


def lock_attempt(pk: UUID) -> Attempt:
    """Until the transaction ends; the attempt knows only whether it still takes answers."""
    return _locked(pk=pk)[0]


def attempt_to_submit(pk: UUID) -> Attempt:
    """Locked until the transaction ends, with its enrolment, officer and service."""
    return _to_submit(pk=pk)[0]


def current_of(item: int) -> ResponseSave | None:
    """The response that counts now. Lock the attempt first, or it may be another at once."""
    return _current(item=item)[0].current


def saves_since(item: int, client: str, seq: int) -> list[ResponseSave]:
    """The first save of this count or a later one by the client; none or one."""
    return _since(item=item, client=client, seq=seq)
