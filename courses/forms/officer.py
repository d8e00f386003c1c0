from django import forms
from django.conf import settings
from django.utils.translation import gettext_lazy as _

from courses.models import Enrolment
from courses.models.course import CourseQuerySet
from lms.people.models import User


class CatalogueForm(forms.Form):
    """Search and filters of the catalogue; what does not fit is left out, never an error page."""

    q = forms.CharField(label=_("Search"), max_length=200, required=False)
    language = forms.ChoiceField(
        label=_("Language"),
        required=False,
        choices=[("", _("any"))],
    )
    state = forms.ChoiceField(
        label=_("State"),
        required=False,
        choices=[
            ("", _("any")),
            ("open", _("open for enrolment")),
            ("mine", _("my courses")),
            ("completed", _("completed")),
        ],
    )

    def __init__(self, *args: object, **kwargs: object) -> None:
        super().__init__(*args, **kwargs)  # type: ignore[arg-type]
        names = {"uk": "Українська", "be": "Беларуская", "ru": "Русский", "en": "English"}
        languages = [(code, names.get(code, code)) for code, _name in settings.LANGUAGES]
        self.fields["language"].choices = [("", _("any")), *languages]  # type: ignore[attr-defined]
        self.fields["q"].widget.input_type = "search"  # type: ignore[attr-defined]

    def _value(self, name: str) -> str:
        self.is_valid()
        return str(self.cleaned_data.get(name, ""))

    def is_filtering(self) -> bool:
        return any(self._value(name) for name in self.fields)

    def apply(self, courses: CourseQuerySet, user: User) -> CourseQuerySet:
        """The courses that the search and the filters leave."""
        found = courses.matching(self._value("q"))
        if language := self._value("language"):
            found = found.filter(titles__language=language)
        mine = Enrolment.objects.filter(officer=user)
        match self._value("state"):
            case "open":
                found = found.filter(is_open=True)
            case "mine":
                found = found.filter(pk__in=mine.live().values("course"))
            case "completed":
                found = found.filter(pk__in=mine.exclude(completed_at=None).values("course"))
        return found
