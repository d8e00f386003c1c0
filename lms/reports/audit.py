"""The audit log of a service in words: its verbs, what they changed, its filters."""

from collections.abc import Mapping
from typing import Any, Final

from django import forms
from django.apps import apps
from django.core.exceptions import FieldDoesNotExist
from django.db.models import CharField, Field, Q, QuerySet
from django.db.models.functions import Cast
from django.utils.translation import gettext as _
from django.utils.translation import gettext_lazy

from courses.lesson_kinds import all_kinds
from courses.models import LessonFile
from lms.audit.models import AuditEntry
from lms.people.models import Kind, Membership, Role, User
from lms.people.models.organisation import within
from lms.reports.filters import ANY, DayField, ListFilter, OneOf
from lms.reports.selections import between
from quizzes.models import QuestionVersion

# Every verb that the product records; the test of this list reads them from the source.
VERBS: Final[Mapping[str, Any]] = {
    "assignment.created": gettext_lazy("course assigned"),
    "assignment.ended": gettext_lazy("assignment ended"),
    "attempt.granted": gettext_lazy("another attempt granted"),
    "attempt.started": gettext_lazy("attempt started"),
    "attempt.submitted": gettext_lazy("attempt handed in"),
    "backup.made": gettext_lazy("backup made"),
    "backup.restored": gettext_lazy("backup restored"),
    "bank.created": gettext_lazy("question bank created"),
    "calendar.opened": gettext_lazy("calendar link made"),
    "calendar.revoked": gettext_lazy("calendar link revoked"),
    "certificate.issued": gettext_lazy("certificate issued"),
    "certificate.reissued": gettext_lazy("certificate reissued"),
    "certificate.revoked": gettext_lazy("certificate revoked"),
    "course.archived": gettext_lazy("course archived"),
    "course.changed": gettext_lazy("course changed"),
    "course.completed": gettext_lazy("course completed"),
    "course.created": gettext_lazy("course created"),
    "course.published": gettext_lazy("course published"),
    "course.restored": gettext_lazy("course brought back"),
    "enrolment.cancelled": gettext_lazy("enrolment cancelled"),
    "enrolment.created": gettext_lazy("enrolled in a course"),
    "enrolment.due_changed": gettext_lazy("due date changed"),
    "export.made": gettext_lazy("list exported"),
    "factor.added": gettext_lazy("second factor set up"),
    "factor.codes_made": gettext_lazy("printed codes made"),
    "factor.refused": gettext_lazy("wrong code of the second factor"),
    "factor.removed": gettext_lazy("second factor removed"),
    "job.secrets_wiped": gettext_lazy("codes wiped"),
    "job.started": gettext_lazy("bulk action started"),
    "lesson.added": gettext_lazy("lesson added"),
    "lesson.changed": gettext_lazy("lesson changed"),
    "lesson.file_attached": gettext_lazy("file attached to a lesson"),
    "lesson.file_detached": gettext_lazy("file taken from a lesson"),
    "lesson.moved": gettext_lazy("lesson moved"),
    "lesson.removed": gettext_lazy("lesson removed"),
    "lesson.restored": gettext_lazy("lesson brought back"),
    "module.added": gettext_lazy("module added"),
    "module.changed": gettext_lazy("module changed"),
    "module.moved": gettext_lazy("module moved"),
    "module.removed": gettext_lazy("module removed"),
    "module.restored": gettext_lazy("module brought back"),
    "organisation.changed": gettext_lazy("unit changed"),
    "organisation.created": gettext_lazy("unit created"),
    "people.imported": gettext_lazy("staff list brought in"),
    "people.import_undone": gettext_lazy("staff list undone"),
    "person.brought_back": gettext_lazy("person brought back"),
    "person.changed": gettext_lazy("personal data changed"),
    "person.closed": gettext_lazy("account closed"),
    "person.code_issued": gettext_lazy("one-time code issued"),
    "person.created": gettext_lazy("account opened"),
    "person.data_asked": gettext_lazy("own data asked for"),
    "person.data_fetched": gettext_lazy("own data taken away"),
    "person.discharged": gettext_lazy("person discharged"),
    "person.discharge_called_off": gettext_lazy("discharge called off"),
    "person.erased": gettext_lazy("personal data erased"),
    "person.invitation_accepted": gettext_lazy("invitation accepted"),
    "person.invited": gettext_lazy("invitation sent"),
    "person.moved": gettext_lazy("moved to another unit"),
    "person.move_called_off": gettext_lazy("move called off"),
    "person.password_changed": gettext_lazy("password changed"),
    "person.reopened": gettext_lazy("account opened again"),
    "person.seconded": gettext_lazy("seconded"),
    "person.secondment_ended": gettext_lazy("secondment ended"),
    "person.welcomed": gettext_lazy("first sign-in finished"),
    "practical.changed": gettext_lazy("practical work changed"),
    "practical.ticked": gettext_lazy("practical work ticked off"),
    "practical.withdrawn": gettext_lazy("tick withdrawn"),
    "question.retired": gettext_lazy("question retired"),
    "question.returned": gettext_lazy("question taken back into use"),
    "question.saved": gettext_lazy("question saved"),
    "quiz.changed": gettext_lazy("quiz changed"),
    "reminder.asked": gettext_lazy("reminder asked for"),
    "request.made": gettext_lazy("request made"),
    "request.settled": gettext_lazy("request settled"),
    "role.changed": gettext_lazy("role changed"),
    "role.granted": gettext_lazy("role granted"),
    "role.taken": gettext_lazy("role taken away"),
    "session.ended": gettext_lazy("signed out"),
    "session.ended_elsewhere": gettext_lazy("signed out elsewhere"),
    "session.refused": gettext_lazy("sign-in refused after wrong attempts"),
    "session.started": gettext_lazy("signed in"),
    "term.added": gettext_lazy("term added"),
    "term.changed": gettext_lazy("term changed"),
    "text.saved": gettext_lazy("text of a lesson or guide saved"),
}
# What entries say changed.
FIELDS: Final[Mapping[str, Any]] = {
    "as_of": gettext_lazy("data as of"),
    "authors": gettext_lazy("authors"),
    "bank_id": gettext_lazy("question bank"),
    "cancel": gettext_lazy("with the enrolments not begun"),
    "changed": gettext_lazy("what was changed"),
    "code": gettext_lazy("code"),
    "copy_of": gettext_lazy("copy of"),
    "course": gettext_lazy("course"),
    "created": gettext_lazy("new"),
    "difficulty": gettext_lazy("difficulty"),
    "due_on": gettext_lazy("due date"),
    "email": gettext_lazy("e-mail"),
    "encrypted": gettext_lazy("encrypted"),
    "factor": gettext_lazy("second factor"),
    "family_name": gettext_lazy("family name"),
    "file": gettext_lazy("file"),
    "filters": gettext_lazy("filters"),
    "format": gettext_lazy("format"),
    "from": gettext_lazy("since"),
    "given_name": gettext_lazy("given name"),
    "in_time": gettext_lazy("in time"),
    "items": gettext_lazy("how many"),
    "kind": gettext_lazy("kind"),
    "language": gettext_lazy("language"),
    "languages": gettext_lazy("languages"),
    "latin": gettext_lazy("name in Latin letters"),
    "lesson": gettext_lazy("lesson"),
    "lines": gettext_lazy("lines"),
    "list": gettext_lazy("list"),
    "login": gettext_lazy("login"),
    "module": gettext_lazy("module"),
    "name": gettext_lazy("name"),
    "note": gettext_lazy("note"),
    "notes": gettext_lazy("notes"),
    "number": gettext_lazy("number"),
    "officers": gettext_lazy("how many"),
    "order": gettext_lazy("order"),
    "organisation": gettext_lazy("unit"),
    "passed": gettext_lazy("passed"),
    "rank": gettext_lazy("rank"),
    "reason": gettext_lazy("reason"),
    "rejected": gettext_lazy("rows to be mended"),
    "retake": gettext_lazy("to be done again"),
    "revision": gettext_lazy("revision"),
    "role": gettext_lazy("role"),
    "rows": gettext_lazy("rows"),
    "serial": gettext_lazy("serial number"),
    "since": gettext_lazy("since"),
    "slots": gettext_lazy("questions"),
    "state": gettext_lazy("state"),
    "status": gettext_lazy("status"),
    "tags": gettext_lazy("tags"),
    "ticked": gettext_lazy("ticked off"),
    "title": gettext_lazy("title"),
    "unchanged": gettext_lazy("unchanged"),
    "unit": gettext_lazy("unit"),
    "units": gettext_lazy("units"),
    "until": gettext_lazy("until"),
    "use": gettext_lazy("used as"),
    "version": gettext_lazy("version"),
    "withdrawn": gettext_lazy("tick withdrawn"),
}
LONGEST_VALUE: Final = 200
NAMES_AT_MOST: Final = 50


