"""Publishing: what is whole goes out as a revision that nothing changes afterwards."""

from typing import Any

import pytest
from django.db.models import ProtectedError
from django.test import Client
from django.utils import timezone

from courses.actions import LanguageInUse, NotPublishable, choose_language, publish_course
from courses.models import (
    Course,
    CourseFile,
    CourseRevision,
    Enrolment,
    Lesson,
    LessonText,
    Module,
    RevisionText,
    Status,
    TextFile,
)
from courses.outlines import outline_of
from courses.sweeps import sweep_enrolments
from courses.tasks import bring_enrolments_over
from lms.audit.models import AuditEntry
from lms.people.models import Organisation, User
from quizzes.models import Question, QuestionVersion
from tests import factories

LANGUAGES = ["uk", "be", "ru", "en"]


@pytest.fixture
def draft(root: Organisation) -> Course:
    """Two lessons to read, not published."""
    course = factories.draft_course(root, code="DOC-07")
    part = factories.module(course)
    factories.lesson(part, key="one")
    factories.lesson(part, key="two")
    return course


def published(course: Course, **how: Any) -> Course:
    publish_course(course=course, actor=None, **how)
    return Course.objects.select_related("service", "owner").get(pk=course.pk)


def remove(lesson: Lesson) -> None:
    Lesson.objects.filter(pk=lesson.pk).update(removed_at=timezone.now())


def drop(course: Course, language: str) -> None:
    """Take a language from the draft."""
    course.languages = [code for code in course.languages if code != language]
    course.save()


# First, second


def test_the_first_revision(draft: Course, root: Organisation) -> None:
    trainer = factories.trainer(root)
    revision = publish_course(course=draft, actor=trainer)
    course = Course.objects.get()
    assert (course.status, course.current_revision) == (Status.PUBLISHED, revision)
    assert (revision.number, revision.languages) == (1, LANGUAGES)
    assert revision.published_by == trainer
    outline = outline_of(revision.pk)
    assert [item.key for item in outline.lessons] == ["one", "two"]
    assert outline.minutes == 20
    shown = RevisionText.objects.filter(revision=revision)
    assert shown.count() == 8
    assert {row.text_id for row in shown} == {
        text for item in outline.lessons for text in item.texts.values()
    }
    assert set(course.titles.values_list("language", flat=True)) == set(LANGUAGES)
    entry = AuditEntry.objects.get(verb="course.published")
    assert entry.actor == trainer
    assert entry.after == {"revision": 1, "languages": LANGUAGES, "retake": []}


def test_the_second_shows_the_newest_and_leaves_the_first_as_it_was(draft: Course) -> None:
    course = published(draft)
    before = CourseRevision.objects.values().get()
    texts = list(RevisionText.objects.order_by("pk").values())
    one = Lesson.objects.get(key="one")
    factories.text(one, "uk", "Нове")
    remove(Lesson.objects.get(key="two"))
    factories.lesson(one.module, key="three")
    Course.objects.filter(pk=course.pk).update(title=factories.texts("Нова назва"))
    revision = publish_course(course=course, actor=None)
    assert revision.number == 2
    outline = outline_of(revision.pk)
    assert [item.key for item in outline.lessons] == ["one", "three"]
    assert LessonText.objects.get(pk=outline.by_key["one"].texts["uk"]).body == "Нове"
    assert outline.title["uk"] == "Нова назва (uk)"
    assert course.titles.get(language="uk").search_key.startswith("нова назва")
    assert CourseRevision.objects.values().get(number=1) == before
    assert list(RevisionText.objects.filter(revision__number=1).order_by("pk").values()) == texts


def test_a_change_of_the_draft_is_not_seen_until_it_is_published(
    draft: Course, officer: User, client: Any
) -> None:
    published(draft)
    factories.text(Lesson.objects.get(key="one"), "en", "To come")
    Course.objects.update(title=factories.texts("To come"))
    client.force_login(officer)
    for address in ("/courses/", "/courses/DOC-07/", "/courses/DOC-07/lessons/one/"):
        assert "To come" not in client.get(address).content.decode(), address


# Holes


def test_a_language_with_a_hole_is_held_back_by_name(draft: Course) -> None:
    lesson = factories.lesson(draft.modules.get(), key="hole", kind="reading")
    LessonText.objects.filter(lesson=lesson, language="be").delete()
    course = published(draft)
    assert course.current_revision
    assert course.current_revision.languages == ["uk", "ru", "en"]
    outline = outline_of(course.current_revision.pk)
    assert "be" not in outline.title
    assert all("be" not in item.texts for item in outline.lessons)
    assert set(course.titles.values_list("language", flat=True)) == {"uk", "ru", "en"}
    factories.text(lesson, "be")
    assert publish_course(course=course, actor=None).languages == LANGUAGES


