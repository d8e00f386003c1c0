from django.core.checks import CheckMessage, Error, register
from django.template import TemplateDoesNotExist
from django.template.loader import get_template

from courses import lesson_kinds
from courses.models import Lesson


@register
def lesson_kinds_are_whole(**_kwargs: object) -> list[CheckMessage]:
    """Each registered kind has a template, and its code fits the column."""
    longest = Lesson._meta.get_field("kind").max_length or 0
    errors: list[CheckMessage] = []
    for kind in lesson_kinds.all_kinds():
        if len(kind.code) > longest:
            errors.append(
                Error(f"The lesson kind {kind.code!r} has too long a code.", id="courses.E001")
            )
        try:
            get_template(kind.template)
        except TemplateDoesNotExist:
            errors.append(
                Error(
                    f"The lesson kind {kind.code!r} has no template {kind.template}.",
                    id="courses.E002",
                )
            )
    return errors
