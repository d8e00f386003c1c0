"""The coordinator's first page: how his units stand, and who needs attention."""

from dataclasses import dataclass
from typing import Any
from urllib.parse import urlencode

from django.db.models import Q
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import render
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import cached_property
from django.utils.translation import gettext as _
from django.views.decorators.http import require_safe

from courses.models import Assignment
from courses.outlines import localize
from lms.people.models import Organisation, User
from lms.people.models.organisation import ancestors_or_self, within
from lms.people.signing import signed_in
from lms.reports.figures import (
    EXPIRING_DAYS,
    Counts,
    Figures,
    enrolments_in,
    figures_of,
    year_ago,
)
from lms.reports.models import KeptFigures
from lms.reports.rows import outlines_for, percents_of, postings_of, rank_of
from lms.reports.selections import in_state
from lms.reports.views.lists import the_coordinator

SHOWN = 25


@dataclass(frozen=True)
class Scope:
    """The part of what a person coordinates that the page is about: a unit, or all of it."""

    heads: tuple[str, ...]  # all that is coordinated, no path inside another
    unit: Organisation | None
    units: tuple[Organisation, ...]  # the next level
    above: tuple[Organisation, ...]  # the way down to the unit, as far as it is coordinated

    @property
    def paths(self) -> tuple[str, ...]:
        return (self.unit.path,) if self.unit else self.heads

    @cached_property
    def query(self) -> dict[str, Any]:
        """What the address of a list needs so as to be about the same people."""
        whole = self.unit is None or (self.unit.path,) == self.heads
        return {} if whole or self.unit is None else {"unit": self.unit.pk}


def outermost(paths: tuple[str, ...]) -> tuple[str, ...]:
    """The paths without those that lie inside another of them."""
    found: list[str] = []
    for path in sorted(set(paths)):
        if not (found and path.startswith(found[-1])):
            found.append(path)
    return tuple(found)


def scope_of(user: User, chosen: str) -> Scope:
    """What `?unit=` names inside the units coordinated; without it all. One query.

    Raises Http404, for what lies outside as for what there is not.
    """
    heads = outermost(user.reach.coordinated)
    pk = int(chosen) if chosen.isdecimal() and len(chosen) < 19 else None
    if chosen and pk is None:
        raise Http404
    units = Organisation.objects.filter(within(heads)).select_related("kept_figures")
    rows = {row.path: row for row in units}
    unit = next((row for row in rows.values() if row.pk == pk), None)
    if pk is not None and unit is None:
        raise Http404
    if unit is None and len(heads) == 1:
        unit = rows[heads[0]]
    if unit is None:
        return Scope(heads, None, tuple(rows[path] for path in heads), ())
    beneath = (row for row in rows.values() if row.path.startswith(unit.path))
    up = sorted(ancestors_or_self([unit.path]) - {unit.path})
    return Scope(
        heads,
        unit,
        tuple(row for row in beneath if row.depth == unit.depth + 1),
        tuple(rows[path] for path in up if path in rows),
    )


@signed_in
@require_safe
def overview(request: HttpRequest) -> HttpResponse:
    """The figures of a unit, its next level, and who needs attention there."""
    user = the_coordinator(request)
    scope = scope_of(user, request.GET.get("unit", ""))
    figures = figures_shown(scope, anew="anew" in request.GET)
    context = {
        "scope": scope,
        "figures": figures,
        "tiles": tiles_of(scope, figures),
        "crumbs": crumbs_of(scope, user),
        "anew": "?" + urlencode(scope.query | {"anew": 1}),
        "name": scope.unit.name.localize(user.language) if scope.unit else _("Your units"),
        "assignments": assignments_of(scope),
        "units": units_of(scope, figures, user),
        "attention": attention_of(scope, user),
        "shown": SHOWN,
        "overdue_query": urlencode({"state": "overdue"} | scope.query),
        "overdue_list": enrolments_list(scope, state="overdue"),
        "soon_list": enrolments_list(scope, state="soon"),
    }
    return render(request, "reports/overview.html", context)


def figures_shown(scope: Scope, *, anew: bool = False) -> Figures:
    """The figures kept of a large unit, if they are recent, else those counted now."""
    now = timezone.now()
    kept: KeptFigures | None = getattr(scope.unit, "kept_figures", None)
    if kept and kept.hold(now) and not anew:
        return Figures.from_json(kept.data, kept.counted_at)
    return figures_of(scope.paths, now)


