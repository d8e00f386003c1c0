"""What a revision says of a quiz: its settings and slots, as officers get them."""

from decimal import Decimal
from functools import cached_property

from pydantic import BaseModel, ConfigDict, Field

from quizzes.models import Layout, Review


class SlotSettings(BaseModel):
    """A fixed question (`version`), or a draw of `count` by tags (any of them) and difficulty."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    question: int | None = None
    version: int | None = None
    tags: tuple[str, ...] = ()
    difficulty: int | None = None
    count: int = Field(default=1, ge=1)
    mark: Decimal = Decimal(1)


class QuizSettings(BaseModel):
    """`pass_mark` in percent, `time_limit` in minutes; `attempts` None: as many as one likes."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    bank: int
    pass_mark: Decimal
    attempts: int | None = None
    time_limit: int | None = None
    layout: Layout = Layout.ONE_PAGE
    shuffle: bool = True
    review: Review = Review.EXPLANATIONS
    slots: tuple[SlotSettings, ...]

    @cached_property
    def questions(self) -> int:
        """How many questions an attempt has."""
        return sum(slot.count for slot in self.slots)

    @property
    def is_one_page(self) -> bool:
        return self.layout == Layout.ONE_PAGE
