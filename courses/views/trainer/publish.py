"""Publishing: what is missing, what officers under way will notice, and the revisions so far."""

import hashlib
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses.actions import LanguageInUse, NotPublishable, publish_course
from courses.impact import Impact, impact_of
from courses.lesson_kinds import Hole
from courses.models import Course, Lesson, Module
from courses.outlines import Outline, outline_of
from courses.planning import title_of
from courses.publishing import (
    Draft,
    Verdict,
    draft_of,
    judge,
    outline_from,
    places_of,
    retakes_after,
    where_to_mend,
)
from courses.views.trainer.common import taught
from lms.people.models import User
from lms.people.signing import signed_in
from lms.ui.paging import page_of


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def publish(request: HttpRequest, code: str) -> HttpResponse:
    """The page that says what would go out; posted, it goes out as it was seen."""
    user = cast(User, request.user)
    course = taught(request, code)
    if not user.has_perm("courses.publish_course", course):
        raise PermissionDenied
    draft = draft_of(course)
    found = list(places_of(draft))
    verdict = judge(draft, [hole for _place, holes in found for hole in holes])
    outline = _outline(draft, verdict)
    seen = stands_for(course, outline) if outline else ""
    if request.method == "POST" and (done := _published(request, course, verdict, seen)):
        return done
    impact = impact_of(course, _before(course), outline) if outline else None
    lost = _lost(course, verdict, impact)
    context = {
        "course": course,
        "verdict": verdict,
        "missing": _missing(course, found, user.language),
        "impact": impact,
        "lost": lost,
        "must_confirm": any(gone["readers"] for gone in lost),
        "next_number": course.current_revision.number + 1 if course.current_revision else 1,
        "is_changed": outline is None or _is_changed(course, outline),
        "seen": seen,
        "chosen": set(request.POST.getlist("retake")),
        "page": page_of(
            request,
            course.revisions.select_related("published_by").defer("outline").order_by("-number"),
        ),
    }
    return render(request, "courses/trainer/publish.html", context)


def _before(course: Course) -> Outline | None:
    return outline_of(course.current_revision_id) if course.current_revision_id else None


def _outline(draft: Draft, verdict: Verdict) -> Outline | None:
    """What would go out now; None when nothing can."""
    if not verdict.is_publishable:
        return None
    kept = retakes_after(draft.course.current_revision, (), 0)
    return outline_from(draft.course, languages=verdict.languages, retake_from=kept, draft=draft)[0]


def _is_changed(course: Course, outline: Outline) -> bool:
    before = _before(course)
    return before is None or before.model_dump(mode="json") != outline.model_dump(mode="json")


def stands_for(course: Course, outline: Outline | None = None) -> str:
    """A digest of what the page shows: the draft, and the revision it comes after."""
    if outline is None:
        draft = draft_of(course)
        outline = _outline(draft, judge(draft))
    text = f"{course.current_revision_id} {outline.model_dump_json() if outline else ''}"
    return hashlib.sha256(text.encode()).hexdigest()[:20]


def _published(
    request: HttpRequest, course: Course, verdict: Verdict, seen: str
) -> HttpResponse | None:
    """The way on after publishing; None when the page has to be looked at again."""
    number = course.current_revision.number if course.current_revision else 0
    if request.POST.get("after", "") not in {"", str(number)}:
        messages.info(request, _("Revision %(number)d is published.") % {"number": number})
        return redirect("teaching:course", course.code)
    if request.POST.get("seen") != seen:
        messages.warning(
            request, _("The draft has changed since you opened this page. Look at it once more.")
        )
        return None
    keys = set(course.lessons.values_list("key", flat=True))
    try:
        revision = publish_course(
            course=course,
            actor=cast(User, request.user),
            retake=[key for key in request.POST.getlist("retake") if key in keys],
            drop_languages_in_use="drop" in request.POST,
        )
    except NotPublishable:
        messages.error(request, _("The course cannot be published yet: see what is missing."))
        return None
    except LanguageInUse:
        messages.error(
            request,
            _("Officers are reading in a language that would be dropped. Confirm it, or mend it."),
        )
        return None
    messages.success(
        request,
        _("Published: revision %(number)d in %(languages)s.")
        % {"number": revision.number, "languages": ", ".join(revision.languages)},
    )
    return redirect("teaching:course", course.code)


def _missing(
    course: Course, found: list[tuple[Course | Module | Lesson, list[Hole]]], language: str
) -> list[tuple[str, list[dict[str, str]]]]:
    """The places to mend by language, those that concern every language first."""
    by_language: dict[str, list[dict[str, str]]] = {}
    for place, holes in found:
        title = _("The course") if isinstance(place, Course) else title_of(place, language)
        for hole in holes:
            entry = {
                "title": title,
                "what": hole.what,
                "detail": hole.called,
                "url": where_to_mend(place, hole, course),
            }
            by_language.setdefault(hole.language, []).append(entry)
    order = ["", *course.languages]
    return sorted(by_language.items(), key=lambda pair: order.index(pair[0]))


def _lost(course: Course, verdict: Verdict, impact: Impact | None) -> list[dict[str, Any]]:
    """Languages that the current revision has and the next would not, with their readers."""
    before = course.current_revision
    if before is None or impact is None:
        return []
    return [
        {"language": code, "readers": impact.readers.get(code, 0)}
        for code in before.languages
        if code not in verdict.languages
    ]
