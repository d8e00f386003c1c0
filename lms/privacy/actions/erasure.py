"""A person erased: a number takes the place of the name; papers, the log and results stay.

The law on personal data asks for it when data are no longer needed; what other duties need is kept:
certificates say what they say (a document, which anyone may check), the audit log keeps each entry
(with the number), results stay for statistics.
"""

from collections.abc import Mapping
from typing import Final

from allauth.account.models import EmailAddress
from allauth.mfa.models import Authenticator
from allauth.usersessions.models import UserSession
from django.db import transaction
from django.db.models import Exists, OuterRef
from django.utils import timezone

from courses.models import (
    CalendarFeed,
    Digest,
    Enrolment,
    GuideDraft,
    PracticalTick,
    Reminder,
    TextDraft,
)
from lms.audit.actions import pseudonymise, record
from lms.people.actions.sessions import end_listed
from lms.people.models import PersonRequest, User
from lms.privacy import traces
from lms.privacy.actions.exports import remove_exports
from lms.privacy.models import DataExport
from quizzes.models import AttemptGrant, AttemptItem, ResponseSave
from quizzes.types import registry
from quizzes.types.typed import TypedType

NOTHING = "—"  # where the database asks for words
# Columns that still say something of an erased person, or of the rows that are his, and why.
STAYS: Final[Mapping[str, str]] = {
    "certificates.Certificate.name_native": "a document: whoever checks it must find what it says",
    "certificates.Certificate.name_latin": "the same",
    "certificates.Certificate.course_code": "the same; of the course, not of the person",
    "certificates.Certificate.course_title": "the same",
    "certificates.Certificate.issuer": "the same",
    "certificates.Certificate.revoked_reason": "why a document is no longer valid",
    "courses.PracticalTick.key": "a line of the course's checklist",
    "quizzes.Attempt.settings": "those of the test",
    "quizzes.AttemptItem.choice_order": "the order of the question's choices",
    "quizzes.ResponseSave.data": "which of the question's choices was taken: for statistics",
}


class StillOpen(ValueError):
    """Only who has been discharged, his account closed, is erased."""


def pseudonym_of(user: User) -> str:
    """What the person is called from now on; it leads back to nobody but by the row itself."""
    return f"erased-{user.pk}"


def erase_person(*, user: User, reason: str, actor: User | None) -> User:
    """Put a number in the place of all that names a person. A second call changes nothing.

    Without an actor the register asks for it. Raises StillOpen.
    """
    with transaction.atomic():
        user = User.objects.select_for_update().get(pk=user.pk)
        if user.erased_at:
            return user
        if user.is_active:
            raise StillOpen(user.login)
        _forget_what_leads_to(user)
        _forget_what_was_said_of(user)
        _forget_answers(user)
        _forget_in_log(user)
        _forget_name(user)
        record(
            "person.erased",
            actor=actor,
            thing=user,
            organisation=user.service_path,
            after={"reason": reason},
        )
    return user


def _forget_what_leads_to(user: User) -> None:
    """Ways in, addresses, and copies of what he is known by."""
    end_listed(UserSession.objects.filter(user=user))
    Authenticator.objects.filter(user=user).delete()
    EmailAddress.objects.filter(user=user).delete()
    CalendarFeed.objects.filter(user=user).delete()
    remove_exports(DataExport.objects.filter(user=user))
    TextDraft.objects.filter(editor=user).delete()
    GuideDraft.objects.filter(editor=user).delete()


def _forget_what_was_said_of(user: User) -> None:
    """What others wrote of him; a request about him is no longer one."""
    name = pseudonym_of(user)
    traces.items_about(user).update(label=name, result={})
    traces.rows_about(user).delete()
    traces.operator_log_about(user).delete()
    enrolments = Enrolment.objects.filter(officer=user).values("pk")
    Reminder.objects.filter(enrolment__in=enrolments).delete()
    Digest.objects.filter(user=user).delete()
    PracticalTick.objects.filter(enrolment__in=enrolments).update(note="")
    AttemptGrant.objects.filter(enrolment__in=enrolments).update(reason=NOTHING)


def _forget_answers(user: User) -> None:
    """Answers replaced by others, and whatever was typed; which choice was taken stays."""
    items = AttemptItem.objects.filter(attempt__enrolment__officer=user)
    saves = ResponseSave.objects.filter(item__in=items.values("pk"))
    saves.exclude(Exists(AttemptItem.objects.filter(current=OuterRef("pk")))).delete()
    typed = [kind.code for kind in registry.all_types() if isinstance(kind, TypedType)]
    in_words = items.filter(version__question__type__in=typed)
    saves.filter(item__in=in_words.values("pk")).update(data={})
    saves.update(client="")


def _forget_in_log(user: User) -> None:
    about = traces.entries_about(user)  # found before the requests go
    pseudonymise(
        actor=user,
        about=about,
        named=(User._meta.label_lower, Enrolment._meta.label_lower),
        pseudonym=pseudonym_of(user),
    )
    requests = [row.pk for row in traces.requests_about(user)]
    PersonRequest.objects.filter(pk__in=requests).delete()


def _forget_name(user: User) -> None:
    user.login = user.family_name = pseudonym_of(user)
    user.email = user.given_name = user.patronymic = user.rank = user.time_zone = ""
    user.given_name_latin = user.family_name_latin = ""
    user.discharge_ends = []
    user.last_login = user.code_expires_at = None
    user.set_unusable_password()
    user.erased_at = timezone.now()
    user.save()
