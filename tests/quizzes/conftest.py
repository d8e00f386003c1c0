import pytest

from courses.models import Course, Enrolment
from lms.people.models import Organisation, User
from quizzes.models import Attempt
from tests import factories
from tests.courses.conftest import browser, officer, post, root

__all__ = ["browser", "officer", "post", "root"]


@pytest.fixture
def course(root: Organisation) -> Course:
    """One quiz of four fixed questions."""
    return factories.published_course(root, code="DOC-07", readings=0, questions=4)


@pytest.fixture
def enrolment(course: Course, officer: User) -> Enrolment:
    return factories.enrolled(officer, course)


@pytest.fixture
def attempt(enrolment: Enrolment) -> Attempt:
    return factories.started(enrolment)