def enrolments_list(scope: Scope, **query: Any) -> str:
    return f"{reverse('reports:enrolments')}?{urlencode(query | scope.query)}"


@dataclass(frozen=True)
class Tile:
    """A figure and the list behind it."""

    value: int | None  # of a share: whole percent; None: there is nothing to take a share of
    label: str
    url: str
    state: str = ""  # due or late
    part: int | None = None  # of a share: n of N
    whole: int = 0

    @property
    def is_share(self) -> bool:
        return self.part is not None


def tiles_of(scope: Scope, figures: Figures) -> list[Tile]:
    total, since = figures.total, year_ago().isoformat()
    expiring = urlencode({"within": EXPIRING_DAYS} | scope.query)
    return [
        Tile(
            total.in_time_share,
            _("completed in time in a year"),
            enrolments_list(scope, state="in_time", completed_from=since),
            part=total.in_time,
            whole=total.decided,
        ),
        Tile(
            total.overdue,
            _("overdue"),
            enrolments_list(scope, state="overdue"),
            "late" if total.overdue else "",
        ),
        Tile(
            total.due_week,
            _("due by the end of this week"),
            enrolments_list(scope, state="due_week"),
            "due" if total.due_week else "",
        ),
        Tile(
            figures.first_share,
            _("passed at the first attempt in a year"),
            enrolments_list(scope, state="first_test", completed_from=since),
            part=figures.first,
            whole=figures.first_of,
        ),
        Tile(
            figures.expiring,
            _("certificates expire within 90 days"),
            f"{reverse('reports:expiring')}?{expiring}",
            "due" if figures.expiring else "",
        ),
    ]


def crumbs_of(scope: Scope, user: User) -> list[tuple[str, str]]:
    """The way down from the head of the subtree; none above it, and none to a head alone."""
    crumbs = [
        (unit.name.localize(user.language), f"{reverse('reports:overview')}?unit={unit.pk}")
        for unit in scope.above
    ]
    if len(scope.heads) > 1 and scope.unit:
        crumbs.insert(0, (_("Your units"), reverse("reports:overview")))
    if crumbs and scope.unit:
        crumbs.append((scope.unit.name.localize(user.language), ""))
    return crumbs


def assignments_of(scope: Scope) -> int:
    """Assignments in force that reach the people of the scope, given there or above."""
    above = Q(organisation__path__in=ancestors_or_self(scope.paths))
    return (
        Assignment.objects.active()
        .filter(above | within(scope.paths, "organisation__path"))
        .count()
    )


def units_of(scope: Scope, figures: Figures, user: User) -> list[dict[str, Any]]:
    """The units of the next level with their counts, and who is posted at the unit itself."""
    rows = [
        {
            "name": unit.name.localize(user.language),
            "url": f"?unit={unit.pk}",
            "counts": figures.units.get(unit.path, Counts()),
            "overdue": enrolments_list(scope, state="overdue", unit=unit.pk),
        }
        for unit in scope.units
    ]
    for row in rows:
        row["bar"] = row["counts"].bar()
    if rows and scope.unit and (counts := figures.units.get(scope.unit.path)):
        rows.append(
            {"name": _("At the unit itself"), "url": "", "counts": counts, "bar": counts.bar()}
        )
    return rows


def attention_of(scope: Scope, user: User) -> list[dict[str, Any]]:
    """Who is overdue or due soon, the longest overdue first. Four queries at most."""
    now = timezone.now()
    rows = list(
        enrolments_in(scope.paths)
        .filter(in_state("overdue", now) | in_state("soon", now))
        .select_related("officer", "course")
        .order_by("due_at", "officer__sort_key", "pk")[:SHOWN]
    )
    outlines = outlines_for(rows)
    percents = percents_of(rows, outlines)
    places = postings_of({row.officer_id for row in rows}, scope.paths)
    return [
        {
            "enrolment": row,
            "person": row.officer,
            "rank": rank_of(row.officer, user),
            "posting": places.get(row.officer_id),
            "title": localize(outlines[row.pk].title, user.language),
            "percent": percents[row.pk],
        }
        for row in rows
    ]