@pytest.mark.parametrize("place", ["course", "module", "text", "title of text", "quiz"])
def test_each_hole_is_named(draft: Course, place: str) -> None:
    part = draft.modules.get()
    lesson = Lesson.objects.get(key="one")
    without = {code: "x" for code in LANGUAGES if code != "ru"}
    where = lesson.key
    match place:
        case "course":
            Course.objects.update(title=without)
            where = "DOC-07"
        case "module":
            Module.objects.update(title=without)
            where = part.key
        case "text":
            factories.text(lesson, "ru")
            LessonText.objects.filter(lesson=lesson, language="ru").update(html=" ")
        case "title of text":
            LessonText.objects.filter(lesson=lesson, language="ru").update(title=" ")
        case "quiz":
            factories.quiz(factories.lesson(part, key="quiz", kind="quiz"), questions=1)
            Lesson.objects.filter(key="quiz").update(title=without)
            where = "quiz"
    draft = Course.objects.get()
    assert "ru" not in publish_course(course=draft, actor=None).languages
    drop_others = Course.objects.get()
    drop_others.languages = ["ru"]
    drop_others.save()
    with pytest.raises(NotPublishable) as error:
        publish_course(course=drop_others, actor=None)
    assert [(hole.language, hole.where) for hole in error.value.holes] == [("ru", where)]


def nothing_in_it(course: Course) -> None:
    Lesson.objects.update(removed_at=timezone.now())


def nothing_required(course: Course) -> None:
    Lesson.objects.update(required=False)


def an_unknown_kind(course: Course) -> None:
    Lesson.objects.filter(key="two").update(kind="hologram")


def a_quiz_without_settings(course: Course) -> None:
    factories.lesson(course.modules.get(), kind="quiz")


def a_quiz_without_questions(course: Course) -> None:
    factories.quiz(factories.lesson(course.modules.get(), kind="quiz"), questions=0)


def a_thin_bank(course: Course) -> None:
    quiz = factories.quiz(
        factories.lesson(course.modules.get(), kind="quiz"), questions=2, fixed=False
    )
    quiz.slots.update(count=5)


def a_question_not_ready(course: Course) -> None:
    factories.quiz(factories.lesson(course.modules.get(), kind="quiz"), questions=1)
    QuestionVersion.objects.update(state="draft")


def a_question_retired(course: Course) -> None:
    factories.quiz(factories.lesson(course.modules.get(), kind="quiz"), questions=1)
    Question.objects.update(retired_at=timezone.now())


@pytest.mark.parametrize(
    "spoil",
    [
        nothing_in_it,
        nothing_required,
        an_unknown_kind,
        a_quiz_without_settings,
        a_quiz_without_questions,
        a_thin_bank,
        a_question_not_ready,
        a_question_retired,
    ],
)
def test_what_concerns_every_language_keeps_all_back(draft: Course, spoil: Any) -> None:
    course = published(draft)
    spoil(course)
    with pytest.raises(NotPublishable) as error:
        publish_course(course=course, actor=None)
    assert "" in {hole.language for hole in error.value.holes}
    assert str(error.value)
    assert CourseRevision.objects.count() == 1
    assert Course.objects.get().current_revision == course.current_revision


# A language that officers read


def test_to_drop_a_language_in_use_must_be_said(draft: Course, officer: User) -> None:
    course = published(draft)
    enrolment = factories.enrolled(officer, course, language="be")
    drop(course, "be")
    drop(course, "ru")
    with pytest.raises(LanguageInUse) as error:
        publish_course(course=course, actor=None)
    assert error.value.languages == ["be"]
    assert CourseRevision.objects.count() == 1
    revision = publish_course(course=course, actor=None, drop_languages_in_use=True)
    assert revision.languages == ["uk", "en"]
    assert factories.refreshed(enrolment).language == "be"  # and reads in a language that is left


def test_a_reader_of_a_dropped_language_gets_one_that_is_left(
    draft: Course, officer: User, client: Any
) -> None:
    course = published(draft)
    factories.enrolled(officer, course, language="be")
    drop(course, "be")
    publish_course(course=course, actor=None, drop_languages_in_use=True)
    client.force_login(officer)
    response = client.get("/courses/DOC-07/lessons/one/")
    assert "Текст уроку one мовою en" in response.content.decode()


@pytest.mark.parametrize("end", ["completed", "cancelled", "other language"])
def test_who_is_done_or_reads_another_language_does_not_hold_it(
    draft: Course, officer: User, end: str
) -> None:
    course = published(draft)
    enrolment = factories.enrolled(officer, course, language="be")
    match end:
        case "completed":
            factories.completed(enrolment)
        case "cancelled":
            Enrolment.objects.update(cancelled_at=timezone.now())
        case _:
            outline = outline_of(course.current_revision_id or 0)
            choose_language(enrolment=enrolment, language="uk", outline=outline)
    drop(course, "be")
    assert "be" not in publish_course(course=course, actor=None).languages


# To be taken again


