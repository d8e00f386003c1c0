"""Revision 2 goes out while officers are in the middle: nothing that they did is lost."""

from collections.abc import Callable
from dataclasses import dataclass
from decimal import Decimal
from typing import Any

import pytest
from django.db.models import F
from django.test import Client
from django.urls import reverse
from django.utils import timezone
from hypothesis import given
from hypothesis import settings as hypothesis_settings
from hypothesis import strategies as st

from certificates.models import Certificate
from certificates.tasks import finish_certificate
from courses.actions import mark_done, publish_course
from courses.completion import standing_in
from courses.models import Course, Enrolment, Lesson, LessonProgress
from courses.sweeps import sweep_enrolments
from courses.tasks import bring_enrolments_over
from lms.people.models import Organisation, User
from quizzes.models import Attempt, Question, QuestionVersion, ResponseSave
from tests import factories

pytestmark = pytest.mark.django_db
NEW_TEXT, RIGHT_BEFORE, RIGHT_AFTER = "Запитання нової редакції", "a", "b"


def done(enrolment: Enrolment, *keys: str) -> None:
    course = Course.objects.get(pk=enrolment.course_id)
    assert course.current_revision_id
    for key in keys:
        lesson = course.lessons.get(key=key)
        mark_done(enrolment=enrolment, lesson=lesson, revision=course.current_revision_id)


@dataclass
class Scene:
    """A course of three texts and a test, and those who are somewhere in it."""

    home: Organisation
    course: Course
    reader: Enrolment  # has read "first" and the one to be removed; "third" lies before him
    sitter: Enrolment  # has read all and answered two of three questions
    attempt: Attempt  # the sitter's
    holder: Enrolment  # has completed
    waiting: Enrolment  # has all but the lesson that will be removed

    def officer(self) -> Enrolment:
        return factories.enrolled(factories.officer(self.home), self.course)


