from typing import Self

from django.core.validators import MinValueValidator
from django.db import models
from django.db.models import Q
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from lms.people.models import Organisation, User
from lms.people.models.organisation import within


class AssignmentQuerySet(models.QuerySet["Assignment"]):
    def visible_to(self, user: User) -> Self:
        """Those to units inside the subtrees that the user coordinates."""
        return self.filter(within(user.reach.coordinated, "organisation__path"))

    def active(self) -> Self:
        return self.filter(ended_at=None)


class Assignment(models.Model):
    """A course for the officers of a subtree: those there now and, if so wished, those to come.

    `ranks` and `joined_after` narrow whom it is for; due on a day, or `due_days` days after the
    officer was assigned, or without a due date.
    """

    course = models.ForeignKey(Course, models.PROTECT, related_name="assignments")
    organisation = models.ForeignKey(
        Organisation, models.PROTECT, related_name="assignments", verbose_name=_("unit")
    )
    ranks = models.JSONField(_("ranks"), default=list, blank=True)
    joined_after = models.DateField(_("joined the unit after"), null=True, blank=True)
    due_on = models.DateField(_("due date"), null=True, blank=True)
    due_days = models.PositiveSmallIntegerField(
        _("due so many days after assigning"),
        null=True,
        blank=True,
        validators=[MinValueValidator(1)],
    )
    include_new = models.BooleanField(_("also those who join later"), default=True)
    created_at = models.DateTimeField(default=timezone.now)
    created_by = models.ForeignKey(User, models.PROTECT, related_name="+")
    ended_at = models.DateTimeField(null=True, blank=True)
    swept_at = models.DateTimeField(null=True, blank=True, editable=False)

    objects = AssignmentQuerySet.as_manager()

    class Meta:
        verbose_name = _("assignment")
        verbose_name_plural = _("assignments")
        constraints = [
            models.CheckConstraint(
                condition=Q(due_on=None) | Q(due_days=None), name="due_on_a_day_or_after_days"
            ),
            models.CheckConstraint(
                condition=Q(due_days=None) | Q(due_days__gte=1), name="due_after_a_day_at_least"
            ),
        ]

    def __str__(self) -> str:
        return f"{self.course.code} → {self.organisation.code}"
