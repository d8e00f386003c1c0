"""Who may do what with attempts, question banks and quizzes."""

import rules

from courses.models import Enrolment
from courses.rules import coordinates_its_officer, is_own, teaches
from lms.people.models import User
from lms.people.rules import can_see
from quizzes.models import Attempt


@rules.predicate
def is_own_attempt(user: User, attempt: Attempt) -> bool:
    return attempt.enrolment.officer_id == user.pk


@rules.predicate
def is_own_live_enrolment(user: User, enrolment: Enrolment) -> bool:
    return enrolment.officer_id == user.pk and enrolment.is_live


@rules.predicate
def is_operator(user: User) -> bool:
    return user.is_superuser


rules.add_perm("quizzes.start_attempt", is_own_live_enrolment)
rules.add_perm("quizzes.sit_attempt", is_own_attempt)
rules.add_perm("quizzes.see_answers", is_own_attempt)
# A coordinator never gives himself another attempt.
rules.add_perm("quizzes.grant_attempt", is_operator | (coordinates_its_officer & ~is_own))
# A bank is seen by those who train its owner's subtree, and by nobody else.
rules.add_perm("quizzes.edit_bank", can_see)
rules.add_perm("quizzes.edit_quiz", teaches)
