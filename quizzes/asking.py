"""The questions that the quizzes of a course may ask, for the course's own pages."""

from django.urls import reverse

from courses.models import Course
from courses.outcomes import Asked
from quizzes.models import Question


def questions_of(course: Course) -> list[Asked]:
    """Those of the banks that the course's quizzes use, but for the retired. One query."""
    rows = (
        Question.objects.filter(
            bank__quizzes__lesson__course=course,
            bank__quizzes__lesson__removed_at=None,
            retired_at=None,
        )
        .order_by("key", "pk")
        .values_list("pk", "key", "outcomes")
        .distinct()
    )
    return [Asked(key, its, reverse("banks:question", args=[pk])) for pk, key, its in rows]
