"""Packs all that is kept about a person into a ZIP file of JSON and certificates.

Slow, and outside of any transaction; the row decides which file counts.
"""

import json
import logging
import tempfile
from operator import attrgetter
from typing import IO, Any
from uuid import UUID
from zipfile import ZIP_DEFLATED, ZipFile

from django.core.files.base import File
from django.core.files.storage import default_storage
from django.core.serializers.json import DjangoJSONEncoder
from django.db.models import Model
from django.db.models.fields.files import FieldFile
from django.utils import timezone, translation
from i18nfield.strings import LazyI18nString

from certificates.models import Certificate
from lms.people.models import User
from lms.privacy.models import DataExport
from lms.privacy.parts import PARTS, Part
from lms.privacy.register import REGISTER

BATCH = 500
IN_MEMORY = 1024 * 1024  # bytes; a longer file goes through the disk
logger = logging.getLogger(__name__)


def make_export(export_id: UUID) -> None:
    """Make the file, unless it is made or nobody wants it any more; of two workers one wins."""
    export = DataExport.objects.waiting().select_related("user__service").filter(pk=export_id)
    found = export.first()
    if found is None:
        return
    with tempfile.SpooledTemporaryFile(IN_MEMORY) as packed:
        with translation.override(found.user.language), timezone.override(found.user.zone):
            pack(found.user, packed)
        packed.seek(0)
        name = default_storage.save(f"exports/{found.pk}.zip", File(packed))
    if not export.update(file=name, made_at=timezone.now(), queued_until=None):
        default_storage.delete(name)


def pack(user: User, into: IO[bytes]) -> None:
    """Write the ZIP file: a JSON file a part, its words in the active language, and papers."""
    with ZipFile(into, "w", ZIP_DEFLATED) as archive:
        contents = {}
        for part in PARTS:
            what = str(part.model._meta.verbose_name_plural)
            rows = [row_of(part, row, user) for row in part.rows(user).iterator(BATCH)]
            contents[f"{part.name}.json"] = what
            archive.writestr(f"{part.name}.json", _json({"what": what, "rows": rows}))
        archive.writestr("contents.json", _json(_contents(user, contents)))
        _add_certificates(user, archive)


def _contents(user: User, files: dict[str, str]) -> dict[str, Any]:
    register = [
        {"what": kind.what, "why": kind.why, "how_long": f"{kind.period} {kind.since}".strip(),
         "then": kind.then}
        for kind in REGISTER
    ]  # fmt: skip
    return {"login": user.login, "made_at": timezone.now(), "files": files, "register": register}


def _json(data: Any) -> str:
    return json.dumps(data, cls=DjangoJSONEncoder, ensure_ascii=False, indent=1)


def row_of(part: Part, row: Model, user: User) -> dict[str, Any]:
    """The fields of a row by name: of things what they are called, of other people nothing."""
    return {field.replace(".", "_"): _plain(attrgetter(field)(row), user) for field in part.fields}


def _plain(value: Any, user: User) -> Any:
    if isinstance(value, User):
        return user.login if value.pk == user.pk else None
    return str(value) if isinstance(value, Model | LazyI18nString | FieldFile) else value


def _add_certificates(user: User, archive: ZipFile) -> None:
    """The newest file of each certificate that is not revoked; of those nothing is given out."""
    own = Certificate.objects.filter(enrolment__officer=user, revoked_at=None)
    for certificate in own.order_by("issued_at"):
        made = certificate.files.order_by("-number").first()
        if made is None:
            continue
        try:
            with made.file.open("rb") as content:
                archive.writestr(f"certificates/{certificate.shown_serial}.pdf", content.read())
        except FileNotFoundError:
            logger.exception("the file of certificate %s is gone", certificate.pk)
