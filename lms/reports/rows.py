"""What a row of a list says beside its own columns, read for many rows at once."""

from collections import defaultdict
from collections.abc import Iterable, Sequence
from typing import Any, cast
from uuid import UUID

from django.db.models import Count

from courses.models import Enrolment, LessonProgress
from courses.outlines import Outline, outlines_of
from courses.standing import standing_of
from lms.people.models import Membership, User
from lms.people.ranks import rank_name
from lms.reports.selections import in_state, postings


def postings_of(people: Iterable[int], paths: tuple[str, ...]) -> dict[int, Membership]:
    """Where each officer serves inside the subtrees that `paths` head, the post before a
    secondment; one query."""
    rows = postings(paths).filter(user__in=people).select_related("organisation")
    # "post" < "secondment": the last one written stays.
    return {row.user_id: row for row in rows.order_by("-kind", "-since")}


def counts_of(people: Iterable[int]) -> dict[int, dict[str, int]]:
    """How many enrolments of each officer are live, overdue and completed; one query."""
    rows: Any = (
        Enrolment.objects.filter(officer__in=people)
        .order_by()
        .values("officer")
        .annotate(
            live=Count("pk", filter=in_state("live")),
            overdue=Count("pk", filter=in_state("overdue")),
            completed=Count("pk", filter=in_state("completed")),
        )
    )
    counts: dict[int, dict[str, int]] = defaultdict(
        lambda: {"live": 0, "overdue": 0, "completed": 0}
    )
    counts.update({row.pop("officer"): row for row in rows})
    return counts


def outlines_for(enrolments: Sequence[Enrolment]) -> dict[UUID, Outline]:
    """What each enrolment is weighed against; at most one query. Needs `course`."""
    revisions = {
        row.pk: cast(int, row.completed_revision_id or row.course.current_revision_id)
        for row in enrolments
    }
    outlines = outlines_of(revisions.values())
    return {pk: outlines[revision] for pk, revision in revisions.items()}


def percents_of(enrolments: Sequence[Enrolment], outlines: dict[UUID, Outline]) -> dict[UUID, int]:
    """The share of the required lessons done, 0 to 100, of each enrolment; one query.

    A completed one is at 100 by definition, and its progress is not read.
    """
    open_ones = [row.pk for row in enrolments if not row.completed_at]
    progress: dict[UUID, list[LessonProgress]] = defaultdict(list)
    for row in LessonProgress.objects.filter(enrolment__in=open_ones).to_weigh():
        progress[row.enrolment_id].append(row)
    return {
        row.pk: 100 if row.completed_at else standing_of(outlines[row.pk], progress[row.pk]).percent
        for row in enrolments
    }


def rank_of(person: User, user: User) -> str:
    """The officer's rank in the reader's language. Needs no query: both are of one service."""
    return rank_name(user.service.country, person.rank, user.language) if user.service else ""
