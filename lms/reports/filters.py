"""The filters of the coordinator's lists, as they stand in an address, and what they select.

`officers_found`, `enrolments_found` and `certificates_found` are for what acts on a selection: a
filter that cannot be read is an error there (400), or a slip in an address would select everybody.
Pages use the forms themselves, leave such a filter out and say so. A unit or a course that is
outside, and one that does not exist, are both Http404.

In an address a unit is its primary key, a course its code, a day `YYYY-MM-DD`.
"""

from collections.abc import Iterator, Mapping
from datetime import date
from typing import Any, NamedTuple
from uuid import UUID

from django import forms
from django.core.exceptions import SuspiciousOperation
from django.db.models import (
    Exists,
    F,
    OuterRef,
    Q,
    Subquery,
)
from django.http import Http404, QueryDict
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.functional import cached_property
from django.utils.translation import gettext_lazy as _

from courses.models import Assignment, Course, CourseTitle, Enrolment, Status
from courses.models.enrolment import EnrolmentQuerySet
from courses.outlines import localize
from lms.people.models import (
    ImportRow,
    Organisation,
    StaffImport,
    User,
)
from lms.people.models.organisation import ancestors_or_self, within
from lms.people.models.user import UserQuerySet
from lms.people.ranks import ranks
from lms.reports.selections import (
    between,
    enrolments_coordinated,
    expiring,
    in_order,
    in_state,
    postings,
)
from lms.ui.forms import DayInput

EARLIEST, LATEST = date(1900, 1, 1), date(2199, 12, 31)
ENROLMENT_STATES = {
    "live": _("assigned, not completed"),
    "not_started": _("not started"),
    "started": _("in progress"),
    "overdue": _("overdue"),
    "due_week": _("due by the end of this week"),
    "soon": _("due within 14 days"),
    "completed": _("completed"),
    "in_time": _("completed in time"),
    "first_test": _("passed at the first attempt"),
    "cancelled": _("cancelled"),
}
OFFICER_STATES = {"not_enrolled": _("not enrolled")} | ENROLMENT_STATES
ANY = ("", _("any"))
SORTS = {
    "name": _("by name"),
    "-name": _("by name, from the end"),
    "unit": _("by unit"),
    "-unit": _("by unit, from the end"),
    "rank": _("by rank, junior first"),
    "-rank": _("by rank, senior first"),
    "overdue": _("fewest overdue first"),
    "-overdue": _("most overdue first"),
    "due": _("by due date, earliest first"),
    "-due": _("by due date, latest first"),
    "course": _("by course"),
    "-course": _("by course, from the end"),
    "expires": _("by expiry, earliest first"),
    "-expires": _("by expiry, latest first"),
}


