"""Addresses inside a course as it is being read: by an officer, or by its author in a preview."""

from django import template

from courses.outlines import OutlineLesson
from courses.reading import Reading

register = template.Library()


@register.filter
def address_of(reading: Reading, lesson: OutlineLesson) -> str:
    """`{{ reading|address_of:lesson }}`: the page of a lesson."""
    return reading.address_of(lesson.key)
