"""What a certificate will say, read once at the completion. Whatever may be missing has a fallback:
a completion must never fail for want of a name, a score or a translation."""

from calendar import monthrange
from datetime import date, datetime
from decimal import ROUND_FLOOR, Decimal
from typing import Any, Final
from zoneinfo import ZoneInfo

from django.utils import timezone
from i18nfield.strings import LazyI18nString

from certificates.models import Certificate
from courses.models import Enrolment
from courses.outlines import Outline, outline_of
from lms.people.models import User
from quizzes.kinds import QuizLesson
from quizzes.models import Attempt

LONGEST_NAME: Final = Certificate._meta.get_field("name_native").max_length


def snapshot_of(enrolment: Enrolment, now: datetime) -> dict[str, Any]:
    """The columns of the first certificate of a completed enrolment, but for its serial.

    Raises ValueError when the enrolment is not completed.
    """
    if enrolment.completed_revision_id is None:
        raise ValueError("only a completion earns a certificate")
    outline = outline_of(enrolment.completed_revision_id)
    officer, service = enrolment.officer, enrolment.course.service
    native, latin = names_of(officer)
    issued_on = timezone.localdate(now, timezone=ZoneInfo(service.time_zone))
    months = outline.validity_months
    return {
        "name_native": native,
        "name_latin": latin,
        "course_code": outline.code,
        "course_title": LazyI18nString(dict(outline.title)),
        "language": enrolment.language,
        "minutes": outline.minutes,
        "result": final_result(enrolment, outline),
        "issuer": service.name,
        "issued_at": now,
        "issued_on": issued_on,
        "expires_on": months_after(issued_on, months) if months else None,
        "is_specimen": officer.is_demo,
    }


def names_of(officer: User) -> tuple[str, str]:
    """The name as a certificate prints it, and in Latin letters: given name first."""
    native = (officer.given_name, officer.patronymic, officer.family_name)
    return (
        " ".join(filter(None, native))[:LONGEST_NAME],
        " ".join(filter(None, officer.latin))[:LONGEST_NAME],
    )


def final_result(enrolment: Enrolment, outline: Outline) -> Decimal | None:
    """The best passed attempt at the last required quiz, in per cent floored to two decimals."""
    quizzes = [item for item in outline.lessons if item.required and item.kind == QuizLesson.code]
    if not quizzes:
        return None
    attempts = Attempt.objects.filter(
        enrolment=enrolment,
        lesson=quizzes[-1].id,
        passed=True,
        revision__number__gte=quizzes[-1].retake_from,
    )
    best = max((attempt.percent for attempt in attempts), default=None)
    return None if best is None else best.quantize(Decimal("0.01"), ROUND_FLOOR)


def months_after(day: date, months: int) -> date:
    """The same day so many months on, or the last of its month: 31 August + 6 is 28 February."""
    years, month = divmod(day.month - 1 + months, 12)
    year, month = day.year + years, month + 1
    return date(year, month, min(day.day, monthrange(year, month)[1]))
