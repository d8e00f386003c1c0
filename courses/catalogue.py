"""Brings a course up to date from the catalogue's files: a folder a course, a file a text.

The format stands in the README, section "Content as files".
"""

import hashlib
import re
from datetime import datetime
from pathlib import Path
from typing import Any
from xml.sax.saxutils import escape

import frontmatter
from django.core.files.base import ContentFile
from django.db import transaction
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from courses import lesson_kinds
from courses.models import Course, CourseFile, Guide, Lesson, Module, Text, Written
from courses.richtext import UnknownPicture, render_markdown
from lms.people.models import Organisation
from lms.readable import read_yaml

CATALOGUE = Path(__file__).resolve().parent / "catalogue"
PLACEHOLDER = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")


class CatalogueError(ValueError):
    """A file of the catalogue says something that cannot be; the message names the place."""


class EditedSince(CatalogueError):
    """Texts that a person has changed since the last load, and that the files would overwrite."""

    def __init__(self, places: list[str]) -> None:
        super().__init__("edited since and not overwritten: " + ", ".join(places))
        self.places = places


def load_course(folder: Path, *, owner: Organisation, now: datetime | None = None) -> Course:
    """Make or update the draft of a course from its folder, in one transaction.

    What a person edited since the last load is not overwritten: nothing is changed then, and
    EditedSince names the places. Raises CatalogueError.
    """
    now = now or timezone.now()
    data = read_yaml(folder / "course.yaml")
    outcomes, keys = _outcomes(data.get("outcomes", []))
    with transaction.atomic():
        course, _new = Course.objects.update_or_create(
            service=owner,
            code=data["code"],
            defaults={
                "owner": owner,
                "origin": data["code"],
                "title": LazyI18nString(data["title"]),
                "summary": LazyI18nString(data.get("summary", {})),
                "outcomes": outcomes,
                "outcome_keys": keys,
                "languages": data["languages"],
                "level": data.get("level", ""),
                "validity_months": data.get("validity_months"),
                "is_open": data.get("open", False),
            },
        )
        edited: list[str] = []
        present: set[str] = set()
        for place, module_entry in enumerate(data["modules"]):
            module, _new = Module.objects.update_or_create(
                course=course,
                key=module_entry["key"],
                defaults={
                    "title": LazyI18nString(module_entry["title"]),
                    "position": place,
                    "removed_at": None,
                },
            )
            for position, entry in enumerate(module_entry["lessons"]):
                present.add(entry["key"])
                edited += _load_lesson(course, module, position, entry, folder)
        course.lessons.exclude(key__in=present).filter(removed_at=None).update(removed_at=now)
        there = [entry["key"] for entry in data["modules"]]
        course.modules.exclude(key__in=there).filter(removed_at=None).update(removed_at=now)
        edited += _load_texts(Guide(course), folder)
        if edited:
            raise EditedSince(edited)
    return course


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
        if before and (before.title, before.body, before.html) == (
            text.title,
            text.body,
            text.html,
        ):
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
    used: dict[str, CourseFile] = {}
    try:
        html = render_markdown(post.content, _pictures(lesson.course, folder, code, used))
    except UnknownPicture as error:
        raise CatalogueError(f"{place}: no picture {error}") from error
    text = lesson.new_text(
        language=code,
        title=post["title"],
        body=post.content,
        format=Text.Format.MARKDOWN,
        html=html,
    )
    return text, list(used.values())


def _pictures(course: Course, folder: Path, language: str, used: dict[str, CourseFile]) -> Any:
    """Resolves `figures/NAME.svg` to the drawing with its labels in the language."""

    def resolve(source: str) -> tuple[str, int | None, int | None] | None:
        path = folder / source
        if not re.fullmatch(r"figures/[\w-]+\.svg", source) or not path.exists():
            return None
        content = drawing(path, language)
        digest = hashlib.sha256(content).hexdigest()
        key = {"course": course, "name": path.name, "language": language, "sha256": digest}
        row = CourseFile.objects.filter(**key).first()
        if row is None:
            width, height = _size(content)
            row = CourseFile(**key, content_type="image/svg+xml", width=width, height=height)
            row.file.save(f"{digest[:16]}.svg", ContentFile(content), save=False)
            row.save(force_insert=True)
        used[source] = row
        return f"/files/{row.pk}/{row.name}", row.width, row.height

    return resolve


def drawing(path: Path, language: str) -> bytes:
    """An SVG of the catalogue with its `{{labels}}` in a language. Raises CatalogueError."""
    labels_path = path.with_suffix(".yaml")
    labels: dict[str, dict[str, str]] = {}
    if labels_path.exists():
        labels = read_yaml(labels_path) or {}

    def label(match: re.Match[str]) -> str:
        text = labels.get(match[1], {}).get(language)
        if text is None:
            raise CatalogueError(f"{labels_path.name}: no label {match[1]!r} in {language!r}")
        return escape(str(text))

    return PLACEHOLDER.sub(label, path.read_text(encoding="utf-8")).encode()


def _size(svg: bytes) -> tuple[int | None, int | None]:
    """Width and height in pixels, as the drawing's viewBox says."""
    match = re.search(rb'viewBox="0 0 ([\d.]+) ([\d.]+)"', svg)
    return (round(float(match[1])), round(float(match[2]))) if match else (None, None)
