"""Kinds of job about enrolments. Registered in `apps.py`."""

from datetime import date, timedelta
from typing import Any
from uuid import UUID

from django.urls import reverse
from django.utils import timezone
from django.utils.formats import date_format
from django.utils.translation import get_language, ngettext
from django.utils.translation import gettext as _

from courses.actions import cancel_enrolment, enrol
from courses.actions.assignments import ASSIGN, CANCEL, enrol_assigned
from courses.actions.enrolments import extend_due
from courses.actions.reminders import ask_reminder
from courses.actions.study import unit_zone
from courses.assigning import holding
from courses.models import Assignment, Course, Enrolment
from courses.outlines import localize
from lms.people.jobs import JobKind, JobOutcome, done, failed, skipped
from lms.people.models import Job, User


def day_in_words(day: date | None) -> str:
    return date_format(day, "j E Y") if day else _("no due date")


def in_own_words(texts: dict[str, str]) -> str:
    """A text by language, kept in a job's parameters, in the language of the page."""
    return localize(texts, get_language() or "uk")


def parsed(day: str | None) -> date | None:
    return date.fromisoformat(day) if day else None


class EnrolJob(JobKind):
    """Officers into a course. Parameters: course_id, title, due_on, again, count."""

    code = "courses.enrol"

    def title(self, job: Job) -> str:
        params = job.params
        words = ngettext(
            "Enrol %(count)d person: %(course)s, due %(day)s",
            "Enrol %(count)d people: %(course)s, due %(day)s",
            params["count"],
        ) if params["due_on"] else ngettext(
            "Enrol %(count)d person: %(course)s, without a due date",
            "Enrol %(count)d people: %(course)s, without a due date",
            params["count"],
        )  # fmt: skip
        return words % {
            "count": params["count"],
            "course": in_own_words(params["title"]),
            "day": day_in_words(parsed(params["due_on"])),
        }

    def work(self, job: Job, thing: str) -> JobOutcome:
        officer = locked_officer(thing)
        course = Course.objects.select_related("service").get(pk=job.params["course_id"])
        if officer is None or not job.actor.has_perm("people.coordinate", officer):
            return not_yours()
        if not job.actor.has_perm("courses.give_course", course):
            return failed(_("The course is not published any more."))
        if kept := left_alone(officer, course, again=job.params["again"]):
            return kept
        due_on = parsed(job.params["due_on"])
        enrol(officer=officer, course=course, actor=job.actor, due_on=due_on)
        return done()


class RenewJob(JobKind):
    """The officers of enrolments into the same course anew. Parameters: due_on, count."""

    code = "courses.renew"

    def title(self, job: Job) -> str:
        count = job.params["count"]
        return ngettext(
            "Enrol %(count)d person for renewal", "Enrol %(count)d people for renewal", count
        ) % {"count": count}  # fmt: skip

    def work(self, job: Job, thing: str) -> JobOutcome:
        earlier = Enrolment.objects.select_related("course__service").filter(pk=UUID(thing)).first()
        officer = locked_officer(str(earlier.officer_id)) if earlier else None
        if earlier is None or officer is None:
            return not_yours()
        if not job.actor.has_perm("courses.manage_enrolment", earlier):
            return not_yours()
        if not job.actor.has_perm("courses.give_course", earlier.course):
            return failed(_("The course is not published any more."))
        if kept := left_alone(officer, earlier.course, again=True):
            return kept
        due_on = parsed(job.params["due_on"])
        enrol(officer=officer, course=earlier.course, actor=job.actor, due_on=due_on)
        return done()


class AssignJob(JobKind):
    """Officers whom an assignment is for. Parameters: assignment, title, unit, count."""

    code = ASSIGN

    def title(self, job: Job) -> str:
        return ngettext(
            "Assign to %(count)d officer of %(unit)s: %(course)s",
            "Assign to %(count)d officers of %(unit)s: %(course)s",
            job.params["count"],
        ) % {
            "count": job.params["count"],
            "unit": in_own_words(job.params["unit"]),
            "course": in_own_words(job.params["title"]),
        }

    def work(self, job: Job, thing: str) -> JobOutcome:
        officer = locked_officer(thing)
        assignment = Assignment.objects.select_related("course__service", "organisation").get(
            pk=job.params["assignment"]
        )
        if officer is None or not job.actor.has_perm("people.coordinate", officer):
            return not_yours()
        if assignment.ended_at:
            return skipped(_("The assignment has been ended."))
        if not job.actor.has_perm("courses.give_course", assignment.course):
            return failed(_("The course is not published any more."))
        if Enrolment.objects.filter(officer=officer, assignment=assignment).exists():
            return done()  # the sweep was there first
        if kept := left_alone(officer, assignment.course):
            return kept
        enrol_assigned(assignment=assignment, officer=officer, actor=job.actor)
        return done()

    def links(self, job: Job) -> list[tuple[str, str]]:
        address = reverse("assignments:assignment", args=[job.params["assignment"]])
        return [(_("The assignment"), address)]


