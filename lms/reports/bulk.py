"""What a coordinator does to many at once: the selection, what it would meet, and the job.

A selection is resolved again each time, among what the person coordinates at that moment: a key
that lies outside is silently not selected.
"""

from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any
from urllib.parse import urlencode
from uuid import UUID

from django.db.models import Exists, F, OuterRef, Q, QuerySet
from django.http import QueryDict
from django.urls import reverse
from django.utils import timezone
from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _
from django.utils.translation import ngettext

from certificates.models import Certificate
from courses.actions.assignments import label_of
from courses.assigning import by_language, enrolled_in, holding
from courses.models import Enrolment, Reminder
from lms.people.models import Membership, Role, User
from lms.reports.filters import certificates_found, enrolments_found, officers_found
from lms.reports.forms.bulk import BulkForm, DueForm, EnrolForm, ExtendForm, ReasonForm
from lms.reports.selections import enrolments_coordinated, officers_coordinated

LISTS = {
    "officers": "reports:officers",
    "enrolments": "reports:enrolments",
    "certificates": "reports:expiring",
}


@dataclass(frozen=True)
class Selection:
    """What was chosen in a list: keys, or all that the list's querystring selects."""

    of: str
    picks: tuple[str, ...] = ()
    is_all: bool = False
    query: str = ""

    @classmethod
    def from_data(cls, data: QueryDict) -> "Selection":
        """From the list's form, or from the address of the page that confirms."""
        picks = [pick for value in data.getlist("pick") for pick in value.split(".") if pick]
        return cls(
            of=data.get("of", ""),
            picks=tuple(dict.fromkeys(picks)),
            is_all=data.get("all") == "1",
            query=data.get("query", ""),
        )

    def address_for(self, action: str) -> str:
        """The querystring of the page that confirms; keys are written short."""
        data = {"of": self.of, "action": action, "query": self.query}
        chosen = {"all": "1"} if self.is_all else {"pick": ".".join(self.picks).replace("-", "")}
        return urlencode(data | chosen)

    @property
    def list_address(self) -> str:
        return reverse(LISTS[self.of]) + (f"?{self.query}" if self.query else "")

    def found(self, user: User) -> QuerySet[Any]:
        """The things selected that the user coordinates now, in no order."""
        query = QueryDict(self.query)
        if self.of == "officers":
            officers = officers_found(user, query) if self.is_all else officers_coordinated(user)
            officers = officers.filter(is_active=True)
            return officers if self.is_all else officers.filter(pk__in=_numbers(self.picks))
        if self.of == "enrolments":
            if self.is_all:
                return enrolments_found(user, query)
            return enrolments_coordinated(user).filter(pk__in=_uuids(self.picks))
        if self.is_all:
            found: QuerySet[Any] = certificates_found(user, query)
            return found
        people = officers_coordinated(user).filter(is_active=True)
        return Certificate.objects.filter(
            pk__in=_uuids(self.picks),
            enrolment__officer__in=people.values("pk"),
            enrolment__course__service=user.service,
            revoked_at=None,
        )


def _numbers(picks: tuple[str, ...]) -> list[int]:
    return [int(pick) for pick in picks if pick.isdecimal() and len(pick) < 19]


def _uuids(picks: tuple[str, ...]) -> list[UUID]:
    found = []
    for pick in picks:
        try:
            found.append(UUID(pick))
        except ValueError:
            continue
    return found


@dataclass(frozen=True)
class Warned:
    """Something that the person should know before: how many, and what about them."""

    key: str
    count: int
    text: str
    is_grave: bool = False


@dataclass(frozen=True)
class BulkAction:
    """What can be done to a selection, and the kind of job that does it."""

    code: str
    of: str
    kind: str
    title: Promise | str
    button: Promise | str
    form: type[BulkForm] = BulkForm
    text: Promise | str = ""
    fields: tuple[str, ...] = field(default=())

    def warnings(self, found: Any, user: User, data: dict[str, Any]) -> Iterator[Warned]:
        """What the action would meet; `data` is what the form said, empty before."""
        yield from ()

    def params(self, data: dict[str, Any]) -> dict[str, Any]:
        """What the kind of job wants to know, as JSON."""
        return {name: _plain(data.get(name)) for name in self.fields}

    def things(self, found: Any) -> Iterator[tuple[str, str]]:
        """Keys and labels, in the order of names."""
        officers = found.order_by("sort_key", "pk")
        return (label_of(person) for person in officers.iterator(500))


