from collections.abc import Iterable
from typing import TYPE_CHECKING, Self, cast
from zoneinfo import ZoneInfo

from django.core.exceptions import ValidationError
from django.db import models
from django.db.models import Q
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField
from treebeard.mp_tree import MP_Node, MP_NodeManager, MP_NodeQuerySet

if TYPE_CHECKING:
    from lms.people.models.user import User


def is_time_zone(value: str) -> None:
    """Raise ValidationError unless the IANA database knows the zone."""
    try:
        ZoneInfo(value)
    except (ValueError, OSError, KeyError) as error:
        raise ValidationError(_("There is no such time zone.")) from error


def within(paths: Iterable[str], field: str = "path") -> Q:
    """A condition: `field` (a materialised path) lies in one of the subtrees that `paths` head."""
    condition = Q(pk__in=[])
    for path in paths:
        condition |= Q(**{f"{field}__startswith": path})
    return condition


def ancestors_or_self(paths: Iterable[str]) -> set[str]:
    """The materialised paths of the nodes at `paths` and of all above them."""
    step = Organisation.steplen
    return {path[:end] for path in paths for end in range(step, len(path) + 1, step)}


class OrganisationQuerySet(MP_NodeQuerySet["Organisation"]):
    def visible_to(self, user: "User") -> Self:
        """The units one has a role in, all beneath those one answers for, and the way up."""
        reach = user.reach
        found: Self = self.filter(
            within(reach.answered) | Q(path__in=ancestors_or_self(reach.all)),
            path__startswith=user.service_path,
        )
        return found


class OrganisationManager(MP_NodeManager.from_queryset(OrganisationQuerySet)):  # type: ignore[misc]
    def get_queryset(self) -> OrganisationQuerySet:
        """treebeard's manager hands out treebeard's queryset, whatever it was made from."""
        found = OrganisationQuerySet(self.model, using=self._db).order_by("path")
        return cast(OrganisationQuerySet, found)


class Organisation(MP_Node):
    """A unit in a forest: one root a service, then directorate, detachment, section, point."""

    steplen = 4

    code = models.CharField(_("code"), max_length=32, unique=True)
    name = I18nCharField(_("name"), max_length=400)
    level = models.CharField(_("level"), max_length=32, blank=True)
    country = models.CharField(_("country"), max_length=2)
    time_zone = models.CharField(
        _("time zone"), max_length=64, default="Europe/Kyiv", validators=[is_time_zone]
    )
    is_demo = models.BooleanField(default=False, editable=False)

    objects = OrganisationManager()

    class Meta:
        verbose_name = _("organisation")
        verbose_name_plural = _("organisations")
        ordering = ["path"]

    def __str__(self) -> str:
        return str(self.name)

    @property
    def service_path(self) -> str:
        """The path of the root of this unit's service."""
        return str(self.path)[: self.steplen]
