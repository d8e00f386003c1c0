"""The second factor: an app on a phone, passkeys, or printed codes, of which codes alone suffice.

Phones are often not allowed on duty. A set of codes counts from the moment its person has seen it,
and goes on counting when all are used: the password alone does not open such an account again. Nor
does a one-time code, which takes the place of the password only; whoever lost the second factor
asks the service administrator to remove it.
"""

from typing import Any, Final

import segno
from allauth.mfa.adapter import DefaultMFAAdapter
from allauth.mfa.models import Authenticator
from django.conf import settings
from django.contrib.auth.models import AnonymousUser
from django.db.models import QuerySet
from django.utils.safestring import SafeString, mark_safe
from django.utils.translation import gettext_lazy as _

from lms.people import factor_secrets
from lms.people.models import User

FEW_CODES: Final = 3
# Black on white in dark mode too.
QR: Final = {"svgclass": "scan", "omitsize": True, "dark": "black", "light": "white", "border": 3}


def factors_of(user: User) -> QuerySet[Authenticator]:
    """What the person's sign-in asks for; codes that were never on the screen do not count."""
    found: QuerySet[Authenticator] = Authenticator.objects.filter(user=user).exclude(
        type=Authenticator.Type.RECOVERY_CODES, data__viewed_at__isnull=True
    )
    return found


def has_factor(user: User) -> bool:
    return factors_of(user).exists()


def codes_left(user: User) -> int | None:
    """How many printed codes the person has left; None for one without."""
    codes = factors_of(user).filter(type=Authenticator.Type.RECOVERY_CODES).first()
    return len(codes.wrap().get_unused_codes()) if codes else None


def must_have_factor(user: User) -> bool:
    """Whether a role of the person is among MFA_REQUIRED_ROLES.

    A service administrator trains and coordinates too, so the rule for those holds for him.
    """
    roles = settings.MFA_REQUIRED_ROLES
    if not roles:
        return False
    held = {
        "trainer": user.reach.trained,
        "coordinator": user.reach.coordinated,
        "administrator": user.reach.administered,
        "operator": user.is_superuser,
    }
    return any(held[role] for role in roles)


def lacks_factor(user: User) -> bool:
    """Whether the person must have a second factor and has none."""
    return must_have_factor(user) and not has_factor(user)


class Adapter(DefaultMFAAdapter):
    """allauth's second factor in our words, with printed codes that count alone."""

    error_messages = DefaultMFAAdapter.error_messages | {
        "incorrect_code": _("This code is wrong, used already or out of date. Try the next one."),
    }

    def is_mfa_enabled(
        self, user: User | AnonymousUser, types: list[Authenticator.Type] | None = None
    ) -> bool:
        """Whether sign-in asks for more than the password; of one type, whether there is such.

        allauth asks for several types at once only where it decides about signing in, and leaves
        printed codes out there.
        """
        if types is not None and len(types) == 1:
            return bool(super().is_mfa_enabled(user, types))
        return user.is_authenticated and has_factor(user)

    def encrypt(self, text: str) -> str:
        return factor_secrets.encrypt(text)

    def decrypt(self, encrypted_text: str) -> str:
        return factor_secrets.decrypt_or_nothing_that_fits(encrypted_text)

    def get_totp_label(self, user: User) -> str:
        return user.login.upper()

    def build_totp_svg(self, url: str) -> SafeString:
        return mark_safe(segno.make(url, error="m", micro=False).svg_inline(**QR))

    def generate_authenticator_name(self, user: User, type: Any) -> str:  # noqa: A002 - allauth's
        """Proposed, and taken where nothing is typed."""
        count = Authenticator.objects.filter(user=user, type=type).count() + 1
        return str(_("Passkey %(number)d") % {"number": count})

    def get_public_key_credential_rp_entity(self) -> dict[str, str]:
        entity: dict[str, str] = super().get_public_key_credential_rp_entity()
        return entity | {"name": settings.MFA_TOTP_ISSUER}

    def get_public_key_credential_user_entity(self, user: User) -> dict[str, Any]:
        entity: dict[str, Any] = super().get_public_key_credential_user_entity(user)
        return entity | {"name": user.login.upper(), "display_name": str(user)}