class OneOf(forms.ChoiceField):
    """A unit, a course or the like out of those that the person may name; Http404 for others."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, **options)
        self.things: Mapping[str, Any] = {}

    def offer(self, things: Mapping[str, tuple[str, Any]]) -> None:
        """Offer these: value in the address → label and thing."""
        self.things = {value: thing for value, (_label, thing) in things.items()}
        self.choices = [ANY, *((value, label) for value, (label, _thing) in things.items())]

    def clean(self, value: Any) -> Any:
        if not value:
            return None
        try:
            return self.things[str(value)]
        except KeyError:
            raise Http404 from None


class DayField(forms.DateField):
    """A day as browsers send it, of our time."""

    def __init__(self, **options: Any) -> None:
        super().__init__(required=False, input_formats=["%Y-%m-%d"], widget=DayInput(), **options)

    def clean(self, value: Any) -> date | None:
        day: date | None = super().clean(value)
        if day and not EARLIEST <= day <= LATEST:
            raise forms.ValidationError(self.error_messages["invalid"], code="invalid")
        return day


class Chosen(NamedTuple):
    """An active filter in words, and the address of the list without it."""

    label: str
    value: str
    without: str


class ListFilter(forms.Form):
    """What an address says of a list. Never invalid: what cannot be read is in `ignored`."""

    use_required_attribute = False
    sorts: Mapping[str, Any] = {}  # in an address → for order_by
    default_sort = ""
    main: tuple[str, ...] = ()  # the fields always in sight; the others fold away
    implied: tuple[str, ...] = ()  # the fields that leave something out even when not chosen

    def __init__(self, user: User, data: QueryDict) -> None:
        # Without a field in the address its value would come from `initial` otherwise.
        super().__init__(data, auto_id="filter-%s")
        self.user = user
        self.paths = user.reach.coordinated
        self.language = user.language
        self.prepare()

    def prepare(self) -> None:
        """Fill the fields whose choices depend on the person."""

    def found(self) -> Any:
        """The rows selected, in no order."""
        raise NotImplementedError

    @cached_property
    def values(self) -> dict[str, Any]:
        """The filters that hold, by field."""
        self.is_valid()
        return {name: value for name, value in self.cleaned_data.items() if value}

    @cached_property
    def ignored(self) -> list[str]:
        """The labels of the filters that could not be read."""
        return [str(self.fields[name].label) for name in self.errors]

    @property
    def sort(self) -> str:
        wished = str(self.data.get("sort", ""))
        return wished if wished in self.sorts else self.default_sort

    @property
    def sort_choices(self) -> list[tuple[str, Any]]:
        return [(key, SORTS[key]) for key in self.sorts]

    @property
    def query(self) -> str:
        """The filters that hold as a querystring: what a selection is made by."""
        return self._query(self.values)

    @property
    def query_sorted(self) -> str:
        """The same with the order, for exports."""
        sort = "" if self.sort == self.default_sort else f"sort={self.sort}"
        return "&".join(filter(None, (self.query, sort)))

    def _query(self, names: Any) -> str:
        kept = QueryDict(mutable=True)
        for name in names:
            kept[name] = str(self.data[name])
        return kept.urlencode()

    @property
    def chosen(self) -> list[Chosen]:
        return [
            Chosen(
                str(self.fields[name].label or ""),
                self.in_words(name),
                "?" + self._query(other for other in self.values if other != name),
            )
            for name in self.values
        ]

    def in_words(self, name: str) -> str:
        """The value of a filter as a person reads it."""
        field, value = self.fields[name], self.values[name]
        if isinstance(field, forms.ChoiceField):
            labels = dict(field.choices)  # type: ignore[arg-type]
            return str(labels[str(self.data[name])]).strip("\u00a0")
        return date_format(value, "SHORT_DATE_FORMAT") if isinstance(value, date) else str(value)

    @property
    def sentence(self) -> str:
        """All filters in one line, for what is printed or saved."""
        unsaid = [name for name in self.implied if name not in self.values]
        told = [(self.fields[name].label, dict(self.fields[name].choices)[""]) for name in unsaid]  # type: ignore[attr-defined]
        told += [(label, value) for label, value, _without in self.chosen]
        return "; ".join(f"{label}: {value}" for label, value in told)

    def folded(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in self.fields if name not in self.main)

    def in_sight(self) -> Iterator[forms.BoundField]:
        return (self[name] for name in self.main)

    @property
    def is_unfolded(self) -> bool:
        return any(name not in self.main for name in self.values)

    def within_units(self) -> tuple[str, ...]:
        """The paths of the subtrees that the list is about: the unit chosen, else all."""
        unit = self.values.get("unit")
        return (unit.path,) if unit else self.paths

    def strict(self) -> None:
        """Raises SuspiciousOperation (400) if a filter could not be read."""
        if self.values is not None and self.ignored:
            raise SuspiciousOperation("unreadable filters: " + ", ".join(self.errors))

    # --- what several lists offer ---

    def offer_units(self) -> None:
        units = list(Organisation.objects.filter(within(self.paths)))
        top = min((unit.depth for unit in units), default=0)
        self.fields["unit"].offer(  # type: ignore[attr-defined]
            {
                str(unit.pk): (
                    "\u00a0" * 3 * (unit.depth - top) + unit.name.localize(self.language),
                    unit,
                )
                for unit in units
            }
        )

    def offer_courses(self) -> None:
        """What can be assigned to the people of the subtrees, and what once could."""
        near = Q(owner__path__in=ancestors_or_self(self.paths)) | within(self.paths, "owner__path")
        courses: Any = Course.objects.filter(
            near,
            service=self.user.service,
            status__in=[Status.PUBLISHED, Status.ARCHIVED],
            current_revision__isnull=False,
        ).annotate(published_title=F("current_revision__outline__title"))
        self.fields["course"].offer(  # type: ignore[attr-defined]
            {
                row.code: (f"{localize(row.published_title, self.language)} ({row.code})", row)
                for row in courses.in_order_of_title(self.language)
            }
        )


class OfficerFilter(ListFilter):
    """Of the list of officers.

    `state` is about enrolments in the course chosen, in any course where none is. Sort keys may
    have a minus before them.
    """

    q = forms.CharField(label=_("Name or number"), max_length=200, required=False)
    unit = OneOf(label=_("Unit"))
    course = OneOf(label=_("Course"))
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, *OFFICER_STATES.items()]
    )
    rank = forms.ChoiceField(label=_("Rank"), required=False)
    joined_after = DayField(label=_("Joined the unit after"))
    staff_list = OneOf(label=_("New by the staff list"))
    account = forms.ChoiceField(
        label=_("Account"),
        required=False,
        choices=[
            ("", _("open")),
            ("never", _("never signed in")),
            ("closed", _("closed")),
        ],
    )

    main = ("q", "unit", "course", "state")
    default_sort = "name"
    sorts = {
        "name": ("sort_key", "pk"),
        "-name": ("-sort_key", "-pk"),
        "unit": ("unit_path", "sort_key", "pk"),
        "-unit": ("-unit_path", "sort_key", "pk"),
        "rank": ("seniority", "sort_key", "pk"),
        "-rank": ("-seniority", "sort_key", "pk"),
        "overdue": ("late", "sort_key", "pk"),
        "-overdue": ("-late", "sort_key", "pk"),
    }

    def prepare(self) -> None:
        self.offer_units()
        self.offer_courses()
        self.fields["rank"].choices = rank_choices(self.user)  # type: ignore[attr-defined]
        self.fields["q"].widget.input_type = "search"  # type: ignore[attr-defined]
        self._offer_staff_list()

    def _offer_staff_list(self) -> None:
        """The one that the address names, if it is the person's own: nobody chooses among them."""
        if "staff_list" not in self.data:
            del self.fields["staff_list"]
            return
        try:
            named = UUID(str(self.data["staff_list"]))
        except ValueError:
            return
        own = StaffImport.objects.visible_to(self.user).filter(pk=named)
        self.fields["staff_list"].offer(  # type: ignore[attr-defined]
            {str(one.pk): (one.name, one) for one in own}
        )

    def found(self) -> UserQuerySet:
        """The officers selected, in no order."""
        values = self.values
        inside = postings(self.within_units())
        if day := values.get("joined_after"):
            inside = inside.filter(since__gt=day)
        found: UserQuerySet = User.objects.filter(pk__in=inside.values("user"))
        account = values.get("account", "")
        found = found.filter(is_active=account != "closed")
        if account == "never":
            found = found.filter(last_login=None)
        if rank := values.get("rank"):
            found = found.filter(rank=rank)
        if staff_list := values.get("staff_list"):
            rows = ImportRow.objects.filter(
                staff_import=staff_list, outcome=ImportRow.Outcome.CREATE
            )
            found = found.filter(pk__in=rows.values("user"))
        found = found.filter(self._of_enrolments())
        return found.named(values["q"]) if "q" in values else found

    def _of_enrolments(self) -> Q:
        course, state = self.values.get("course"), self.values.get("state")
        if not (course or state):
            return Q()
        enrolments = Enrolment.objects.filter(officer=OuterRef("pk"))
        if course:
            enrolments = enrolments.filter(course=course)
        if state == "not_enrolled":
            return ~Q(Exists(enrolments.filter(cancelled_at=None)))
        condition = in_state(state) if state else Q(cancelled_at=None)
        return Q(Exists(enrolments.filter(condition)))

    def ordered(self) -> UserQuerySet:
        """The officers selected, in the order that the address asks for."""
        people: UserQuerySet = in_order(
            self.found(), self.sort, self.sorts, self.user, officer="pk"
        )
        return people


