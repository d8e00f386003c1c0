"""What the kinds with files beside their text share: the files of a draft, and of a revision."""

import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.files import File
from django.core.files.base import ContentFile
from pydantic import BaseModel, ConfigDict

from courses.catalogue import CatalogueError, EditedSince
from courses.exporting.output import Output
from courses.lesson_kinds import Hole
from courses.media_types import captions_from
from courses.models import CourseFile, CourseRevision, Lesson, LessonFile, RevisionFile
from courses.models.course import LANGUAGE_ORDER
from courses.outlines import OutlineLesson
from courses.uploads import Refused, digest_of, store_file
from lms.yaml_edits import ABSENT, Flow

# A file in the lesson's folder, or in one of it for a language.
NAMED = re.compile(r"(?:[a-z]{2,3}(?:-[\w-]+)?/)?[^/\\]+")
ALL = ""  # instead of a language: one file for all of them


class PublishedFile(BaseModel):
    """A file as a revision names it; its size in bytes, so that a page need not ask the storage."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    name: str
    type: str
    size: int

    @property
    def url(self) -> str:
        return f"/files/{self.id}/{quote(self.name)}"

    @property
    def ending(self) -> str:
        """What people call the type: PDF, DOCX, MP4."""
        return self.name.rpartition(".")[2].upper()


def gather_files(lessons: Sequence[Lesson]) -> None:
    """Have the files of all the lessons at hand. One query."""
    found: dict[int, list[LessonFile]] = {lesson.pk: [] for lesson in lessons}
    for row in LessonFile.objects.filter(lesson__in=found).select_related("file"):
        found[row.lesson_id].append(row)
    for lesson in lessons:
        lesson.__dict__["_lesson_files"] = found[lesson.pk]


def files_of(lesson: Lesson, use: str) -> dict[str, CourseFile]:
    """The files of the draft by language; ALL is the one for all languages."""
    rows: list[LessonFile] | None = lesson.__dict__.get("_lesson_files")
    if rows is None:
        rows = list(LessonFile.objects.filter(lesson=lesson, use=use).select_related("file"))
    return {row.language: row.file for row in rows if row.use == use}


def snapshot_of(lesson: Lesson, use: str) -> dict[str, Any]:
    return {
        language: PublishedFile(
            id=str(file.pk), name=file.name, type=file.content_type, size=file.file.size
        ).model_dump()
        for language, file in sorted(files_of(lesson, use).items())
    }


def published_in(body: dict[str, Any], part: str) -> dict[str, PublishedFile]:
    """The files that a revision's lesson names under `part`, by language."""
    return {code: PublishedFile.model_validate(one) for code, one in body.get(part, {}).items()}


def choose(files: dict[str, PublishedFile], language: str) -> PublishedFile | None:
    """That of the language, else the one for all."""
    return files.get(language) or files.get(ALL)


def protect(revision: CourseRevision, item: OutlineLesson, parts: Iterable[str]) -> None:
    ids = {file.id for part in parts for file in published_in(item.body, part).values()}
    RevisionFile.objects.bulk_create(
        RevisionFile(revision=revision, lesson_id=item.id, file_id=pk) for pk in sorted(ids)
    )


def holes_for(
    lesson: Lesson, use: str, languages: list[str], what: str, *, each: bool = False
) -> list[Hole]:
    """Languages without a file; with none at all one hole for every language, unless `each`."""
    files = files_of(lesson, use)
    if not files and not each:
        return [Hole("", lesson.key, what)]
    if ALL in files:
        return []
    return [Hole(code, lesson.key, what) for code in languages if code not in files]


def copy_files(source: Lesson, lesson: Lesson) -> None:
    LessonFile.objects.bulk_create(
        LessonFile(lesson=lesson, file=row.file, use=row.use, language=row.language)
        for row in LessonFile.objects.filter(lesson=source).select_related("file")
    )


def _by_language(names: Any) -> dict[str, str]:
    """Of a file for all languages, or one for each, its name by language."""
    return names if isinstance(names, dict) else {ALL: names} if names else {}


def unload_files(lesson: Lesson, use: str, names: Any, output: Output) -> Any:
    """What the catalogue is to name, given what it names now; files that differ are put beside.

    ABSENT where the lesson has none.
    """
    before = _by_language(names)
    said: dict[str, str] = {}
    order = (ALL, *LANGUAGE_ORDER)
    for language, file in sorted(
        files_of(lesson, use).items(), key=lambda one: order.index(one[0])
    ):
        name = before.get(language, "")
        there = output.path(f"{lesson.key}/{name}")
        if there and _stored_digest(there, use) == file.sha256:
            output.put(f"{lesson.key}/{name}", there)
        else:
            name = file.name if file.name not in said.values() else f"{language}/{file.name}"
            output.put(f"{lesson.key}/{name}", file)
        said[language] = name
    for name in before.values():
        if name not in said.values():
            output.remove(f"{lesson.key}/{name}")
    if said.keys() == {ALL}:
        return said[ALL]
    return Flow(said) if said else ABSENT


def _stored_digest(path: Path, use: str) -> str:
    """SHA-256 of a file as a load keeps it: captions are written anew."""
    with path.open("rb") as content:
        upload = File(content, name=path.name)
        if use == LessonFile.Use.CAPTIONS:
            with suppress(Refused):
                return digest_of(ContentFile(captions_from(upload)))
        return digest_of(upload)


def load_files(lesson: Lesson, use: str, names: Any, folder: Path) -> None:
    """Attach what the catalogue names: a file for all languages, or one for each.

    Raises CatalogueError, and EditedSince when a person has put another file there.
    """
    present = files_of(lesson, use)
    for language, name in _by_language(names).items():
        place = f"{lesson.key}/{name}"
        path = folder / lesson.key / str(name)
        if not NAMED.fullmatch(str(name)) or not path.is_file():
            raise CatalogueError(f"{place}: no such file")
        with path.open("rb") as content:
            upload = File(content, name=path.name)
            before = present.get(language)
            if before and before.sha256 == digest_of(upload):
                continue
            if before and before.uploaded_by_id:
                raise EditedSince([place])
            try:
                file = store_file(
                    course=lesson.course,
                    upload=upload,
                    language=language,
                    actor=None,
                    use=use,
                    redraw=False,
                )
            except Refused as error:
                raise CatalogueError(f"{place}: {error.messages[0]}") from error
        LessonFile.objects.update_or_create(
            lesson=lesson, use=use, language=language, defaults={"file": file}
        )
