"""What can be wrong with a cell, in words. Rows keep the code, readers get their language."""

from collections.abc import Mapping
from typing import Any

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

ELSEWHERE = "elsewhere"
REASONS: dict[str, Promise] = {
    "missing": _("This is required and the cell is empty."),
    "too_long": _("Too long: %(length)d characters, at most %(limit)d."),
    "control": _("There are signs in it that cannot be seen. Type the value anew."),
    "number": _("A service number has letters, digits, hyphens, dots and slashes only."),
    "no_letter": _("A name has letters."),
    "rank": _("Your service has no such rank."),
    "unit": _("There is no such unit among yours."),
    "email": _("This is not an e-mail address."),
    "email_taken": _("This address belongs to another person of your units."),
    "language": _("Not one of the languages offered: %(languages)s."),
    "date": _("Not a date. Write it as 2026-09-01 or 01.09.2026."),
    "no_such_day": _("There is no such day in the calendar."),
    "date_far": _("The date lies too far from today."),
    "example": _("This is an example of the list to fill in. Put your own people in its place."),
    "duplicate_number": _("The same service number stands in row %(row)d."),
    "duplicate_email": _("The same address stands in row %(row)d."),
    "planned": _("A move or a discharge of this person is already planned. Settle that first."),
    "refused": _("This value cannot be taken."),
    ELSEWHERE: _(
        "This person cannot be brought in here; a request went to the service administrator."
    ),
    "elsewhere_yet": _(
        "This person cannot be brought in here; a request will go to the service administrator."
    ),
}


def problem(field: str, value: str, code: str, **params: Any) -> dict[str, Any]:
    """What is kept with a row: the field's key, what stood in the cell, and why it cannot be."""
    return {"field": field, "value": value[:200], "code": code, "params": params}


def in_words(found: Mapping[str, Any], *, is_applied: bool) -> str:
    """The reason for the person."""
    code = str(found["code"])
    if code == ELSEWHERE and not is_applied:
        code = "elsewhere_yet"
    return str(REASONS.get(code, REASONS["refused"])) % dict(found.get("params") or {})