# What is stored of them is a code; else the choices of the thing's own column are asked.
WORDS: Final[Mapping[str, Mapping[str, Any]]] = {
    "role": dict(Role.choices),
    "kind": dict(Kind.choices)
    | {
        "courses.cancel": gettext_lazy("enrolments cancelled"),
        "courses.enrol": gettext_lazy("people enrolled"),
        "courses.extend": gettext_lazy("due dates put off"),
        "courses.remind": gettext_lazy("reminders"),
        "courses.renew": gettext_lazy("courses to renew certificates"),
        "people.codes": gettext_lazy("one-time codes"),
        "people.invitations": gettext_lazy("invitations"),
    },
    "reason": {"retention": gettext_lazy("the time for which they are kept is over")},
    "factor": {
        "recovery_codes": gettext_lazy("printed codes"),
        "totp": gettext_lazy("app"),
        "webauthn": gettext_lazy("passkey"),
    },
    "state": dict(QuestionVersion.State.choices),
    "use": dict(LessonFile.Use.choices),
    "list": {
        "audit": gettext_lazy("audit log"),
        "certificates": gettext_lazy("expiring certificates"),
        "enrolments": gettext_lazy("enrolments"),
        "officers": gettext_lazy("officers"),
        "protocol": gettext_lazy("protocol"),
    },
}


