"""Kinds of job about people. Registered in `apps.py`."""

from collections.abc import Callable
from functools import partial

from django.contrib.auth.hashers import make_password
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from lms.audit.actions import record
from lms.people.actions import new_code, put_code
from lms.people.invitations import message_for
from lms.people.jobs import JobKind, JobOutcome, done, failed, skipped
from lms.people.models import Job, User


class CodesJob(JobKind):
    """New one-time codes for officers, on a sheet to print.

    A hash is slow, so it is made before the transaction; what is stored is one transaction with
    the item, so a worker that is killed between leaves neither a code nor a lost password.
    """

    code = "people.codes"
    at_once = 3
    is_secret = True

    def title(self, job: Job) -> str:
        count = int(job.params["count"])
        return ngettext(
            "New one-time code for %(count)d person",
            "New one-time codes for %(count)d people",
            count,
        ) % {"count": count}

    def ready(self, job: Job, thing: str) -> Callable[[], JobOutcome]:
        code = new_code()
        return partial(self.store, job, thing, code, make_password(code))

    def store(self, job: Job, thing: str, code: str, password: str) -> JobOutcome:
        person = User.objects.select_for_update(of=("self",)).filter(pk=int(thing)).first()
        if person is None or not job.actor.has_perm("people.issue_code", person):
            return failed(_("You may not give this person a code (any more)."))
        put_code(user=person, password=password, actor=job.actor)
        return done(code=code)

    def links(self, job: Job) -> list[tuple[str, str]]:
        return [(_("Sheet of codes to print"), reverse("jobs:sheet", args=[job.pk]))]


class InvitationsJob(JobKind):
    """Invitations by e-mail. The mail goes out before the item is noted as done: a worker that is
    killed between sends it again, with the same Message-ID."""

    code = "people.invitations"
    at_once = 3

    def title(self, job: Job) -> str:
        count = int(job.params["count"])
        return ngettext(
            "Invitation by e-mail for %(count)d person",
            "Invitations by e-mail for %(count)d people",
            count,
        ) % {"count": count}

    def ready(self, job: Job, thing: str) -> Callable[[], JobOutcome]:
        person = User.objects.select_related("service").filter(pk=int(thing)).first()
        if person is None or not job.actor.has_perm("people.issue_code", person):
            return lambda: failed(_("You may not invite this person (any more)."))
        if not person.email:
            return lambda: skipped(_("There is no e-mail address: print a one-time code."))
        if person.has_usable_password() and not person.is_new:
            return lambda: skipped(_("This person signs in already."))
        message_for(person).send()
        return partial(self.note, job, person)

    def note(self, job: Job, person: User) -> JobOutcome:
        record("person.invited", actor=job.actor, thing=person, organisation=person.service_path)
        return done()
