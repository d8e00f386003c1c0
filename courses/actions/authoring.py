"""Making courses: what trainers change in a draft. Positions are moves relative to a neighbour.

Each action locks the course's row, so two editors of one outline come one after the other. What
is added carries a token in its key: the same form sent twice adds once.
"""

import re
from collections.abc import Sequence
from datetime import datetime
from typing import Any

from django.db import IntegrityError, transaction
from django.utils import timezone, translation
from django.utils.crypto import get_random_string
from django.utils.text import slugify
from django.utils.translation import gettext as _
from i18nfield.strings import LazyI18nString

from courses import lesson_kinds
from courses.models import Course, CourseTitle, Lesson, LessonText, Module, Status, TextFile
from courses.outlines import I18nText
from courses.publishing import texts_of
from lms.audit.actions import record
from lms.people.models import Organisation, User
from lms.people.transliteration import latin_name

TOKEN = re.compile(r"^[a-z0-9]{6,12}$")
MINUTES = 10  # of a new lesson, until its author says better
LONGEST_KEY = 64


class CodeTaken(ValueError):
    """Another course of the service has this code."""


class Archived(ValueError):
    """The course is archived and stays as it is until it is restored."""


class Gone(ValueError):
    """What the move was relative to is no longer there: the outline has changed meanwhile."""


def new_token() -> str:
    """What a form carries so that sending it twice adds once."""
    return get_random_string(8, "abcdefghijkmnpqrstuvwxyz23456789")


def key_from(title: str, token: str, *, country: str, default: str) -> str:
    """A readable key of Latin letters for an address, made unique by the token."""
    words = slugify(latin_name(title, country=country))[:40].strip("-")
    token = token if TOKEN.match(token) else new_token()
    return f"{words or default}-{token}"


def create_course(
    *,
    owner: Organisation,
    code: str,
    title: I18nText,
    languages: Sequence[str],
    actor: User,
    token: str = "",
) -> Course:
    """Make a draft with its first module; `languages` begins with the one it is written in.

    The same token again gives the course already made. Raises CodeTaken.
    """
    token = token if TOKEN.match(token) else new_token()
    service = Organisation.objects.get(path=owner.service_path)
    with transaction.atomic():
        User.objects.select_for_update().get(pk=actor.pk)
        same = Course.objects.filter(service=service, code__iexact=code).first()
        if same:
            if same.modules.filter(key=f"module-{token}").exists():
                return same
            raise CodeTaken(code)
        try:
            with transaction.atomic():
                course = Course.objects.create(
                    service=service,
                    owner=owner,
                    code=code,
                    title=LazyI18nString(title),
                    summary=LazyI18nString({}),
                    languages=list(languages),
                )
        except IntegrityError:
            raise CodeTaken(code) from None
        _write_titles(course)
        course.authors.add(actor)
        Module.objects.create(
            course=course,
            key=f"module-{token}",
            title=LazyI18nString(_in_languages(lambda: _("Module 1"), languages)),
            position=1,
        )
        _record("course.created", course, course, actor, after={"code": code, "title": title})
    return course


def change_course(*, course: Course, actor: User, **values: Any) -> Course:
    """Change settings of the draft; only what differs is written and recorded.

    Raises CodeTaken and Archived.
    """
    with transaction.atomic():
        course = _locked(course)
        code = values.get("code", course.code)
        others = Course.objects.filter(service=course.service_id).exclude(pk=course.pk)
        if code != course.code and others.filter(code__iexact=code).exists():
            raise CodeTaken(code)
        _change(course, course, actor, "course.changed", values)
        _write_titles(course)
    return course


def archive_course(*, course: Course, actor: User) -> Course:
    """Take the course from the catalogue and close its draft; who takes it goes on."""
    with transaction.atomic():
        course = Course.objects.select_for_update().get(pk=course.pk)
        if course.status != Status.ARCHIVED:
            before, course.status = course.status, Status.ARCHIVED
            course.save(update_fields=["status"])
            _record("course.archived", course, course, actor, before={"status": before})
    return course


def restore_course(*, course: Course, actor: User) -> Course:
    """Bring an archived course back: published if it ever was, else a draft."""
    with transaction.atomic():
        course = Course.objects.select_for_update().get(pk=course.pk)
        if course.status == Status.ARCHIVED:
            course.status = Status.PUBLISHED if course.current_revision_id else Status.DRAFT
            course.save(update_fields=["status"])
            _record("course.restored", course, course, actor, after={"status": course.status})
    return course


