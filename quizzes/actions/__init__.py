"""What changes quizzes and attempts, a file a subject."""

from quizzes.actions.sitting import (
    AttemptClosed,
    NoAttemptLeft,
    NoReason,
    Saved,
    attempts_allowed,
    attempts_counted,
    flag,
    grade,
    grant_attempt,
    may_take_another,
    save_response,
    start_attempt,
    submit_attempt,
)

__all__ = [
    "AttemptClosed",
    "NoAttemptLeft",
    "NoReason",
    "Saved",
    "attempts_allowed",
    "attempts_counted",
    "flag",
    "grade",
    "grant_attempt",
    "may_take_another",
    "save_response",
    "start_attempt",
    "submit_attempt",
]
