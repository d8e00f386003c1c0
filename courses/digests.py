"""Whom to remind of what, and the one mail a day that says it.

The rule: an enrolment neither completed nor cancelled is reminded of 14, 7 and 1 days before its
due day and 3 days after it, and whenever a coordinator asks for it. All that a person is to be
reminded of goes into one mail a day, from 07:00 to 21:00 of his own time zone; what is asked for
after that day's mail went out waits for the next morning.
"""

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from typing import Any, Final
from urllib.parse import urlsplit
from zoneinfo import ZoneInfo

from django.conf import settings
from django.core.mail import EmailMessage
from django.db.models import Exists, F, OuterRef, Q, QuerySet, Value
from django.db.models.functions import Coalesce, NullIf
from django.template.loader import render_to_string
from django.urls import reverse
from django.utils import timezone, translation
from django.utils.formats import date_format
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from courses.models import Digest, Enrolment, Reminder
from courses.outlines import outlines_of
from lms.noting import note_for_sure
from lms.people.models import User

OFFSETS: Final = (-14, -7, -1, 3)  # days after the due day
MORNING: Final = time(7)
NIGHT: Final = time(21)
LEASE: Final = timedelta(minutes=5)


def is_daytime(moment: datetime) -> bool:
    """Whether mail may go out at this local moment."""
    return MORNING <= moment.time() < NIGHT


def zones_in_use() -> list[ZoneInfo]:
    """The time zones in which people are reached by mail."""
    names = _with_zone(User.objects.exclude(email="")).order_by().values_list("zone_name")
    return [ZoneInfo(name) for (name,) in names.distinct()]


def _with_zone(people: QuerySet[User]) -> Any:
    own = NullIf(F("time_zone"), Value(""))
    return people.annotate(zone_name=Coalesce(own, F("service__time_zone"), Value("UTC")))


def to_be_reminded(zone: ZoneInfo, now: datetime) -> QuerySet[User]:
    """The people of a zone who have something to be reminded of and no mail of this day yet."""
    today = now.astimezone(zone).date()
    asked = Reminder.objects.filter(
        days=None, digest=None, enrolment__officer=OuterRef("pk"),
        enrolment__completed_at=None, enrolment__cancelled_at=None,
    )  # fmt: skip
    people: QuerySet[User] = (
        _with_zone(User.objects.filter(is_active=True).exclude(email=""))
        .filter(zone_name=zone.key)
        .filter(Q(pk__in=_due(today, zone).values("officer")) | Exists(asked))
        .exclude(Exists(Digest.objects.filter(user=OuterRef("pk"), day=today)))
    )
    return people


def _due(today: date, zone: ZoneInfo) -> QuerySet[Enrolment]:
    """What the rule reminds of on a day; who is enrolled during the day has just been told.

    By `due_at` too, which has an index; it lies within two days of `due_on`, whatever the zone.
    """
    around = datetime.combine(today, time(), UTC)
    return Enrolment.objects.live().filter(
        due_on__in=[today - timedelta(days=offset) for offset in OFFSETS],
        due_at__gte=around - timedelta(days=max(OFFSETS) + 1),
        due_at__lte=around + timedelta(days=2 - min(OFFSETS)),
        enrolled_at__lt=datetime.combine(today, MORNING, zone),
    )


def reminders_for(user: User, now: datetime) -> tuple[date, list[Reminder], QuerySet[Reminder]]:
    """The day, the reminders that the rule gives for it, and those asked for by hand."""
    today = now.astimezone(user.zone).date()
    by_rule = [
        Reminder(enrolment=enrolment, days=(today - enrolment.due_on).days, due_on=enrolment.due_on)
        for enrolment in _due(today, user.zone).filter(officer=user)
        if enrolment.due_on
    ]
    asked = Reminder.objects.filter(days=None, digest=None, enrolment__officer=user)
    return today, by_rule, asked


