"""Pictures of a course: shown to those who see the course, and harmless in any browser."""

import uuid
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.test import Client

from courses.models import Course, CourseFile
from lms.people.models import Organisation, User
from tests import factories

HOSTILE = b'<svg xmlns="http://www.w3.org/2000/svg"><script>alert(1)</script></svg>'


def a_file(course: Course, name: str = "a.svg", content: bytes = HOSTILE) -> CourseFile:
    row = CourseFile(course=course, name=name, content_type="image/svg+xml", sha256="0" * 64)
    row.file.save(name, ContentFile(content), save=False)
    row.save(force_insert=True)
    return row


@pytest.fixture
def file(root: Organisation) -> CourseFile:
    return a_file(factories.published_course(root, questions=0))


def address(file: CourseFile) -> str:
    return f"/files/{file.pk}/{file.name}"


def body(response: Any) -> bytes:
    return b"".join(response.streaming_content)


def test_scripts_in_it_never_run(browser: Client, file: CourseFile) -> None:
    response = browser.get(address(file))
    assert response.status_code == 200
    assert body(response) == HOSTILE
    policy = response["Content-Security-Policy"]
    assert "default-src 'none'" in policy
    assert "sandbox" in policy
    assert "script-src" not in policy
    assert response["X-Content-Type-Options"] == "nosniff"
    assert response["Content-Type"] == "image/svg+xml"


def test_it_is_kept_by_the_browser_and_by_nobody_else(browser: Client, file: CourseFile) -> None:
    response = browser.get(address(file))
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    body(response)


def test_who_sees_the_course_sees_its_files(
    client: Client, root: Organisation, post: Organisation, file: CourseFile
) -> None:
    elsewhere = factories.service("BY")
    seen = [factories.officer(post), factories.trainer(root), factories.coordinator(post)]
    unseen = [factories.officer(elsewhere), factories.administrator(elsewhere)]
    for person in seen:
        client.force_login(person)
        response = client.get(address(file))
        assert response.status_code == 200, person
        body(response)
    for person in unseen:
        client.force_login(person)
        assert client.get(address(file)).status_code == 404, person
    assert Client().get(address(file))["Location"].startswith("/sign-in/")


def test_the_files_of_a_draft_are_its_trainers(
    browser: Client, client: Client, root: Organisation
) -> None:
    file = a_file(factories.draft_course(root))
    assert browser.get(address(file)).status_code == 404
    client.force_login(factories.trainer(root))
    response = client.get(address(file))
    assert response.status_code == 200
    body(response)


def test_the_address_names_one_file(browser: Client, file: CourseFile) -> None:
    for wrong in (f"/files/{file.pk}/b.svg", f"/files/{uuid.uuid4()}/{file.name}",
                  f"/files/{file.pk}/..%2Fa.svg", "/files/1/a.svg"):  # fmt: skip
        assert browser.get(wrong).status_code == 404, wrong
    assert browser.post(address(file)).status_code == 405


def test_a_file_that_was_lost_is_not_found(browser: Client, file: CourseFile) -> None:
    file.file.storage.delete(file.file.name)
    assert browser.get(address(file)).status_code == 404


def test_one_who_once_took_the_course_still_sees_them(
    client: Client, officer: User, root: Organisation, file: CourseFile
) -> None:
    factories.completed(factories.enrolled(officer, file.course))
    Course.objects.update(status="archived")
    client.force_login(officer)
    response = client.get(address(file))
    assert response.status_code == 200
    body(response)
