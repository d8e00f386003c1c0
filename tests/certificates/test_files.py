"""Whatever crashes and wherever: in the end there is one file, whole, and one row that names it."""

import os
import time
from dataclasses import replace
from hashlib import sha256
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.base import ContentFile
from django.core.files.storage import default_storage
from i18nfield.strings import LazyI18nString
from pypdf import PdfReader
from pytest_django import Settings

from certificates import files
from certificates.actions import reissue_certificate, revoke_certificate
from certificates.files import LostFile, face_of, make_file
from certificates.models import Certificate, CertificateFile
from certificates.tasks import finish_certificate
from certificates.typesetting import MissingGlyph
from tests.certificates.helpers import NOW, a_certificate

pytestmark = pytest.mark.django_db


class Crash(BaseException):
    """The worker is gone; nothing may catch it."""


def crash(*_args: Any, **_kwargs: Any) -> Any:
    raise Crash


def on_disk(certificate: Certificate) -> list[Path]:
    folder = Path(default_storage.path(f"certificates/{certificate.serial[:2]}"))
    return sorted(folder.glob(f"{certificate.serial}*")) if folder.exists() else []


def assert_one_of_each(certificate: Certificate) -> None:
    (row,) = CertificateFile.objects.filter(certificate=certificate)
    (path,) = on_disk(certificate)
    assert path == Path(row.file.path)
    assert sha256(path.read_bytes()).hexdigest() == row.sha256
    assert len(PdfReader(BytesIO(path.read_bytes())).pages) == 1


def test_the_file_has_its_serial_and_hash_for_a_name() -> None:
    certificate = a_certificate()
    made = make_file(certificate)
    assert made.number == 1
    assert made.file.name == (
        f"certificates/{certificate.serial[:2]}/{certificate.serial}-{made.sha256[:12]}.pdf"
    )
    assert_one_of_each(certificate)
    assert make_file(certificate) == made


def test_the_file_says_what_the_certificate_says() -> None:
    certificate = a_certificate(is_demo=True)
    face = face_of(certificate)
    assert face.verify_url == f"https://waypost.example/certificates/verify/{certificate}/"
    assert face.course_title == "Перевірка проїзних документів"
    assert face.course_title_en == "Checking travel documents"
    assert face.is_specimen
    with make_file(certificate).file.open() as file:
        text = PdfReader(file).pages[0].extract_text()
    assert "Ґалаґан" in text
    assert certificate.shown_serial in text


def test_what_has_no_english_name_and_no_known_language_is_drawn_all_the_same() -> None:
    certificate = a_certificate()
    certificate.course_title = LazyI18nString({"uk": "Курс"})
    certificate.issuer = LazyI18nString("Служба")
    certificate.language = "pl"
    face = face_of(certificate)
    assert (face.language, face.course_title, face.course_title_en) == ("en", "Курс", "")
    assert (face.issuer, face.issuer_en) == ("Служба", "Служба")
    assert make_file(certificate).sha256


