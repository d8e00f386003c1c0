"""Which questions an attempt gets: fixed ones first, no question twice."""

import random
from collections.abc import Sequence
from dataclasses import dataclass
from decimal import Decimal

from quizzes.content import contents_of
from quizzes.models import QuestionVersion
from quizzes.snapshots import QuizSettings, SlotSettings


class BankTooThin(ValueError):
    """The bank has not enough ready questions for the draws of the quiz."""

    def __init__(self, missing: int) -> None:
        super().__init__(f"{missing} questions short")
        self.missing = missing


@dataclass(frozen=True)
class Drawn:
    version: int
    mark: Decimal


def pool_of(bank: int, *, bodies: bool = False) -> list[QuestionVersion]:
    """The newest ready version of each question of a bank that is not retired.

    Without their bodies, which are long, unless they are wanted.
    """
    versions = QuestionVersion.objects.newest_ready().filter(question__bank=bank)
    found = versions.select_related("question").order_by("question")
    return list(found if bodies else found.defer("body"))


def fits(slot: SlotSettings, version: QuestionVersion) -> bool:
    question = version.question
    return (not slot.tags or bool(set(slot.tags) & set(question.tags))) and (
        slot.difficulty is None or slot.difficulty == question.difficulty
    )


def draw(settings: QuizSettings, rng: random.Random) -> list[Drawn]:
    """Choose the questions of an attempt, in the order of the slots. At most two queries.

    A random maximal matching of places and questions, so that draws with common tags never starve
    one another while the bank holds enough. Raises BankTooThin.
    """
    fixed = [slot.version for slot in settings.slots if slot.version]
    taken = {content.question for content in contents_of(fixed).values()}
    if len(taken) < len(fixed):  # a question in two slots
        raise BankTooThin(len(fixed) - len(taken))
    places = [slot for slot in settings.slots if not slot.version for _ in range(slot.count)]
    pool = [v for v in pool_of(settings.bank) if v.question_id not in taken] if places else []
    chosen = iter(_match(places, pool, rng))
    drawn = []
    for slot in settings.slots:
        if slot.version:
            drawn.append(Drawn(slot.version, slot.mark))
        else:
            drawn += [Drawn(next(chosen).pk, slot.mark) for _ in range(slot.count)]
    return drawn


def shortage(slots: Sequence[SlotSettings], pool: Sequence[QuestionVersion]) -> int:
    """How many questions the pool of a bank is short of for the draws of these slots; no query."""
    fixed = [slot.question for slot in slots if slot.question]
    taken = set(fixed)
    if len(taken) < len(fixed):  # a question in two slots
        return len(fixed) - len(taken)
    places = [slot for slot in slots if not slot.question for _ in range(slot.count)]
    try:
        _match(places, [v for v in pool if v.question_id not in taken], random.Random())  # noqa: S311
    except BankTooThin as error:
        return error.missing
    return 0


def _match(
    places: Sequence[SlotSettings], pool: Sequence[QuestionVersion], rng: random.Random
) -> list[QuestionVersion]:
    """A question for each place, by augmenting paths (Kuhn) over shuffled candidates."""
    candidates = []
    for slot in places:
        fitting = [index for index, version in enumerate(pool) if fits(slot, version)]
        rng.shuffle(fitting)
        candidates.append(fitting)
    holder: dict[int, int] = {}  # question in the pool → its place

    def place(index: int, tried: set[int]) -> bool:
        for question in candidates[index]:
            if question in tried:
                continue
            tried.add(question)
            if question not in holder or place(holder[question], tried):
                holder[question] = index
                return True
        return False

    short = sum(not place(index, set()) for index in range(len(places)))
    if short:
        raise BankTooThin(short)
    by_place = {index: pool[question] for question, index in holder.items()}
    return [by_place[index] for index in range(len(places))]
