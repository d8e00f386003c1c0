from collections.abc import Mapping
from typing import Any, ClassVar, Protocol, Self, TypeVar

from django.db import models
from django.db.models import Case, Exists, OuterRef, When
from django.utils import timezone
from django.utils.translation import gettext_lazy as _

from courses.models.course import Course
from courses.models.file import CourseFile
from lms.people.models import User

AnyText = TypeVar("AnyText", bound="Text")


class TextQuerySet(models.QuerySet[AnyText]):
    def newest(self) -> Self:
        """Of whatever is written, in each language, the latest version."""
        of = self.model.OF
        later = self.model._base_manager.filter(
            **{of: OuterRef(of)}, language=OuterRef("language"), version__gt=OuterRef("version")
        )
        return self.filter(~Exists(later))

    def without_bodies(self) -> Self:
        """All but the bodies, which are long; whether one is blank is known all the same."""
        has_words = Case(When(html__regex=r"\S", then=True), default=False)
        return self.defer("body", "html").annotate(has_words=has_words)


class Text(models.Model):
    """A text in one language and version: as written, and sanitised as pages show it.

    Never changed: each save makes the next version. `source` is the text it was translated from;
    when that is no longer the newest, the translation is stale. `OF` names what it is a text of.
    """

    OF: ClassVar[str]
    source_id: int | None
    files: "models.ManyToManyField[CourseFile, Any]"

    class Format(models.TextChoices):
        MARKDOWN = "markdown", _("Markdown")
        HTML = "html", _("HTML")

    language = models.CharField(max_length=8)
    version = models.PositiveIntegerField()
    title = models.CharField(_("title"), max_length=255)
    body = models.TextField(_("body"))
    format = models.CharField(max_length=16, choices=Format.choices)
    html = models.TextField(editable=False)
    source = models.ForeignKey(
        "self", models.PROTECT, null=True, blank=True, related_name="translations"
    )
    edited_by = models.ForeignKey(User, models.PROTECT, null=True, blank=True, related_name="+")
    edited_at = models.DateTimeField(auto_now_add=True)

    class Meta:
        abstract = True

    def __str__(self) -> str:
        return f"{getattr(self, f'{self.OF}_id')} {self.language} v{self.version}"

    def save(self, *args: Any, **kwargs: Any) -> None:
        if self.pk is not None:
            raise TypeError("a text is never changed: save the next version")
        super().save(*args, **kwargs)

    @property
    def written(self) -> "Written":
        """What it is a text of."""
        raise NotImplementedError

    @property
    def is_blank(self) -> bool:
        """Whether the page would be empty."""
        if "has_words" in self.__dict__:
            return not self.__dict__["has_words"]
        return not self.html.strip()


class Draft(models.Model):
    """What an editor has typed and not yet saved as a version.

    The `base` that it names is the text that the typing began from (none for a first text): when
    that is no longer the newest at the time of saving, somebody else has saved in between.
    """

    editor: "models.ForeignKey[User, User]"
    base_id: int | None

    language = models.CharField(max_length=8)
    title = models.CharField(max_length=255, blank=True)
    body = models.TextField(blank=True)
    saved_at = models.DateTimeField(default=timezone.now)

    class Meta:
        abstract = True


class Written(Protocol):
    """What has texts: a lesson, or the trainer's guide of a course.

    `texts` and `drafts` are managers of `Text` and `Draft`, each of its own.
    """

    @property
    def course(self) -> Course: ...
    @property
    def key(self) -> str: ...
    @property
    def title(self) -> Any: ...
    @property
    def texts(self) -> Any: ...
    @property
    def drafts(self) -> Any: ...
    def locked(self) -> "Written": ...
    def new_text(self, **fields: Any) -> Text: ...
    def newest_texts(self) -> Mapping[str, Text]: ...
