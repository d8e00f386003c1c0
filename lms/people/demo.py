"""Whether this instance holds demonstration data: said on each page, refused in production."""

from time import monotonic

from django.core.checks import CheckMessage, Error

from lms.people.models import Organisation, User

KEPT_SECONDS = 60.0
_kept: tuple[float, bool] | None = None


def is_demonstration() -> bool:
    """True while a demonstration organisation exists; asked of the database once a minute."""
    global _kept
    if _kept is None or monotonic() - _kept[0] > KEPT_SECONDS:
        _kept = monotonic(), Organisation.objects.filter(is_demo=True).exists()
    return _kept[1]


def forget() -> None:
    """Ask the database again at the next page."""
    global _kept
    _kept = None


def no_demonstration_accounts(**_kwargs: object) -> list[CheckMessage]:
    """A deployment check: demonstration passwords are printed in the README."""
    if User.objects.filter(is_demo=True, is_active=True).exists():
        return [
            Error(
                "Demonstration accounts exist.",
                hint="Use a database into which `manage.py load_demo` was never run.",
                id="people.E001",
            )
        ]
    return []
