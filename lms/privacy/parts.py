"""What a person's export has, part by part; each is one JSON file.

Every relation to a person, and to what is a person's, is in a part or among the reasons why not: a
test walks the models.
"""

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import models
from django.db.models import QuerySet

from certificates.models import Certificate, CertificateFile
from courses.models import (
    CalendarFeed,
    Digest,
    Enrolment,
    GuideDraft,
    LessonProgress,
    PracticalTick,
    Reminder,
    TextDraft,
)
from lms.audit.models import AuditEntry
from lms.people.models import ImportRow, JobItem, Membership, PersonRequest, User
from lms.privacy import traces
from lms.privacy.models import DataExport
from quizzes.models import Attempt, AttemptGrant, AttemptItem, ResponseSave

Find = Callable[[User], QuerySet[Any]]


@dataclass(frozen=True)
class Part:
    """`name` is that of the file; `through` leads from the model to the person.

    `find` takes its place where no relation leads there. Of other people named in a field nothing
    is shown. `related` is loaded along with the rows.
    """

    name: str
    model: type[models.Model]
    through: str
    fields: tuple[str, ...]
    related: tuple[str, ...] = ()
    find: Find | None = None

    def rows(self, user: User) -> QuerySet[Any]:
        found: QuerySet[Any]
        if self.find:
            found = self.find(user)
        else:
            found = self.model._default_manager.filter(**{self.through: user.pk})
        return (found.select_related(*self.related) if self.related else found).order_by("pk")

    @property
    def relation(self) -> str:
        """The column by which the rows are a person's, or a thing of his: its full name."""
        return f"{self.model._meta.label}.{self.through.partition('__')[0]}"


def _entries_about(user: User) -> QuerySet[AuditEntry]:
    return AuditEntry.objects.filter(traces.entries_about(user))


def _requests_about(user: User) -> QuerySet[PersonRequest]:
    keys = [row.pk for row in traces.requests_about(user)]
    return PersonRequest.objects.filter(pk__in=keys)


PARTS = (
    Part(
        "person",
        User,
        "pk",
        (
            "login", "email", "family_name", "given_name", "patronymic", "family_name_latin",
            "given_name_latin", "rank", "language", "time_zone", "service", "is_active",
            "leaves_on", "last_login", "code_expires_at", "name_confirmed_at", "privacy_read_at",
        ),
        ("service",),
    ),
    Part("second-factors", Authenticator, "user", ("type", "created_at", "last_used_at")),
    Part("sessions", UserSession, "user", ("created_at", "last_seen_at", "ip", "user_agent")),
    Part("email-addresses", EmailAddress, "user", ("email", "verified", "primary")),
    Part(
        "units-and-roles",
        Membership,
        "user",
        ("organisation", "role", "kind", "since", "until"),
        ("organisation",),
    ),
    Part(
        "enrolments",
        Enrolment,
        "officer",
        (
            "course", "cycle", "language", "enrolled_at", "started_at", "due_on", "completed_at",
            "cancelled_at",
        ),
        ("course",),
    ),
    Part(
        "lessons-done",
        LessonProgress,
        "enrolment__officer",
        ("enrolment.course", "lesson", "done_at"),
        ("enrolment__course", "lesson__course"),
    ),
    Part(
        "practical-work",
        PracticalTick,
        "enrolment__officer",
        ("lesson", "key", "note", "ticked_at", "withdrawn_at"),
        ("lesson__course",),
    ),
    Part(
        "attempts",
        Attempt,
        "enrolment__officer",
        (
            "id", "lesson", "number", "started_at", "deadline_at", "submitted_at", "in_time",
            "mark", "max_mark", "pass_mark", "passed",
        ),
        ("lesson__course",),
    ),
    Part(
        "questions-of-attempts",
        AttemptItem,
        "attempt__enrolment__officer",
        (
            "id", "attempt_id", "position", "version", "max_mark", "fraction", "flagged",
            "current_id",
        ),
        ("version__question",),
    ),
    Part(
        "answers",
        ResponseSave,
        "item__attempt__enrolment__officer",
        ("id", "item_id", "language", "received_at", "data"),
    ),
    Part(
        "granted-attempts",
        AttemptGrant,
        "enrolment__officer",
        ("lesson", "reason", "granted_at"),
        ("lesson__course",),
    ),
    Part(
        "certificates",
        Certificate,
        "enrolment__officer",
        (
            "shown_serial", "edition", "name_native", "name_latin", "course_code", "course_title",
            "language", "minutes", "result", "issuer", "issued_on", "expires_on", "revoked_at",
            "revoked_reason",
        ),
    ),
    Part(
        "files-of-certificates",
        CertificateFile,
        "certificate__enrolment__officer",
        ("certificate", "number", "sha256", "created_at"),
        ("certificate",),
    ),
    Part(
        "reminders",
        Reminder,
        "enrolment__officer",
        ("enrolment.course", "days", "due_on", "created_at"),
        ("enrolment__course",),
    ),
    Part("reminder-mails", Digest, "user", ("day", "created_at", "sent_at")),
    Part("calendars", CalendarFeed, "user", ("created_at", "revoked_at")),
    Part(
        "drafts",
        TextDraft,
        "editor",
        ("lesson", "language", "title", "body", "saved_at"),
        ("lesson__course",),
    ),
    Part(
        "drafts-of-guides",
        GuideDraft,
        "editor",
        ("course", "language", "title", "body", "saved_at"),
        ("course",),
    ),
    Part(
        "staff-lists",
        ImportRow,
        "user",
        ("number", "cells", "outcome", "applied_at", "undone_at"),
        find=traces.rows_about,
    ),
    Part(
        "requests",
        PersonRequest,
        "",
        ("data", "created_at", "settled_at", "note"),
        find=_requests_about,
    ),
    Part(
        "jobs", JobItem, "", ("job.kind", "state", "done_at"), ("job",), find=traces.items_about
    ),
    Part("actions", AuditEntry, "actor", ("time", "verb", "thing_type", "address")),
    Part(
        "actions-about-you",
        AuditEntry,
        "",
        ("time", "verb", "thing_type", "thing_name", "before", "after"),
        find=_entries_about,
    ),
    Part("exports", DataExport, "user", ("asked_at", "made_at")),
)  # fmt: skip

DEED = "what the person did in the service's name, about others or content; actions.json has it"
MARK = "a pointer between rows that the export has anyhow"
# Relations to a person, or to what is a person's, that no part follows.
REASONS = {
    "admin.LogEntry.user": DEED,
    "courses.Assignment.created_by": DEED,
    "courses.Course.authors": DEED,
    "courses.CourseFile.uploaded_by": DEED,
    "courses.CourseRevision.published_by": DEED,
    "courses.Enrolment.enrolled_by": DEED,
    "courses.GuideText.edited_by": DEED,
    "courses.LessonText.edited_by": DEED,
    "courses.PracticalTick.ticked_by": DEED,
    "courses.Reminder.asked_by": DEED,
    "certificates.Certificate.revoked_by": DEED,
    "people.Job.actor": DEED,
    "people.PersonRequest.made_by": DEED,
    "people.PersonRequest.settled_by": DEED,
    "people.StaffImport.made_by": DEED,
    "quizzes.AttemptGrant.granted_by": DEED,
    "quizzes.QuestionVersion.created_by": DEED,
    "account.EmailConfirmation.email_address": "no row: allauth keeps none with its signed links",
    "certificates.Certificate.replaces": MARK,
    "courses.Reminder.digest": MARK,
    "quizzes.AttemptItem.current": MARK,
}
