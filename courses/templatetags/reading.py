"""Addresses inside a course as it is being read: by an officer, or by its author in a preview."""

from django import template

from courses.glossary import WithTerms
from courses.glossary import with_terms as explained
from courses.models import LessonText
from courses.outlines import OutlineLesson, ShownText
from courses.reading import Reading

register = template.Library()


@register.filter
def address_of(reading: Reading, lesson: OutlineLesson) -> str:
    """`{{ reading|address_of:lesson }}`: the page of a lesson."""
    return reading.address_of(lesson.key)


@register.simple_tag
def with_terms(text: ShownText | LessonText, reading: Reading) -> WithTerms:
    """`{% with_terms text reading as shown %}`: the text, and the terms that it links to."""
    return explained(text.html, text.language, reading.course.service_id)
