"""Keeping the figures of large units at hand."""

from collections import Counter
from datetime import datetime
from zoneinfo import ZoneInfo

from django.db import transaction
from django.db.models import Count
from django.utils import timezone

from lms.people.models import Membership, Organisation, Role
from lms.people.models.organisation import ancestors_or_self
from lms.reports.figures import figures_of
from lms.reports.models import KeptFigures

LARGE = 3_000  # officers; fewer are counted anew for each page, in a tenth of a second


def keep_figures(*, now: datetime | None = None, large: int = LARGE) -> int:
    """Count the figures of each unit of so many officers and more; how many there are.

    What is kept of a unit that has become smaller goes: its figures are counted for each reader.
    """
    now = now or timezone.now()
    units = {unit.pk: unit for unit in large_units(large)}
    for unit in units.values():
        with timezone.override(ZoneInfo(unit.time_zone)):
            figures = figures_of((unit.path,), now)
        with transaction.atomic():
            KeptFigures.objects.update_or_create(
                organisation=unit,
                defaults={
                    "counted_at": now,
                    "zone": unit.time_zone,
                    "data": figures.as_json(),
                },
            )
    KeptFigures.objects.exclude(organisation__in=units).delete()
    return len(units)


def large_units(large: int) -> list[Organisation]:
    """The units with so many officers' posts, secondments included, in and beneath them."""
    posts = Membership.objects.current().filter(role=Role.OFFICER)
    counts: Counter[str] = Counter()
    for path, number in posts.values_list("organisation__path").annotate(Count("pk")):
        for above in ancestors_or_self([path]):
            counts[above] += number
    paths = [path for path, number in counts.items() if number >= large]
    return list(Organisation.objects.filter(path__in=paths))