def _plain(value: Any) -> Any:
    return value.isoformat() if hasattr(value, "isoformat") else value


class Enrol(BulkAction):
    def warnings(self, found: Any, user: User, data: dict[str, Any]) -> Iterator[Warned]:
        if not (course := data.get("course")):
            return
        live = found.filter(enrolled_in(course)).count()
        yield Warned("enrolled", live, ngettext(
            "%(count)d is enrolled already and keeps the due date.",
            "%(count)d are enrolled already and keep their due dates.", live,
        ))  # fmt: skip
        completed = found.filter(holding(course, timezone.localdate()))
        held = completed.exclude(enrolled_in(course)).count()
        if data.get("again"):
            yield Warned("again", held, ngettext(
                "%(count)d has completed the course, it still counts: enrolled anew.",
                "%(count)d have completed the course, it still counts: enrolled anew.", held,
            ))  # fmt: skip
        else:
            yield Warned("completed", held, ngettext(
                "%(count)d has completed the course, it still counts: left out.",
                "%(count)d have completed the course, it still counts: left out.", held,
            ))  # fmt: skip

    def params(self, data: dict[str, Any]) -> dict[str, Any]:
        course = data["course"]
        return {
            "course_id": course.pk,
            "title": by_language(course.title),
            "due_on": _plain(data["due_on"]),
            "again": data["again"],
        }


class Codes(BulkAction):
    def warnings(self, found: Any, user: User, data: dict[str, Any]) -> Iterator[Warned]:
        ended = Q(until__lt=timezone.localdate())
        others = Membership.objects.exclude(Q(role=Role.OFFICER) | ended)
        barred = Q(pk=user.pk)
        if not user.reach.administered:
            barred |= Q(Exists(others.filter(user=OuterRef("pk"))))
        kept = found.filter(barred).count()
        yield Warned("barred", kept, ngettext(
            "%(count)d has another role too, or is yourself: only the service administrator can "
            "make a code for such a person.",
            "%(count)d have another role too, or are yourself: only the service administrator can "
            "make codes for such people.", kept,
        ))  # fmt: skip
        known = found.exclude(barred).exclude(last_login=None).count()
        yield Warned("known", known, ngettext(
            "%(count)d has signed in already: the password stops working, and the person is "
            "signed out everywhere.",
            "%(count)d have signed in already: their passwords stop working, and they are signed "
            "out everywhere.", known,
        ), is_grave=True)  # fmt: skip


class OfEnrolments(BulkAction):
    def things(self, found: Any) -> Iterator[tuple[str, str]]:
        rows = found.select_related("officer", "course").order_by("officer__sort_key", "pk")
        for row in rows.iterator(500):
            key, label = label_of(row.officer, row.pk)
            yield key, f"{label} · {row.course.code}"

    def ended(self, found: Any) -> Warned:
        count = found.exclude(completed_at=None, cancelled_at=None).count()
        return Warned("ended", count, ngettext(
            "%(count)d is completed or cancelled and stays as it is.",
            "%(count)d are completed or cancelled and stay as they are.", count,
        ))  # fmt: skip


class Extend(OfEnrolments):
    def warnings(self, found: Any, user: User, data: dict[str, Any]) -> Iterator[Warned]:
        yield self.ended(found)
        live = found.filter(completed_at=None, cancelled_at=None)
        never = live.filter(due_on=None).count()
        yield Warned("never", never, ngettext(
            "%(count)d has no due date and stays without one.",
            "%(count)d have no due date and stay without one.", never,
        ))  # fmt: skip
        if day := data.get("due_on"):
            later = live.filter(due_on__gte=day).count()
            yield Warned("later", later, ngettext(
                "%(count)d is due on that day or later already.",
                "%(count)d are due on that day or later already.", later,
            ))  # fmt: skip


