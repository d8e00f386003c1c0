"""The outline of a course: its modules and lessons, added, arranged and taken out."""

from collections.abc import Callable
from typing import Any, cast

from django.contrib import messages
from django.core.exceptions import ValidationError
from django.core.validators import MaxLengthValidator
from django.http import Http404, HttpRequest, HttpResponse
from django.shortcuts import get_object_or_404, redirect, render
from django.urls import reverse
from django.utils.html import format_html
from django.utils.translation import gettext as _
from django.views.decorators.http import require_http_methods, require_POST, require_safe

from courses import lesson_kinds
from courses.actions import authoring
from courses.actions.authoring import Gone, new_token
from courses.forms.course import LONGEST_TITLE, LessonForm, ModuleForm
from courses.models import Course, Lesson, Module, Status
from courses.planning import plan_of, title_of
from courses.views.trainer.common import lesson_of, taught, to_edit
from lms.people.models import User
from lms.people.signing import signed_in

REMOVED_SHOWN = 30


@signed_in
@require_safe
def course(request: HttpRequest, code: str) -> HttpResponse:
    """The outline with what each lesson lacks in which language."""
    return _outline(request, taught(request, code))


def _outline(
    request: HttpRequest, course: Course, refused: str = "", problem: str = ""
) -> HttpResponse:
    """The page; `refused` is the id of the form whose title comes back, with what is wrong."""
    user = cast(User, request.user)
    context = {
        "course": course,
        "plan": plan_of(course, user.language),
        "kinds": lesson_kinds.all_kinds(),
        "token": new_token(),
        "may_edit": user.has_perm("courses.edit_course", course),
        "is_archived": course.status == Status.ARCHIVED,
        "removed": _removed(course, user.language),
        "refused": refused,
        "typed": request.POST.get("title", ""),
        "problem": problem,
    }
    return render(request, "courses/trainer/outline.html", context)


def _removed(course: Course, language: str) -> list[dict[str, Any]]:
    """What was taken out last and can be put back: modules, and lessons of modules still there."""
    modules = course.modules.exclude(removed_at=None).order_by("-removed_at")[:REMOVED_SHOWN]
    lessons = list(
        course.lessons.exclude(removed_at=None)
        .filter(module__removed_at=None)
        .order_by("-removed_at")[:REMOVED_SHOWN]
    )
    Lesson.gather_newest_texts(lessons)
    return [{"what": f"module {one.key}", "title": title_of(one, language)} for one in modules] + [
        {"what": f"lesson {one.key}", "title": title_of(one, language)} for one in lessons
    ]


def _to_outline(course: Course, place: str = "") -> HttpResponse:
    """Back to the outline, at the thing or the button with this id: the browser focuses it."""
    address = reverse("teaching:course", args=[course.code])
    return redirect(f"{address}#{place}" if place else address)


def _title(request: HttpRequest, course: Course) -> dict[str, str]:
    """What was typed, as a text in the language the course is written in."""
    title = " ".join(request.POST.get("title", "").split())
    return {course.languages[0]: title} if title and course.languages else {}


def _problem(title: dict[str, str]) -> str:
    """What is wrong with a title typed, if anything is."""
    try:
        for text in title.values():
            MaxLengthValidator(LONGEST_TITLE)(text)
    except ValidationError as error:
        return str(error.messages[0])
    return ""


@signed_in
@require_POST
def add_module(request: HttpRequest, code: str) -> HttpResponse:
    course = to_edit(request, code)
    title = _title(request, course)
    if not title:
        messages.error(request, _("Give the module a title."))
        return _to_outline(course, "add-module")
    if problem := _problem(title):
        return _outline(request, course, "add-module", problem)
    module = authoring.add_module(
        course=course,
        title=title,
        actor=cast(User, request.user),
        token=request.POST.get("token", ""),
    )
    return _to_outline(course, f"add-{module.key}")


