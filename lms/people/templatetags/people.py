from django import template

from lms.people import small_groups

register = template.Library()
register.filter("head_count", small_groups.head_count)


@register.simple_tag
def small_group() -> int:
    """How many people there must be before figures about them are shown."""
    return small_groups.SMALL_GROUP
