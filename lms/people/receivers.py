from typing import Any

from allauth.account.signals import password_changed, password_reset
from allauth.mfa.models import Authenticator
from allauth.mfa.signals import authentication_failed
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.db.models.signals import post_save
from django.dispatch import receiver
from django.http import HttpRequest

from lms.audit.actions import record
from lms.people import security
from lms.people.models import User
from lms.people.sessions import forget_session, note_use


@receiver(user_logged_in)
def note_sign_in(sender: type, user: User, request: HttpRequest, **_kwargs: Any) -> None:
    note_use(request, user)
    record("session.started", actor=user, thing=user, organisation=user.service_path)


@receiver(user_logged_out)
def note_sign_out(sender: type, user: User | None, request: HttpRequest, **_kwargs: Any) -> None:
    if user:
        forget_session(request)
        record("session.ended", actor=user, thing=user, organisation=user.service_path)


@receiver([password_changed, password_reset])
def end_one_time_code(sender: type, user: User, **_kwargs: Any) -> None:
    """A password of one's own takes the place of the code."""
    if user.code_expires_at:
        user.code_expires_at = None
        user.save(update_fields=["code_expires_at"])
    record("person.password_changed", actor=user, thing=user, organisation=user.service_path)


@receiver(post_save, sender=Authenticator)
def note_factor(
    sender: type, instance: Authenticator, created: bool, raw: bool = False, **_kwargs: Any
) -> None:
    """In the transaction that sets it up: allauth's own signals come after commit, or never."""
    if not created or raw:
        return
    user = instance.user
    if instance.type == Authenticator.Type.RECOVERY_CODES:
        record("factor.codes_made", actor=user, thing=user, organisation=user.service_path)
        return
    record(
        "factor.added",
        actor=user,
        thing=user,
        organisation=user.service_path,
        after={"factor": str(instance.type)},
    )


@receiver(authentication_failed)
def note_wrong_code(sender: type, user: User, **_kwargs: Any) -> None:
    """Somebody had the password and not the second factor."""
    security.failed("second factor", login=user.login)
    record("factor.refused", actor=None, thing=user, organisation=user.service_path)