@pytest.fixture(autouse=True)
def _no_files(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(finish_certificate, "delay", lambda _pk: None)


@pytest.fixture
def scene() -> Scene:
    home = factories.service()
    course = factories.draft_course(home)
    module = factories.module(course)
    for key in ("first", "removed", "third"):
        factories.lesson(module, key=key)
    factories.quiz(factories.lesson(module, kind="quiz", key="quiz"), pass_mark=Decimal(60))
    publish_course(course=course, actor=None)
    course = Course.objects.select_related("service", "owner").get(pk=course.pk)
    reader, sitter, holder, waiting = (
        factories.enrolled(factories.officer(home), course) for _ in range(4)
    )
    done(reader, "first", "removed")
    done(sitter, "first", "removed", "third")
    attempt = factories.answered(factories.started(sitter), right=2)
    holder = factories.completed(holder)
    done(waiting, "first", "third")
    factories.submitted(waiting)
    return Scene(home, course, reader, sitter, attempt, holder, waiting)


def edit(course: Course, *, added_is_required: bool = True) -> None:
    """A lesson removed, one added, the pass mark raised, and a question turned round."""
    course.lessons.filter(key="removed").update(removed_at=timezone.now())
    module = course.modules.get()
    factories.lesson(module, key="added", required=added_is_required)
    quiz = course.lessons.get(key="quiz").quiz
    quiz.pass_mark = Decimal(100)
    quiz.save(update_fields=["pass_mark"])
    question = Question.objects.filter(bank=quiz.bank).order_by("pk")[0]
    body = factories.single_choice(NEW_TEXT)
    for choice in body["choices"]:
        choice["right"] = choice["id"] == RIGHT_AFTER
    QuestionVersion.objects.create(
        question=question, number=2, state=QuestionVersion.State.READY, body=body
    )


Publish = Callable[..., None]


@pytest.fixture(params=["task", "sweep"])
def publish(
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
    django_capture_on_commit_callbacks: Any,
) -> Publish:
    """Publish, and bring the enrolments over: by the task, or by the sweep when it was lost."""

    def lose(_course_id: int) -> None:
        raise ConnectionError("the queue is gone")

    by_task = request.param == "task"
    monkeypatch.setattr(bring_enrolments_over, "delay", bring_enrolments_over if by_task else lose)

    def publish(course: Course, **options: Any) -> None:
        with django_capture_on_commit_callbacks(execute=True):
            publish_course(course=course, actor=None, **options)
        if not by_task:
            behind = Enrolment.objects.behind_publication().count()
            assert sweep_enrolments() == behind > 0
        assert not Enrolment.objects.behind_publication().exists()

    return publish


def percent(enrolment: Enrolment) -> int:
    return standing_in(factories.refreshed(enrolment)).percent


def kept() -> dict[str, list[tuple[Any, ...]]]:
    """All that officers have done, row by row."""
    return {
        "progress": list(LessonProgress.objects.order_by("pk").values_list()),
        "answers": list(ResponseSave.objects.order_by("pk").values_list()),
        "attempts": list(Attempt.objects.order_by("pk").values_list()),
        "items": list(Attempt.objects.order_by("items__pk").values_list("items", "items__current")),
        "certificates": list(Certificate.objects.order_by("pk").values_list()),
        "completions": list(
            Enrolment.objects.exclude(completed_at=None).order_by("pk")
            .values_list("pk", "completed_at", "completed_revision")
        ),
    }  # fmt: skip


def page(client: Client, name: str, *args: Any, follow: bool = False) -> str:
    response = client.get(reverse(name, args=args), follow=follow)
    assert response.status_code == 200
    return str(response.content.decode())


def test_publishing_changes_nothing_that_was_done(scene: Scene, publish: Publish) -> None:
    before = kept()
    percents = [percent(e) for e in (scene.reader, scene.sitter, scene.holder, scene.waiting)]
    assert percents == [50, 75, 100, 75]
    edit(scene.course)
    publish(scene.course)
    assert kept() == before
    assert scene.course.revisions.count() == 2
    percents = [percent(e) for e in (scene.reader, scene.sitter, scene.holder, scene.waiting)]
    assert percents == [25, 50, 100, 75]  # of first, third, quiz and added


def test_the_completed_stay_completed(scene: Scene, publish: Publish, client: Client) -> None:
    (certificate,) = Certificate.objects.filter(enrolment=scene.holder)
    edit(scene.course)
    publish(scene.course)
    after = factories.refreshed(scene.holder)
    assert after.completed_at == scene.holder.completed_at
    assert after.completed_revision_id == scene.holder.completed_revision_id
    (same,) = Certificate.objects.filter(enrolment=scene.holder)
    assert (same, same.serial, same.revoked_at) == (certificate, certificate.serial, None)
    client.force_login(scene.holder.officer)
    text = page(client, "courses:course", scene.course.code)  # read as it was completed
    assert "lessons/removed/" in text
    assert "lessons/added/" not in text
    assert "lessons/added/" not in page(client, "courses:lesson", scene.course.code, "removed")


def test_in_the_middle_of_a_lesson(scene: Scene, publish: Publish, client: Client) -> None:
    client.force_login(scene.reader.officer)
    page(client, "courses:lesson", scene.course.code, "third")
    edit(scene.course)
    publish(scene.course)
    response = client.post(reverse("courses:lesson-done", args=[scene.course.code, "third"]))
    assert response.status_code == 302
    assert percent(scene.reader) == 50
    lessons = LessonProgress.objects.filter(enrolment=scene.reader).order_by("lesson__position")
    assert list(lessons.values_list("lesson__key", flat=True)) == ["first", "removed", "third"]


def test_in_the_middle_of_the_removed_lesson(
    scene: Scene, publish: Publish, client: Client
) -> None:
    enrolment = scene.officer()
    done(enrolment, "first")
    client.force_login(enrolment.officer)
    page(client, "courses:lesson", scene.course.code, "removed")
    edit(scene.course)
    publish(scene.course)
    response = client.post(
        reverse("courses:lesson-done", args=[scene.course.code, "removed"]), follow=True
    )
    assert response.status_code == 200
    assert response.request["PATH_INFO"].endswith("/lessons/third/")
    assert percent(enrolment) == 25
    assert enrolment.progress.count() == 2  # kept: the lesson may come back
    text = page(client, "courses:lesson", scene.course.code, "removed", follow=True)
    assert "lessons/added/" in text  # a bookmark leads to the course

    scene.course.lessons.filter(key="removed").update(removed_at=None)
    publish(scene.course)
    assert percent(enrolment) == 40  # two of five


def test_in_the_middle_of_an_attempt(scene: Scene, publish: Publish, client: Client) -> None:
    client.force_login(scene.sitter.officer)
    edit(scene.course)
    publish(scene.course)
    attempt = scene.attempt
    text = page(client, "quizzes:attempt", attempt.pk)
    assert NEW_TEXT not in text
    assert text.count(" checked") == 2

    first = attempt.items.select_related("version").get(position=1)
    assert first.version.number == 1
    key = {"a": "k3", "b": "k2", "c": "k1"}  # in the order of the texts 30, 36, 44
    fields = {"q": "3", "client": "tab", "seq": "1", "q3": key["b"]}
    saved = client.post(reverse("quizzes:save", args=[attempt.pk]), fields)
    assert (saved.status_code, saved.json()["answered"]) == (200, True)
    assert client.post(reverse("quizzes:finish", args=[attempt.pk])).status_code == 302

    attempt.refresh_from_db()
    assert (attempt.passed, attempt.pass_mark, attempt.revision.number) == (True, 60, 1)
    assert [item.fraction for item in attempt.items.order_by("position")] == [1, 1, 0]
    page(client, "quizzes:result", attempt.pk)
    assert percent(scene.sitter) == 75  # the pass counts; "added" is left
    done(scene.sitter, "added")
    assert Certificate.objects.filter(enrolment=scene.sitter).count() == 1


def test_who_starts_afterwards_gets_the_new_question_and_pass_mark(
    scene: Scene, publish: Publish
) -> None:
    edit(scene.course)
    publish(scene.course)
    enrolment = factories.enrolled(
        factories.officer(scene.home), Course.objects.get(pk=scene.course.pk)
    )
    attempt = factories.submitted(enrolment, right=2)
    assert (attempt.passed, attempt.pass_mark, attempt.revision.number) == (False, 100, 2)
    assert attempt.items.get(position=1).version.number == 2


def test_whose_only_missing_lesson_was_removed_has_completed(
    scene: Scene, publish: Publish
) -> None:
    edit(scene.course, added_is_required=False)
    publish(scene.course)
    after = factories.refreshed(scene.waiting)
    assert after.completed_at
    assert after.completed_revision
    assert after.completed_revision.number == 2
    assert percent(after) == 100
    assert Certificate.objects.filter(enrolment=after).count() == 1
    assert factories.refreshed(scene.sitter).is_live
    bring_enrolments_over(scene.course.pk)
    sweep_enrolments()
    assert Certificate.objects.filter(enrolment=after).count() == 1


def test_a_test_to_be_taken_again_takes_nothing_from_the_completed(
    scene: Scene, publish: Publish
) -> None:
    edit(scene.course, added_is_required=False)
    before = kept()
    publish(scene.course, retake=["quiz"])
    assert kept() == before
    assert percent(scene.waiting) == 66
    assert percent(scene.holder) == 100
    factories.submitted(factories.refreshed(scene.waiting))
    assert factories.refreshed(scene.waiting).completed_at


def test_a_test_to_be_taken_again_can_be_taken_again(
    scene: Scene, publish: Publish, client: Client
) -> None:
    """Though it was passed before, and whatever attempts that took."""
    quiz = scene.course.lessons.get(key="quiz").quiz
    quiz.attempts = 1
    quiz.save(update_fields=["attempts"])
    publish(scene.course, retake=["quiz"])
    client.force_login(scene.waiting.officer)
    address = reverse("quizzes:start", args=[scene.course.code, "quiz"])
    assert address in page(client, "courses:lesson", scene.course.code, "quiz")
    assert client.post(address).status_code == 302
    attempt = Attempt.objects.get(enrolment=scene.waiting, submitted_at=None)
    assert (attempt.number, attempt.revision.number) == (2, 2)
    client.post(reverse("quizzes:finish", args=[attempt.pk]))
    text = page(client, "courses:lesson", scene.course.code, "quiz")
    assert address not in text  # the one attempt is used


def test_the_lesson_of_an_open_attempt_was_removed(
    scene: Scene, publish: Publish, client: Client
) -> None:
    client.force_login(scene.sitter.officer)
    scene.course.lessons.filter(key="quiz").update(removed_at=timezone.now())
    factories.lesson(scene.course.modules.get(), key="added")
    publish(scene.course)
    page(client, "quizzes:attempt", scene.attempt.pk)
    page(client, "quizzes:finish", scene.attempt.pk)
    client.post(reverse("quizzes:finish", args=[scene.attempt.pk]))
    page(client, "quizzes:result", scene.attempt.pk)
    scene.attempt.refresh_from_db()
    assert scene.attempt.passed
    assert percent(scene.sitter) == 75  # all but "added"
    assert factories.refreshed(scene.sitter).is_live


# What an author or an officer may do next; numbers choose the lesson.
STEPS = st.lists(
    st.tuples(
        st.sampled_from(["remove", "restore", "add", "optional", "required", "read", "publish"]),
        st.integers(0, 7),
    ),
    max_size=12,
)


@given(steps=STEPS)
@hypothesis_settings(max_examples=20)
def test_no_course_of_edits_loses_progress_or_exceeds_the_whole(
    steps: list[tuple[str, int]],
) -> None:
    home = factories.service()
    course = factories.published_course(home, readings=3, questions=0)
    enrolment = factories.enrolled(factories.officer(home), course)
    completed: tuple[Any, ...] | None = None
    progress: set[int] = set()
    for step, number in [*steps, ("publish", 0)]:
        _take(step, number, course, enrolment.officer)
        after = factories.refreshed(enrolment)
        now = set(after.progress.values_list("lesson", flat=True))
        assert now >= progress
        assert 0 <= standing_in(after).percent <= 100
        assert (standing_in(after).percent == 100) >= (after.completed_at is not None)
        state = (after.completed_at, after.completed_revision_id)
        assert completed in {None, state}
        progress, completed = now, state if after.completed_at else None
        assert Certificate.objects.filter(enrolment=enrolment).count() == bool(completed)
    behind = Enrolment.objects.filter(course=course).exclude(
        evaluated_revision=F("course__current_revision")
    )
    assert not behind.live().exists()


def _take(step: str, number: int, course: Course, officer: User) -> None:
    """One step; those that would leave nothing to publish are left out."""
    lessons = list(course.lessons.order_by("pk"))
    lesson = lessons[number % len(lessons)]
    rest = course.lessons.filter(removed_at=None, required=True).exclude(pk=lesson.pk)
    changes: dict[str, dict[str, Any]] = {
        "remove": {"removed_at": timezone.now()},
        "restore": {"removed_at": None},
        "optional": {"required": False},
        "required": {"required": True},
    }
    if step == "add":
        factories.lesson(course.modules.get())
    elif step == "publish":
        publish_course(course=course, actor=None)
        sweep_enrolments()
    elif step == "read":
        course = Course.objects.get(pk=course.pk)
        enrolment = Enrolment.objects.get(officer=officer, course=course)
        if enrolment.is_live:
            done(enrolment, lesson.key)
    elif rest.exists() or step in {"restore", "required"}:
        Lesson.objects.filter(pk=lesson.pk).update(**changes[step])
