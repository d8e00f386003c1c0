from datetime import date
from typing import TYPE_CHECKING, Self

from django.conf import settings
from django.db import models
from django.db.models import F, Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from lms.people.models.organisation import Organisation, within

if TYPE_CHECKING:
    from lms.people.models.user import User


class Role(models.TextChoices):
    OFFICER = "officer", _("Officer")
    TRAINER = "trainer", _("Trainer")
    COORDINATOR = "coordinator", _("Coordinator")
    ADMINISTRATOR = "administrator", _("Service administrator")


class Kind(models.TextChoices):
    POST = "post", _("post")
    SECONDMENT = "secondment", _("secondment")


class MembershipQuerySet(models.QuerySet["Membership"]):
    def current(self, on: date | None = None) -> Self:
        """Those in force on a day, today by default."""
        on = on or timezone.localdate()
        return self.filter(Q(until=None) | Q(until__gte=on), since__lte=on)

    def overlapping(self, since: date, until: date | None) -> Self:
        """Those in force on a day between the two, both included; None has no end."""
        found = self.filter(Q(until=None) | Q(until__gte=since))
        return found.filter(since__lte=until) if until else found

    def visible_to(self, user: "User") -> Self:
        """One's own, and the current ones of the people seen: the officers of the subtrees one
        coordinates, an administrator's whole service."""
        reach = user.reach
        inside = within(reach.coordinated, "organisation__path") & Q(role=Role.OFFICER)
        inside |= within(reach.administered, "organisation__path")
        return self.filter(
            Q(user=user) | (inside & Q(pk__in=Membership.objects.current().values("pk")))
        )


class Membership(models.Model):
    """A person's role in a unit, from a day until a day (both included)."""

    user = models.ForeignKey(settings.AUTH_USER_MODEL, models.PROTECT, related_name="memberships")
    organisation = models.ForeignKey(Organisation, models.PROTECT, related_name="memberships")
    role = models.CharField(_("role"), max_length=16, choices=Role.choices)
    kind = models.CharField(_("kind"), max_length=16, choices=Kind.choices, default=Kind.POST)
    since = models.DateField(_("since"), default=timezone.localdate)
    until = models.DateField(_("until"), null=True, blank=True)

    objects = MembershipQuerySet.as_manager()

    class Meta:
        verbose_name = _("membership in a unit")
        verbose_name_plural = _("memberships in units")
        constraints = [
            models.UniqueConstraint(
                fields=["user"],
                condition=Q(role=Role.OFFICER, kind=Kind.POST, until=None),
                name="one_current_post",
            ),
            models.CheckConstraint(
                condition=Q(until=None) | Q(until__gte=F("since")),
                name="membership_ends_after_start",
            ),
            models.CheckConstraint(condition=Q(role__in=Role.values), name="membership_known_role"),
            models.CheckConstraint(condition=Q(kind__in=Kind.values), name="membership_known_kind"),
        ]

    def __str__(self) -> str:
        return f"{self.user} · {self.get_role_display()} · {self.organisation}"
