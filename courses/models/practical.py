from django.core.validators import validate_slug
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField

from courses.models.enrolment import Enrolment
from courses.models.lesson import Lesson
from lms.people.models import User


class PracticalItem(models.Model):
    """A line of a practical lesson's checklist, as drafted; officers get that of the revision."""

    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="practical_items")
    key = models.CharField(max_length=64, validators=[validate_slug])
    text = I18nCharField(_("what the officer shows"), max_length=1000)
    position = models.PositiveIntegerField()
    removed_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("checklist line")
        verbose_name_plural = _("checklist lines")
        ordering = ["position", "pk"]
        constraints = [
            models.UniqueConstraint(fields=["lesson", "key"], name="one_practical_key_a_lesson")
        ]

    def __str__(self) -> str:
        return str(self.text)


class PracticalTick(models.Model):
    """A trainer saw the officer do what a line says. Withdrawn, not deleted, if made in error."""

    enrolment = models.ForeignKey(Enrolment, models.PROTECT, related_name="ticks")
    lesson = models.ForeignKey(Lesson, models.PROTECT, related_name="+")
    key = models.CharField(max_length=64)
    note = models.TextField(_("note"), blank=True)
    ticked_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ticked_at = models.DateTimeField(default=timezone.now)
    withdrawn_at = models.DateTimeField(null=True, blank=True)

    class Meta:
        verbose_name = _("practical tick")
        verbose_name_plural = _("practical ticks")
        constraints = [
            models.UniqueConstraint(
                fields=["enrolment", "lesson", "key"],
                condition=Q(withdrawn_at=None),
                name="one_tick_a_line",
            )
        ]

    def __str__(self) -> str:
        return f"{self.enrolment_id} {self.lesson_id} {self.key}"
