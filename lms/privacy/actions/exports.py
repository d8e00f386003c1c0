"""A person's own data: asked for, made by a worker, fetched, removed."""

from datetime import datetime, timedelta

from django.db import IntegrityError, transaction
from django.db.models import QuerySet
from django.utils import timezone

from lms.audit.actions import record
from lms.people.models import User
from lms.privacy.models import LEASE, DataExport
from lms.privacy.tasks import pack_data

FRESH = timedelta(days=1)  # so long a file that was made answers whoever asks again


def ask_for_data(*, user: User, now: datetime | None = None) -> DataExport:
    """Have all that is kept about the person packed after commit.

    One that waits, or was made within the last day, is returned instead of another.
    """
    now = now or timezone.now()
    if found := _asked(user, now):
        return found
    try:
        with transaction.atomic():
            export = DataExport.objects.create(user=user, asked_at=now, queued_until=now + LEASE)
            record("person.data_asked", actor=user, thing=user, organisation=user.service_path)
            transaction.on_commit(lambda: pack_data.delay(str(export.pk)), robust=True)
    except IntegrityError:  # of two requests side by side one asked
        return DataExport.objects.waiting().get(user=user)
    return export


def _asked(user: User, now: datetime) -> DataExport | None:
    own = DataExport.objects.visible_to(user)
    return own.waiting().first() or own.filter(made_at__gt=now - FRESH).first()


def note_fetched(*, export: DataExport) -> None:
    """Record that the person took the file away."""
    user = export.user
    record("person.data_fetched", actor=user, thing=user, organisation=user.service_path)


def remove_exports(exports: "QuerySet[DataExport]") -> None:
    """Remove files and rows; the file first, so that a crash leaves none that no row names."""
    for export in exports:
        if export.file:
            export.file.delete(save=False)
        export.delete()