def test_a_pass_counts_unless_it_must_be_taken_again(draft: Course, officer: User) -> None:
    factories.quiz(factories.lesson(draft.modules.get(), key="quiz", kind="quiz"), attempts=1)
    course = published(draft)
    enrolment = factories.enrolled(officer, course)
    assert factories.submitted(enrolment).passed
    course = published(course)
    standing = factories.refreshed(enrolment)
    client = _browser(officer)
    reading = client.get("/courses/DOC-07/").context["reading"]
    assert [item.key for item in reading.standing.left] == ["one", "two"]
    course = published(course, retake=["quiz"])
    reading = client.get("/courses/DOC-07/").context["reading"]
    assert [item.key for item in reading.standing.left] == ["one", "two", "quiz"]
    published(course)  # which does not take that back
    reading = client.get("/courses/DOC-07/").context["reading"]
    assert [item.key for item in reading.standing.left] == ["one", "two", "quiz"]
    page = client.get("/courses/DOC-07/lessons/quiz/")
    assert page.context["may_start"]
    assert page.context["passed"] is None
    factories.read_all(factories.refreshed(standing))
    assert not factories.refreshed(enrolment).completed_at
    assert factories.submitted(factories.refreshed(enrolment)).passed
    assert factories.refreshed(enrolment).completed_at


def test_to_be_taken_again_does_not_undo_a_completion(draft: Course, officer: User) -> None:
    course = published(draft)
    done = factories.completed(factories.enrolled(officer, course))
    published(course, retake=["one", "two"])
    bring_enrolments_over(course.pk)
    assert factories.refreshed(done).completed_at == done.completed_at


def test_a_lesson_to_read_again_is_done_again(draft: Course, officer: User) -> None:
    course = published(draft)
    enrolment = factories.enrolled(officer, course)
    client = _browser(officer)
    client.post("/courses/DOC-07/lessons/one/done/")
    published(course, retake=["one"])
    client.post("/courses/DOC-07/lessons/two/done/")
    assert not factories.refreshed(enrolment).completed_at
    client.post("/courses/DOC-07/lessons/one/done/")
    assert factories.refreshed(enrolment).completed_at


def _browser(person: User) -> Client:
    client = Client()
    client.force_login(person)
    return client


# After commit


def test_the_task_is_sent_after_the_commit(
    draft: Course, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    sent: list[int] = []
    monkeypatch.setattr(bring_enrolments_over, "delay", sent.append)
    with django_capture_on_commit_callbacks(execute=True):
        publish_course(course=draft, actor=None)
        assert sent == []
    assert sent == [draft.pk]


def test_without_a_queue_the_publication_stands(
    draft: Course, monkeypatch: pytest.MonkeyPatch, django_capture_on_commit_callbacks: Any
) -> None:
    def broken(_pk: int) -> None:
        raise ConnectionError

    monkeypatch.setattr(bring_enrolments_over, "delay", broken)
    with django_capture_on_commit_callbacks(execute=True):
        published(draft)
    assert Course.objects.get().status == Status.PUBLISHED


@pytest.mark.parametrize("how", ["task", "sweep"])
def test_live_enrolments_follow(draft: Course, root: Organisation, how: str) -> None:
    course = published(draft)
    nearly = factories.enrolled(factories.officer(root), course)
    begun = factories.enrolled(factories.officer(root), course)
    client = _browser(nearly.officer)
    client.post("/courses/DOC-07/lessons/one/done/")
    remove(Lesson.objects.get(key="two"))
    course = published(course)
    assert Enrolment.objects.behind_publication().count() == 2
    assert (bring_enrolments_over(course.pk) if how == "task" else sweep_enrolments()) == 2
    assert factories.refreshed(nearly).completed_at
    assert factories.refreshed(nearly).completed_revision == course.current_revision
    assert not factories.refreshed(begun).completed_at
    assert not Enrolment.objects.behind_publication().exists()
    assert sweep_enrolments() == 0


# Nothing that a revision names changes or goes


def test_what_a_revision_names_is_not_deleted(draft: Course) -> None:
    file = CourseFile.objects.create(
        course=draft, name="a.svg", content_type="image/svg+xml", sha256="0" * 64, file="a.svg"
    )
    TextFile.objects.create(text=LessonText.objects.earliest("pk"), file=file)
    course = published(draft)
    revision = course.current_revision
    assert revision
    for thing in (course, revision, file, *course.modules.all(), *course.lessons.all(),
                  *LessonText.objects.all()):  # fmt: skip
        with pytest.raises(ProtectedError):
            thing.delete()
    for rows in (Course, CourseRevision, CourseFile, Module, Lesson, LessonText):
        with pytest.raises(ProtectedError):
            rows.objects.all().delete()


def test_what_a_revision_names_is_not_saved_again(draft: Course) -> None:
    revision = published(draft).current_revision
    assert revision
    with pytest.raises(TypeError, match="publish the next one"):
        revision.save()
    with pytest.raises(TypeError, match="next version"):
        LessonText.objects.earliest("pk").save()
