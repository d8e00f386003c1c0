"""Which questions an attempt gets: as many as asked while the bank can give them, none twice."""

import random
from collections.abc import Sequence
from datetime import UTC, datetime
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from lms.people.models import Organisation
from quizzes.content import contents_of
from quizzes.drawing import BankTooThin, _match, draw, fits, pool_of
from quizzes.models import Question, QuestionBank, QuestionVersion
from quizzes.snapshots import QuizSettings, SlotSettings
from tests import factories

TAGS = ["mrz", "visa", "td1"]


def version(pk: int, tags: Sequence[str] = (), difficulty: int = 1) -> QuestionVersion:
    question = Question(pk=pk, key=f"q{pk}", tags=list(tags), difficulty=difficulty)
    return QuestionVersion(pk=pk, question=question, number=1)


SLOTS = st.builds(
    SlotSettings,
    tags=st.lists(st.sampled_from(TAGS), max_size=2).map(tuple),
    difficulty=st.none() | st.integers(1, 3),
)
VERSIONS = st.tuples(st.lists(st.sampled_from(TAGS), max_size=2), st.integers(1, 3))


def most_that_can_be_given(places: Sequence[SlotSettings], pool: Sequence[QuestionVersion]) -> int:
    """By trying everything: the most places that can have a question of their own at once."""
    best = {0: 0}  # questions taken, as bits → places filled
    for place in places:
        following = dict(best)
        for taken, filled in best.items():
            for index, one in enumerate(pool):
                bit = 1 << index
                if not taken & bit and fits(place, one):
                    following[taken | bit] = max(following.get(taken | bit, 0), filled + 1)
        best = following
    return max(best.values())


@given(st.lists(SLOTS, max_size=6), st.lists(VERSIONS, max_size=7), st.integers(0, 2**32))
def test_no_place_starves_while_the_bank_holds_enough(
    places: list[SlotSettings], bodies: list[tuple[list[str], int]], seed: int
) -> None:
    pool = [version(pk, *body) for pk, body in enumerate(bodies, 1)]
    most = most_that_can_be_given(places, pool)
    if most < len(places):
        with pytest.raises(BankTooThin) as error:
            _match(places, pool, random.Random(seed))
        assert error.value.missing == len(places) - most
        return
    chosen = _match(places, pool, random.Random(seed))
    assert len(chosen) == len(places) == most
    assert len({one.pk for one in chosen}) == len(chosen)
    assert all(fits(place, one) for place, one in zip(places, chosen, strict=True))


def test_a_draw_with_common_tags_leaves_the_other_its_only_one() -> None:
    """Greedy drawing would take the only question about visas half of the time."""
    places = [SlotSettings(), SlotSettings(tags=("visa",))]
    pool = [version(1), version(2, ["visa"])]
    for seed in range(20):
        chosen = _match(places, pool, random.Random(seed))
        assert [one.pk for one in chosen] == [1, 2]


def test_each_question_has_its_chance() -> None:
    pool = [version(pk) for pk in range(1, 11)]
    drawn = {
        one.pk for seed in range(60) for one in _match([SlotSettings()], pool, random.Random(seed))
    }
    assert drawn == set(range(1, 11))


def test_a_long_test_of_one_bank() -> None:
    pool = [version(pk) for pk in range(400)]
    chosen = _match([SlotSettings()] * 400, pool, random.Random(1))
    assert {one.pk for one in chosen} == set(range(400))


@pytest.mark.parametrize(
    ("slot", "tags", "difficulty", "fit"),
    [
        ({}, [], 1, True),
        ({"tags": ("mrz",)}, ["mrz", "visa"], 1, True),
        ({"tags": ("mrz", "visa")}, ["visa"], 1, True),  # any of them
        ({"tags": ("mrz",)}, [], 1, False),
        ({"difficulty": 2}, [], 2, True),
        ({"difficulty": 2}, [], 1, False),
        ({"tags": ("mrz",), "difficulty": 2}, ["mrz"], 1, False),
        ({"tags": ("mrz",), "difficulty": 2}, ["visa"], 2, False),
    ],
)
def test_what_fits(slot: dict[str, Any], tags: list[str], difficulty: int, fit: bool) -> None:
    assert fits(SlotSettings(**slot), version(1, tags, difficulty)) is fit


# Out of the database


@pytest.fixture
def bank(root: Organisation) -> QuestionBank:
    return factories.bank(root, 4)


def settings_of(bank: QuestionBank, *slots: SlotSettings) -> QuizSettings:
    return QuizSettings(bank=bank.pk, pass_mark=70, slots=slots)


def fixed(question: Question, **fields: Any) -> SlotSettings:
    newest = question.versions.latest("number")
    return SlotSettings(question=question.pk, version=newest.pk, **fields)


def drawn_questions(settings: QuizSettings, seed: int = 1) -> list[int]:
    versions = [row.version for row in draw(settings, random.Random(seed))]
    contents = contents_of(versions)
    return [contents[version].question for version in versions]


def test_fixed_ones_come_first_to_the_table_and_stand_where_they_stood(bank: QuestionBank) -> None:
    last = bank.questions.latest("pk")
    settings = settings_of(bank, SlotSettings(count=3), fixed(last, mark=5))
    for seed in range(20):
        rows = draw(settings, random.Random(seed))
        assert rows[-1].mark == 5
        questions = drawn_questions(settings, seed)
        assert questions[-1] == last.pk
        assert len(set(questions)) == 4


def test_a_fixed_question_is_not_drawn_again(bank: QuestionBank) -> None:
    one = bank.questions.earliest("pk")
    with pytest.raises(BankTooThin) as error:
        draw(settings_of(bank, fixed(one), SlotSettings(count=4)), random.Random(1))
    assert error.value.missing == 1


def test_a_question_in_two_slots_is_one_short(bank: QuestionBank) -> None:
    one = bank.questions.earliest("pk")
    with pytest.raises(BankTooThin) as error:
        draw(settings_of(bank, fixed(one), fixed(one)), random.Random(1))
    assert error.value.missing == 1


def test_the_newest_ready_version_of_each(bank: QuestionBank) -> None:
    one, two, three, four = bank.questions.order_by("pk")
    newer = one.versions.create(number=2, state="ready", body=factories.single_choice())
    two.versions.create(number=2, state="draft", body={})
    three.versions.update(state="draft")
    Question.objects.filter(pk=four.pk).update(retired_at=datetime.now(UTC))
    assert [(row.question_id, row.number) for row in pool_of(bank.pk)] == [(one.pk, 2), (two.pk, 1)]
    assert pool_of(bank.pk)[0] == newer


def test_another_bank_is_another(bank: QuestionBank, root: Organisation) -> None:
    factories.bank(root, 5)
    with pytest.raises(BankTooThin) as error:
        draw(settings_of(bank, SlotSettings(count=6)), random.Random(1))
    assert error.value.missing == 2


def test_the_same_seed_draws_the_same(bank: QuestionBank) -> None:
    settings = settings_of(bank, SlotSettings(count=2), SlotSettings(count=1))
    assert drawn_questions(settings, 7) == drawn_questions(settings, 7)
    assert len({tuple(drawn_questions(settings, seed)) for seed in range(30)}) > 5


def test_at_most_two_queries(bank: QuestionBank, django_assert_max_num_queries: Any) -> None:
    settings = settings_of(bank, fixed(bank.questions.earliest("pk")), SlotSettings(count=3))
    with django_assert_max_num_queries(2):
        draw(settings, random.Random(1))
