"""Assignments: a course for the officers of a subtree, now and, if so wished, later."""

from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils import timezone

from courses.actions.enrolments import stated
from courses.actions.study import enrol
from courses.assigning import by_language, due_day, preview_of
from courses.models import Assignment, Enrolment
from lms.audit.actions import record
from lms.people.actions.jobs import start_job
from lms.people.models import Job, User

LABELLED = ("family_name", "given_name", "patronymic", "login")
ASSIGN, CANCEL = "courses.assign", "courses.cancel"


class NobodyToAssign(ValueError):
    """The rule is for nobody, now or later."""


def label_of(person: User, thing: object = None) -> tuple[str, str]:
    """Key and label of an item of a job about a person, or about a thing of his."""
    return str(thing or person.pk), f"{person.full_name} · {person.login.upper()}"


class _TwoClicks(Exception):
    """The key stands for a job of another assignment."""


def assign(
    *, assignment: Assignment, actor: User, key: UUID, back: str = "", now: datetime | None = None
) -> tuple[Assignment, Job | None]:
    """Put an assignment into force: those who lack the course are enrolled by a job.

    `key` makes a second click find what the first one did. With nobody to enrol today there is no
    job; the same rule of the same person is then found again by what it says. Raises
    NobodyToAssign when newcomers are not meant either.
    """
    if found := _assigned(key, actor):
        return found
    new = preview_of(assignment).new.order_by("sort_key", "pk")
    people = [label_of(person) for person in new.only(*LABELLED)]
    if not people:
        if not assignment.include_new:
            raise NobodyToAssign
        if same := _same_in_force(assignment, actor):
            return same, None
    try:
        with transaction.atomic():
            return _put_into_force(assignment, actor, people, key, back, now)
    except _TwoClicks:  # at once: the other's job has taken the key, so this rule was undone
        if found := _assigned(key, actor):
            return found
        raise


def _assigned(key: UUID, actor: User) -> tuple[Assignment, Job] | None:
    job = Job.objects.visible_to(actor).filter(pk=key, kind=ASSIGN).first()
    return (Assignment.objects.get(pk=job.params["assignment"]), job) if job else None


def _same_in_force(assignment: Assignment, actor: User) -> Assignment | None:
    fields = ("course", "organisation", "ranks", "joined_after", "due_on", "due_days")
    wanted = {name: getattr(assignment, name) for name in fields}
    return Assignment.objects.active().filter(created_by=actor, include_new=True, **wanted).first()


def _put_into_force(
    assignment: Assignment,
    actor: User,
    people: list[tuple[str, str]],
    key: UUID,
    back: str,
    now: datetime | None,
) -> tuple[Assignment, Job | None]:
    assignment.created_by = actor
    assignment.created_at = now or timezone.now()
    assignment.save(force_insert=True)
    record(
        "assignment.created",
        actor=actor,
        thing=assignment,
        organisation=assignment.organisation.path,
        after=_as_json(assignment) | {"officers": len(people)},
    )
    if not people:
        return assignment, None
    params = {
        "assignment": assignment.pk,
        "course": assignment.course.code,
        "title": by_language(assignment.course.title),
        "unit": by_language(assignment.organisation.name),
        "count": len(people),
        "back": back,
    }
    job = start_job(kind=ASSIGN, actor=actor, params=params, things=people, key=key)
    if job.params["assignment"] != assignment.pk:
        raise _TwoClicks
    return assignment, job


def _as_json(assignment: Assignment) -> dict[str, Any]:
    return {
        "course": assignment.course.code,
        "unit": assignment.organisation.code,
        "ranks": assignment.ranks,
        "joined_after": assignment.joined_after and assignment.joined_after.isoformat(),
        "due_on": assignment.due_on and assignment.due_on.isoformat(),
        "due_days": assignment.due_days,
        "include_new": assignment.include_new,
    }


def enrol_assigned(
    *, assignment: Assignment, officer: User, actor: User | None, now: datetime | None = None
) -> Enrolment:
    """Enrol an officer by an assignment; one enrolled already keeps what he has."""
    return enrol(
        officer=officer,
        course=assignment.course,
        actor=actor,
        due_on=due_day(assignment, officer, now),
        assignment=assignment,
        now=now,
    )


def end_assignment(
    *,
    assignment: Assignment,
    actor: User,
    cancel: bool = False,
    reason: str = "",
    now: datetime | None = None,
) -> tuple[Assignment, Job | None]:
    """Take in nobody any more; cancel what is not completed, if so wished, by a job.

    Raises NoReason when enrolments are to be cancelled without one. One that has ended stays.
    """
    if cancel:
        reason = stated(reason)
    with transaction.atomic():
        assignment = (
            Assignment.objects.select_for_update(of=("self",))
            .select_related("course", "organisation")
            .get(pk=assignment.pk)
        )
        if assignment.ended_at:
            return assignment, None
        assignment.ended_at = now or timezone.now()
        assignment.save(update_fields=["ended_at"])
        record(
            "assignment.ended",
            actor=actor,
            thing=assignment,
            organisation=assignment.organisation.path,
            after={"cancel": cancel, "reason": reason},
        )
        job = _cancel_all(assignment, actor, reason) if cancel else None
    return assignment, job


def _cancel_all(assignment: Assignment, actor: User, reason: str) -> Job | None:
    rows = (
        Enrolment.objects.visible_to(actor)
        .live()
        .filter(assignment=assignment)
        .select_related("officer")
        .order_by("officer__sort_key", "pk")
    )
    things = [label_of(row.officer, row.pk) for row in rows]
    params = {"count": len(things), "reason": reason}
    return start_job(kind=CANCEL, actor=actor, params=params, things=things) if things else None
