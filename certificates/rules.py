"""Who may do what with a certificate that he sees (`Certificate.objects.visible_to`)."""

import rules

from certificates.models import Certificate
from lms.people.models import User


@rules.predicate
def is_in_force(user: User, certificate: Certificate) -> bool:
    """Not revoked; an expired one is still its holder's to show."""
    return certificate.revoked_at is None


@rules.predicate
def is_operator(user: User) -> bool:
    return user.is_active and user.is_superuser


rules.add_perm("certificates.download", is_in_force)
rules.add_perm("certificates.revoke", is_operator)
rules.add_perm("certificates.reissue", is_operator)
