"""What changes people, a file a subject."""

from lms.people.actions.accounts import (
    CODE_LENGTH,
    CODE_LIFETIME,
    CODE_SIGNS,
    OutsideService,
    as_code,
    change_settings,
    create_user,
    grant_role,
    issue_code,
    new_code,
    put_code,
    welcome,
)

__all__ = [
    "CODE_LENGTH",
    "CODE_LIFETIME",
    "CODE_SIGNS",
    "OutsideService",
    "as_code",
    "change_settings",
    "create_user",
    "grant_role",
    "issue_code",
    "new_code",
    "put_code",
    "welcome",
]
