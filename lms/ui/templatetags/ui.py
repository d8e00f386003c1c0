"""Tags for what every page draws: doors, tags of state, the route, bars."""

from collections.abc import Iterable

from django import template
from django.template.context import RequestContext
from django.utils.html import format_html, format_html_join
from django.utils.safestring import SafeString
from django.utils.translation import gettext_lazy as _

from lms.ui import navigation

register = template.Library()

STATES = {"done": _("done"), "here": _("you are here"), "": _("ahead")}


@register.simple_tag(takes_context=True)
def doors(context: RequestContext) -> list[navigation.ShownDoor]:
    """`{% doors as shown_doors %}`: each with `label`, `url` and `current`."""
    request = context.get("request")
    return navigation.doors(request) if request else []


@register.simple_tag
def tag(label: object, state: str = "") -> SafeString:
    """A tag of state: `""` neutral, `"ok"`, `"due"` or `"late"`."""
    return format_html('<span class="{}">{}</span>', f"tag {state}".strip(), label)


@register.simple_tag
def route(states: Iterable[str], label: object) -> SafeString:
    """Posts on a road, one for each of `states`: "done", "here" or "" for ahead.

    `label` says the same in words ("2 of 8 modules done").
    """
    posts = format_html_join(
        "",
        '<li class="{}"><span class="hidden">{}</span></li>',
        ((state, STATES[state]) for state in states),
    )
    return format_html('<ol class="route" aria-label="{}">{}</ol>', label, posts)


@register.simple_tag
def bar(label: object, done: float = 0, due: float = 0, late: float = 0) -> SafeString:
    """A stacked bar of percentages, drawn from the left; `label` says the same in words."""
    parts, start = [], 0.0
    for state, share in (("done", done), ("due", due), ("late", late)):
        if share:
            parts.append((state, f"{start:g}%", f"{min(start + share, 100):g}%"))
            start += share
    lines = format_html_join("", '<line class="{}" x1="{}" x2="{}" y1="50%" y2="50%"/>', parts)
    return format_html('<svg class="bar" role="img" aria-label="{}">{}</svg>', label, lines)
