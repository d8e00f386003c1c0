from typing import Self

from django.conf import settings
from django.core.validators import RegexValidator
from django.db import models
from django.db.models import Exists, F, OuterRef, Q, Subquery, Value
from django.utils.translation import gettext_lazy as _
from i18nfield.fields import I18nCharField, I18nTextField

from lms.people.models import Organisation, User
from lms.people.models.organisation import ancestors_or_self, within
from lms.text import search_key, sort_key

LANGUAGE_ORDER = [code for code, _name in settings.LANGUAGES]
code_of_course = RegexValidator(
    r"^[A-Za-z0-9][A-Za-z0-9-]*$",
    _("A code has Latin letters, digits and hyphens only, like DOC-01."),
)


class Status(models.TextChoices):
    DRAFT = "draft", _("draft")
    REVIEW = "review", _("review")
    PUBLISHED = "published", _("published")
    ARCHIVED = "archived", _("archived")


def default_languages() -> list[str]:
    return list(LANGUAGE_ORDER)


class CourseQuerySet(models.QuerySet["Course"]):
    def published(self) -> Self:
        return self.filter(status=Status.PUBLISHED)

    def offered_to(self, user: User) -> Self:
        """Published, and owned by a unit in which the user is posted or one above it."""
        return self.published().filter(owner__path__in=ancestors_or_self(user.reach.posted))

    def taught_by(self, user: User) -> Self:
        """Those owned inside the subtrees that the user trains, drafts included."""
        return self.filter(within(user.reach.trained, "owner__path"))

    def visible_to(self, user: User) -> Self:
        """Offered, taught, once enrolled in, or assignable to people the user coordinates."""
        reach = user.reach
        offered = Q(
            status=Status.PUBLISHED,
            owner__path__in=ancestors_or_self(reach.posted + reach.coordinated),
        )
        coordinated = Q(status=Status.PUBLISHED) & within(reach.coordinated, "owner__path")
        return self.filter(
            offered
            | coordinated
            | within(reach.trained, "owner__path")
            | Q(pk__in=user.enrolments.values("course")),
            service=user.service_id,
        )

    def matching(self, text: str) -> Self:
        """Those of whom a title or summary, in any language, contains every word of the text."""
        found = self
        for word in search_key(text).split():
            titles = CourseTitle.objects.filter(course=OuterRef("pk"), search_key__contains=word)
            found = found.filter(Exists(titles))
        return found

    def in_order_of_title(self, language: str) -> Self:
        """Sorted by the alphabet of the language; courses without it come by their code."""
        key = CourseTitle.objects.filter(course=OuterRef("pk"), language=language)
        return self.annotate(in_language=Subquery(key.values("sort_key")[:1])).order_by(
            F("in_language").asc(nulls_last=True), "code"
        )


class Course(models.Model):
    """The draft of a course; officers read its current revision, never these rows."""

    service = models.ForeignKey(Organisation, models.PROTECT, related_name="courses")
    owner = models.ForeignKey(
        Organisation, models.PROTECT, related_name="owned_courses", verbose_name=_("owner")
    )
    authors = models.ManyToManyField(User, blank=True, related_name="authored_courses")
    code = models.CharField(_("code"), max_length=32, validators=[code_of_course])
    origin = models.CharField(_("catalogue course it came from"), max_length=32, blank=True)
    title = I18nCharField(_("title"), max_length=1000)
    summary = I18nTextField(_("summary"), blank=True)
    outcomes = models.JSONField(_("what you will learn"), default=list, blank=True)
    # Of each outcome its key, by which lessons and questions name it; "" for one without.
    outcome_keys = models.JSONField(
        _("keys of the outcomes"),
        default=list,
        db_default=Value([], models.JSONField()),
        blank=True,
    )
    languages = models.JSONField(_("languages"), default=default_languages)
    level = models.CharField(_("level"), max_length=32, blank=True)
    validity_months = models.PositiveSmallIntegerField(
        _("validity of the certificate, months"), null=True, blank=True
    )
    is_open = models.BooleanField(_("officers may enrol themselves"), default=False)
    status = models.CharField(
        _("status"), max_length=16, choices=Status.choices, default=Status.DRAFT
    )
    current_revision = models.ForeignKey(
        "courses.CourseRevision", models.PROTECT, null=True, blank=True, related_name="+"
    )

    objects = CourseQuerySet.as_manager()

    class Meta:
        verbose_name = _("course")
        verbose_name_plural = _("courses")
        constraints = [
            models.UniqueConstraint(fields=["service", "code"], name="one_code_a_service"),
            models.CheckConstraint(
                condition=~Q(status=Status.PUBLISHED) | Q(current_revision__isnull=False),
                name="published_with_a_revision",
            ),
            models.CheckConstraint(
                condition=Q(validity_months=None) | Q(validity_months__gt=0),
                name="validity_is_positive",
            ),
        ]

    def __str__(self) -> str:
        return f"{self.code} {self.title}"


class CourseTitle(models.Model):
    """What the catalogue searches and sorts by: the published title in one language."""

    course = models.ForeignKey(Course, models.CASCADE, related_name="titles")
    language = models.CharField(max_length=8)
    search_key = models.TextField()
    sort_key = models.CharField(max_length=1000)

    class Meta:
        constraints = [
            models.UniqueConstraint(fields=["course", "language"], name="one_title_a_language")
        ]

    def __str__(self) -> str:
        return f"{self.course_id} {self.language}"

    @classmethod
    def write(cls, course: Course, *, language: str, title: str, summary: str) -> None:
        """Write the keys of one language anew."""
        cls.objects.update_or_create(
            course=course,
            language=language,
            defaults={
                "search_key": search_key(title, summary, course.code),
                "sort_key": sort_key(title)[:1000],
            },
        )
