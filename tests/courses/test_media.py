"""Serving files: whole, in ranges, or not at all because the browser has them."""

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client, override_settings
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.media import Unsatisfiable, range_of
from courses.models import CourseFile
from courses.uploads import store_file
from lms.people.models import Organisation
from tests import factories, worlds
from tests.courses import media

FILM = media.mp4(pictures=200_000)
SIZE = len(FILM)


@pytest.fixture
def film(root: Organisation) -> CourseFile:
    return kept(root, "video", FILM, "Обхід поста.mp4")


def kept(root: Organisation, use: str, content: bytes, name: str) -> CourseFile:
    return store_file(
        course=factories.published_course(root, questions=0),
        upload=media.upload(name, content),
        language="",
        actor=None,
        use=use,
    )


def address(file: CourseFile) -> str:
    return f"/files/{file.pk}/{file.name}"


def body(response: Any) -> bytes:
    return bytes(response.getvalue())


def test_the_whole_film(browser: Client, film: CourseFile) -> None:
    response = browser.get(address(film), headers={"accept-encoding": "gzip"})
    assert response.status_code == 200
    assert body(response) == FILM
    assert response["Content-Type"] == "video/mp4"
    assert response["Content-Length"] == str(SIZE)
    assert response["Accept-Ranges"] == "bytes"
    assert response["ETag"] == f'"{film.sha256}"'
    assert response["Cache-Control"] == "private, max-age=31536000, immutable"
    assert response["X-Content-Type-Options"] == "nosniff"
    assert "sandbox" in response["Content-Security-Policy"]
    assert "Content-Encoding" not in response
    assert "Content-Disposition" not in response


@pytest.mark.parametrize(
    ("header", "first", "last"),
    [
        ("bytes=0-0", 0, 0),
        ("bytes=0-", 0, SIZE - 1),
        ("bytes=100-199", 100, 199),
        ("bytes=65535-131073", 65535, 131073),
        (f"bytes={SIZE - 1}-", SIZE - 1, SIZE - 1),
        ("bytes=-1", SIZE - 1, SIZE - 1),
        (f"bytes=-{SIZE + 5}", 0, SIZE - 1),
        ("bytes=7-999999999", 7, SIZE - 1),
        ("Bytes=5-6", 5, 6),
    ],
)
def test_a_part(browser: Client, film: CourseFile, header: str, first: int, last: int) -> None:
    response = browser.get(address(film), headers={"range": header, "accept-encoding": "gzip"})
    assert response.status_code == 206
    assert response["Content-Range"] == f"bytes {first}-{last}/{SIZE}"
    assert response["Content-Length"] == str(last - first + 1)
    assert "Content-Encoding" not in response
    assert body(response) == FILM[first : last + 1]


@pytest.mark.parametrize("header", [f"bytes={SIZE}-", f"bytes={SIZE + 9}-{SIZE + 10}", "bytes=-0"])
def test_behind_the_end(browser: Client, film: CourseFile, header: str) -> None:
    response = browser.get(address(film), headers={"range": header})
    assert response.status_code == 416
    assert response["Content-Range"] == f"bytes */{SIZE}"
    assert body(response) == b""


@pytest.mark.parametrize(
    "header",
    ["bytes=5-4", "bytes=-", "bytes=a-b", "items=0-5", "bytes=0-1,4-5", "bytes", "",
     "bytes=1-" + "9" * 400, "bytes=٣-٤", "bytes=0x1-2"],
)  # fmt: skip
def test_what_is_not_understood_gives_the_whole(
    browser: Client, film: CourseFile, header: str
) -> None:
    response = browser.get(address(film), headers={"range": header.encode().decode("latin-1")})
    assert (response.status_code, len(body(response))) == (200, SIZE)


def test_a_part_of_this_file_or_the_whole_of_another(browser: Client, film: CourseFile) -> None:
    part = {"range": "bytes=0-9"}
    same = browser.get(address(film), headers=part | {"if-range": f'"{film.sha256}"'})
    assert (same.status_code, len(body(same))) == (206, 10)
    for other in ('"another"', f'W/"{film.sha256}"', "Wed, 21 Oct 2026 07:28:00 GMT"):
        response = browser.get(address(film), headers=part | {"if-range": other})
        assert (response.status_code, len(body(response))) == (200, SIZE)


