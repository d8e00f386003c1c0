"""A film in a lesson: uploaded, captioned, published, shown, and readable without it."""

from typing import Any

import pytest
from django.test import Client

from courses.actions import publish_course
from courses.actions.authoring import archive_course, duplicate_lesson
from courses.actions.kinds import detach_file
from courses.kinds import VideoLesson
from courses.models import Course, CourseFile, Lesson, LessonFile, RevisionFile
from courses.outlines import outline_of
from lms.people.models import Organisation, User
from tests import factories
from tests.courses import media
from tests.courses.pages import Page

EDITOR = "/teaching/courses/VID-01/lessons/patrol/video/"
LESSON = "/courses/VID-01/lessons/patrol/"


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root, language="en")


@pytest.fixture
def teacher(client: Client, trainer: User) -> Client:
    client.force_login(trainer)
    return client


@pytest.fixture
def lesson(root: Organisation) -> Lesson:
    """A draft without film, captions and transcript."""
    course = factories.draft_course(root, code="VID-01")
    return factories.lesson(factories.module(course), kind="video", key="patrol")


@pytest.fixture
def whole(lesson: Lesson, trainer: User) -> Lesson:
    for code in lesson.course.languages:
        factories.text(lesson, code)
    media.with_film(lesson, trainer)
    return lesson


def holes(lesson: Lesson) -> list[tuple[str, str]]:
    """Language and address of each."""
    languages = ["uk", "be", "ru", "en"]
    found = VideoLesson().holes(Lesson.objects.get(pk=lesson.pk), languages)
    return [(hole.language, hole.url) for hole in found]


def in_draft(lesson: Lesson) -> set[tuple[str, str]]:
    rows = LessonFile.objects.filter(lesson=lesson)
    return set(rows.values_list("use", "language"))


def test_what_is_missing(lesson: Lesson, whole: Lesson, trainer: User) -> None:
    assert holes(whole) == []
    for code in ("uk", "en"):
        detach_file(lesson=whole, use="captions", language=code, actor=trainer)
    assert holes(whole) == [("uk", ""), ("en", "")]
    detach_file(lesson=whole, use="video", language="", actor=trainer)
    assert holes(whole) == [("", ""), ("uk", ""), ("en", "")]
    media.attached(whole, "video", media.webm(), name="be.webm", actor=trainer, language="be")
    assert [code for code, _url in holes(whole)] == ["uk", "ru", "en", "uk", "en"]


def test_a_transcript_is_missed_with_the_way_to_it(lesson: Lesson, trainer: User) -> None:
    media.with_film(lesson, trainer)
    address = "/teaching/courses/VID-01/lessons/patrol/text/?to="
    assert holes(lesson) == [(code, f"{address}{code}") for code in ("uk", "be", "ru", "en")]


def test_all_is_uploaded_in_one_form(teacher: Client, lesson: Lesson, trainer: User) -> None:
    form = Page(teacher.get(EDITOR)).form("").fields
    assert form["title-uk"] == ["Урок patrol (uk)"]
    files = {
        "video-all": media.upload("обхід.mov", media.mp4()),
        "captions-uk": media.upload("uk.vtt", media.vtt()),
        "captions-en": media.upload("en.srt", b"1\n00:00:01,000 --> 00:00:02,000\nHello\n"),
    }
    response = teacher.post(EDITOR, form | files | {"title-en": "On patrol"})
    assert response["Location"] == EDITOR
    assert in_draft(lesson) == {("video", ""), ("captions", "uk"), ("captions", "en")}
    assert Lesson.objects.get().title.data["en"] == "On patrol"
    film = CourseFile.objects.get(content_type="video/mp4")
    assert (film.name, film.uploaded_by) == ("обхід.mp4", trainer)
    page = Page(teacher.get(EDITOR))
    assert any(link.startswith(f"/files/{film.pk}/") for link in page.links)
    form = page.form("").fields
    teacher.post(EDITOR, form | {"remove-captions-en": "on"})
    assert in_draft(lesson) == {("video", ""), ("captions", "uk")}