class EnrolmentFilter(ListFilter):
    """Of the list of enrolments."""

    q = forms.CharField(label=_("Name or number"), max_length=200, required=False)
    unit = OneOf(label=_("Unit"))
    course = OneOf(label=_("Course"))
    state = forms.ChoiceField(
        label=_("State"), required=False, choices=[ANY, *ENROLMENT_STATES.items()]
    )
    due_from = DayField(label=_("Due from"))
    due_to = DayField(label=_("Due until"))
    completed_from = DayField(label=_("Completed from"))
    completed_to = DayField(label=_("Completed until"))
    assignment = OneOf(label=_("Assignment"))

    main = ("q", "unit", "course", "state")
    default_sort = "due"
    sorts = {
        "due": (F("due_at").asc(nulls_last=True), "officer__sort_key", "pk"),
        "-due": (F("due_at").desc(nulls_last=True), "officer__sort_key", "pk"),
        "name": ("officer__sort_key", "officer", "pk"),
        "-name": ("-officer__sort_key", "officer", "pk"),
        "unit": ("unit_path", "officer__sort_key", "pk"),
        "-unit": ("-unit_path", "officer__sort_key", "pk"),
        "course": (F("course_key").asc(nulls_last=True), "officer__sort_key", "pk"),
        "-course": (F("course_key").desc(nulls_last=True), "officer__sort_key", "pk"),
    }

    def prepare(self) -> None:
        self.offer_units()
        self.offer_courses()
        assignments = Assignment.objects.visible_to(self.user).select_related(
            "course", "organisation"
        )
        self.fields["assignment"].offer(  # type: ignore[attr-defined]
            {
                str(row.pk): (
                    f"{row.course.code} → {row.organisation.name.localize(self.language)},"
                    f" {date_format(timezone.localtime(row.created_at), 'SHORT_DATE_FORMAT')}",
                    row,
                )
                for row in assignments.order_by("-created_at")[:200]
            }
        )
        self.fields["q"].widget.input_type = "search"  # type: ignore[attr-defined]

    def found(self) -> EnrolmentQuerySet:
        """The enrolments selected, in no order."""
        values = self.values
        found = enrolments_coordinated(self.user)
        if "unit" in values or "q" in values:
            people = User.objects.filter(pk__in=postings(self.within_units()).values("user"))
            found = found.filter(officer__in=people.named(values.get("q", "")).values("pk"))
        if state := values.get("state"):
            found = found.filter(in_state(state))
        for name in ("course", "assignment"):
            if thing := values.get(name):
                found = found.filter(**{name: thing})
        if day := values.get("due_from"):
            found = found.filter(due_on__gte=day)
        if day := values.get("due_to"):
            found = found.filter(due_on__lte=day)
        return found.filter(
            between("completed_at", values.get("completed_from"), values.get("completed_to"))
        )

    def ordered(self) -> EnrolmentQuerySet:
        """The enrolments selected, in the order that the address asks for."""
        found = self.found()
        if self.sort.endswith("course"):
            titles = CourseTitle.objects.filter(course=OuterRef("course"), language=self.language)
            found = found.annotate(course_key=Subquery(titles.values("sort_key")[:1]))
        rows: EnrolmentQuerySet = in_order(
            found, self.sort, self.sorts, self.user, officer="officer"
        )
        return rows


