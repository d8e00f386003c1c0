"""Staff lists: taken in, their columns settled, tried, brought in, undone."""

from collections.abc import Mapping
from datetime import datetime, timedelta

from django.db import transaction
from django.utils import timezone

from lms.people.importing.fields import BY_KEY, REQUIRED, guess_columns
from lms.people.importing.reading import Table
from lms.people.importing.work import LEASE, work_on_list
from lms.people.models import ImportRow, Organisation, StaffImport, User
from lms.people.tasks import carry_on_staff_list

State, Outcome = StaffImport.State, ImportRow.Outcome
BATCH = 200  # rows a transaction
AT_ONCE = 400  # rows; so many are worked on while the person waits
AT_ONCE_SECONDS = 8.0
REMEMBERED = 20  # of one's last lists are looked through for the same headers
FORGOTTEN_AFTER = timedelta(hours=24)


class NotNow(ValueError):
    """The list is not in the state from which this can be done."""


def take_in_list(*, table: Table, name: str, unit: Organisation, actor: User) -> StaffImport:
    """Keep the rows of a file as they are; nothing is known of them yet.

    `columns` is a proposal: as they were settled for the same headers last time, else guessed.
    The list is seen once it is whole; what an interruption leaves is dropped by the sweep.
    """
    staff_import = StaffImport.objects.create(made_by=actor, unit=unit, name=name[:255])
    for start in range(0, len(table.rows), BATCH):
        ImportRow.objects.bulk_create(
            ImportRow(staff_import=staff_import, number=number, cells=cells)
            for number, cells in table.rows[start : start + BATCH]
        )
    staff_import.columns = _columns_remembered(actor, table.headers) or guess_columns(table.headers)
    staff_import.headers = table.headers
    staff_import.save(update_fields=["columns", "headers"])
    return staff_import


def _columns_remembered(actor: User, headers: list[str]) -> dict[str, int]:
    earlier = StaffImport.objects.visible_to(actor).exclude(state=State.UPLOADED)
    last = earlier.order_by("-created_at").values_list("headers", "columns")[:REMEMBERED]
    # The file of rows to mend comes back with one column more.
    return next((columns for known, columns in last if known == headers[: len(known)]), {})


def settle_columns(*, staff_import: StaffImport, columns: Mapping[str, int]) -> None:
    """Say which column is which, and try the list: nothing changes but what is known of the rows.

    Raises NotNow once the list is on its way in, and ValueError for a mapping without what is
    required or with a column twice.
    """
    if set(REQUIRED) - set(columns) or set(columns) - set(BY_KEY):
        raise ValueError("not our fields")
    if len(set(columns.values())) != len(columns):
        raise ValueError("a column twice")
    if staff_import.state not in {State.UPLOADED, State.CHECKED}:
        raise NotNow
    _forget_trial(staff_import)
    _begin(
        staff_import,
        {State.UPLOADED, State.CHECKED},
        State.CHECKING,
        columns=dict(columns),
    )


def _forget_trial(staff_import: StaffImport) -> None:
    tried = staff_import.rows.exclude(outcome=Outcome.WAITING).order_by("number")
    while found := list(tried.values_list("pk", flat=True)[:BATCH]):
        ImportRow.objects.filter(pk__in=found).update(
            outcome=Outcome.WAITING, errors=[], before={}, user=None
        )


def bring_list_in(*, staff_import: StaffImport) -> None:
    """Bring in what is right, row by row as it is found then. A second call does nothing.

    Raises NotNow for a list that was not tried.
    """
    if staff_import.state in {State.APPLYING, State.APPLIED}:
        return
    _begin(staff_import, {State.CHECKED}, State.APPLYING)


def undo_list(*, staff_import: StaffImport) -> None:
    """Put back what the list changed, where it is unchanged since. A second call does nothing.

    Raises NotNow for a list that was not brought in.
    """
    if staff_import.state in {State.UNDOING, State.UNDONE}:
        return
    _begin(staff_import, {State.APPLIED}, State.UNDOING)


def _begin(
    staff_import: StaffImport,
    before: set[StaffImport.State],
    state: StaffImport.State,
    **fields: object,
) -> None:
    """Go to a state in which a worker has something to do. Raises NotNow.

    A small list is worked on at once; a worker does the others, and the sweep what both lost.
    """
    is_small = not staff_import.rows.order_by("number")[AT_ONCE : AT_ONCE + 1].exists()
    pk = staff_import.pk
    with transaction.atomic():
        free = StaffImport.objects.filter(pk=pk, state__in=before)
        if not free.update(state=state, queued_until=timezone.now() + LEASE, **fields):
            raise NotNow
        if not is_small:
            transaction.on_commit(lambda: carry_on_staff_list.delay(str(pk)), robust=True)
    if is_small and work_on_list(pk, seconds=AT_ONCE_SECONDS):
        carry_on_staff_list.delay(str(pk))


def forget_unfinished(*, now: datetime) -> int:
    """Drop one day-old list whose upload broke off, a batch of its rows at a time.

    Nothing of it was ever shown or brought in. How many rows went.
    """
    old = StaffImport.objects.filter(headers=[], created_at__lt=now - FORGOTTEN_AFTER)
    staff_import = old.filter(state=State.UPLOADED).order_by("created_at").first()
    if staff_import is None:
        return 0
    found = list(staff_import.rows.order_by("number").values_list("pk", flat=True)[:BATCH])
    with transaction.atomic():
        ImportRow.objects.filter(pk__in=found).delete()
        if len(found) < BATCH:
            staff_import.delete()
    return len(found)
