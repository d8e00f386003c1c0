"""Two services alike, each with a mark of its own in every text column that it owns.

A mark names where it was planted (`qzxmarkua-17-user-givenname`), so that what a page shows can be
told by column. Planted before publishing, marks reach outlines and certificates by the actions;
what those did not write is written afterwards.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import timedelta
from pathlib import Path
from typing import Any
from uuid import uuid4

from allauth.account.models import EmailAddress
from django.apps import apps
from django.contrib.auth.hashers import make_password
from django.db import models
from django.test import override_settings
from django.utils import timezone
from i18nfield.fields import I18nCharField, I18nTextField
from i18nfield.strings import LazyI18nString

from certificates.actions import reissue_certificate
from certificates.models import Certificate
from certificates.tasks import finish_certificate
from courses.actions import publish_course
from courses.actions.assignments import assign, label_of
from courses.actions.calendar import open_feed
from courses.actions.enrolments import extend_due
from courses.actions.kinds import set_ticks
from courses.actions.reminders import ask_reminder
from courses.actions.texts import keep_draft
from courses.glossary import write_words
from courses.models import Assignment, Course, Enrolment, Guide, LessonText, PracticalItem, Term
from lms.people.actions.imports import bring_list_in, settle_columns, take_in_list
from lms.people.actions.jobs import start_job
from lms.people.actions.posts import discharge
from lms.people.actions.staff import add_person, ask_administrator, settle_request
from lms.people.importing.reading import Table
from lms.people.job_work import work_on
from lms.people.models import ImportRow, Organisation, PersonRequest, StaffImport, User
from lms.privacy.actions.exports import ask_for_data
from lms.privacy.packing import make_export
from lms.reports.actions.keeping import keep_figures
from quizzes.actions import grant_attempt
from quizzes.actions.authoring import save_question
from quizzes.models import QuestionBank, Slot
from tests import factories
from tests.quizzes.types.samples import BODIES
from tests.worlds import certificate_of, course_file

STEM = "qzxmark"  # searched for, it finds both
SHARED_CODE = "DOC-01"
APPS = ("audit", "people", "courses", "quizzes", "certificates", "account", "reports", "privacy")
TEXT = (
    models.CharField,
    models.TextField,
    models.JSONField,
    models.FileField,
    I18nCharField,
    I18nTextField,
)

# Columns that hold a word from a closed list, a key, a hash or a path: nothing of a service's own.
CODES = {
    "account.EmailConfirmation.key": "no row: allauth keeps none with its signed links",
    "audit.AuditEntry.organisation": "a path: digits, by which the log is found",
    "audit.AuditEntry.thing_id": "a primary key",
    "audit.AuditEntry.thing_type": "a model's name",
    "audit.AuditEntry.verb": "a word of the code",
    "certificates.Certificate.serial": "drawn by lot",
    "certificates.CertificateFile.file": "a path made of the serial, never shown",
    "certificates.CertificateFile.sha256": "a hash",
    "courses.CalendarFeed.secret": "drawn by lot",
    "courses.Course.languages": "codes of languages",
    "courses.CourseFile.content_type": "a media type",
    "courses.CourseFile.sha256": "a hash",
    "courses.CourseRevision.languages": "codes of languages",
    "courses.Lesson.kind": "a word of the code",
    "people.Job.kind": "a word of the code",
    "people.JobItem.thing": "a primary key",
    "people.Organisation.country": "two letters of a standard",
    "people.Organisation.path": "digits",
    "people.Organisation.time_zone": "a name of the IANA database",
    "people.StaffImport.columns": "words of the code and the numbers of a file's columns",
    "people.User.password": "a hash",
    "people.User.time_zone": "a name of the IANA database",
    "privacy.DataExport.file": "a path made of a key, never shown",
    "quizzes.Question.type": "a word of the code",
    "quizzes.Question.written_in": "codes of languages",
    "reports.KeptFigures.data": "numbers, by paths and days",
    "reports.KeptFigures.zone": "a name of the IANA database",
}


def columns() -> "Iterator[tuple[type[models.Model], models.Field[Any, Any]]]":
    """Every text column of the product's own models that a service can write into."""
    for model in apps.get_models():
        for column in model._meta.concrete_fields:
            if model._meta.app_label not in APPS or not isinstance(column, TEXT):
                continue
            if column.choices or column.name == "language" or name_of(model, column) in CODES:
                continue
            yield model, column


