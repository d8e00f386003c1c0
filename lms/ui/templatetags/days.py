"""Days in words: when something is due, how long ago something was."""

from datetime import date, datetime

from django import template
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.html import format_html
from django.utils.safestring import SafeString
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

register = template.Library()


@register.filter
def relative_day(day: date | None) -> str:
    """Words such as "today", "in 6 days", "yesterday", "3 days ago"; "" for no day.

    A moment counts by its day in the reader's zone.
    """
    if day is None:
        return ""
    days = days_from_today(day)
    if days == 0:
        return _("today")
    if days == 1:
        return _("tomorrow")
    if days == -1:
        return _("yesterday")
    if days > 0:
        return ngettext("in %(days)d day", "in %(days)d days", days) % {"days": days}
    return ngettext("%(days)d day ago", "%(days)d days ago", -days) % {"days": -days}


@register.filter
def due_words(day: date | None) -> str:
    """Words such as "due today", "due in 6 days", "3 days overdue"; "" for no day."""
    if day is None:
        return ""
    days = days_from_today(day)
    if days == 0:
        return _("due today")
    if days == 1:
        return _("due tomorrow")
    if days > 0:
        return ngettext("due in %(days)d day", "due in %(days)d days", days) % {"days": days}
    return ngettext("%(days)d day overdue", "%(days)d days overdue", -days) % {"days": -days}


@register.simple_tag
def due_tag(day: date | None, soon: int = 14) -> SafeString | str:
    """The tag of a due date: late once past, due within `soon` days, plain before; "" for none."""
    if day is None:
        return ""
    days = days_from_today(day)
    state = " late" if days < 0 else " due" if days <= soon else ""
    if 0 <= days <= soon:
        words = _("by %(day)s, %(relative)s") % {
            "day": date_format(day, "j E"),
            "relative": relative_day(day),
        }
    else:
        words = due_words(day) if days < 0 else _("by %(day)s") % {"day": date_format(day, "j E Y")}
    return format_html('<span class="tag{}">{}</span>', state, words)


def days_from_today(day: date) -> int:
    """Whole days from the reader's today; negative in the past."""
    if isinstance(day, datetime):
        day = timezone.localtime(day).date() if timezone.is_aware(day) else day.date()
    return (day - timezone.localdate()).days
