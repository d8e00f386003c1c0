"""What the kinds with files beside their text share: the files of a draft, and of a revision."""

from collections.abc import Iterable, Sequence
from pathlib import Path
from typing import Any
from urllib.parse import quote

from django.core.files import File
from pydantic import BaseModel, ConfigDict

from courses.catalogue import CatalogueError, EditedSince
from courses.lesson_kinds import Hole
from courses.models import CourseFile, CourseRevision, Lesson, LessonFile, RevisionFile
from courses.outlines import OutlineLesson
from courses.uploads import Refused, store_file

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


def load_files(lesson: Lesson, use: str, names: Any, folder: Path) -> None:
    """Attach what the catalogue names: a file for all languages, or one for each.

    Raises CatalogueError, and EditedSince when a person has put another file there.
    """
    by_language = names if isinstance(names, dict) else {ALL: names} if names else {}
    present = files_of(lesson, use)
    for language, name in by_language.items():
        place = f"{lesson.key}/{name}"
        path = folder / lesson.key / str(name)
        if path.parent != folder / lesson.key or not path.is_file():
            raise CatalogueError(f"{place}: no such file")
        if language in present and present[language].uploaded_by_id:
            raise EditedSince([place])
        with path.open("rb") as content:
            try:
                file = store_file(
                    course=lesson.course,
                    upload=File(content, name=path.name),
                    language=language,
                    actor=None,
                    use=use,
                )
            except Refused as error:
                raise CatalogueError(f"{place}: {error.messages[0]}") from error
        LessonFile.objects.update_or_create(
            lesson=lesson, use=use, language=language, defaults={"file": file}
        )