def name_of(model: type[models.Model], column: "models.Field[Any, Any]") -> str:
    return f"{model._meta.label}.{column.name}"


def label(mark: str, pk: Any, model: type[models.Model], column: "models.Field[Any, Any]") -> str:
    """Letters, digits and hyphens: fit for a code, a slug, an address."""
    where = f"{model._meta.model_name}-{column.name.replace('_', '')}"
    return f"{mark}-{str(pk)[:8]}-{where}"


def seen_in(text: str, mark: str) -> set[str]:
    """The columns whose marks a text shows: "user-givenname"."""
    return set(re.findall(rf"{mark}-\w+-([a-z]+-[a-z]+)", text.casefold()))


def in_json(value: Any, write: Callable[[str], str]) -> Any:
    """Marks what people wrote: texts by language, ids, tags, reasons; keys and codes stay."""
    if isinstance(value, list):
        return [write(part) if isinstance(part, str) else in_json(part, write) for part in value]
    if not isinstance(value, dict):
        return value
    spoken = {"text", "id", "mrz", "note", "message", "reason", *factories.LANGUAGES}
    return {
        key: write(part) if key in spoken and isinstance(part, str) else in_json(part, write)
        for key, part in value.items()
    }


def marked(column: "models.Field[Any, Any]", value: Any, words: str) -> Any:
    if isinstance(value, LazyI18nString):
        return LazyI18nString({code: f"{words} {code}" for code in factories.LANGUAGES})
    if isinstance(column, models.JSONField):
        return in_json(value or ([words] if value == [] else {"note": ""}), lambda t: f"{words}{t}")
    if isinstance(column, models.EmailField):
        return f"{words}@example.org"
    return words[: column.max_length]


@dataclass
class Service:
    """A service, its rows by model, and the people who go through its pages."""

    mark: str
    before: dict[type[models.Model], set[Any]]
    people: dict[str, User] = field(default_factory=dict)
    after: dict[type[models.Model], set[Any]] | None = None  # None while it is being built

    def rows(self, model: type[models.Model]) -> models.QuerySet[Any]:
        rows = model._default_manager.exclude(pk__in=self.before[model])
        return rows if self.after is None else rows.filter(pk__in=self.after[model])

    def plant(self) -> None:
        """Put the mark into each text column of the service's rows that has none yet."""
        for model, column in columns():
            for pk, value in list(self.rows(model).values_list("pk", column.name)):
                if self.mark in str(getattr(value, "data", value)) or is_barred(model, column, pk):
                    continue
                new = marked(column, value, label(self.mark, pk, model, column))
                model._default_manager.filter(pk=pk).update(**{column.name: new})

    def holes(self) -> set[str]:
        """The text columns in which no row of the service carries its mark."""
        return {
            name_of(model, column)
            for model, column in columns()
            if not any(
                self.mark in str(getattr(value, "data", value))
                for value in self.rows(model).values_list(column.name, flat=True)
            )
        }


def is_barred(model: type[models.Model], column: "models.Field[Any, Any]", pk: Any) -> bool:
    """Where the column is kept empty, and the code that both services share."""
    if name_of(model, column) == "certificates.Certificate.revoked_reason":
        return Certificate.objects.filter(pk=pk, revoked_at=None).exists()
    if name_of(model, column) == "people.ImportRow.errors":  # each of a form of its own
        return ImportRow.objects.filter(pk=pk, errors=[]).exists()
    if name_of(model, column) in {"courses.Course.code", "certificates.Certificate.course_code"}:
        return model._default_manager.filter(**{"pk": pk, column.name: SHARED_CODE}).exists()
    return False


def build(mark: str, country: str, media: Path) -> Service:
    """Build a service in every state that a page shows, all its words marked."""
    service = Service(mark, before=keys())
    root = factories.service(country=country)
    left = factories.unit(root)
    post = factories.unit(left)
    service.people = {
        "officer": factories.officer(post, password=make_password("SPECIMEN")),
        "out of attempts": factories.officer(post),
        "certified": factories.officer(post),
        "newcomer": factories.officer(post, name_confirmed_at=None, privacy_read_at=None),
        "gone": factories.officer(post),
        "trainer": factories.trainer(left),
        "coordinator": factories.coordinator(left),
        "administrator": factories.administrator(root),
    }
    EmailAddress.objects.create(user=service.people["officer"], email=f"{mark}@example.org")
    with override_settings(MEDIA_ROOT=media):
        drafts = [draft(left, mark, SHARED_CODE), draft(root, mark, ""), practical(left)]
        add_kinds(draft(left, mark, ""))
        a_term(root)
        service.plant()
        courses = [published(course) for course in drafts]
        service.people = {who: fresh(user) for who, user in service.people.items()}
        study(service, courses)
        coordinate(service, courses[2])
        bring_in(service, fresh_unit(left))
        gone = service.people["gone"]
        discharge(user=gone, leaves_on=timezone.localdate(), reason="x", actor=None)
        keep_figures(large=1)
        service.plant()
        make_export(ask_for_data(user=service.people["officer"]).pk)
    service.people = {who: fresh(user) for who, user in service.people.items()}
    service.after = keys()
    return service


