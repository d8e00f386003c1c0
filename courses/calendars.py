"""A person's due dates as iCalendar (RFC 5545), for a calendar program that subscribes to them."""

from datetime import datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from django.conf import settings
from django.db.models import Q
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.translation import gettext as _
from icalendar import Alarm, Calendar, Event

from courses.models import Enrolment
from courses.outlines import outlines_of
from lms.people.models import User

ENDED_KEPT: Final = timedelta(days=60)  # so long a program is told that a date is off
MOST_EVENTS: Final = 500


def calendar_of(user: User, now: datetime | None = None) -> bytes:
    """The due dates of a person's courses, each a day long, with an alarm the day before.

    The UID of an event stays, SEQUENCE grows with each change of the due date and with the end of
    the enrolment, which shows as STATUS:CANCELLED for 60 days. Titles name the course and nobody.
    Two queries (one more for outlines not in memory).
    """
    now = now or timezone.now()
    kept = now - ENDED_KEPT
    rows = list(
        Enrolment.objects.filter(officer=user, due_on__isnull=False)
        .filter(
            Q(completed_at=None, cancelled_at=None)
            | Q(completed_at__gte=kept)
            | Q(cancelled_at__gte=kept),
            course__current_revision__isnull=False,
        )
        .select_related("course")
        .order_by("-due_on", "pk")[:MOST_EVENTS]
    )
    outlines = outlines_of(row.course.current_revision_id or 0 for row in rows)
    host = urlsplit(settings.SITE_URL).hostname
    with translation.override(user.language):
        calendar = Calendar()
        calendar.add("prodid", "-//Waypost//Due dates//EN")
        calendar.add("version", "2.0")
        calendar.add("method", "PUBLISH")
        calendar.add("x-wr-calname", _("Waypost: due dates"))
        calendar.add("refresh-interval", timedelta(hours=12), parameters={"value": "DURATION"})
        for row in rows:
            outline = outlines[row.course.current_revision_id or 0]
            title = outline.title.get(outline.language_for(user.language, row.language), "")
            calendar.add_component(_event(row, " ".join(title.split()), f"{row.pk}@{host}"))
    return bytes(calendar.to_ical())


def _event(row: Enrolment, title: str, uid: str) -> Event:
    if row.due_on is None:
        raise ValueError("an enrolment without a due date is no event")
    event = Event()
    event.add("uid", uid)
    event.add("sequence", row.due_changes + (not row.is_live))
    event.add("dtstamp", row.completed_at or row.cancelled_at or row.enrolled_at)
    event.add("dtstart", row.due_on)
    event.add("dtend", row.due_on + timedelta(days=1))
    event.add("summary", _("Due: %(course)s") % {"course": title})
    event.add("url", settings.SITE_URL + reverse("courses:course", args=[row.course.code]))
    event.add("transp", "TRANSPARENT")
    event.add("status", "CONFIRMED" if row.is_live else "CANCELLED")
    if row.is_live:
        alarm = Alarm()
        alarm.add("action", "DISPLAY")
        alarm.add("description", _("Due tomorrow: %(course)s") % {"course": title})
        alarm.add("trigger", timedelta(days=-1))
        event.add_component(alarm)
    return event