def test_what_the_browser_has_is_not_sent(browser: Client, film: CourseFile) -> None:
    for known in (f'"{film.sha256}"', f'"x", W/"{film.sha256}"', "*"):
        response = browser.get(
            address(film), headers={"if-none-match": known, "range": "bytes=0-9"}
        )
        assert (response.status_code, body(response)) == (304, b"")
        assert response["ETag"] == f'"{film.sha256}"'
    response = browser.get(address(film), headers={"if-none-match": '"x"'})
    assert len(body(response)) == SIZE


def test_head_says_the_size_and_opens_nothing(browser: Client, film: CourseFile) -> None:
    response = browser.head(address(film), headers={"range": "bytes=0-9"})
    assert response.status_code == 200
    assert response["Content-Length"] == str(SIZE)
    assert response["Accept-Ranges"] == "bytes"


def test_a_download_is_never_shown_in_place(browser: Client, root: Organisation) -> None:
    file = kept(root, "download", "Порядок".encode(), "Порядок дій.txt")
    response = browser.get(address(file), headers={"accept-encoding": "gzip"})
    assert response["Content-Type"] == "text/plain; charset=utf-8"
    assert response["Content-Disposition"].startswith("attachment; filename*=utf-8''%D0%9F")
    assert body(response).startswith(b"\x1f\x8b") or body(response) == "Порядок".encode()


def test_captions_go_out_as_text(browser: Client, root: Organisation) -> None:
    file = kept(root, "captions", media.vtt("слово " * 200), "uk.vtt")
    response = browser.get(address(file), headers={"accept-encoding": "gzip"})
    assert response["Content-Type"] == "text/vtt; charset=utf-8"
    assert response["Content-Encoding"] == "gzip"
    assert "Accept-Ranges" not in response
    assert "Content-Disposition" not in response
    body(response)


def test_a_lost_film_is_not_found(browser: Client, film: CourseFile) -> None:
    film.file.storage.delete(film.file.name)
    for headers in ({}, {"range": "bytes=0-1"}):
        assert browser.get(address(film), headers=headers).status_code == 404
    assert browser.head(address(film)).status_code == 404


def test_whoever_does_not_see_the_course_sees_no_part(client: Client, film: CourseFile) -> None:
    client.force_login(factories.officer(factories.service("BY")))
    for headers in ({"range": "bytes=0-1"}, {"if-none-match": f'"{film.sha256}"'}):
        response = client.get(address(film), headers=headers)
        assert response.status_code == 404
        assert "ETag" not in response


@pytest.fixture(scope="module")
def served(
    django_db_setup: None, django_db_blocker: Any, tmp_path_factory: Any
) -> Iterator[tuple[Client, str, Path]]:
    """A film that stays for all examples, and a browser that may see it.

    Its service has a code of its own: that of `root` comes and goes in tests beside it.
    """
    folder = tmp_path_factory.mktemp("media")
    with worlds.kept(django_db_blocker), override_settings(MEDIA_ROOT=folder):
        root = factories.service()
        file = kept(root, "video", FILM, "a.mp4")
        client = Client()
        client.force_login(factories.officer(factories.unit(root)))
        yield client, address(file), folder


@settings(max_examples=60)
@given(first=st.integers(0, SIZE + 10), length=st.integers(1, SIZE + 10), tail=st.booleans())
def test_any_range_gives_exactly_those_bytes(
    served: Any, db: None, first: int, length: int, tail: bool
) -> None:
    client, url, folder = served
    header = f"bytes=-{length}" if tail else f"bytes={first}-{first + length - 1}"
    with override_settings(MEDIA_ROOT=folder):
        response = client.get(url, headers={"range": header})
        got = body(response)
    if not tail and first >= SIZE:
        assert (response.status_code, got) == (416, b"")
        return
    wanted = FILM[-length:] if tail else FILM[first : first + length]
    assert (response.status_code, got) == (206, wanted)
    start = SIZE - len(wanted) if tail else first
    assert response["Content-Range"] == f"bytes {start}-{start + len(wanted) - 1}/{SIZE}"


@given(header=st.text(max_size=40), size=st.integers(0, 50))
def test_no_header_breaks_it(header: str, size: int) -> None:
    try:
        found = range_of(f"bytes={header}", size)
    except Unsatisfiable:
        return
    if found:
        first, last = found
        assert 0 <= first <= last < size
