"""Every hostile file of the shared vectors through every way in, over HTTP, as vectors.json says.

A file that must be refused: a sentence, nothing stored, no 500. What an importer of questions or
packages is to make of its kinds is that importer's test; here they must do no harm as uploads.
"""

import io
import json
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from courses.models import Course, CourseFile, LessonFile
from lms.ops.archives import BackupError, unpack
from lms.people.models import ImportRow, Organisation, StaffImport
from tests import factories
from tests.courses import media
from tests.vectors import folder, vector

pytestmark = [pytest.mark.django_db, pytest.mark.once]

TEXT = "/teaching/courses/HOS-01/lessons/words/text/uk/picture/"
VIDEO = "/teaching/courses/HOS-01/lessons/film/video/"
FILE = "/teaching/courses/HOS-01/lessons/memo/file/"
LIST = "/staff/import/"
KINDS = {"malicious", "zip-names"}


def rows() -> Iterator[dict[str, Any]]:
    found = json.loads(vector("vectors.json").read_text(encoding="utf-8"))
    return (row for row in found if row["kind"] in KINDS)


def faults(look: Callable[[dict[str, Any], bytes], object]) -> str:
    """What is wrong with each file, one a line; `look` says it, or nothing."""
    looked = ((row, look(row, vector(row["file"]).read_bytes())) for row in rows())
    return "\n".join(f"{row['file']}, {row['expect']}: {fault}" for row, fault in looked if fault)


@pytest.fixture
def course(db: None) -> Course:
    course = factories.draft_course(factories.service("UA"), code="HOS-01")
    module = factories.module(course)
    for kind, key in (("reading", "words"), ("video", "film"), ("file", "memo")):
        factories.lesson(module, kind=kind, key=key)
    return course


@pytest.fixture
def trainer(course: Course, client: Client) -> Client:
    client.force_login(factories.trainer(course.owner, language="en"))
    client.raise_request_exception = False
    return client


@pytest.fixture
def coordinator(root: Organisation, client: Client) -> Client:
    client.force_login(factories.coordinator(root, language="en"))
    client.raise_request_exception = False
    return client


@pytest.fixture
def root(db: None) -> Organisation:
    return factories.service("UA")


def files_kept(settings: Any) -> list[Path]:
    return [path for path in Path(settings.MEDIA_ROOT).rglob("*") if path.is_file()]


def test_each_file_is_in_the_list_and_each_of_the_list_is_there() -> None:
    there = {f"{kind}/{path.name}" for kind in KINDS for path in folder().glob(f"{kind}/*")}
    assert {row["file"] for row in rows()} == there
    assert len(there) > 70


def test_as_a_picture_of_a_text(trainer: Client, settings: Any) -> None:
    """Not one of them is a picture: those that call themselves one are hostile."""

    def look(row: dict[str, Any], content: bytes) -> object:
        upload = media.upload(Path(row["file"]).name, content, "image/png")
        response = trainer.post(
            TEXT, {"picture": upload, "alt": "x"}, headers={"accept": "application/json"}
        )
        if response.status_code != 400 or not response.json()["problems"].get("picture"):
            return response.status_code
        return CourseFile.objects.exists() or files_kept(settings)

    assert not faults(look)


def test_as_a_film_with_captions(trainer: Client, settings: Any) -> None:
    def look(row: dict[str, Any], content: bytes) -> object:
        name = Path(row["file"]).name
        fields = ("video-all", "captions-uk")
        uploads = {field: media.upload(name, content, "video/mp4") for field in fields}
        response = trainer.post(VIDEO, uploads)
        if response.status_code != 200 or response.context["form"].errors.keys() != {*fields}:
            return response.status_code
        return CourseFile.objects.exists() or files_kept(settings)

    assert not faults(look)


def test_as_a_file_to_download(trainer: Client, settings: Any) -> None:
    """Refused, or kept as the plain text that it is and served as a download of no other type."""

    def look(row: dict[str, Any], content: bytes) -> object:
        upload = media.upload(Path(row["file"]).name, content, "application/pdf")
        response = trainer.post(FILE, {"download-all": upload})
        found = CourseFile.objects.first()
        if found is None:
            refused = response.status_code == 200 and response.context["form"].errors
            return files_kept(settings) if refused else response.status_code
        served = trainer.get(f"/files/{found.pk}/{found.name}")
        body = b"".join(served.streaming_content)
        LessonFile.objects.all().delete()
        found.file.delete(save=False)
        found.delete()
        if response.status_code != 302 or row["expect"].get("as_kind") == "image":
            return f"kept, {response.status_code}"
        if served["Content-Type"] not in {"text/plain; charset=utf-8", "text/csv; charset=utf-8"}:
            return served["Content-Type"]
        if not served["Content-Disposition"].startswith("attachment"):
            return served["Content-Disposition"]
        if "sandbox" not in served["Content-Security-Policy"] or body.lstrip().startswith(b"<"):
            return "could be read as a page"
        return None

    assert not faults(look)


def test_as_a_staff_list(coordinator: Client, root: Organisation, settings: Any) -> None:
    """CSV files as the list of vectors says; of the others none is taken for a workbook."""

    def look(row: dict[str, Any], content: bytes) -> object:
        upload = media.upload(Path(row["file"]).name, content, "text/csv")
        response = coordinator.post(LIST, {"unit": root.pk, "file": upload})
        taken = StaffImport.objects.first()
        ImportRow.objects.all().delete()
        StaffImport.objects.all().delete()
        expected = row["expect"]["accept"]
        is_csv = row["expect"].get("as_kind") == "csv"
        if response.status_code not in {200, 302}:
            return response.status_code
        if taken is None and not response.context["form"].errors.get("file"):
            return "refused without a word"
        if taken is not None and (content[:2] == b"PK" or (is_csv and expected is False)):
            return "taken"
        if taken is None and is_csv and expected == "imported as text":
            return response.context["form"].errors
        return files_kept(settings)

    assert not faults(look)


def test_as_a_backup(tmp_path: Path) -> None:
    """No archive of these is a backup, and nothing of them is left, here or elsewhere."""
    inside, before = tmp_path / "inside", {path.name for path in tmp_path.iterdir()}

    def look(row: dict[str, Any], content: bytes) -> object:
        inside.mkdir()
        try:
            unpack(io.BytesIO(content), inside)
        except BackupError as refused:
            fault = None if str(refused) else "without a word"
        else:
            fault = "taken for a backup"
        left = [path for path in tmp_path.rglob("*") if path.is_file()]
        for path in left:
            path.unlink()
        for path in sorted(inside.rglob("*"), reverse=True):
            path.rmdir()
        inside.rmdir()
        return fault or [path.name for path in left if path.parent != inside]

    assert not faults(look)
    assert {path.name for path in tmp_path.iterdir()} == before