def test_what_was_right_stays_when_another_is_refused(teacher: Client, lesson: Lesson) -> None:
    form = Page(teacher.get(EDITOR)).form("").fields
    files = {
        "video-all": media.upload("film.mp4", media.picture()),
        "captions-uk": media.upload("uk.vtt", b"WEBVTT\n\n00:01.000 --> 00:02.000\n<script>\n"),
        "captions-en": media.upload("en.vtt", media.vtt()),
        "captions-be": media.upload("be.vtt", b""),
    }
    response = teacher.post(EDITOR, form | files | {"title-uk": "Обхід"})
    assert response.status_code == 200
    assert in_draft(lesson) == {("captions", "en")}
    assert Lesson.objects.get().title.data["uk"] == "Обхід"
    page = Page(response)
    places = {e.attrs["href"] for e in page.all("a") if e.attrs.get("href", "").startswith("#id_")}
    assert places == {"#id_video-all", "#id_captions-uk", "#id_captions-be"}
    assert "Line 4" in page.words


def test_another_film_takes_its_place_and_the_published_one_stays(
    teacher: Client, whole: Lesson, trainer: User
) -> None:
    revision = publish_course(course=whole.course, actor=trainer)
    before = outline_of(revision.pk).by_key["patrol"].body
    media.attached(whole, "video", media.mp4(pictures=5000), name="film.mp4", actor=trainer)
    assert outline_of(revision.pk).by_key["patrol"].body == before
    named = set(RevisionFile.objects.values_list("file_id", flat=True))
    assert len(named) == 5  # the film, and captions in four languages
    assert before["films"][""]["size"] == len(media.mp4())
    assert CourseFile.objects.filter(content_type="video/mp4").count() == 2


def test_the_officer_reads_it_without_loading_the_film(browser: Client, whole: Lesson) -> None:
    publish_course(course=whole.course, actor=None)
    for language in ("be", "en"):
        browser.post("/courses/VID-01/language/", {"language": language})
        page = Page(browser.get(LESSON))
        (video,) = page.all("video")
        assert (video.attrs["preload"], "controls" in video.attrs) == ("none", True)
        assert "autoplay" not in video.attrs
        tracks = page.all("track")
        assert tracks[0].attrs["srclang"] == language
        assert {track.attrs["srclang"] for track in tracks} == {"uk", "be", "ru", "en"}
        assert [track.attrs["srclang"] for track in tracks if "default" in track.attrs] == [
            language
        ]
        assert f"Текст уроку patrol мовою {language}" in page.words
        source = page.all("source")[0].attrs
        for address in (source["src"], tracks[0].attrs["src"]):
            response = browser.get(address)
            assert response.status_code == 200
            response.getvalue()


def test_a_film_of_its_own_for_a_language(browser: Client, whole: Lesson, trainer: User) -> None:
    media.attached(whole, "video", media.webm(), name="en.webm", actor=trainer, language="en")
    publish_course(course=whole.course, actor=trainer)
    types = {}
    for language in ("uk", "en"):
        browser.post("/courses/VID-01/language/", {"language": language})
        types[language] = Page(browser.get(LESSON)).all("source")[0].attrs["type"]
    assert types == {"uk": "video/mp4", "en": "video/webm"}


def test_a_duplicate_has_the_files_too(whole: Lesson, trainer: User) -> None:
    copy = duplicate_lesson(lesson=whole, actor=trainer)
    assert in_draft(copy) == in_draft(whole)
    detach_file(lesson=copy, use="video", language="", actor=trainer)
    assert ("video", "") in in_draft(whole)


def test_an_archived_course_stays_as_it_is(teacher: Client, whole: Lesson, trainer: User) -> None:
    archive_course(course=whole.course, actor=trainer)
    assert teacher.post(EDITOR, {"remove-video-all": "on"}).status_code == 403
    assert ("video", "") in in_draft(whole)


def test_many_lessons_cost_no_more_queries(
    whole: Lesson, trainer: User, django_assert_max_num_queries: Any
) -> None:
    lessons = [whole, *(duplicate_lesson(lesson=whole, actor=trainer) for _ in range(4))]
    rows = list(Lesson.objects.filter(pk__in=[one.pk for one in lessons]).select_related("course"))
    kind = VideoLesson()
    Lesson.gather_newest_texts(rows)
    with django_assert_max_num_queries(1):
        kind.gather(rows)
        assert [kind.holes(row, ["uk", "en"]) for row in rows] == [[]] * 5
        assert all(kind.snapshot(row)["films"] for row in rows)


def test_who_may_not_teach_the_course_uploads_nothing(
    client: Client, lesson: Lesson, root: Organisation
) -> None:
    client.force_login(factories.trainer(factories.unit(root)))
    files = {"video-all": media.upload("film.mp4", media.mp4())}
    assert client.post(EDITOR, files).status_code == 404
    assert not CourseFile.objects.exists()
    assert Course.objects.get().files.count() == 0