class Remind(OfEnrolments):
    def warnings(self, found: Any, user: User, data: dict[str, Any]) -> Iterator[Warned]:
        yield self.ended(found)
        live = found.filter(completed_at=None, cancelled_at=None)
        dumb = live.filter(officer__email="").count()
        yield Warned("no-mail", dumb, ngettext(
            "%(count)d officer has no e-mail address: tell the person yourself.",
            "%(count)d officers have no e-mail address: tell them yourself.", dumb,
        ))  # fmt: skip
        waiting = Reminder.objects.filter(enrolment=OuterRef("pk"), days=None, digest=None)
        asked = live.filter(Exists(waiting)).count()
        yield Warned("asked", asked, ngettext(
            "%(count)d reminder is waiting already.",
            "%(count)d reminders are waiting already.", asked,
        ))  # fmt: skip


class Cancel(OfEnrolments):
    def warnings(self, found: Any, user: User, data: dict[str, Any]) -> Iterator[Warned]:
        yield self.ended(found)
        begun = found.filter(completed_at=None, cancelled_at=None).exclude(started_at=None).count()
        yield Warned("begun", begun, ngettext(
            "%(count)d has begun the course; what was done stays on record.",
            "%(count)d have begun the course; what was done stays on record.", begun,
        ), is_grave=True)  # fmt: skip


class Renew(BulkAction):
    def warnings(self, found: Any, user: User, data: dict[str, Any]) -> Iterator[Warned]:
        live = Enrolment.objects.live().filter(
            officer=OuterRef("enrolment__officer"), course=OuterRef("enrolment__course")
        )
        count = found.filter(Exists(live)).count()
        yield Warned("enrolled", count, ngettext(
            "%(count)d is enrolled already and keeps the due date.",
            "%(count)d are enrolled already and keep their due dates.", count,
        ))  # fmt: skip

    def things(self, found: Any) -> Iterator[tuple[str, str]]:
        rows = found.select_related("enrolment__officer").order_by(
            F("enrolment__officer__sort_key"), "pk"
        )
        for row in rows.iterator(500):
            key, label = label_of(row.enrolment.officer, row.enrolment_id)
            yield key, f"{label} · {row.course_code}"


ACTIONS: dict[tuple[str, str], BulkAction] = {
    (action.of, action.code): action
    for action in (
        Enrol(
            code="enrol", of="officers", kind="courses.enrol", form=EnrolForm,
            title=_("Enrol in a course"), button=_("Enrol"),
        ),
        Codes(
            code="codes", of="officers", kind="people.codes",
            title=_("New one-time codes"), button=_("Make new codes"),
            text=_("Each gets a new code on a sheet that you print and cut apart. A code opens the "
                   "account until its person has chosen a password, for 30 days at most."),
        ),
        Extend(
            code="extend", of="enrolments", kind="courses.extend", form=ExtendForm,
            title=_("Extend the due date"), button=_("Extend"),
            fields=("due_on", "days", "reason"),
        ),
        Remind(
            code="remind", of="enrolments", kind="courses.remind",
            title=_("Remind by e-mail"), button=_("Remind"),
            text=_("Each officer gets one mail with all that he is to be reminded of: at once by "
                   "day, else at 07:00 of his time; who has had today’s mail, tomorrow."),
        ),
        Cancel(
            code="cancel", of="enrolments", kind="courses.cancel", form=ReasonForm,
            title=_("Cancel the enrolment"), button=_("Cancel the enrolments"),
            fields=("reason",),
        ),
        Renew(
            code="renew", of="certificates", kind="courses.renew", form=DueForm,
            title=_("Enrol for renewal"), button=_("Enrol"), fields=("due_on",),
            text=_("Each is enrolled anew in the course of the certificate. The certificate stays "
                   "valid until its day; completing the course earns the next."),
        ),
    )
}  # fmt: skip