@pytest.mark.parametrize(
    "target",
    [
        "certificates.files.draw",
        "certificates.files.os.fsync",
        "certificates.files.Path.replace",
        "certificates.files.CertificateFile.objects.get_or_create",
        "certificates.files._tidy",
    ],
)
def test_after_a_crash_the_next_run_puts_everything_right(
    target: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    certificate = a_certificate()
    with monkeypatch.context() as patched:
        patched.setattr(target, crash)
        with pytest.raises(Crash):
            make_file(certificate)
    for path in on_disk(certificate):  # the next run comes after the lease
        os.utime(path, (time.time() - 300, time.time() - 300))
    make_file(certificate)
    assert_one_of_each(certificate)


def test_a_partial_file_is_replaced() -> None:
    certificate = a_certificate()
    digest = sha256(files.draw(face_of(certificate))).hexdigest()
    path = Path(default_storage.path(f"certificates/{certificate.serial[:2]}"))
    path.mkdir(parents=True)
    (path / f"{certificate.serial}-{digest[:12]}.pdf").write_bytes(b"%PDF-1.4 cut sho")
    make_file(certificate)
    assert_one_of_each(certificate)


def test_a_whole_file_without_a_row_is_taken_over(monkeypatch: pytest.MonkeyPatch) -> None:
    certificate = a_certificate()
    make_file(certificate)
    CertificateFile.objects.all()._raw_delete("default")
    monkeypatch.setattr("certificates.files._write", crash)
    make_file(certificate)
    assert_one_of_each(certificate)


def test_an_orphan_of_another_hash_goes_and_others_stay() -> None:
    certificate = a_certificate()
    folder = Path(default_storage.path(f"certificates/{certificate.serial[:2]}"))
    folder.mkdir(parents=True)
    orphan = folder / f"{certificate.serial}-0123456789ab.pdf"
    stranger = folder / f"{certificate.serial[:2]}{'A' * 14}-0123456789ab.pdf"
    writing = folder / f"{certificate.serial}-0123456789ab.pdf.aa.part"
    for path in (orphan, stranger, writing):
        path.write_bytes(b"%PDF")
    make_file(certificate)
    assert not orphan.exists()
    assert stranger.exists()
    assert writing.exists()  # a worker may still be at it


def test_two_workers_side_by_side_leave_one(monkeypatch: pytest.MonkeyPatch) -> None:
    """The other one does all of it between our writing and our row, and with another hash."""
    certificate = a_certificate()
    face = face_of(certificate)
    whole = files._write

    def write_and_lose(name: str, content: bytes) -> None:
        whole(name, content)
        with monkeypatch.context() as other:
            other.setattr(files, "_write", whole)
            other.setattr(files, "face_of", lambda _: replace(face, minutes=99))
            make_file(certificate)

    monkeypatch.setattr(files, "_write", write_and_lose)
    ours = make_file(certificate)
    assert ours.sha256 == sha256(files.draw(replace(face, minutes=99))).hexdigest()
    assert_one_of_each(certificate)


def test_a_file_that_is_gone_is_made_again_byte_for_byte() -> None:
    certificate = a_certificate()
    made = make_file(certificate)
    before = Path(made.file.path).read_bytes()
    Path(made.file.path).unlink()
    assert make_file(certificate) == made
    assert Path(made.file.path).read_bytes() == before


def test_a_lost_file_that_cannot_be_made_again_is_said_to_be_lost(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    certificate = a_certificate()
    made = make_file(certificate)
    Path(made.file.path).unlink()
    monkeypatch.setattr("certificates.files.draw", lambda _face: b"another drawing")
    with pytest.raises(LostFile):
        make_file(certificate)
    assert CertificateFile.objects.get().sha256 == made.sha256


def test_an_object_store_without_paths_serves_as_well(settings: Settings) -> None:
    settings.STORAGES = settings.STORAGES | {
        "default": {"BACKEND": "django.core.files.storage.InMemoryStorage"}
    }
    certificate = a_certificate()
    made = make_file(certificate)
    folder = f"certificates/{certificate.serial[:2]}"
    orphan = default_storage.save(f"{folder}/{certificate.serial}-0.pdf", ContentFile(b"%PDF"))
    assert make_file(certificate) == made
    assert not default_storage.exists(orphan)
    with made.file.open() as file:
        assert sha256(file.read()).hexdigest() == made.sha256


def test_a_name_with_a_sign_that_no_font_holds_makes_no_file() -> None:
    certificate = a_certificate(given_name="佐藤", patronymic="")
    with pytest.raises(MissingGlyph):
        make_file(certificate)
    assert on_disk(certificate) == []
    assert not CertificateFile.objects.exists()


def test_the_task_makes_the_file_and_can_run_twice() -> None:
    certificate = a_certificate()
    finish_certificate(str(certificate.pk))
    finish_certificate(str(certificate.pk))
    assert_one_of_each(certificate)
    assert not Certificate.objects.unfinished().exists()


def test_a_revoked_certificate_gets_no_file_any_more() -> None:
    certificate = a_certificate()
    revoke_certificate(certificate=certificate, reason="x", actor=None, now=NOW)
    finish_certificate(str(certificate.pk))
    assert not CertificateFile.objects.exists()


def test_a_reissue_has_a_file_of_its_own_and_the_old_one_stays() -> None:
    old = a_certificate()
    make_file(old)
    new = reissue_certificate(
        certificate=old, name_native="А Б", name_latin="A B", reason="typo", actor=None, now=NOW
    )
    make_file(new)
    assert_one_of_each(old)
    assert_one_of_each(new)
