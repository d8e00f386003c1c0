"""The page of a course: what awaits, enrolling, where to go on, what is left."""

import pytest
from django.test import Client

from courses.actions import begin, cancel_enrolment, mark_done, publish_course
from courses.models import Course, Enrolment
from courses.outlines import outline_of
from lms.people.models import Organisation, User
from tests import factories
from tests.courses.pages import Page


@pytest.fixture
def course(root: Organisation) -> Course:
    return factories.published_course(root, code="DOC-07", readings=2, questions=2)


def keys_of(course: Course) -> list[str]:
    assert course.current_revision_id
    return [item.key for item in outline_of(course.current_revision_id).lessons]


def test_it_says_what_awaits(browser: Client, course: Course) -> None:
    page = Page(browser.get("/courses/DOC-07/"))
    for words in ("What you will learn", "Читати зону (en)", "30 min", "valid for 24 months",
                  "Українська", "Беларуская", "Русский", "English",
                  "Коротко про курс (en)"):  # fmt: skip
        assert words in page.words, words
    for key in keys_of(course):
        assert f"/courses/DOC-07/lessons/{key}/" in page.links


def test_enrolling_goes_to_the_first_lesson(browser: Client, course: Course, officer: User) -> None:
    page = Page(browser.get("/courses/DOC-07/"))
    response = page.form("/courses/DOC-07/enrol/").send(browser)
    first = keys_of(course)[0]
    assert response["Location"] == f"/courses/DOC-07/lessons/{first}/"
    enrolment = Enrolment.objects.get()
    assert (enrolment.officer, enrolment.enrolled_by) == (officer, officer)
    assert (enrolment.language, enrolment.cycle) == ("en", 1)
    assert "/courses/DOC-07/enrol/" not in Page(browser.get("/courses/DOC-07/")).actions


def test_a_second_click_enrols_once(browser: Client, course: Course) -> None:
    for _ in range(2):
        assert browser.post("/courses/DOC-07/enrol/").status_code == 302
    assert Enrolment.objects.count() == 1


def test_the_language_chosen_before_enrolling_is_kept(browser: Client, course: Course) -> None:
    page = Page(browser.get("/courses/DOC-07/"))
    response = page.form("/courses/DOC-07/language/").send(browser, language="be")
    assert response["Location"] == "/courses/DOC-07/"
    page = Page(browser.get("/courses/DOC-07/"))
    assert page.all("h1")[0].words == course.title.localize("be")
    assert "What you will learn" in page.words  # the buttons stay
    browser.post("/courses/DOC-07/enrol/")
    assert Enrolment.objects.get().language == "be"
    browser.post("/courses/DOC-07/language/", {"language": "ru"})
    assert Enrolment.objects.get().language == "ru"


@pytest.mark.parametrize("language", ["xx", "", "de", "uk\0"])
def test_a_language_that_the_course_lacks_changes_nothing(
    browser: Client, course: Course, officer: User, language: str
) -> None:
    factories.enrolled(officer, course)
    assert browser.post("/courses/DOC-07/language/", {"language": language}).status_code == 302
    assert Enrolment.objects.get().language == "en"


@pytest.mark.parametrize("away", ["https://evil.example/", "//evil.example", "javascript:alert(1)"])
def test_choosing_a_language_never_leads_away(browser: Client, course: Course, away: str) -> None:
    response = browser.post("/courses/DOC-07/language/", {"language": "be", "next": away})
    assert response["Location"] == "/courses/DOC-07/"


def test_a_closed_course_is_not_for_oneself(browser: Client, root: Organisation) -> None:
    factories.published_course(root, code="DOC-08", is_open=False, questions=0)
    page = Page(browser.get("/courses/DOC-08/"))
    assert "Your coordinator enrols officers in this course." in page.words
    assert "/courses/DOC-08/enrol/" not in page.actions
    assert browser.post("/courses/DOC-08/enrol/").status_code == 403
    assert not Enrolment.objects.exists()


def test_why_not_complete(browser: Client, course: Course, officer: User) -> None:
    enrolment = factories.enrolled(officer, course)
    first, second, quiz = keys_of(course)
    page = Page(browser.get("/courses/DOC-07/"))
    assert "Why not complete?" not in page.words  # nothing was begun yet
    assert "Start" in page.words
    assert course.current_revision_id
    lesson = course.lessons.get(key=second)
    mark_done(enrolment=enrolment, lesson=lesson, revision=course.current_revision_id)
    page = Page(browser.get("/courses/DOC-07/"))
    details = next(e for e in page.all("details") if e.words.startswith("Why not complete?"))
    left = [e.attrs["href"] for e in page.all("a") if details in e.inside]
    assert left == [f"/courses/DOC-07/lessons/{key}/" for key in (first, quiz)]
    assert "pass the test" in details.words
    assert "33 % done, about 20 min left" in page.words


