"""A body that is too large is refused before it is read, whoever sends it."""

import re
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from lms.ui.uploads import FORM_MB, MEGABYTE
from tests import factories
from tests.courses import media

ROOT = Path(__file__).resolve().parent.parent.parent
EDITOR = "/teaching/courses/VID-01/lessons/patrol/video/"


class Body:
    """Says how long it is, and fails the test that reads it."""

    def read(self, *_args: object) -> bytes:
        raise AssertionError("the body was read")

    readline = read


def send(client: Client, path: str, length: int | str, **headers: str) -> Any:
    return client.generic(
        "POST", path, CONTENT_TYPE="multipart/form-data; boundary=x",
        CONTENT_LENGTH=str(length), **{"wsgi.input": Body()}, headers=headers,
    )  # fmt: skip


@pytest.fixture
def teacher(db: None, client: Client) -> Client:
    root = factories.service("UA")
    course = factories.draft_course(root, code="VID-01")
    factories.lesson(factories.module(course), kind="video", key="patrol")
    client.force_login(factories.trainer(root, language="en"))
    return client


@pytest.mark.parametrize("path", ["/sign-in/", EDITOR, "/staff/import/", "/language/"])
def test_a_stranger_sends_no_more_than_a_form(db: None, path: str) -> None:
    client = Client(headers={"accept-language": "en"})
    response = send(client, path, 3 * MEGABYTE)
    assert response.status_code == 413
    assert "What was sent is too large" in response.content.decode()


def test_who_has_signed_in_uploads_only_where_files_are_taken(teacher: Client) -> None:
    assert send(teacher, "/account/", 3 * MEGABYTE).status_code == 413
    with pytest.raises(AssertionError, match="was read"):
        send(teacher, EDITOR, 3 * MEGABYTE)


def test_and_no_more_than_the_setting(teacher: Client, settings: Any) -> None:
    settings.MAX_VIDEO_MB = 20
    with pytest.raises(AssertionError, match="was read"):
        send(teacher, EDITOR, (20 + FORM_MB) * MEGABYTE)
    assert send(teacher, EDITOR, (20 + FORM_MB) * MEGABYTE + 1).status_code == 413


@pytest.mark.parametrize("length", ["+9000000", " 9000000"])
def test_a_length_written_otherwise_is_read_as_django_reads_it(db: None, length: str) -> None:
    assert send(Client(), "/sign-in/", length).status_code == 413


def test_a_script_is_answered_as_scripts_are(teacher: Client) -> None:
    response = send(teacher, "/account/", 3 * MEGABYTE, accept="application/json")
    assert response.status_code == 413
    assert response.json()["problems"]["file"]


def test_a_film_of_some_megabytes_comes_through(teacher: Client) -> None:
    film = SimpleUploadedFile("f.mp4", media.mp4() + b"\0" * 3 * MEGABYTE)
    page = teacher.get(EDITOR)
    name = re.search(r'type="file" name="(video[^"]*)"', page.content.decode())
    assert name
    assert teacher.post(EDITOR, {name[1]: film}).status_code in {200, 302}


def test_each_view_that_reads_files_says_how_much() -> None:
    """One that did not could take no file at all; this says so where it is written."""
    for folder in ("lms", "courses", "quizzes", "certificates"):
        for path in (ROOT / folder).rglob("views/**/*.py"):
            source = path.read_text(encoding="utf-8")
            if "request.FILES" in source:
                assert "@uploads(" in source, path


def test_the_staff_list_page_takes_its_files(db: None) -> None:
    root = factories.service("UA")
    client = Client()
    client.force_login(factories.coordinator(root))
    with pytest.raises(AssertionError, match="was read"):
        send(client, reverse("staff:import"), 10 * MEGABYTE)
