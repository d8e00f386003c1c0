"""A file to download in a lesson: uploaded, published, its type and size told before."""

from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from courses.actions import publish_course
from courses.catalogue import CatalogueError, EditedSince
from courses.kinds import FileLesson, PracticalLesson, VideoLesson
from courses.models import Lesson, LessonFile, RevisionFile
from lms.people.models import Organisation, User
from tests import factories
from tests.courses import media
from tests.courses.pages import Page

EDITOR = "/teaching/courses/FIL-01/lessons/memo/file/"
LESSON = "/courses/FIL-01/lessons/memo/"


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def lesson(root: Organisation) -> Lesson:
    course = factories.draft_course(root, code="FIL-01")
    return factories.lesson(factories.module(course), kind="file", key="memo")


def missing(lesson: Lesson) -> list[str]:
    found = FileLesson().holes(Lesson.objects.get(pk=lesson.pk), ["uk", "be", "ru", "en"])
    return [hole.language for hole in found]


def test_one_for_all_or_one_in_each(client: Client, lesson: Lesson, trainer: User) -> None:
    client.force_login(trainer)
    assert missing(lesson) == [""]
    for code in ("uk", "en"):
        files = {f"download-{code}": media.upload(f"{code}.pdf", media.pdf() + code.encode())}
        client.post(EDITOR, Page(client.get(EDITOR)).form("").fields | files)
    assert missing(lesson) == ["be", "ru"]
    files = {"download-all": media.upload("Усе.docx", media.office())}
    client.post(EDITOR, Page(client.get(EDITOR)).form("").fields | files)
    assert missing(lesson) == []
    assert LessonFile.objects.filter(lesson=lesson).count() == 3


def test_the_officer_sees_what_it_is_before_the_download(
    browser: Client, lesson: Lesson, trainer: User, officer: User
) -> None:
    media.attached(lesson, "download", media.office(), name="Порядок дій.docx", actor=trainer)
    english = media.pdf()
    media.attached(lesson, "download", english, name="order.pdf", actor=trainer, language="en")
    revision = publish_course(course=lesson.course, actor=trainer)
    assert RevisionFile.objects.filter(revision=revision).count() == 2
    enrolment = factories.enrolled(officer, revision.course)
    browser.post("/courses/FIL-01/language/", {"language": "be"})
    page = Page(browser.get(LESSON))
    assert "Порядок-дій.docx" in page.words
    assert "DOCX" in page.words
    browser.post("/courses/FIL-01/language/", {"language": "en"})
    page = Page(browser.get(LESSON))
    (link,) = [link for link in page.links if link.startswith("/files/")]
    response = browser.get(link)
    assert response["Content-Disposition"].startswith("attachment")
    assert response.getvalue() == english
    browser.post(f"{LESSON}done/")
    assert factories.refreshed(enrolment).completed_at


def test_a_refused_file_says_why(client: Client, lesson: Lesson, trainer: User) -> None:
    client.force_login(trainer)
    macros = media.office("wordprocessingml.document", **{"word__vbaProject.bin": b"x"})
    response = client.post(EDITOR, {"download-all": media.upload("a.docx", macros)})
    assert response.status_code == 200
    assert "macros" in Page(response).words
    assert not LessonFile.objects.exists()


# From the catalogue's files


def folder_with(tmp_path: Path, lesson: Lesson, **files: bytes) -> Path:
    (tmp_path / lesson.key).mkdir(exist_ok=True)
    for name, content in files.items():
        (tmp_path / lesson.key / name.replace("__", ".")).write_bytes(content)
    return tmp_path


def test_files_come_with_the_catalogue(tmp_path: Path, lesson: Lesson, trainer: User) -> None:
    folder = folder_with(tmp_path, lesson, memo__pdf=media.pdf(), film__mp4=media.mp4(),
                         uk__vtt=media.vtt(), bad__pdf=b"%PDF-")  # fmt: skip
    for _ in range(2):
        FileLesson().load(lesson, {"file": "memo.pdf"}, folder)
        VideoLesson().load(lesson, {"film": "film.mp4", "captions": {"uk": "uk.vtt"}}, folder)
    assert LessonFile.objects.count() == lesson.course.files.count() == 3
    for name in ("none.pdf", "../memo/memo.pdf", "bad.pdf"):
        with pytest.raises(CatalogueError):
            FileLesson().load(lesson, {"file": name}, folder)
    media.attached(lesson, "download", media.office(), name="own.docx", actor=trainer)
    with pytest.raises(EditedSince):
        FileLesson().load(lesson, {"file": "memo.pdf"}, folder)


def test_a_checklist_comes_with_the_catalogue(
    tmp_path: Path, root: Organisation, trainer: User
) -> None:
    course = factories.draft_course(root)
    lesson = factories.lesson(factories.module(course), kind="practical")
    entry: dict[str, Any] = {"checklist": [{"key": "a", "text": {"uk": "А"}},
                                           {"key": "b", "text": {"uk": "Б"}}]}  # fmt: skip
    kind = PracticalLesson()
    for _ in range(2):
        kind.load(lesson, entry, tmp_path)
    assert [line["key"] for line in kind.snapshot(lesson)["lines"]] == ["a", "b"]
    kind.load(lesson, {"checklist": entry["checklist"][1:]}, tmp_path)
    assert kind.snapshot(lesson)["lines"] == [{"key": "b", "text": {"uk": "Б"}}]
