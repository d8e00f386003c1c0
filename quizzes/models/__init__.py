from quizzes.models.attempt import (
    Attempt,
    AttemptGrant,
    AttemptItem,
    ResponseSave,
)
from quizzes.models.question import Question, QuestionBank, QuestionVersion, RevisionQuestion
from quizzes.models.quiz import Layout, Quiz, Review, Slot

__all__ = [
    "Attempt",
    "AttemptGrant",
    "AttemptItem",
    "Layout",
    "Question",
    "QuestionBank",
    "QuestionVersion",
    "Quiz",
    "ResponseSave",
    "Review",
    "RevisionQuestion",
    "Slot",
]
