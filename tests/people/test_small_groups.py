"""Figures about fewer than five people, on the pages of one who does not see them by name."""

import re

import pytest
from django.test import Client
from django.urls import reverse
from django.utils import translation

from courses.actions.authoring import change_lesson
from courses.models import Course
from lms.people.models import Organisation, User
from lms.people.small_groups import SMALL_GROUP, head_count
from tests import factories

pytestmark = pytest.mark.django_db
FEW = "fewer than 5"


@pytest.fixture
def root() -> Organisation:
    return factories.service("UA")


@pytest.fixture
def course(root: Organisation) -> Course:
    return factories.published_course(root, code="DOC-07", readings=2, questions=0)


def page_of(person: User, address: str) -> str:
    """The text of a page without its tags."""
    client = Client()
    client.force_login(person)
    response = client.get(address)
    assert response.status_code == 200
    return " ".join(re.sub(r"<[^>]+>", " ", response.text).split())


@pytest.mark.parametrize(
    ("number", "shown"), [(0, "0"), (1, FEW), (4, FEW), (5, "5"), (1000, "1000")]
)
def test_nobody_is_nobody_and_five_are_enough(number: int, shown: str) -> None:
    with translation.override("en"):
        assert head_count(number) == shown


@pytest.mark.parametrize(
    ("live", "completed", "shown"),
    [(0, 0, ("0", "0")), (1, 4, (FEW, FEW)), (5, 6, ("5", "6")), (4, 5, (FEW, "5"))],
)
def test_the_trainer_reads_of_few_only_that_they_are_few(
    root: Organisation, course: Course, live: int, completed: int, shown: tuple[str, str]
) -> None:
    for _person in range(live):
        factories.enrolled(factories.officer(root), course)
    for _person in range(completed):
        factories.completed(factories.enrolled(factories.officer(root), course))
    text = page_of(factories.trainer(root, language="en"), "/teaching/")
    assert f"nothing {shown[0]} {shown[1]} " in text
    assert (f"Fewer than {SMALL_GROUP} people are not counted here" in text) == (FEW in shown)


@pytest.mark.parametrize(("number", "shown"), [(4, FEW), (5, "5")])
def test_before_publishing_too(root: Organisation, number: int, shown: str) -> None:
    course = factories.published_course(root, code="DOC-07", readings=2, questions=2)
    trainer = factories.trainer(root, language="en")
    for _person in range(number):  # all but the test
        factories.read_all(factories.enrolled(factories.officer(root), course))
    change_lesson(lesson=course.lessons.filter(kind="reading")[0], actor=trainer, minutes=77)
    text = page_of(trainer, "/teaching/courses/DOC-07/publish/")
    assert f"Officers taking the course now: {shown}" in text
    assert f"done by {shown}" in text


def test_the_coordinator_sees_each_by_name_and_all_figures(
    root: Organisation, course: Course
) -> None:
    factories.enrolled(factories.officer(root, family_name="Ґонта"), course)
    text = page_of(factories.coordinator(root, language="en"), reverse("reports:officers"))
    assert "Ґонта" in text
    assert FEW not in text


@pytest.mark.parametrize("language", ["uk", "be", "ru", "en"])
def test_the_privacy_notice_says_so(client: Client, language: str) -> None:
    client.post("/language/", {"language": language, "next": "/privacy/"})
    with translation.override(language):
        sentence = translation.gettext(
            "Who does not see you by name sees you in no figure: of groups of fewer than %(few)s"
            " people no number is shown."
        ) % {"few": SMALL_GROUP}
    assert sentence in client.get("/privacy/").text
