"""The file of a certificate: drawn outside any transaction, kept exactly once.

The name is made of the serial and the hash of the content, and nothing of a file is ever seen
under its name before all of it is there. So whoever crashes, and wherever, the next run finds
either the whole file or none, and the row decides which file counts.
"""

import os
import secrets
from datetime import timedelta
from hashlib import sha256
from pathlib import Path
from typing import Final

from django.conf import settings
from django.core.files.base import ContentFile
from django.core.files.storage import FileSystemStorage, default_storage
from django.utils import timezone
from i18nfield.strings import LazyI18nString

from certificates.models import Certificate, CertificateFile
from certificates.render import WORDS, Face, draw

FIRST: Final = 1  # the number of the file made after issue
PART: Final = ".part"
ABANDONED: Final = timedelta(minutes=1)  # a part older than this is no living worker's


class LostFile(RuntimeError):
    """A file once made is gone and cannot be made again byte for byte: restore it from a backup."""


def exact(text: LazyI18nString, language: str) -> str:
    """The text in this language and no other; empty when it has none."""
    data = text.data
    return str(data.get(language) or "") if isinstance(data, dict) else str(data or "")


def face_of(certificate: Certificate) -> Face:
    """What the certificate says, as it is drawn; in English where its language has no wording."""
    known = certificate.language if certificate.language in WORDS["title"] else "en"
    return Face(
        serial=certificate.serial,
        name_native=certificate.name_native,
        name_latin=certificate.name_latin,
        course_title=certificate.course_title.localize(certificate.language),
        course_title_en=exact(certificate.course_title, "en"),
        language=known,  # type: ignore[arg-type]
        minutes=certificate.minutes,
        result=certificate.result,
        issued=certificate.issued_on,
        expires=certificate.expires_on,
        verify_url=settings.SITE_URL + certificate.get_absolute_url(),
        issuer=certificate.issuer.localize(certificate.language),
        issuer_en=exact(certificate.issuer, "en"),
        signatories=(),
        is_specimen=certificate.is_specimen,
    )


def make_file(certificate: Certificate) -> CertificateFile:
    """Make the file of the certificate, or see to it that the one made is still there.

    Slow: call it outside of transactions. Raises MissingGlyph (`certificates.render`) when a name
    or title cannot be drawn, LostFile when the file made is gone and today's code draws another.
    """
    made = certificate.files.filter(number=FIRST).first()
    if made is None or _hash_of(str(made.file)) != made.sha256:
        content = draw(face_of(certificate))
        digest = sha256(content).hexdigest()
        if made and made.sha256 != digest:
            raise LostFile(str(made.file))
        name = f"{_folder(certificate)}/{certificate.serial}-{digest[:12]}.pdf"
        if _hash_of(name) != digest:
            _write(name, content)
        made, _is_new = CertificateFile.objects.get_or_create(
            certificate=certificate, number=FIRST, defaults={"sha256": digest, "file": name}
        )
    _tidy(certificate)
    return made


def _folder(certificate: Certificate) -> str:
    return f"certificates/{certificate.serial[:2]}"


def _hash_of(name: str) -> str | None:
    try:
        with default_storage.open(name) as file:
            return sha256(file.read()).hexdigest()
    except FileNotFoundError:
        return None


def _write(name: str, content: bytes) -> None:
    """Put the content under exactly this name, whole or not at all, and on the disk for good."""
    if not isinstance(default_storage, FileSystemStorage):  # of an object store a put is whole
        default_storage.delete(name)
        default_storage.save(name, ContentFile(content))
        return
    path = Path(default_storage.path(name))
    path.parent.mkdir(parents=True, exist_ok=True)
    part = path.with_name(f"{path.name}.{secrets.token_hex(4)}{PART}")
    with part.open("xb") as file:
        file.write(content)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)
    folder = os.open(path.parent, os.O_RDONLY)
    try:
        os.fsync(folder)  # or the row could outlive a power cut and the file's name not
    finally:
        os.close(folder)


def _tidy(certificate: Certificate) -> None:
    """Remove what a crash or a race left of this serial beside the files that rows name.

    Only called once there is a row: what another worker may still be writing has lost by then.
    """
    folder = _folder(certificate)
    _folders, names = default_storage.listdir(folder)
    kept = set(certificate.files.values_list("file", flat=True))
    for name in names:
        path = f"{folder}/{name}"
        if name.startswith(f"{certificate.serial}-") and path not in kept:
            if name.endswith(PART) and not _is_abandoned(path):
                continue
            default_storage.delete(path)


def _is_abandoned(path: str) -> bool:
    try:
        changed = default_storage.get_modified_time(path)
    except FileNotFoundError:  # its worker has just finished
        return False
    return changed < timezone.now() - ABANDONED
