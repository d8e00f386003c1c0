"""The officer finds courses, reads them and goes on."""

from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.db.models import Prefetch, QuerySet
from django.http import Http404, HttpRequest, HttpResponse, HttpResponseBase
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.http import url_has_allowed_host_and_scheme
from django.utils.translation import gettext as _
from django.views.decorators.http import require_POST, require_safe

from courses import lesson_kinds
from courses.actions import choose_language, enrol, mark_done
from courses.forms import CatalogueForm
from courses.media import respond
from courses.models import Course, CourseFile, Enrolment, Lesson, LessonProgress
from courses.outlines import Outline, OutlineLesson, outline_of, outlines_of, text_of
from courses.reading import SESSION_KEY, Reading, read_course
from courses.standing import standing_of
from lms.people.models import User
from lms.people.signing import signed_in
from lms.ui.paging import page_of


@signed_in
@require_safe
def catalogue(request: HttpRequest) -> HttpResponse:
    """Published courses, searched and filtered by the address."""
    user = cast(User, request.user)
    form = CatalogueForm(request.GET)
    courses = form.apply(Course.objects.visible_to(user).published(), user)
    page = page_of(request, courses.in_order_of_title(user.language), per_page=24)
    found = list(page.object_list)
    enrolments = {
        row.course_id: row
        for row in Enrolment.objects.filter(officer=user, course__in=found)
        .order_by("cycle")
        .prefetch_related(Prefetch("progress", LessonProgress.objects.to_weigh()))
    }
    outlines = outlines_of(
        (enrolments[c.pk].completed_revision_id if c.pk in enrolments else None)
        or c.current_revision_id
        for c in found
    )
    cards = []
    for course in found:
        enrolment = enrolments.get(course.pk)
        revision = (enrolment and enrolment.completed_revision_id) or course.current_revision_id
        outline = outlines[cast(int, revision)]
        progress = enrolment.progress.all() if enrolment else []
        cards.append(
            {
                "course": course,
                "enrolment": enrolment,
                "standing": standing_of(outline, progress),
                "language": outline.language_for(user.language),
            }
        )
    context = {"form": form, "page": page, "cards": cards, "filtered": form.is_filtering()}
    return render(request, "courses/catalogue.html", context)


def _reading(request: HttpRequest, code: str) -> Reading:
    """The course by its code, for this person. Raises Http404, alike for hidden and absent ones."""
    reading = read_course(request, code)
    if reading is None:
        raise Http404
    return reading


def _item(reading: Reading, key: str) -> OutlineLesson:
    try:
        return reading.outline.by_key[key]
    except KeyError:
        raise Http404 from None


def _removed(reading: Reading) -> "QuerySet[Lesson]":
    """Lessons that were taken out; those that no revision holds yet are nobody's business."""
    return reading.course.lessons.exclude(removed_at=None)


def _removed_lesson(reading: Reading, key: str) -> tuple[int, str]:
    """Id and kind of a lesson that was taken out while somebody read it. Raises Http404."""
    lesson = get_object_or_404(_removed(reading), key=key)
    return lesson.pk, lesson.kind


def _shown(reading: Reading, posted: str) -> tuple[int, Outline]:
    """The revision that the form's page showed: a publication may have come since."""
    if posted.isdecimal() and len(posted) < 19 and int(posted) != reading.revision:
        earlier = reading.course.revisions.filter(pk=int(posted)).first()
        if earlier:
            return earlier.pk, outline_of(earlier.pk)
    return reading.revision, reading.outline


@signed_in
@require_safe
def course(request: HttpRequest, code: str) -> HttpResponse:
    """What the course is, how far the officer is, and why it is not complete."""
    reading = _reading(request, code)
    user = cast(User, request.user)
    can_enrol = not (reading.enrolment and reading.enrolment.is_live) and user.has_perm(
        "courses.enrol_oneself", reading.course
    )
    return render(request, "courses/course.html", {"reading": reading, "can_enrol": can_enrol})


