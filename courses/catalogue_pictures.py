"""The pictures of the catalogue: drawings with labels in each language, and uploaded ones."""

import hashlib
import re
from pathlib import Path
from typing import NamedTuple
from xml.sax.saxutils import escape

from django.core.files.base import ContentFile

from courses.catalogue_errors import CatalogueError
from courses.models import Course, CourseFile
from courses.texts import address_of
from courses.uploads import Refused, keep_picture
from lms.readable import read_yaml

PLACEHOLDER = re.compile(r"\{\{\s*([\w-]+)\s*\}\}")
DRAWING = re.compile(r"figures/[\w-]+\.svg")
# What trainers uploaded, for all languages or for one; and drawings as they were.
UPLOADED = re.compile(r"pictures/(?:([a-z]{2,3}(?:-[\w-]+)?)/)?[\w-][\w.-]*\.(?:png|jpg|webp|svg)")
SVG = "image/svg+xml"


class Content(NamedTuple):
    """A picture as a file of the catalogue gives it."""

    name: str
    language: str
    data: bytes

    @property
    def sha256(self) -> str:
        return hashlib.sha256(self.data).hexdigest()


class Pictures:
    """The pictures of a course for a text in one language.

    `used` is what `resolve` has found so far.
    """

    def __init__(self, course: Course, folder: Path, language: str) -> None:
        self.course, self.folder, self.language = course, folder, language
        self._used: dict[str, CourseFile] = {}

    @property
    def used(self) -> list[CourseFile]:
        return list({row.pk: row for row in self._used.values()}.values())

    def resolve(self, source: str) -> tuple[str, int | None, int | None] | None:
        """Address and size of a picture, kept as a file of the course; None: no such picture."""
        content = self.content(source)
        if content is None:
            return None
        row = self.row(content) or self._kept(source, content)
        self._used[source] = row
        return address_of(row), row.width, row.height

    def content(self, source: str) -> Content | None:
        """What the folder has under the name. Raises CatalogueError."""
        path = self.folder / source
        if DRAWING.fullmatch(source) and path.exists():
            return Content(path.name, self.language, drawing(path, self.language))
        if (match := UPLOADED.fullmatch(source)) and path.exists():
            return Content(path.name, match[1] or "", path.read_bytes())
        return None

    def row(self, content: Content) -> CourseFile | None:
        """The course's own file of this content, if it has one."""
        rows = self.course.files.filter(language=content.language, sha256=content.sha256)
        if content.name.endswith(".svg"):
            rows = rows.filter(name=content.name)
        return rows.filter(content_type__startswith="image/").first()

    def _kept(self, source: str, content: Content) -> CourseFile:
        name, language, data = content
        if not name.endswith(".svg"):
            try:
                return keep_picture(course=self.course, name=name, language=language, data=data)
            except Refused as error:
                raise CatalogueError(f"{source}: {error.messages[0]}") from error
        width, height = _size(data)
        row = CourseFile(
            course=self.course,
            name=name,
            language=language,
            sha256=content.sha256,
            content_type=SVG,
            width=width,
            height=height,
        )
        row.file.save(f"{row.sha256[:16]}.svg", ContentFile(data), save=False)
        row.save(force_insert=True)
        return row


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
