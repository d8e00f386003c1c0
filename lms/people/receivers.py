from typing import Any

from allauth.account.signals import password_changed, password_reset
from django.contrib.auth.signals import user_logged_in, user_logged_out
from django.dispatch import receiver

from lms.audit.actions import record
from lms.people.models import User


@receiver(user_logged_in)
def note_sign_in(sender: type, user: User, **_kwargs: Any) -> None:
    record("session.started", actor=user, thing=user, organisation=user.service_path)


@receiver(user_logged_out)
def note_sign_out(sender: type, user: User | None, **_kwargs: Any) -> None:
    if user:
        record("session.ended", actor=user, thing=user, organisation=user.service_path)


@receiver([password_changed, password_reset])
def end_one_time_code(sender: type, user: User, **_kwargs: Any) -> None:
    """A password of one's own takes the place of the code."""
    if user.code_expires_at:
        user.code_expires_at = None
        user.save(update_fields=["code_expires_at"])
    record("person.password_changed", actor=user, thing=user, organisation=user.service_path)