def add_module(*, course: Course, title: I18nText, actor: User, token: str = "") -> Module:
    """Add a module at the end. The same title and token again give the module already made."""
    with transaction.atomic():
        course = _locked(course)
        key = key_from(_any(title), token, country=course.owner.country, default="module")
        if same := course.modules.filter(key=key).first():
            return same
        live = list(course.modules.filter(removed_at=None))
        module = Module.objects.create(
            course=course,
            key=key,
            title=LazyI18nString(title),
            position=max((one.position for one in live), default=0) + 1,
        )
        _record("module.added", module, course, actor, after={"title": title})
    return module


def add_lesson(
    *, module: Module, kind: str, title: I18nText, actor: User, token: str = ""
) -> Lesson:
    """Add a lesson of a kind at the end of a module, with what its kind needs.

    The same title and token again give the lesson already made. Raises LookupError for a kind
    that there is not, Gone for a module that was removed, Archived.
    """
    handler = lesson_kinds.get(kind)
    if handler is None:
        raise LookupError(kind)
    with transaction.atomic():
        course = _locked(module.course)
        module = _live_module(course, module.key)
        key = key_from(_any(title), token, country=course.owner.country, default=kind)
        if same := course.lessons.filter(key=key).first():
            return same
        lesson = Lesson.objects.create(
            course=course,
            module=module,
            key=key,
            kind=kind,
            title=LazyI18nString(title),
            minutes=MINUTES,
            position=_end_of(module),
        )
        handler.created(lesson)
        _record("lesson.added", lesson, course, actor, after={"kind": kind, "title": title})
    return lesson


def change_module(*, module: Module, title: I18nText, actor: User) -> Module:
    """Rename a module. Raises Archived."""
    with transaction.atomic():
        course = _locked(module.course)
        module = Module.objects.get(pk=module.pk)
        _change(module, course, actor, "module.changed", {"title": LazyI18nString(title)})
    return module


def change_lesson(*, lesson: Lesson, actor: User, **values: Any) -> Lesson:
    """Change title, minutes or whether it is required. Raises Archived."""
    with transaction.atomic():
        course = _locked(lesson.course)
        lesson = Lesson.objects.get(pk=lesson.pk)
        _change(lesson, course, actor, "lesson.changed", values)
    return lesson


def move_module(
    *, module: Module, actor: User, before: str | None = None, after: str | None = None
) -> None:
    """Put a module before or after another (its key), or at the end. Raises Gone, Archived."""
    with transaction.atomic():
        course = _locked(module.course)
        modules = list(course.modules.filter(removed_at=None))
        if _rearrange(modules, module.pk, before=before, after=after):
            order = [one.key for one in modules]
            _record("module.moved", module, course, actor, after={"order": order})


def move_lesson(
    *,
    lesson: Lesson,
    actor: User,
    before: str | None = None,
    after: str | None = None,
    module: str | None = None,
) -> None:
    """Put a lesson before or after another one, or at the end of a module; all by their keys.

    Raises Gone when the neighbour was removed meanwhile, and Archived.
    """
    with transaction.atomic():
        course = _locked(lesson.course)
        lesson = Lesson.objects.select_related("module").get(pk=lesson.pk)
        if lesson.removed_at:
            raise Gone(lesson.key)
        if module is not None:
            target = _live_module(course, module)
        else:
            target = _module_of_lesson(course, before or after or "")
        others = target.lessons.filter(removed_at=None).order_by("position", "pk")
        siblings = list(others.exclude(pk=lesson.pk))
        was = lesson.module
        if was.pk == target.pk:
            siblings = list(others)
        else:
            lesson.module = target
            lesson.save(update_fields=["module"])
            siblings.append(lesson)
        moved = _rearrange(siblings, lesson.pk, before=before, after=after)
        if moved or was.pk != target.pk:
            changes = {"module": target.key, "order": [one.key for one in siblings]}
            _record(
                "lesson.moved", lesson, course, actor, before={"module": was.key}, after=changes
            )


def duplicate_lesson(*, lesson: Lesson, actor: User, token: str = "") -> Lesson:
    """Copy a lesson with its newest texts behind itself. The same token again copies once."""
    with transaction.atomic():
        course = _locked(lesson.course)
        source = Lesson.objects.select_related("module").get(pk=lesson.pk)
        key = _key_of_copy(source.key, token)
        if same := course.lessons.filter(key=key).first():
            return same
        if source.removed_at:
            raise Gone(source.key)
        copy = _copy_lesson(source, source.module, key, actor, renamed=True)
        siblings = source.module.lessons.filter(removed_at=None).order_by("position", "pk")
        _rearrange(list(siblings), copy.pk, after=source.key)
        _record("lesson.added", copy, course, actor, after={"copy_of": source.key})
    return copy


