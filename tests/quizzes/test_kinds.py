"""A quiz as a kind of lesson: what keeps it back, and what a revision says of it."""

from decimal import Decimal
from typing import Any

import pytest
from django.utils import timezone

from courses.lesson_kinds import Hole
from courses.models import Lesson
from lms.people.models import Organisation
from quizzes.kinds import QuizLesson
from quizzes.models import Question, QuestionVersion, Quiz, Slot
from quizzes.snapshots import QuizSettings
from tests import factories
from tests.quizzes.types.samples import BODIES

LANGUAGES = ["uk", "be", "ru", "en"]


@pytest.fixture
def lesson(root: Organisation) -> Lesson:
    """A quiz of two fixed questions and two drawn of a bank of five, whole."""
    course = factories.draft_course(root)
    row = factories.lesson(factories.module(course), kind="quiz", key="quiz")
    quiz = factories.quiz(row, questions=2)
    for tags in (["mrz"], ["mrz"], ["visa"]):
        factories.question(quiz.bank, tags=tags)
    Slot.objects.create(quiz=quiz, position=3, tags=["mrz"], count=2, mark=Decimal("1.5"))
    return Lesson.objects.get(pk=row.pk)


def holes(lesson: Lesson) -> list[Hole]:
    return QuizLesson().holes(Lesson.objects.get(pk=lesson.pk), LANGUAGES)


def places(lesson: Lesson) -> set[tuple[str, str]]:
    return {(hole.language, hole.where) for hole in holes(lesson)}


def rewrite(question: Question, **body: Any) -> None:
    """Change the only version, past its `save`."""
    version = question.versions.get()
    QuestionVersion.objects.filter(pk=version.pk).update(body=version.body | body)


def test_a_whole_one_has_no_holes(lesson: Lesson) -> None:
    assert holes(lesson) == []


def test_a_title_in_every_language(lesson: Lesson) -> None:
    Lesson.objects.update(title={"uk": "Тест", "en": "Test", "be": ""})
    assert places(lesson) == {("be", "quiz"), ("ru", "quiz")}


@pytest.mark.parametrize("which", ["fixed", "drawn"])
def test_a_question_that_is_not_translated(lesson: Lesson, which: str) -> None:
    slot = Slot.objects.get(position=1)
    question = slot.question if which == "fixed" else Question.objects.get(pk=_drawable())
    assert question
    text = {code: "?" for code in LANGUAGES if code != "be"}
    rewrite(question, text=text)
    assert places(lesson) == {("be", f"quiz/{question.key}")}


def _drawable() -> int:
    return next(row.pk for row in Question.objects.order_by("pk") if row.tags == ["mrz"])


def test_a_part_of_a_question_that_is_not_translated(lesson: Lesson) -> None:
    question = Slot.objects.get(position=1).question
    assert question
    body = factories.single_choice()
    del body["choices"][2]["text"]["ru"]
    rewrite(question, **body)
    assert places(lesson) == {("ru", f"quiz/{question.key}")}


def test_a_question_that_can_not_come_does_not_count(lesson: Lesson) -> None:
    other = next(row for row in Question.objects.all() if row.tags == ["visa"])
    rewrite(other, text={"uk": "?"})
    assert holes(lesson) == []


def test_a_draft_of_the_next_version_does_not_count(lesson: Lesson) -> None:
    question = Slot.objects.get(position=1).question
    assert question
    question.versions.create(number=2, body={})
    assert holes(lesson) == []


def test_a_question_type_that_is_unknown(lesson: Lesson) -> None:
    question = Slot.objects.get(position=1).question
    assert question
    Question.objects.filter(pk=question.pk).update(type="hologram")
    assert places(lesson) == {(code, f"quiz/{question.key}") for code in LANGUAGES}


@pytest.mark.parametrize("question_type", BODIES)
def test_every_type_is_checked(lesson: Lesson, question_type: str) -> None:
    quiz = Quiz.objects.get()
    body = BODIES[question_type]
    question = factories.question(quiz.bank, body, type=question_type)
    Slot.objects.create(quiz=quiz, position=4, question=question)
    assert holes(lesson) == []
    rewrite(question, text={"uk": "?"})
    assert places(lesson) == {(code, f"quiz/{question.key}") for code in ("be", "ru", "en")}


def no_slots(lesson: Lesson) -> None:
    Slot.objects.all().delete()


def no_settings(lesson: Lesson) -> None:
    Slot.objects.all().delete()
    Quiz.objects.all().delete()


def not_ready(lesson: Lesson) -> None:
    QuestionVersion.objects.filter(question=Slot.objects.get(position=1).question).update(
        state="draft"
    )


def retired(lesson: Lesson) -> None:
    Question.objects.filter(slots__position=2).update(retired_at=timezone.now())


def too_thin(lesson: Lesson) -> None:
    Slot.objects.filter(position=3).update(count=3)


def too_thin_by_difficulty(lesson: Lesson) -> None:
    Slot.objects.filter(position=3).update(difficulty=3)


def one_question_in_two_slots(lesson: Lesson) -> None:
    Slot.objects.filter(position=2).update(question=Slot.objects.get(position=1).question)


@pytest.mark.parametrize(
    "spoil",
    [no_slots, no_settings, not_ready, retired, too_thin, too_thin_by_difficulty,
     one_question_in_two_slots],
)  # fmt: skip
def test_what_concerns_every_language(lesson: Lesson, spoil: Any) -> None:
    spoil(lesson)
    found = holes(lesson)
    assert [(hole.language, hole.where) for hole in found] == [("", "quiz")]
    assert str(found[0].what)


def test_the_snapshot_says_all_that_decides_a_result(lesson: Lesson) -> None:
    Quiz.objects.update(
        pass_mark=Decimal("66.67"), attempts=2, time_limit=15, layout="one_per_page",
        shuffle=False, review="marks",
    )  # fmt: skip
    one, two, drawn = Slot.objects.order_by("position")
    newer = one.question.versions.create(  # type: ignore[union-attr]
        number=2, state="ready", body=factories.single_choice()
    )
    snapshot = QuizLesson().snapshot(Lesson.objects.get(pk=lesson.pk))
    settings = QuizSettings.model_validate(snapshot)
    assert settings.pass_mark == Decimal("66.67")
    assert (settings.attempts, settings.time_limit, settings.shuffle) == (2, 15, False)
    assert (settings.layout, settings.review) == ("one_per_page", "marks")
    assert [slot.question for slot in settings.slots] == [one.question_id, two.question_id, None]
    assert settings.slots[0].version == newer.pk
    assert settings.slots[2].tags == ("mrz",)
    assert (settings.slots[2].count, settings.slots[2].mark) == (2, drawn.mark)
    assert settings.questions == 4


def test_a_ready_version_is_never_changed(lesson: Lesson) -> None:
    version = QuestionVersion.objects.earliest("pk")
    version.body = {}
    with pytest.raises(TypeError, match="make the next one"):
        version.save()
    draft = version.question.versions.create(number=2, body={})
    draft.body = factories.single_choice()
    draft.save()
    draft.state = QuestionVersion.State.READY
    draft.save()
    with pytest.raises(TypeError):
        draft.save()


def test_done_by_a_pass_and_by_nothing_else(lesson: Lesson) -> None:
    assert QuizLesson().by_hand is False