@signed_in
@require_POST
def add_lesson(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """Add a lesson to a module and go on to the page that edits its kind."""
    course = to_edit(request, code)
    module = get_object_or_404(course.modules, key=key)
    module.course = course
    kind = lesson_kinds.get(request.POST.get("kind", ""))
    title = _title(request, course)
    if kind is None or not title:
        messages.error(request, _("Give the lesson a title and choose its kind."))
        return _to_outline(course, f"add-{module.key}")
    if problem := _problem(title):
        return _outline(request, course, f"add-{module.key}", problem)
    try:
        lesson = authoring.add_lesson(
            module=module,
            kind=kind.code,
            title=title,
            actor=cast(User, request.user),
            token=request.POST.get("token", ""),
        )
    except Gone:
        messages.warning(request, _("Somebody has removed this module. Nothing was added."))
        return _to_outline(course)
    return redirect(kind.editor, course.code, lesson.key)


@signed_in
@require_POST
def arrange(request: HttpRequest, code: str) -> HttpResponse:
    """One change of the order: the buttons of the outline, and what dragging posts.

    `move` is "lesson KEY before|after|into KEY" or "module KEY before|after KEY"; `duplicate`,
    `remove` and `restore` are "lesson KEY" or "module KEY".
    """
    course = to_edit(request, code)
    for verb, act in VERBS.items():
        if verb in request.POST:
            words = request.POST[verb].split()
            try:
                return act(request, course, *_thing(course, words[:2]), words[2:])
            except Gone:
                messages.warning(
                    request,
                    _("The outline has changed since you opened the page. Nothing was moved."),
                )
    return _to_outline(course)


def _thing(course: Course, words: list[str]) -> tuple[str, Module | Lesson]:
    """Which of the two is named, and the thing. Raises Http404."""
    if len(words) != 2 or words[0] not in {"module", "lesson"}:
        raise Http404
    rows: Any = course.modules if words[0] == "module" else course.lessons
    thing: Module | Lesson = get_object_or_404(rows, key=words[1])
    thing.course = course
    return words[0], thing


def _move(
    request: HttpRequest, course: Course, what: str, thing: Module | Lesson, rest: list[str]
) -> HttpResponse:
    if len(rest) != 2 or rest[0] not in {"before", "after", "into"}:
        raise Http404
    how = {"module" if rest[0] == "into" else rest[0]: rest[1]}
    user = cast(User, request.user)
    if isinstance(thing, Lesson):
        authoring.move_lesson(lesson=thing, actor=user, **how)
    elif rest[0] != "into":
        authoring.move_module(module=thing, actor=user, **how)
    pressed = request.POST.get("pressed", "")
    place = pressed if pressed in {"up", "down"} else what
    return _to_outline(course, f"{place}-{thing.key}")


def _duplicate(
    request: HttpRequest, course: Course, what: str, thing: Module | Lesson, _rest: list[str]
) -> HttpResponse:
    user, token = cast(User, request.user), request.POST.get("token", "")
    copy: Module | Lesson
    if isinstance(thing, Lesson):
        copy = authoring.duplicate_lesson(lesson=thing, actor=user, token=token)
    else:
        copy = authoring.duplicate_module(module=thing, actor=user, token=token)
    messages.success(request, _("A copy stands behind the original."))
    return _to_outline(course, f"{what}-{copy.key}")


def _remove(
    request: HttpRequest, course: Course, what: str, thing: Module | Lesson, _rest: list[str]
) -> HttpResponse:
    user = cast(User, request.user)
    title = title_of(thing, user.language)
    if isinstance(thing, Lesson):
        authoring.remove_lesson(lesson=thing, actor=user)
        said = _("The lesson “%(title)s” is out of the draft.") % {"title": title}
    else:
        authoring.remove_module(module=thing, actor=user)
        said = _("The module “%(title)s” and its lessons are out of the draft.") % {"title": title}
    undo = format_html(
        '{} <button class="button plain" form="arrange" name="restore" value="{} {}">{}</button>',
        said,
        what,
        thing.key,
        _("Undo"),
    )
    messages.success(request, undo)
    return _to_outline(course)


def _restore(
    request: HttpRequest, course: Course, what: str, thing: Module | Lesson, _rest: list[str]
) -> HttpResponse:
    user = cast(User, request.user)
    if isinstance(thing, Lesson):
        authoring.restore_lesson(lesson=thing, actor=user)
    else:
        authoring.restore_module(module=thing, actor=user)
    return _to_outline(course, f"{what}-{thing.key}")


VERBS: dict[str, Callable[..., HttpResponse]] = {
    "move": _move,
    "duplicate": _duplicate,
    "remove": _remove,
    "restore": _restore,
}


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def module(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """A module's title in each language."""
    course = to_edit(request, code)
    module = get_object_or_404(course.modules, key=key, removed_at=None)
    module.course = course
    form = ModuleForm(
        request.POST if request.method == "POST" else None, module=module, course=course
    )
    if form.is_valid():
        title = form.title_of(module).data
        authoring.change_module(module=module, title=title, actor=cast(User, request.user))
        messages.success(request, _("Saved."))
        return _to_outline(course, f"module-{module.key}")
    context = {
        "course": course,
        "module": module,
        "form": form,
        "title": title_of(module, cast(User, request.user).language),
    }
    return render(request, "courses/trainer/module.html", context)


@signed_in
@require_http_methods(["GET", "HEAD", "POST"])
def lesson(request: HttpRequest, code: str, key: str) -> HttpResponse:
    """What stands around a lesson's content: title, minutes, required, in which module."""
    course = to_edit(request, code)
    lesson = lesson_of(course, key)
    user = cast(User, request.user)
    form = LessonForm(
        request.POST if request.method == "POST" else None, lesson=lesson, course=course
    )
    if form.is_valid():
        authoring.change_lesson(
            lesson=lesson,
            actor=user,
            title=form.title_of(lesson),
            minutes=form.cleaned_data["minutes"],
            required=form.cleaned_data["required"],
        )
        messages.success(request, _("Saved."))
        return _to_outline(course, f"lesson-{lesson.key}")
    kind = lesson_kinds.get(lesson.kind)
    context = {
        "course": course,
        "lesson": lesson,
        "form": form,
        "kind": kind,
        "editor": reverse(kind.editor, args=[course.code, lesson.key]) if kind else "",
        "title": title_of(lesson, user.language),
        "modules": [
            (one, title_of(one, user.language))
            for one in course.modules.filter(removed_at=None)
            if one.pk != lesson.module_id
        ],
        "token": new_token(),
    }
    return render(request, "courses/trainer/lesson.html", context)
