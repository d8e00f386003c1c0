"""Works on a staff list batch by batch: trying it, bringing it in, undoing it.

Each batch is one transaction together with the state of its rows, so a worker that is killed
leaves all or nothing of it, and whoever comes next goes on with the rows that are left.
"""

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from time import monotonic
from typing import Any
from uuid import UUID

from django.db import transaction
from django.db.models import Count, QuerySet
from django.utils import timezone

from lms.audit.actions import record
from lms.people.importing.applying import bring_in, try_rows
from lms.people.importing.deciding import Desk, desk_of
from lms.people.importing.undoing import put_back
from lms.people.models import ImportRow, StaffImport, User

State, Outcome = StaffImport.State, ImportRow.Outcome
BATCH = 200  # rows a transaction
LEASE = timedelta(minutes=2)  # longer than a slice: nobody takes up what is being worked on
SLICE_SECONDS = 15.0  # then other tasks have their turn
UNDER_WAY = (State.CHECKING, State.APPLYING, State.UNDOING)
ENDS = {
    State.CHECKING: State.CHECKED,
    State.APPLYING: State.APPLIED,
    State.UNDOING: State.UNDONE,
}


def work_on_list(import_id: UUID, *, seconds: float = SLICE_SECONDS) -> bool:
    """Work on a staff list for some time; whether there is more to do at once.

    Can run twice and beside itself: a batch holds the list's row locked.
    """
    staff_import = (
        StaffImport.objects.filter(pk=import_id, state__in=UNDER_WAY).select_related("unit").first()
    )
    if staff_import is None:
        return False
    actor = User.objects.select_related("service").get(pk=staff_import.made_by_id)
    end = monotonic() + seconds
    with timezone.override(actor.zone):
        desk = desk_of(staff_import, actor)
        while _work_on_batch(desk):
            if monotonic() >= end:
                return True
    return False


def _work_on_batch(desk: Desk) -> bool:
    """One batch, or the end of the work; whether there may be more."""
    state = State(desk.staff_import.state)
    with transaction.atomic():
        # Locked until the end: a worker beside this one waits, and then finds other rows.
        locked = StaffImport.objects.select_for_update(of=("self",)).get(pk=desk.staff_import.pk)
        if locked.state != state:
            return False
        rows = list(left_to_do(locked)[:BATCH])
        if not rows:
            _finish(desk, locked)
            return False
        steps: dict[str, Callable[[list[ImportRow]], None]] = {
            State.CHECKING: partial(try_rows, desk),
            State.APPLYING: partial(bring_in, desk),
            State.UNDOING: partial(put_back, actor=desk.actor),
        }
        steps[state](rows)
        StaffImport.objects.filter(pk=locked.pk).update(queued_until=timezone.now() + LEASE)
    return True


def left_to_do(staff_import: StaffImport) -> QuerySet[ImportRow]:
    """The rows that the work under way has not come to, in their order."""
    conditions: dict[str, dict[str, Any]] = {
        State.CHECKING: {"outcome": Outcome.WAITING},
        State.APPLYING: {"applied_at": None},
        State.UNDOING: {"undone_at": None},
    }
    return staff_import.rows.filter(**conditions[State(staff_import.state)]).order_by("number")


def counts_of(staff_import: StaffImport) -> dict[str, int]:
    """How many rows have which outcome; a name for each, zero too."""
    found = staff_import.rows.order_by().values_list("outcome").annotate(Count("pk"))
    numbers = dict.fromkeys(Outcome.values, 0) | dict(found)
    return {outcome or "waiting": number for outcome, number in numbers.items()}


def _finish(desk: Desk, staff_import: StaffImport) -> None:
    """Set the state in which the work ends, once, and tell the audit log with the counts."""
    now = timezone.now()
    ends = ENDS[State(staff_import.state)]
    times = {State.APPLIED: "applied_at", State.UNDONE: "undone_at"}
    verbs = {State.APPLIED: "people.imported", State.UNDONE: "people.import_undone"}
    staff_import.state, staff_import.queued_until = ends, None
    changed = ["state", "queued_until"]
    if ends in times:
        setattr(staff_import, times[ends], now)
        changed.append(times[ends])
    staff_import.save(update_fields=changed)
    if ends in verbs:
        record(
            verbs[ends],
            actor=desk.actor,
            thing=staff_import,
            organisation=desk.staff_import.unit.path,
            after=_told(staff_import),
        )


def _told(staff_import: StaffImport) -> dict[str, int]:
    counts = counts_of(staff_import)
    names = {"create": "created", "update": "changed", "same": "unchanged", "rejected": "rejected"}
    return {name: counts[outcome] for outcome, name in names.items()}