def duplicate_module(*, module: Module, actor: User, token: str = "") -> Module:
    """Copy a module with all its lessons behind itself. The same token again copies once."""
    with transaction.atomic():
        course = _locked(module.course)
        source = Module.objects.get(pk=module.pk)
        key = _key_of_copy(source.key, token)
        if same := course.modules.filter(key=key).first():
            return same
        if source.removed_at:
            raise Gone(source.key)
        copy = Module.objects.create(
            course=course, key=key, title=_title_of_copy(source.title), position=source.position
        )
        _rearrange(list(course.modules.filter(removed_at=None)), copy.pk, after=source.key)
        token = key.rpartition("-")[2]
        for lesson in source.lessons.filter(removed_at=None).order_by("position", "pk"):
            _copy_lesson(lesson, copy, _key_of_copy(lesson.key, token), actor)
        _record("module.added", copy, course, actor, after={"copy_of": source.key})
    return copy


def remove_lesson(*, lesson: Lesson, actor: User, now: datetime | None = None) -> None:
    """Take a lesson out of the draft; what revisions and progress name of it stays."""
    with transaction.atomic():
        course = _locked(lesson.course)
        removed = Lesson.objects.filter(pk=lesson.pk, removed_at=None)
        if removed.update(removed_at=now or timezone.now()):
            _record("lesson.removed", lesson, course, actor)


def remove_module(*, module: Module, actor: User, now: datetime | None = None) -> None:
    """Take a module and its lessons out of the draft; restoring it brings these back."""
    now = now or timezone.now()
    with transaction.atomic():
        course = _locked(module.course)
        if Module.objects.filter(pk=module.pk, removed_at=None).update(removed_at=now):
            module.lessons.filter(removed_at=None).update(removed_at=now)
            _record("module.removed", module, course, actor)


def restore_lesson(*, lesson: Lesson, actor: User) -> None:
    """Put a removed lesson back where it was; of a removed module, with the module."""
    with transaction.atomic():
        course = _locked(lesson.course)
        lesson = Lesson.objects.select_related("module").get(pk=lesson.pk)
        if lesson.removed_at is None:
            return
        Module.objects.filter(pk=lesson.module_id).update(removed_at=None)
        lesson.removed_at = None
        lesson.save(update_fields=["removed_at"])
        _record("lesson.restored", lesson, course, actor)


def restore_module(*, module: Module, actor: User) -> None:
    """Put a removed module back where it was, with the lessons that went with it."""
    with transaction.atomic():
        course = _locked(module.course)
        module = Module.objects.get(pk=module.pk)
        if module.removed_at is None:
            return
        module.lessons.filter(removed_at=module.removed_at).update(removed_at=None)
        module.removed_at = None
        module.save(update_fields=["removed_at"])
        _record("module.restored", module, course, actor)


# Parts of the above, all inside their transactions


def _locked(course: Course) -> Course:
    """The course, kept from other editors until the transaction ends. Raises Archived."""
    course = (
        Course.objects.select_for_update(of=("self",)).select_related("owner").get(pk=course.pk)
    )
    if course.status == Status.ARCHIVED:
        raise Archived(course.code)
    return course


def _write_titles(course: Course) -> None:
    """Let a course be found by its draft's titles until publishing writes the published ones."""
    if course.current_revision_id:
        return
    titles, summaries = texts_of(course.title), texts_of(course.summary)
    course.titles.exclude(language__in=titles).delete()
    for code, title in titles.items():
        CourseTitle.write(course, language=code, title=title, summary=summaries.get(code, ""))


def _live_module(course: Course, key: str) -> Module:
    module = course.modules.filter(key=key, removed_at=None).first()
    if module is None:
        raise Gone(key)
    return module


def _module_of_lesson(course: Course, key: str) -> Module:
    """Where the neighbour stands that a move names. Raises Gone."""
    neighbour = course.lessons.filter(key=key, removed_at=None).select_related("module").first()
    if neighbour is None or neighbour.module.removed_at:
        raise Gone(key)
    return neighbour.module