def a_term(root: Organisation) -> None:
    """A word of the service's glossary, with one to avoid."""
    term = Term.objects.create(
        service=root, key="chip", term=factories.texts("чип"), avoid={"uk": ["мікросхема"]},
        definition=factories.texts("Мала деталь"),
    )  # fmt: skip
    write_words([Term.objects.get(pk=term.pk)])


def keys() -> dict[type[models.Model], set[Any]]:
    """The primary keys of all rows there are."""
    return {m: set(m._default_manager.values_list("pk", flat=True)) for m in apps.get_models()}


def fresh(user: User) -> User:
    return User.objects.select_related("service").get(pk=user.pk)


def fresh_unit(unit: Organisation) -> Organisation:
    return Organisation.objects.get(pk=unit.pk)


def draft(owner: Organisation, mark: str, code: str) -> Course:
    """Two readings, one with a drawing, and a quiz of all types, one question of them drawn.

    The shared course, that is; one without a code has less of the same. A certificate of either
    expires soon.
    """
    course = factories.draft_course(owner, code=code, validity_months=2)
    part = factories.module(course)
    for _reading in range(2 if code else 1):
        factories.lesson(part)
    quiz = factories.quiz(factories.lesson(part, kind="quiz"), questions=0, attempts=2)
    bank = QuestionBank.objects.get(pk=quiz.bank_id)
    bodies = list(BODIES.items())[: None if code else 2]
    for position, (kind, body) in enumerate(bodies, 1):
        question = factories.question(bank, body, type=kind)
        Slot.objects.create(quiz=quiz, position=position, question=question)
    drawn = factories.question(bank, tags=[f"{mark}-1-question-tags"])
    save_question(
        question=drawn, base=1, body=factories.single_choice("Що показує УФ-лампа?"),
        tags=drawn.tags, difficulty=1, ready=True, languages=[], actor=None,
    )  # fmt: skip
    Slot.objects.create(quiz=quiz, position=99, tags=[f"{mark}-1-question-tags"])
    factories.guide(course)
    course_file(course, name=f"{mark}-1-coursefile-name.svg", words=f"{mark}-1-drawing-words")
    return course


def practical(owner: Organisation) -> Course:
    """A course of one practical lesson, of two lines."""
    course = factories.draft_course(owner, is_open=False)
    lesson = factories.lesson(factories.module(course), kind="practical")
    for position, key in enumerate(["lamp", "lens"], 1):
        PracticalItem.objects.create(
            lesson=lesson, key=key, text=factories.texts(f"Показує {key}"), position=position
        )
    return course


def add_kinds(course: Course) -> None:
    """Lessons of the kinds that have an editor of their own, all empty."""
    part = factories.module(course)
    for kind in ("video", "file", "practical"):
        factories.lesson(part, kind=kind)


def published(course: Course) -> Course:
    """Publish it, its drawing shown in all its texts."""
    for file in course.files.all():
        for text in LessonText.objects.filter(lesson__course=course):
            html = f'<p>{text.html}</p><p><img src="/files/{file.pk}/{file.name}" alt=""></p>'
            LessonText.objects.filter(pk=text.pk).update(html=html)
    publish_course(course=course, actor=None)
    return Course.objects.select_related("service").get(pk=course.pk)