class CertificateFilter(ListFilter):
    """Of the list of certificates that expire and were not renewed."""

    q = forms.CharField(label=_("Name or number"), max_length=200, required=False)
    unit = OneOf(label=_("Unit"))
    course = OneOf(label=_("Course"))
    within = forms.ChoiceField(
        label=_("Expiry"),
        required=False,
        choices=[
            ("", _("expired or within 90 days")),
            ("expired", _("already expired")),
            ("30", _("within 30 days")),
            ("90", _("within 90 days")),
            ("180", _("within 180 days")),
        ],
    )

    main = ("q", "unit", "course", "within")
    implied = ("within",)
    default_sort = "expires"
    sorts = {
        "expires": ("expires_on", "enrolment__officer__sort_key", "pk"),
        "-expires": ("-expires_on", "enrolment__officer__sort_key", "pk"),
        "name": ("enrolment__officer__sort_key", "pk"),
        "-name": ("-enrolment__officer__sort_key", "pk"),
        "unit": ("unit_path", "enrolment__officer__sort_key", "pk"),
        "-unit": ("-unit_path", "enrolment__officer__sort_key", "pk"),
        "course": ("course_code", "enrolment__officer__sort_key", "pk"),
        "-course": ("-course_code", "enrolment__officer__sort_key", "pk"),
    }

    def prepare(self) -> None:
        self.offer_units()
        self.offer_courses()
        self.fields["q"].widget.input_type = "search"  # type: ignore[attr-defined]

    def found(self) -> Any:
        """The certificates selected, in no order."""
        values = self.values
        found = expiring(self.user, values.get("within", ""))
        if "unit" in values or "q" in values:
            people = User.objects.filter(pk__in=postings(self.within_units()).values("user"))
            people = people.named(values.get("q", ""))
            found = found.filter(enrolment__officer__in=people.values("pk"))
        if course := values.get("course"):
            found = found.filter(enrolment__course=course)
        return found

    def ordered(self) -> Any:
        """The certificates selected, in the order that the address asks for."""
        return in_order(
            self.found(), self.sort, self.sorts, self.user, officer="enrolment__officer"
        )


def rank_choices(user: User) -> list[tuple[str, Any]]:
    """The ranks of the service's country, senior first."""
    known = ranks(user.service.country) if user.service else {}
    names = [(key, names.get(user.language, key)) for key, names in known.items()]
    return [ANY, *reversed(names)]


def _strict(form: Any) -> Any:
    form.strict()
    return form.found()


def officers_found(user: User, data: QueryDict) -> UserQuerySet:
    """What the filters select among the officers that the user coordinates."""
    found: UserQuerySet = _strict(OfficerFilter(user, data))
    return found


def enrolments_found(user: User, data: QueryDict) -> EnrolmentQuerySet:
    """What the filters select among the enrolments of the officers that the user coordinates."""
    found: EnrolmentQuerySet = _strict(EnrolmentFilter(user, data))
    return found


def certificates_found(user: User, data: QueryDict) -> Any:
    """What the filters select among the expiring certificates of those officers."""
    return _strict(CertificateFilter(user, data))