def _end_of(module: Module) -> int:
    last = module.lessons.filter(removed_at=None).order_by("-position").first()
    return last.position + 1 if last else 1


def _rearrange(
    rows: "list[Any]", pk: int, *, before: str | None = None, after: str | None = None
) -> bool:
    """Put the row where it belongs and number all anew; whether anything changed. Raises Gone."""
    one = next((row for row in rows if row.pk == pk), None)
    if one is None:
        raise Gone(str(pk))
    old = list(rows)
    rows.remove(one)
    neighbour = before or after
    if neighbour == one.key:
        rows[:] = old
        return False
    if neighbour:
        place = next((index for index, row in enumerate(rows) if row.key == neighbour), None)
        if place is None:
            raise Gone(neighbour)
        rows.insert(place + (0 if before else 1), one)
    else:
        rows.append(one)
    for position, row in enumerate(rows, 1):
        row.position = position
    type(one).objects.bulk_update(rows, ["position"])
    return rows != old


def _key_of_copy(key: str, token: str) -> str:
    token = token if TOKEN.match(token) else new_token()
    return f"{key[: LONGEST_KEY - len(token) - 1]}-{token}"


def _copy_lesson(
    source: Lesson, module: Module, key: str, actor: User, *, renamed: bool = False
) -> Lesson:
    copy = Lesson.objects.create(
        course_id=source.course_id,
        module=module,
        key=key,
        kind=source.kind,
        title=_title_of_copy(source.title) if renamed else source.title,
        minutes=source.minutes,
        required=source.required,
        outcomes=source.outcomes,
        position=source.position,
    )
    _copy_texts(source, copy, actor, renamed=renamed)
    if kind := lesson_kinds.get(source.kind):
        kind.copied(source, copy)
    return copy


def _copy_texts(source: Lesson, lesson: Lesson, actor: User, *, renamed: bool) -> None:
    """The newest texts as first versions; a translation of a newest text stays one of its copy."""
    texts = {text.pk: text for text in source.texts.newest()}
    made: dict[int, LessonText] = {}
    for text in sorted(texts.values(), key=lambda text: _generation(text, texts)):
        title = text.title
        if renamed:
            with translation.override(text.language):
                title = (_("%(title)s (copy)") % {"title": title})[:255]
        copy = LessonText.objects.create(
            lesson=lesson,
            language=text.language,
            version=1,
            title=title,
            body=text.body,
            format=text.format,
            html=text.html,
            source=made.get(text.source_id or 0, text.source),
            edited_by=actor,
        )
        made[text.pk] = copy
        TextFile.objects.bulk_create(
            TextFile(text=copy, file_id=file)
            for file in TextFile.objects.filter(text=text).values_list("file", flat=True)
        )


def _generation(text: LessonText, newest: dict[int, LessonText]) -> int:
    """How many of the newest texts lie between this one and its original."""
    steps, seen = 0, {text.pk}
    while (above := newest.get(text.source_id or 0)) and above.pk not in seen:
        steps, text = steps + 1, above
        seen.add(above.pk)
    return steps


def _title_of_copy(title: Any) -> LazyI18nString:
    copies = {}
    for code, text in texts_of(title).items():
        with translation.override(code):
            copies[code] = _("%(title)s (copy)") % {"title": text}
    return LazyI18nString(copies)


def _in_languages(words: Any, languages: Sequence[str]) -> I18nText:
    """Words of the interface in each of the languages."""
    said = {}
    for code in languages:
        with translation.override(code):
            said[code] = words()
    return said


def _any(title: I18nText) -> str:
    return next((text for text in title.values() if text), "")


def _change(thing: Any, course: Course, actor: User, verb: str, values: dict[str, Any]) -> None:
    """Write what differs, and record before and after of that alone."""
    before, after = {}, {}
    for name, value in values.items():
        old = getattr(thing, name)
        if _plain(old) != _plain(value):
            before[name], after[name] = _plain(old), _plain(value)
            setattr(thing, name, value)
    if after:
        thing.save(update_fields=list(after))
        _record(verb, thing, course, actor, before=before, after=after)


def _plain(value: Any) -> Any:
    """As JSON holds it."""
    if isinstance(value, LazyI18nString):
        return texts_of(value)
    if isinstance(value, Organisation):
        return value.code
    return value


def _record(verb: str, thing: Any, course: Course, actor: User, **what: Any) -> None:
    record(verb, actor=actor, thing=thing, organisation=course.owner.path, **what)
