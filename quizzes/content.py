"""What questions of attempts say, kept in memory: a version that is ready never changes."""

from collections.abc import Iterable
from dataclasses import dataclass
from threading import Lock
from typing import Any

from cachetools import LRUCache

from quizzes.models import QuestionVersion
from quizzes.types import registry
from quizzes.types.base import QuestionType


@dataclass(frozen=True)
class Content:
    """A version's type and typed body; neither for a type that the code no longer knows."""

    question: int
    key: str
    type: QuestionType[Any] | None = None
    body: Any = None


_lock = Lock()  # the cache is not made for several threads
_contents: LRUCache[int, Content] = LRUCache(maxsize=4000)


def contents_of(versions: Iterable[int]) -> dict[int, Content]:
    """The contents of ready versions by id; at most one query, for those not in memory."""
    wanted = set(versions)
    with _lock:
        found = {pk: content for pk in wanted if (content := _contents.get(pk))}
    if missing := wanted - found.keys():
        rows = QuestionVersion.objects.filter(pk__in=missing, state=QuestionVersion.State.READY)
        asked = ("pk", "question", "question__key", "question__type", "body")
        for pk, question, key, code, data in rows.values_list(*asked):
            kind = registry.get(code)
            found[pk] = Content(question, key, kind, kind.parse(data) if kind else None)
            if kind:
                with _lock:
                    _contents[pk] = found[pk]
    return found


def forget_contents() -> None:
    """Empty the memory; for tests, whose databases use an id more than once."""
    _contents.clear()
