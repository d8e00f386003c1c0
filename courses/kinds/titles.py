"""The title of a lesson whose text may be left out: that of its text, else its own."""

from django.utils.translation import gettext as _

from courses.lesson_kinds import Hole
from courses.models import Lesson
from courses.outlines import I18nText
from courses.publishing import texts_of


def titles_of(lesson: Lesson) -> I18nText:
    """As a publication now would show them."""
    newest = lesson.newest_texts()
    written = {code: text.title for code, text in newest.items() if text.title.strip()}
    return texts_of(lesson.title) | written


def untitled(lesson: Lesson, languages: list[str]) -> list[Hole]:
    titles = titles_of(lesson)
    what = _("The lesson has no title.")
    return [Hole(code, lesson.key, what) for code in languages if not titles.get(code, "").strip()]