def test_continue_leads_on_from_the_lesson_done_last(
    browser: Client, course: Course, officer: User
) -> None:
    enrolment = factories.enrolled(officer, course)
    first, second, quiz = keys_of(course)
    assert course.current_revision_id

    def onward() -> str:
        page = Page(browser.get("/courses/DOC-07/"))
        return page.all("a", class_="button main")[0].attrs["href"]

    assert onward() == f"/courses/DOC-07/lessons/{first}/"
    for done, following in ((second, quiz), (first, quiz)):
        mark_done(
            enrolment=enrolment, lesson=course.lessons.get(key=done),
            revision=course.current_revision_id,
        )  # fmt: skip
        assert onward() == f"/courses/DOC-07/lessons/{following}/"


def test_optional_lessons_are_not_what_is_left(browser: Client, root: Organisation) -> None:
    course = factories.draft_course(root, code="DOC-09")
    part = factories.module(course)
    must = factories.lesson(part)
    may = factories.lesson(part, required=False)
    publish_course(course=course, actor=None)
    browser.post("/courses/DOC-09/enrol/")
    begin(enrolment=Enrolment.objects.get())
    page = Page(browser.get("/courses/DOC-09/"))
    details = next(e for e in page.all("details") if e.words.startswith("Why not complete?"))
    assert f"Урок {must.key}" in details.words
    assert f"Урок {may.key}" not in details.words
    browser.post(f"/courses/DOC-09/lessons/{must.key}/done/")
    assert Enrolment.objects.get().completed_at


def test_completed(browser: Client, course: Course, officer: User) -> None:
    factories.completed(factories.enrolled(officer, course))
    page = Page(browser.get("/courses/DOC-07/"))
    assert "Course completed" in page.words
    assert "/certificates/" in page.links
    assert "Why not complete?" not in page.words
    page.form("/courses/DOC-07/enrol/").send(browser)  # the renewal
    assert list(Enrolment.objects.order_by("cycle").values_list("cycle", flat=True)) == [1, 2]
    assert "You are enrolled" in Page(browser.get("/courses/DOC-07/")).words


def test_after_a_cancellation_one_may_enrol_again(
    browser: Client, course: Course, officer: User
) -> None:
    enrolment = factories.enrolled(officer, course)
    cancel_enrolment(enrolment=enrolment, actor=None, reason="Відрядження")
    page = Page(browser.get("/courses/DOC-07/"))
    assert "Take the course again" in page.words
    first = keys_of(course)[0]
    assert browser.post(f"/courses/DOC-07/lessons/{first}/done/").status_code == 403
    page.form("/courses/DOC-07/enrol/").send(browser)
    assert Enrolment.objects.live().get().cycle == 2


def test_the_code_in_the_address_is_read_in_any_case(browser: Client, course: Course) -> None:
    assert browser.get("/courses/doc-07/").status_code == 200


def test_hidden_and_absent_are_the_same(browser: Client, root: Organisation) -> None:
    factories.published_course(factories.service("BY"), code="THEIRS", questions=0)
    factories.draft_course(root, code="DRAFT")
    for code in ("THEIRS", "DRAFT", "NONE"):
        assert browser.get(f"/courses/{code}/").status_code == 404
        assert browser.post(f"/courses/{code}/enrol/").status_code == 404
        assert browser.post(f"/courses/{code}/language/", {"language": "be"}).status_code == 404
        assert browser.get(f"/courses/{code}/lessons/any/").status_code == 404
        assert browser.post(f"/courses/{code}/lessons/any/done/").status_code == 404


def test_two_services_may_use_one_code(browser: Client, course: Course) -> None:
    factories.published_course(factories.service("BY"), code="doc-07", questions=0)
    assert browser.get("/courses/DOC-07/").context["reading"].course == course


def test_a_draft_is_no_door_on_its_trainers_page(client: Client, root: Organisation) -> None:
    """His page leads to where courses are written; the officers' page of a draft is no page."""
    factories.draft_course(root, code="DRAFT")
    factories.published_course(root, code="DOC-07", questions=0)
    client.force_login(factories.trainer(root, language="en"))
    page = Page(client.get("/teaching/"))
    assert not [link for link in page.links if link.startswith("/courses/")]
    for address in ("/teaching/courses/DOC-07/", "/teaching/courses/DRAFT/"):
        assert address in page.links
        onward = {link for link in page.links if link.startswith(address)}
        onward |= {link for link in Page(client.get(address)).links if "/courses/" in link}
        assert onward > {address}
        assert not [link for link in onward if link.startswith("/courses/DRAFT/")]
        assert all(client.get(link).status_code == 200 for link in onward)
    assert client.get("/courses/DRAFT/").status_code == 404
    assert client.get("/courses/DOC-07/").status_code == 200


@pytest.mark.parametrize("path", ["enrol/", "language/"])
def test_a_get_changes_nothing(browser: Client, course: Course, path: str) -> None:
    assert browser.get(f"/courses/DOC-07/{path}").status_code == 405