@dataclass(frozen=True)
class Line:
    """What the mail says of one enrolment; `days` from today to the due day, None without one."""

    title: str
    url: str
    due_on: date | None
    days: int | None

    @property
    def words(self) -> str:
        if self.due_on is None or self.days is None:
            return _("no due date")
        day = date_format(self.due_on, "j E Y")
        if self.days < 0:
            return ngettext(
                "was due on %(day)s, %(days)d day ago", "was due on %(day)s, %(days)d days ago",
                -self.days,
            ) % {"day": day, "days": -self.days}  # fmt: skip
        if self.days == 0:
            return _("due today, %(day)s") % {"day": day}
        return ngettext(
            "due on %(day)s, in %(days)d day", "due on %(day)s, in %(days)d days", self.days
        ) % {"day": day, "days": self.days}


def lines_of(digest: Digest, today: date) -> list[Line]:
    """What is still to be done of what the digest reminds of, the most urgent first."""
    user = digest.user
    rows = list(
        Enrolment.objects.live()
        .filter(
            reminders__digest=digest, officer=user, course__current_revision__isnull=False
        )
        .select_related("course")
        .distinct()
        .order_by(F("due_at").asc(nulls_last=True), "enrolled_at")
    )  # fmt: skip
    outlines = outlines_of(row.course.current_revision_id or 0 for row in rows)
    lines = []
    for row in rows:
        outline = outlines[row.course.current_revision_id or 0]
        language = outline.language_for(user.language, row.language)
        url = settings.SITE_URL + reverse("courses:course", args=[row.course.code])
        days = (row.due_on - today).days if row.due_on else None
        lines.append(Line(outline.title.get(language, ""), url, row.due_on, days))
    return lines


def send_digest_once(digest: Digest, now: datetime | None = None) -> bool:
    """Send the mail of a digest, if there is still something to be done; whether it went out.

    A conditional update of the lease lets one of two workers send. At night nothing goes out: the
    sweep comes back in the morning, and when by then the next day's mail exists, that one speaks
    for both. A worker that dies between handing the mail over and noting so makes it go out twice,
    with one Message-ID.
    """
    now = now or timezone.now()
    user = digest.user
    local = now.astimezone(user.zone)
    unsent = Digest.objects.filter(pk=digest.pk, sent_at=None)
    if not is_daytime(local):
        return False
    with timezone.override(user.zone), translation.override(user.language):
        lines = lines_of(digest, local.date())
        superseded = Digest.objects.filter(user=user, day__gt=digest.day).exists()
        if not lines or superseded or not (user.email and user.is_active):
            unsent.update(sent_at=now)
            return False
        free = unsent.filter(queued_until=digest.queued_until)
        if not free.update(queued_until=now + LEASE):
            return False
        message_for(digest, lines).send()
    note_for_sure(lambda: unsent.update(sent_at=now))
    return True


def message_for(digest: Digest, lines: list[Line]) -> EmailMessage:
    """The mail in the active language: what to do by when, no mark, and nobody's name."""
    first = lines[0]
    if len(lines) > 1:
        subject = ngettext(
            "%(count)d course to complete: the first %(words)s",
            "%(count)d courses to complete: the first %(words)s",
            len(lines),
        ) % {"count": len(lines), "words": first.words}
    else:
        subject = _("To complete: %(course)s, %(words)s") % {
            "course": first.title,
            "words": first.words,
        }
    host = urlsplit(settings.SITE_URL).hostname
    return EmailMessage(
        subject=" ".join(subject.split()),
        body=render_to_string("courses/digest.txt", {"lines": lines}),
        to=[digest.user.email],
        headers={
            "Message-ID": f"<reminder-{digest.pk}@{host}>",
            "Auto-Submitted": "auto-generated",
        },
    )


def people_waiting(now: datetime) -> Iterator[User]:
    """Everybody to whom a mail should go now, over all zones where it is day."""
    for zone in zones_in_use():
        if is_daytime(now.astimezone(zone)):
            yield from to_be_reminded(zone, now).select_related("service").iterator(200)