class OfEnrolments(JobKind):
    """Something done to enrolments of officers whom the person coordinates."""

    def work(self, job: Job, thing: str) -> JobOutcome:
        enrolment = (
            Enrolment.objects.select_for_update(of=("self",))
            .select_related("course", "officer__service")
            .filter(pk=UUID(thing))
            .first()
        )
        if enrolment is None or not job.actor.has_perm("courses.manage_enrolment", enrolment):
            return not_yours()
        if enrolment.completed_at:
            return skipped(_("The course is completed already."))
        if enrolment.cancelled_at:
            return skipped(_("The enrolment is cancelled already."))
        return self.act(job, enrolment)

    def act(self, job: Job, enrolment: Enrolment) -> JobOutcome:
        raise NotImplementedError


class ExtendJob(OfEnrolments):
    """Later due dates. Parameters: due_on, or days to add; reason, count."""

    code = "courses.extend"

    def title(self, job: Job) -> str:
        params: dict[str, Any] = job.params
        if due_on := parsed(params["due_on"]):
            return ngettext(
                "Extend %(count)d due date to %(day)s",
                "Extend %(count)d due dates to %(day)s",
                params["count"],
            ) % {"count": params["count"], "day": day_in_words(due_on)}
        more = ngettext("%(days)d day", "%(days)d days", params["days"])
        return ngettext(
            "Extend %(count)d due date by %(more)s",
            "Extend %(count)d due dates by %(more)s",
            params["count"],
        ) % {"count": params["count"], "more": more % {"days": params["days"]}}

    def act(self, job: Job, enrolment: Enrolment) -> JobOutcome:
        before = enrolment.due_on
        if before is None:
            return skipped(_("There is no due date."))
        due_on = parsed(job.params["due_on"])
        if due_on is None:
            today = timezone.localdate(timezone=unit_zone(enrolment.officer))
            due_on = max(before, today) + timedelta(days=job.params["days"])
        if due_on <= before:
            return skipped(
                _("It is due later already, on %(day)s.") % {"day": day_in_words(before)}
                if due_on < before
                else _("It is due on that day already.")
            )
        extend_due(enrolment=enrolment, due_on=due_on, reason=job.params["reason"], actor=job.actor)
        return done()


class RemindJob(OfEnrolments):
    """A line in the officer's next reminder mail. Parameters: count."""

    code = "courses.remind"

    def title(self, job: Job) -> str:
        count = job.params["count"]
        return ngettext("Remind of %(count)d course", "Remind of %(count)d courses", count) % {
            "count": count
        }

    def act(self, job: Job, enrolment: Enrolment) -> JobOutcome:
        if not enrolment.officer.email:
            return failed(_("There is no e-mail address: tell the person yourself."))
        _reminder, is_new = ask_reminder(enrolment=enrolment, actor=job.actor)
        return done() if is_new else skipped(_("A reminder is waiting already."))


class CancelJob(OfEnrolments):
    """Enrolments withdrawn. Parameters: reason, count."""

    code = CANCEL

    def title(self, job: Job) -> str:
        count = job.params["count"]
        return ngettext(
            "Cancel %(count)d enrolment", "Cancel %(count)d enrolments", count
        ) % {"count": count}  # fmt: skip

    def act(self, job: Job, enrolment: Enrolment) -> JobOutcome:
        cancel_enrolment(enrolment=enrolment, actor=job.actor, reason=job.params["reason"])
        return done()


def locked_officer(thing: str) -> User | None:
    people: Any = User.objects.select_for_update(of=("self",)).select_related("service")
    found: User | None = people.filter(pk=int(thing)).first()
    return found


def not_yours() -> JobOutcome:
    """The coordinator may have lost the unit, or the officer left it, since the job began."""
    return failed(_("You do not answer for this person any more."))


def left_alone(officer: User, course: Course, *, again: bool = False) -> JobOutcome | None:
    """Why the officer is not enrolled: he is already, or what he completed still holds."""
    in_course = Enrolment.objects.filter(officer=officer, course=course)
    if live := in_course.live().first():
        words = _("Enrolled already, %(day)s.") if not live.due_on else _(
            "Enrolled already, due on %(day)s."
        )  # fmt: skip
        return skipped(words % {"day": day_in_words(live.due_on)})
    today = timezone.localdate(timezone=unit_zone(officer))
    if not again and User.objects.filter(holding(course, today), pk=officer.pk).exists():
        return skipped(_("Completed already, and still valid."))
    return None