def study(service: Service, courses: list[Course]) -> None:
    """An attempt behind and one open; all attempts lost, one granted; a corrected certificate."""
    shared, other = courses[:2]
    people = service.people
    enrolment = factories.enrolled(people["officer"], shared, due_on=timezone.localdate())
    factories.submitted(enrolment, right=4)
    factories.answered(factories.started(enrolment), right=6)
    lost = factories.enrolled(people["out of attempts"], shared)
    for _attempt in range(2):
        factories.submitted(lost, right=0)
    granted = factories.enrolled(people["certified"], shared)
    factories.submitted(granted, right=1)
    grant_attempt(
        enrolment=granted, lesson=shared.lessons.get(kind="quiz"), actor=people["administrator"],
        reason=f"{service.mark}-1-attemptgrant-reason",
    )  # fmt: skip
    first = certificate_of(people["certified"], other)
    second = reissue_certificate(
        certificate=first, name_native=first.name_native, name_latin=first.name_latin,
        reason=f"{service.mark}-1-certificate-revokedreason", actor=None, now=timezone.now(),
    )  # fmt: skip
    finish_certificate(str(second.pk))
    assert Enrolment.objects.filter(officer__in=people.values()).count() == 4
    for lesson in (shared.lessons.filter(kind="reading")[0], Guide(shared)):
        keep_draft(
            lesson=lesson, language="uk", title="Ґ", body="<p>Ґ</p>", base=None,
            actor=people["trainer"],
        )  # fmt: skip
    open_feed(user=people["officer"])


def coordinate(service: Service, course: Course) -> None:
    """A course assigned, put off, reminded of, cancelled, half ticked off; jobs with all ends."""
    people, mark = service.people, service.mark
    coordinator = people["coordinator"]
    rule = Assignment(course=course, organisation=course.owner)
    _rule, job = assign(assignment=rule, actor=coordinator, key=uuid4())
    assert job
    work_on(job.pk)
    taken = {row.officer_id: row for row in course.enrolments.select_related("officer__service")}
    officer, certified, lost = (
        taken[people[who].pk] for who in ("officer", "certified", "out of attempts")
    )
    day = timezone.localdate() + timedelta(30)
    extend_due(
        enrolment=officer, due_on=day, reason=f"{mark}-1-auditentry-after", actor=coordinator
    )
    ask_reminder(enrolment=officer, actor=coordinator)
    both = [label_of(row.officer, row.pk) for row in (officer, certified)]
    for kind, things in (
        ("courses.remind", both),  # one waits already, the other is done
        ("courses.cancel", [label_of(lost.officer, lost.pk)]),
        ("people.codes", [label_of(people["newcomer"])]),
    ):
        params = {"count": len(things), "reason": f"{mark}-1-job-params"}
        work_on(start_job(kind=kind, actor=coordinator, params=params, things=things).pk)
    lesson = course.lessons.get()
    set_ticks(
        enrolment=officer, lesson_id=lesson.pk, actor=people["trainer"],
        ticks={lesson.practical_items.all()[0].key: f"{mark}-1-practicaltick-note"},
    )  # fmt: skip


def bring_in(service: Service, unit: Organisation) -> None:
    """A staff list brought in: one new, one changed, one to mend, one of elsewhere; one tried."""
    mark, coordinator = service.mark, service.people["coordinator"]
    names = {"family_name": f"{mark}-1-user-familyname", "given_name": f"{mark}-1-user-givenname"}
    add_person(actor=coordinator, unit=unit, since=timezone.localdate(), number="7", **names)
    shown = list(names.values())
    rows = [
        ["7", *shown, f"{mark}-1-importrow-before", "", ""],
        ["8", *shown, "", "", ""],
        ["9", *shown, "", f"{mark}-1-importrow-errors", ""],
        ["10", *shown, "", "", service.people["administrator"].email],
    ]
    fields = ("number", "family_name", "given_name", "patronymic", "unit", "email")
    table = Table([f"{mark}-1-staffimport-headers {f}" for f in fields], list(enumerate(rows, 2)))
    columns = {name: number for number, name in enumerate(fields)}
    for is_applied in (True, False):
        sent = take_in_list(
            table=table, name=f"{mark}-1-staffimport-name.csv", unit=unit, actor=coordinator
        )
        settle_columns(staff_import=sent, columns=columns)
        if is_applied:
            bring_list_in(staff_import=StaffImport.objects.get(pk=sent.pk))
    outcomes = ["same", "same", "rejected", "rejected"]  # of the second, after the first
    assert list(sent.rows.values_list("outcome", flat=True)) == outcomes
    assert PersonRequest.objects.filter(made_by=coordinator).count() == 1
    ask_administrator(
        actor=coordinator,
        unit=unit,
        data=names | {"kind": "move", "note": f"{mark}-1-personrequest-data"},
    )
    settle_request(
        request=PersonRequest.objects.latest("pk"), actor=service.people["administrator"],
        note=f"{mark}-1-personrequest-note",
    )  # fmt: skip
