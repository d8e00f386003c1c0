"""What jobs can do: a registry of kinds. Each app registers its own in `apps.py: ready()`.

A leaf: it knows no model, so that models, actions and the worker may import it.
"""

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import timedelta
from typing import TYPE_CHECKING, Any

from django.core.exceptions import ImproperlyConfigured

if TYPE_CHECKING:
    from lms.people.models import Job

DONE, SKIPPED, FAILED = "done", "skipped", "failed"
SECRETS_KEPT = timedelta(hours=24)


@dataclass(frozen=True)
class JobOutcome:
    """What became of one item; `result["message"]` is the sentence that the person reads."""

    state: str = DONE
    result: dict[str, Any] = field(default_factory=dict)


def done(message: str = "", **result: Any) -> JobOutcome:
    return JobOutcome(DONE, ({"message": message} if message else {}) | result)


def skipped(message: str) -> JobOutcome:
    """Left as it was, and why."""
    return JobOutcome(SKIPPED, {"message": message})


def failed(message: str) -> JobOutcome:
    """Could not be done, and why. Return it before anything was changed."""
    return JobOutcome(FAILED, {"message": message})


class JobKind:
    """One kind of work on many things. `work` is what a kind must write.

    `at_once`: jobs of at most so many items run inside the request that asked for them.
    `is_secret`: its results are wiped when they were fetched, and after `SECRETS_KEPT` anyhow.
    """

    code: str
    at_once: int = 25
    is_secret: bool = False

    def title(self, job: "Job") -> str:
        """What the job does, in words, from `job.params` alone: lists show many."""
        raise NotImplementedError

    def work(self, job: "Job", thing: str) -> JobOutcome:
        """Do it to one thing (a primary key as text), inside the item's transaction.

        `job.actor` is read anew for each item: ask again whether he still may. Sentences go out
        in his language, which is active. What is raised is logged, undone, and told as a failure.
        """
        raise NotImplementedError

    def ready(self, job: "Job", thing: str) -> Callable[[], JobOutcome]:
        """What is slow (hashing, rendering), done before the transaction in which the callable
        that it returns is called."""
        return lambda: self.work(job, thing)

    def links(self, job: "Job") -> list[tuple[str, str]]:
        """Where to go on from the job's page: pairs of label and address, the main one first."""
        return []


_kinds: dict[str, JobKind] = {}


def register(kind: JobKind) -> None:
    """Add a kind; a code registered twice is an error at start."""
    if kind.code in _kinds:
        raise ImproperlyConfigured(f"The kind of job {kind.code} is registered twice.")
    _kinds[kind.code] = kind


def get(code: str) -> JobKind:
    """The kind with the code. Raises KeyError for one that the code does not know (any more)."""
    return _kinds[code]


def find(code: str) -> JobKind | None:
    return _kinds.get(code)


def secret_codes() -> list[str]:
    return [kind.code for kind in _kinds.values() if kind.is_secret]
