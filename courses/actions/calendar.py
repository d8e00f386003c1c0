"""The secret address of a person's due dates: made, shown again, made invalid."""

from django.db import IntegrityError, transaction
from django.utils import timezone

from courses.models import CalendarFeed
from lms.audit.actions import record
from lms.people.models import User


def open_feed(*, user: User) -> CalendarFeed:
    """The person's feed, made on first use; a second call returns the same."""
    if found := CalendarFeed.objects.filter(user=user, revoked_at=None).first():
        return found
    try:
        with transaction.atomic():
            feed = CalendarFeed.objects.create(user=user)
            record("calendar.opened", actor=user, thing=feed, organisation=user.service_path)
    except IntegrityError:  # of two requests side by side one made it
        return CalendarFeed.objects.get(user=user, revoked_at=None)
    return feed


def revoke_feed(*, user: User) -> None:
    """Make the address invalid for ever; without one nothing happens."""
    with transaction.atomic():
        feeds = CalendarFeed.objects.select_for_update().filter(user=user, revoked_at=None)
        for feed in feeds:
            feed.revoked_at = timezone.now()
            feed.save(update_fields=["revoked_at"])
            record("calendar.revoked", actor=user, thing=feed, organisation=user.service_path)
