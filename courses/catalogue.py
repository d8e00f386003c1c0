"""Brings a course up to date from the catalogue's files: a folder a course, a file a text.

The format stands in the README, section "Content as files".
"""

from collections.abc import Iterable
from datetime import datetime
from pathlib import Path
from typing import Any

import frontmatter
from django.db import transaction
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from courses import lesson_kinds
from courses.catalogue_errors import CatalogueError, EditedSince
from courses.catalogue_pictures import Pictures
from courses.models import Course, CourseFile, Guide, Lesson, Module, Text, Written
from courses.richtext import UnknownPicture, canonical, read_html, render_markdown
from lms.people.models import Organisation
from lms.readable import read_yaml

__all__ = ["CATALOGUE", "HTML", "CatalogueError", "EditedSince", "load_course"]

CATALOGUE = Path(__file__).resolve().parent / "catalogue"
HTML = "html"  # what `format` says in the front matter of a text that Markdown cannot say


def load_course(folder: Path, *, owner: Organisation, now: datetime | None = None) -> Course:
    """Make or update the draft of a course from its folder, in one transaction.

    What a person edited since the last load is not overwritten: nothing is changed then, and
    EditedSince names the places. Raises CatalogueError.
    """
    now = now or timezone.now()
    data = read_yaml(folder / "course.yaml")
    outcomes, keys = _outcomes(data.get("outcomes", []))
    said = {
        "title": LazyI18nString(data["title"]),
        "summary": LazyI18nString(data.get("summary", {})),
        "outcomes": outcomes,
        "outcome_keys": keys,
        "languages": data["languages"],
        "level": data.get("level", ""),
        "validity_months": data.get("validity_months"),
        "is_open": data.get("open", False),
    }
    with transaction.atomic():
        course, _new = Course.objects.update_or_create(
            service=owner,
            code=data["code"],
            defaults=said,
            create_defaults=said | {"owner": owner, "origin": data["code"]},
        )
        edited: list[str] = []
        present: set[str] = set()
        there = [entry["key"] for entry in data["modules"]]
        places = _positions(course.modules.filter(removed_at=None), there)
        for module_entry in data["modules"]:
            module, _new = Module.objects.update_or_create(
                course=course,
                key=module_entry["key"],
                defaults={
                    "title": LazyI18nString(module_entry["title"]),
                    "position": places[module_entry["key"]],
                    "removed_at": None,
                },
            )
            lessons = module.lessons.filter(removed_at=None).order_by("position", "pk")
            wanted = [entry["key"] for entry in module_entry["lessons"]]
            positions = _positions(lessons, wanted)
            present.update(wanted)
            for entry in module_entry["lessons"]:
                edited += _load_lesson(course, module, positions[entry["key"]], entry, folder)
        course.lessons.exclude(key__in=present).filter(removed_at=None).update(removed_at=now)
        course.modules.exclude(key__in=there).filter(removed_at=None).update(removed_at=now)
        edited += _load_texts(Guide(course), folder)
        if edited:
            raise EditedSince(edited)
    return course


def _positions(rows: "Iterable[Module | Lesson]", keys: list[str]) -> dict[str, int]:
    """Where each is to stand; as now where the order is the same, however they are numbered."""
    there = {row.key: row.position for row in rows}
    return there if list(there) == keys else {key: place for place, key in enumerate(keys)}


def _outcomes(entries: list[dict[str, str]]) -> tuple[list[dict[str, str]], list[str]]:
    """The outcomes in each language, and their keys, if any has one."""
    texts = [{code: text for code, text in one.items() if code != "key"} for one in entries]
    keys = [one.get("key", "") for one in entries]
    return texts, keys if any(keys) else []


def _load_lesson(
    course: Course, module: Module, position: int, entry: dict[str, Any], folder: Path
) -> list[str]:
    """Bring one lesson up to date; returns the places that a person edited since."""
    kind = lesson_kinds.get(entry["kind"])
    if entry["key"] == Guide.KEY:
        raise CatalogueError(f"{Guide.KEY} is the trainer's guide, no lesson may have that key")
    if kind is None:
        raise CatalogueError(f"{entry['key']}: unknown kind {entry['kind']!r}")
    lesson, _new = Lesson.objects.update_or_create(
        course=course,
        key=entry["key"],
        defaults={
            "module": module,
            "kind": entry["kind"],
            "minutes": entry.get("minutes", 0),
            "required": entry.get("required", True),
            "outcomes": entry.get("outcomes", []),
            "position": position,
            "removed_at": None,
            "title": LazyI18nString(entry.get("title", {})),
        },
    )
    kind.load(lesson, entry, folder)
    return _load_texts(lesson, folder)


def _load_texts(lesson: Written, folder: Path) -> list[str]:
    """Write the next version of each text whose file differs, but for those a person edited."""
    newest = lesson.newest_texts()
    written: dict[str, Text] = dict(newest)
    edited = []
    paths = {code: folder / lesson.key / f"{code}.md" for code in lesson.course.languages}
    posts = {
        code: frontmatter.loads(path.read_text(encoding="utf-8"))
        for code, path in paths.items()
        if path.exists()
    }
    # Sources before their translations, which name them.
    for code in sorted(posts, key=lambda code: bool(posts[code].get("source"))):
        place = f"{lesson.key}/{code}.md"
        text, files = _text_from(lesson, code, posts[code], folder)
        before = newest.get(code)
        # What was written in the editor is HTML here and may be Markdown in the file.
        if before and before.title == text.title and canonical(before.html) == canonical(text.html):
            continue
        if before and before.edited_by_id:
            edited.append(place)
            continue
        text.version = before.version + 1 if before else 1
        text.source = written.get(str(posts[code].get("source", "")))
        text.save()
        text.files.add(*files)
        written[code] = text
    return edited


def _text_from(
    lesson: Written, code: str, post: frontmatter.Post, folder: Path
) -> tuple[Text, list[CourseFile]]:
    """What a file says, not yet saved, and the pictures it shows. Raises CatalogueError."""
    place = f"{lesson.key}/{code}.md"
    if not post.get("title"):
        raise CatalogueError(f"{place}: no title")
    pictures = Pictures(lesson.course, folder, code)
    is_html = post.get("format") == HTML
    try:
        html = (read_html if is_html else render_markdown)(post.content, pictures.resolve)
    except UnknownPicture as error:
        raise CatalogueError(f"{place}: no picture {error}") from error
    text = lesson.new_text(
        language=code,
        title=post["title"],
        body=html if is_html else post.content,
        format=Text.Format.HTML if is_html else Text.Format.MARKDOWN,
        html=html,
    )
    return text, pictures.used
