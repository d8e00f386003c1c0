"""What a test that need not be passed says to who sat it: a pre-test lets the skilled be quick."""

from dataclasses import dataclass

from courses.models import Course, Lesson
from courses.outlines import OutlineLesson, localize, outline_of
from quizzes.models import Question
from quizzes.paper import Paper


@dataclass(frozen=True)
class Advice:
    """An outcome of the course that was asked for, and the lessons that teach it.

    `is_known`: each question for it was answered all right.
    """

    text: str
    is_known: bool
    lessons: list[OutlineLesson]


def advice_of(paper: Paper, revision: int, item: OutlineLesson) -> list[Advice]:
    """By outcome, in the course's order; none for what the attempt did not ask. Three queries.

    Only a test that need not be passed, and shows what was right, says any. The outcomes are those
    of the course today, the lessons those of the revision.
    """
    if item.required or not paper.shows_marks():
        return []
    asked = {question.content.question: question.state == "right" for question in paper.questions}
    known: dict[str, bool] = {}
    for pk, keys in Question.objects.filter(pk__in=asked).values_list("pk", "outcomes"):
        for key in keys:
            known[key] = known.get(key, True) and asked[pk]
    course = Course.objects.only("outcomes", "outcome_keys").get(
        pk=paper.attempt.enrolment.course_id
    )
    teaches = dict(Lesson.objects.filter(course=course).values_list("pk", "outcomes"))
    lessons = [item for item in outline_of(revision).lessons if item.kind != "quiz"]
    return [
        Advice(
            localize(outcome, paper.language),
            known[key],
            [item for item in lessons if key in teaches.get(item.id, [])],
        )
        for outcome, key in zip(course.outcomes, course.outcome_keys, strict=False)
        if key in known
    ]
