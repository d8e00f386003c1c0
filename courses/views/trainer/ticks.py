"""The trainer ticks off what officers have shown in practical lessons."""

from datetime import datetime
from typing import Any, cast
from uuid import UUID

from django.contrib import messages
from django.core.exceptions import PermissionDenied
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_safe

from courses.actions.kinds import NotLive, set_ticks
from courses.forms.kinds import PracticalFilterForm, TicksForm
from courses.kinds.practical import lines_of, ticks_of
from courses.models import Enrolment, LessonText, PracticalTick
from courses.outlines import OutlineLesson, localize, outline_of
from courses.practice import KIND, Practice, practice_of, units_of, waiting
from lms.people.models import User
from lms.people.rules import is_trainer
from lms.people.signing import signed_in
from lms.ui.paging import page_of


@signed_in
@require_safe
def ticks(request: HttpRequest) -> HttpResponse:
    """Officers under way whose practical lessons are not all done, and how far each is."""
    user = cast(User, request.user)
    if not is_trainer(user):
        raise PermissionDenied
    practice = practice_of(user)
    form = PracticalFilterForm(
        request.GET,
        user=user,
        courses=[(one.course.code, one.outline.title) for one in practice.values()],
    )
    found = form.apply(waiting(user, practice.values())).select_related("officer", "course")
    page = page_of(request, found.order_by("officer__sort_key", "officer", "course__code", "pk"))
    context = {
        "form": form,
        "page": page,
        "rows": _described(list(page.object_list), practice, user),
        "filtered": form.is_filtering(),
    }
    return render(request, "courses/trainer/ticks.html", context)


def _described(
    rows: list[Enrolment], practice: dict[int, Practice], user: User
) -> list[dict[str, Any]]:
    """Each enrolment with its unit and how far its practical lessons are: two queries."""
    ticked: dict[UUID, dict[tuple[int, str], datetime]] = {row.pk: {} for row in rows}
    live = PracticalTick.objects.filter(enrolment__in=rows, withdrawn_at=None)
    for enrolment, lesson, key, at in live.values_list("enrolment", "lesson", "key", "ticked_at"):
        ticked[enrolment][lesson, key] = at
    units = units_of(row.officer_id for row in rows)
    described = []
    for row in rows:
        one = practice[row.course_id]
        language = one.outline.language_for(user.language)
        lessons = [
            {
                "key": item.key,
                "title": localize(item.title, language),
                "total": len(lines_of(item)),
                "ticked": one.ticked(item, ticked[row.pk]),
            }
            for item in one.items
        ]
        described.append(
            {
                "enrolment": row,
                "unit": units.get(row.officer_id),
                "course": localize(one.outline.title, language),
                "language": language,
                "lessons": lessons,
            }
        )
    return described


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def tick(request: HttpRequest, pk: UUID, key: str) -> HttpResponse:
    """One officer's checklist of one lesson: all that is seen is ticked in one form."""
    user = cast(User, request.user)
    enrolment, item, revision = _published(user, pk, key)
    if not user.has_perm("courses.tick_practical", enrolment):
        raise PermissionDenied
    language = outline_of(revision).language_for(user.language)
    lines = _lines(enrolment, item, language)
    if request.method == "POST":
        form = TicksForm(request.POST, lines=lines)
        if form.is_valid() and (done := _kept(request, enrolment, item, form)):
            return done
    else:
        form = TicksForm(lines=lines)
    text = item.texts.get(language)
    context = {
        "form": form,
        "enrolment": enrolment,
        "officer": enrolment.officer,
        "unit": units_of([enrolment.officer_id]).get(enrolment.officer_id),
        "course_title": localize(outline_of(revision).title, language),
        "key": item.key,
        "lesson_title": localize(item.title, language),
        "language": language,
        "text": LessonText.objects.get(pk=text) if text else None,
        "ticked": sum(bool(line["tick"]) for line in lines),
        "total": len(lines),
    }
    return render(request, "courses/trainer/ticks_officer.html", context)


def _published(user: User, pk: UUID, key: str) -> tuple[Enrolment, OutlineLesson, int]:
    """An enrolment the person sees, and a practical lesson of it by its key. Raises Http404."""
    enrolment = get_object_or_404(
        Enrolment.objects.visible_to(user).select_related("course", "officer__service"), pk=pk
    )
    revision = enrolment.completed_revision_id or enrolment.course.current_revision_id
    item = outline_of(revision).by_key.get(key) if revision else None
    if item is None or item.kind != KIND or revision is None:
        raise Http404
    return enrolment, item, revision


def _lines(enrolment: Enrolment, item: OutlineLesson, language: str) -> list[dict[str, Any]]:
    present = ticks_of(enrolment, item)
    return [
        {"key": line.key, "text": localize(line.text, language), "tick": present.get(line.key)}
        for line in lines_of(item)
    ]


def _kept(
    request: HttpRequest, enrolment: Enrolment, item: OutlineLesson, form: TicksForm
) -> HttpResponse | None:
    """Save the ticks and lead on; None when the checklist has been published anew meanwhile."""
    actor = cast(User, request.user)
    try:
        enrolment = set_ticks(
            enrolment=enrolment,
            lesson_id=item.id,
            ticks=form.ticks(),
            withdrawn=form.withdrawn(),
            actor=actor,
        )
    except NotLive:
        messages.warning(
            request, _("The course is completed or cancelled: its ticks stay as they are.")
        )
        return redirect(request.path)
    except LookupError:
        form.add_error(None, _("The checklist has changed meanwhile. Look at it again, then save."))
        return None
    name = enrolment.officer.full_name
    if form.is_whole():
        if enrolment.completed_at:
            text = _("Everything is ticked. %(officer)s has completed the course.")
        else:
            text = _("Everything is ticked: the lesson is done for %(officer)s.")
        messages.success(request, text % {"officer": name})
        return redirect("teaching:ticks")
    messages.success(request, _("Saved for %(officer)s.") % {"officer": name})
    return redirect(request.path)
