"""What short text and numeric share: one field that is typed into."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import Any

from quizzes.types.base import LONGEST_ANSWER, AnyBody, Post, QuestionType, Response, posted


def given_text(response: Response) -> str:
    """The typed text; empty when there is none, or none that a form of ours could have sent."""
    text = response.get("text")
    return text.strip() if isinstance(text, str) and len(text) <= LONGEST_ANSWER else ""


class TypedType(QuestionType[AnyBody]):
    """Response: {"text": as typed}."""

    @abstractmethod
    def right_words(self, body: AnyBody) -> str:
        """A text that is fully right."""

    def read(self, body: AnyBody, post: Post, name: str) -> dict[str, Any]:
        text = posted(post, name)
        return {"text": text} if text else {}

    def form_data(self, body: AnyBody, response: Response, name: str) -> dict[str, list[str]]:
        text = given_text(response)
        return {name: [text]} if text else {}

    def is_answered(self, body: AnyBody, response: Response) -> bool:
        return bool(given_text(response)) and not self.problem(body, response)

    def right_response(self, body: AnyBody) -> dict[str, Any]:
        return {"text": self.right_words(body)}

    def show(
        self, body: AnyBody, response: Response, order: Sequence[str], language: str
    ) -> dict[str, Any]:
        return super().show(body, response, order, language) | {
            "value": given_text(response),
            "longest": LONGEST_ANSWER,
        }

    def answer_text(self, body: AnyBody, response: Response, language: str) -> list[str]:
        text = given_text(response)
        return [text] if text else []
