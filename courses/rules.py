"""Who may do what with courses and enrolments."""

import rules

from courses.models import Assignment, Course, Enrolment, Status
from lms.people.models import User
from lms.people.rules import can_see, coordinates, is_trainer


@rules.predicate
def is_own(user: User, enrolment: Enrolment) -> bool:
    return enrolment.officer_id == user.pk


@rules.predicate
def is_live(user: User, enrolment: Enrolment) -> bool:
    return enrolment.is_live


@rules.predicate
def is_offered_and_open(user: User, course: Course) -> bool:
    """Open to all to whom it is offered; the others are enrolled by their coordinator."""
    return course.is_open and Course.objects.offered_to(user).filter(pk=course.pk).exists()


@rules.predicate
def teaches(user: User, course: Course) -> bool:
    return Course.objects.taught_by(user).filter(pk=course.pk).exists()


@rules.predicate
def trains(user: User, enrolment: Enrolment) -> bool:
    """The course is taught, and the officer posted, in the user's subtree; never his own."""
    return Enrolment.objects.trained_by(user).filter(pk=enrolment.pk).exists()


@rules.predicate
def is_archived(user: User, course: Course) -> bool:
    return course.status == Status.ARCHIVED


@rules.predicate
def coordinates_its_officer(user: User, enrolment: Enrolment) -> bool:
    return enrolment.course.service_id == user.service_id and bool(
        coordinates(user, enrolment.officer)
    )


@rules.predicate
def is_published(user: User, course: Course) -> bool:
    return course.status == Status.PUBLISHED


@rules.predicate
def coordinates_its_unit(user: User, assignment: Assignment) -> bool:
    """Whether the unit lies in a subtree that the user coordinates; it need not be saved."""
    path = assignment.organisation.path
    return any(path.startswith(mine) for mine in user.reach.coordinated)


rules.add_perm("courses.enrol_oneself", can_see & is_offered_and_open)
rules.add_perm("courses.study", is_own)
rules.add_perm("courses.edit_course", can_see & teaches & ~is_archived)
rules.add_perm("courses.publish_course", can_see & teaches & ~is_archived)
rules.add_perm("courses.archive_course", can_see & teaches)
rules.add_perm("courses.tick_practical", can_see & trains)
rules.add_perm("courses.manage_enrolment", coordinates_its_officer)
rules.add_perm("courses.edit_term", can_see & is_trainer)
rules.add_perm("courses.give_course", can_see & is_published)
rules.add_perm("courses.manage_assignment", coordinates_its_unit)