def entries_of(user: User) -> QuerySet[AuditEntry]:
    """The entries of the service that the user administers; none for anybody else."""
    return AuditEntry.objects.filter(within(user.reach.administered, "organisation"))


def verb_name(verb: str) -> str:
    """The verb in the active language; one that is not known as it stands."""
    return str(VERBS.get(verb, verb))


def kind_name(entry: AuditEntry) -> str:
    """What kind of thing the entry is about, in the active language."""
    try:
        return str(apps.get_model(entry.thing_type)._meta.verbose_name)
    except (LookupError, ValueError):
        return entry.thing_type


def changes(entry: AuditEntry) -> list[tuple[str, str, str]]:
    """What changed: the name of the field, and its value before and after ("" for none)."""
    before, after = _mapping(entry.before), _mapping(entry.after)
    found = []
    for name in dict.fromkeys([*before, *after]):
        column = _column(entry, name)
        label = FIELDS.get(name) or (column.verbose_name if column else name)
        old, new = (_named(mapping.get(name), _words(name, column)) for mapping in (before, after))
        found.append((str(label), old, new))
    return found


def _words(name: str, column: Any) -> Mapping[Any, Any]:
    """What the codes of a field mean."""
    known = WORDS.get(name) or dict(column.flatchoices if column else ())
    if name == "kind":
        return dict(known) | {kind.code: kind.label for kind in all_kinds()}
    return known


def _column(entry: AuditEntry, name: str) -> Any:
    """The column of that name of the thing that the entry is about, if there is one."""
    try:
        column = apps.get_model(entry.thing_type)._meta.get_field(name)
    except (LookupError, ValueError, FieldDoesNotExist):
        return None
    return column if isinstance(column, Field) else None


def _named(value: Any, known: Mapping[Any, Any]) -> str:
    """The value in words, where its codes have such."""
    if isinstance(value, list):
        return _value([_named(item, known) for item in value])
    return str(known[value]) if isinstance(value, str) and value in known else _value(value)


def _mapping(values: Any) -> Mapping[str, Any]:
    if values is None:
        return {}
    return values if isinstance(values, Mapping) else {"": values}


def _value(value: Any) -> str:
    match value:
        case None:
            return ""
        case bool():
            text = _("yes") if value else _("no")
        case list():
            text = ", ".join(_value(item) for item in value)
        case dict():
            text = "; ".join(f"{name}: {_value(item)}" for name, item in value.items())
        case _:
            text = str(value)
    return text if len(text) <= LONGEST_VALUE else text[: LONGEST_VALUE - 1] + "…"


class AuditFilter(ListFilter):
    """Of the audit log. `person` is who acted or whom it concerns."""

    person = forms.CharField(label=gettext_lazy("Name or number"), max_length=200, required=False)
    verb = forms.ChoiceField(label=gettext_lazy("What was done"), required=False)
    unit = OneOf(label=gettext_lazy("Unit"))
    day_from = DayField(label=gettext_lazy("From"))
    day_to = DayField(label=gettext_lazy("Until"))

    main = ("person", "verb", "unit", "day_from", "day_to")

    def prepare(self) -> None:
        self.paths = self.user.reach.administered
        self.offer_units()
        verbs = sorted(((verb, str(label)) for verb, label in VERBS.items()), key=lambda v: v[1])
        self.fields["verb"].choices = [ANY, *verbs]  # type: ignore[attr-defined]
        self.fields["person"].widget.input_type = "search"  # type: ignore[attr-defined]

    def found(self) -> QuerySet[AuditEntry]:
        """The entries selected, the newest first."""
        values = self.values
        found = entries_of(self.user).filter(
            between("time", values.get("day_from"), values.get("day_to"))
        )
        if verb := values.get("verb"):
            found = found.filter(verb=verb)
        if unit := values.get("unit"):
            found = found.filter(self._of_unit(unit.path))
        if text := values.get("person"):
            found = found.filter(self._of_person(text))
        return found.order_by("-pk")

    def _of_unit(self, path: str) -> Q:
        """Recorded for the unit, or of or by people who serve in it today."""
        members = Membership.objects.current().filter(organisation__path__startswith=path)
        things = members.annotate(key=Cast("user", CharField())).values("key")
        return (
            Q(organisation__startswith=path)
            | Q(actor__in=members.values("user"))
            | Q(thing_type=User._meta.label_lower, thing_id__in=things)
        )

    def _of_person(self, text: str) -> Q:
        """Things such as enrolments are called after their person, so names find them too."""
        people = User.objects.filter(service__path__in=self.paths).named(text)
        condition = Q(actor_name__icontains=text) | Q(thing_name__icontains=text)
        for person in people[:NAMES_AT_MOST]:
            condition |= Q(actor=person) | Q(thing_name__startswith=str(person))
            condition |= Q(thing_type=User._meta.label_lower, thing_id=str(person.pk))
        return condition
