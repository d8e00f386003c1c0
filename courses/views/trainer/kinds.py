"""The trainer's pages of the lesson kinds video, file and practical."""

from typing import Any, cast

from django.conf import settings
from django.contrib import messages
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods

from courses import lesson_kinds
from courses.actions.kinds import (
    ChangedMeanwhile,
    attach_file,
    checklist_of,
    detach_file,
    retitle_lesson,
    save_checklist,
    version_of,
)
from courses.forms.kinds import ChecklistForm, FilesForm, Slot, changed_lines
from courses.kinds.practical import removed_lines
from courses.kinds.titles import titles_of
from courses.models import Lesson, LessonFile
from courses.outlines import localize
from courses.uploads import Refused, store_file
from courses.views.trainer.common import lesson_of, to_edit
from lms.people.models import User
from lms.people.signing import signed_in
from lms.ui.uploads import uploads

PAGE = require_http_methods(["GET", "HEAD", "POST"])


def _lesson(request: HttpRequest, code: str, key: str, kind: str) -> Lesson:
    """A lesson of the kind, to be edited. Raises Http404 and PermissionDenied."""
    lesson = lesson_of(to_edit(request, code), key)
    if lesson.kind != kind:
        raise Http404
    return lesson


def _shown(
    request: HttpRequest, template: str, lesson: Lesson, context: dict[str, Any]
) -> HttpResponse:
    course = lesson.course
    kind = lesson_kinds.get(lesson.kind)
    languages = list(course.languages)
    newest = lesson.newest_texts()
    title = localize(titles_of(lesson), cast(User, request.user).language) or lesson.key
    address = reverse("teaching:lesson-text", args=[course.code, lesson.key])
    return render(
        request,
        template,
        context
        | {
            "course": course,
            "lesson": lesson,
            "title": title,
            "holes": kind.holes(lesson, languages) if kind else [],
            "texts": [
                {
                    "language": language,
                    "text": newest.get(language),
                    "url": f"{address}?to={language}",
                }
                for language in languages
            ],
        },
    )


@uploads("MAX_VIDEO_MB")
@signed_in
@PAGE
def video(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """A film for all languages or one in each, captions, and the way to the transcripts."""
    uses = [LessonFile.Use.VIDEO, LessonFile.Use.CAPTIONS]
    return _files_page(request, _lesson(request, code, key, "video"), uses)


@uploads("MAX_VIDEO_MB")  # several at once
@signed_in
@PAGE
def file(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """A file to download for all languages or one in each, and the way to the words about it."""
    return _files_page(request, _lesson(request, code, key, "file"), [LessonFile.Use.DOWNLOAD])


def _files_page(request: HttpRequest, lesson: Lesson, uses: list[Any]) -> HttpResponse:
    if request.method == "POST":
        form = FilesForm(request.POST, request.FILES, lesson=lesson, uses=uses)
        if form.is_valid():
            kept = _keep_files(form, cast(User, request.user))
            if not form.errors:
                messages.success(request, _("Saved."))
                return redirect(request.path)
            if kept:
                messages.success(request, _("What was right is saved; the rest is told below."))
            # The places as they are now, with what was refused said beside each.
            fresh = FilesForm(request.POST, lesson=lesson, uses=uses)
            fresh.full_clean()
            for name, errors in form.errors.items():
                fresh.errors[name] = errors
            form = fresh
    else:
        form = FilesForm(lesson=lesson, uses=uses)
    use = uses[0]
    own = form.by_language(use)
    context = {
        "form": form,
        "places": (form.for_all(use), own),
        "own_open": any(slot.file or slot.upload.errors for slot in own),
        "captions": form.by_language(uses[1]) if len(uses) > 1 else [],
        "video_limit": settings.MAX_VIDEO_MB,
        "file_limit": settings.MAX_FILE_MB,
    }
    return _shown(request, f"courses/trainer/{lesson.kind}.html", lesson, context)


def _keep_files(form: FilesForm, actor: User) -> int:
    """Do what the form says; refusals become its errors. How many changes were kept."""
    lesson, kept = form.lesson, 0
    retitle_lesson(lesson=lesson, titles=form.typed_titles(), actor=actor)
    for slot in list(form.slots()):
        upload = form.cleaned_data.get(slot.upload.name)
        if upload is not None:
            kept += _keep_file(form, slot, upload, actor)
        elif slot.remove is not None and form.cleaned_data.get(slot.remove.name):
            detach_file(lesson=lesson, use=slot.use, language=slot.language, actor=actor)
            kept += 1
    return kept


def _keep_file(form: FilesForm, slot: Slot, upload: Any, actor: User) -> bool:
    lesson = form.lesson
    try:
        stored = store_file(
            course=lesson.course,
            upload=upload,
            language=slot.language,
            actor=actor,
            use=slot.use,
        )
    except Refused as error:
        form.add_error(slot.upload.name, error)
        return False
    attach_file(lesson=lesson, file=stored, use=slot.use, language=slot.language, actor=actor)
    return True


@signed_in
@PAGE
def practical(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """The checklist: each button saves what was typed, and moves, adds or takes out a line."""
    lesson = _lesson(request, code, key, "practical")
    theirs: list[Any] = []
    if request.method == "POST":
        form = ChecklistForm(request.POST, lesson=lesson)
        if form.is_valid():
            done = _keep_checklist(request, form)
            if done is not None:
                return done
            theirs = checklist_of(lesson)
            form.version = version_of(theirs)
    else:
        form = ChecklistForm(lesson=lesson)
    language = cast(User, request.user).language
    context = {
        "form": form,
        "at": request.GET.get("at", ""),
        "theirs": [localize(line.text, language) for line in theirs],
        "removed": [(line.key, localize(text, language)) for line, text in removed_lines(lesson)],
    }
    return _shown(request, "courses/trainer/practical.html", lesson, context)


def _keep_checklist(request: HttpRequest, form: ChecklistForm) -> HttpResponse | None:
    """Save, and lead back to the button pressed; None when somebody else has saved meanwhile."""
    actor, lesson = cast(User, request.user), form.lesson
    do = request.POST.get("do", "save")
    fresh = request.POST.get("new_key", "")
    removed = {line.key: text for line, text in removed_lines(lesson)}
    lines = changed_lines(form.typed_lines(), do, fresh=fresh, removed=removed)
    try:
        save_checklist(lesson=lesson, lines=lines, expected=form.version or "-", actor=actor)
    except ChangedMeanwhile:
        return None
    retitle_lesson(lesson=lesson, titles=form.typed_titles(), actor=actor)
    if do == "save":
        messages.success(request, _("Saved."))
        return redirect(request.path)
    verb, _colon, key = do.partition(":")
    if verb == "remove":
        messages.info(request, _("The line is taken out. It stands below, and can come back."))
        return redirect(request.path)
    place = f"text:{fresh}" if verb == "add" else f"text:{key}" if verb == "restore" else do
    line = place.partition(":")[2]
    return redirect(f"{request.path}?at={place}#line-{line}")