@signed_in
@require_POST
def enrol_oneself(request: HttpRequest, code: str) -> HttpResponse:
    user = cast(User, request.user)
    course = get_object_or_404(Course.objects.visible_to(user), code__iexact=code)
    if not user.has_perm("courses.enrol_oneself", course):
        raise PermissionDenied
    language = request.session.get(SESSION_KEY)
    enrol(officer=user, course=course, actor=user, language=language)
    reading = read_course(request, course.code)
    first = reading.standing.next if reading else None
    if first is None:
        return redirect("courses:course", course.code)
    return redirect("courses:lesson", course.code, first.key)


@signed_in
@require_safe
def lesson(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """A lesson with its outline; the template is that of the lesson's kind."""
    reading = _reading(request, code)
    if key not in reading.outline.by_key and _removed(reading).filter(key=key).exists():
        messages.info(request, _("This lesson is no longer part of the course."))
        return redirect("courses:course", reading.course.code)
    item = _item(reading, key)
    kind = lesson_kinds.get(item.kind)
    number, module = reading.outline.module_of(item)
    before, after = reading.neighbours(item)
    text_id = item.texts.get(reading.language)
    context: dict[str, Any] = {
        "reading": reading,
        "item": item,
        "kind": kind,
        "module": module,
        "module_number": number,
        "lesson_number": [other.id for other in module.lessons].index(item.id) + 1,
        "before": before,
        "after": after,
        "is_done": item.id in reading.standing.done,
        "text": text_of(text_id) if text_id else None,
        "lessons_done": sum(other.id in reading.standing.done for other in module.lessons),
    }
    if kind is None:
        return render(request, "courses/unknown_kind.html", context)
    studying = reading.enrolment if reading.is_studying else None
    context |= kind.context(request, item, studying, reading.language)
    return render(request, kind.template, context)


@signed_in
@require_POST
def lesson_done(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Mark the lesson read and go on to the next; what was read before a publication counts too."""
    user = cast(User, request.user)
    reading = _reading(request, code)
    enrolment = reading.enrolment
    if (
        enrolment is None
        or not reading.is_studying
        or not user.has_perm("courses.study", enrolment)
    ):
        raise PermissionDenied
    revision, outline = _shown(reading, request.POST.get("revision", ""))
    item = outline.by_key.get(key)
    lesson_id, kind_code = (item.id, item.kind) if item else _removed_lesson(reading, key)
    kind = lesson_kinds.get(kind_code)
    if kind is None or not kind.by_hand:
        raise PermissionDenied
    if enrolment.is_live:
        enrolment = mark_done(
            enrolment=enrolment,
            lesson=lesson_id,
            revision=revision,
            text=item.texts.get(reading.language) if item else None,
        )
        if enrolment.completed_at:
            messages.success(request, _("You have completed the course."))
            return redirect("courses:course", reading.course.code)
    current = reading.outline.by_key.get(key)
    after = reading.neighbours(current)[1] if current else reading.standing.next
    if after is None:
        return redirect("courses:course", reading.course.code)
    return redirect("courses:lesson", reading.course.code, after.key)


@signed_in
@require_POST
def language(request: HttpRequest, code: str) -> HttpResponse:
    """Read the course in another of its languages, and come back to the same page."""
    reading = _reading(request, code)
    chosen = request.POST.get("language", "")
    if chosen in reading.outline.languages:
        if reading.enrolment:
            choose_language(enrolment=reading.enrolment, language=chosen, outline=reading.outline)
        else:
            request.session[SESSION_KEY] = chosen
    back = request.POST.get("next", "")
    if not url_has_allowed_host_and_scheme(back, {request.get_host()}, request.is_secure()):
        back = reverse("courses:course", args=[reading.course.code])
    return redirect(back)  # nosemgrep: redirect-to-what-was-sent - checked above


@signed_in
@require_safe
def file(request: HttpRequest, pk: str, name: str) -> HttpResponseBase:
    """A file of a course that the person sees. Scripts inside it never run."""
    user = cast(User, request.user)
    row = get_object_or_404(CourseFile.objects.visible_to(user), pk=pk)
    if row.name != name:  # not asked of the database: PostgreSQL fails on a NUL in an address
        raise Http404
    return respond(request, row)
