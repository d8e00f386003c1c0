"""What trainers upload: told apart by its content, made harmless, and kept once.

Neither the name of a file nor what the browser says of its type decides anything but what the
file is called when it is downloaded. Pictures are drawn anew, so that nothing but the picture
stays of them; films, captions and downloads are checked as `courses.media_types` says. SVG is
refused: a drawing with scripts in it is a program, and cleaning one is a race against browsers.
"""

import hashlib
import re
import unicodedata
from collections.abc import Callable
from io import BytesIO
from typing import NamedTuple, TypeVar

from django.conf import settings
from django.core.files import File
from django.core.files.base import ContentFile
from django.db import IntegrityError, transaction
from django.utils.text import slugify
from django.utils.translation import gettext as _
from PIL import Image, ImageOps

from courses.media_types import FileType, Refused, captions_from, download_type, film_type
from courses.models import Course, CourseFile, LessonFile
from lms.people.models import User

__all__ = ["Refused", "digest_of", "keep_picture", "store_file", "store_image"]

MEGABYTE = 1024 * 1024
LONGEST_SIDE = 2400  # pixels; a larger picture is scaled down to it
SIGNATURES = {"PNG": b"\x89PNG\r\n\x1a\n", "JPEG": b"\xff\xd8\xff", "WEBP": b"RIFF", "GIF": b"GIF8"}
JPEG, PNG = FileType("image/jpeg", "jpg"), FileType("image/png", "png")
WEBP = FileType("image/webp", "webp")
PICTURES = {
    "PNG": ("PNG", PNG),
    "GIF": ("PNG", PNG),
    "JPEG": ("JPEG", JPEG),
    "WEBP": ("WEBP", WEBP),
}


class Picture(NamedTuple):
    content: bytes
    type: FileType
    width: int
    height: int


def store_image(
    *, course: Course, upload: "File[bytes]", language: str, alt: str, actor: User | None
) -> CourseFile:
    """Keep a PNG, JPEG, WebP or the first frame of a GIF, drawn anew; `language` may be empty.

    The same picture in the same course and language is one row, whatever its name; a new `alt`
    becomes that of the row. Works on pixels: not inside a transaction. Raises Refused.
    """
    _check_size(upload, settings.MAX_IMAGE_MB)
    picture = _redrawn(upload)
    digest = hashlib.sha256(picture.content).hexdigest()
    found = CourseFile.objects.filter(
        course=course, language=language, sha256=digest, content_type=picture.type.content_type
    ).first()
    alt = alt.strip()[:500]
    if found:
        if alt and alt != found.alt:
            found.alt = alt
            found.save(update_fields=["alt"])
        return found
    # Plain letters, for the name stands in the address inside texts.
    stem = slugify(_stem(upload.name or ""))[:80] or "picture"
    row = CourseFile(
        course=course,
        name=f"{stem}.{picture.type.ending}",
        language=language,
        content_type=picture.type.content_type,
        sha256=digest,
        width=picture.width,
        height=picture.height,
        alt=alt,
        uploaded_by=actor,
    )
    return _kept(row, ContentFile(picture.content), picture.type)


def keep_picture(*, course: Course, name: str, language: str, data: bytes) -> CourseFile:
    """Keep a picture of the catalogue's files, which come from who runs the server, as it is.

    It is checked like an upload but not drawn anew: a JPEG would be another with each service that
    passes it on. Raises Refused.
    """
    upload = ContentFile(data, name=name)
    _check_size(upload, settings.MAX_IMAGE_MB)
    format_name, kind, image = _opened(upload)
    if image.format != format_name or kind.ending != name.rpartition(".")[2]:
        raise Refused("The picture is of another kind than its name says.")
    row = CourseFile(
        course=course,
        name=name,
        language=language,
        content_type=kind.content_type,
        sha256=hashlib.sha256(data).hexdigest(),
        width=image.width,
        height=image.height,
    )
    return _kept(row, upload, kind)


def store_file(
    *,
    course: Course,
    upload: "File[bytes]",
    language: str,
    actor: User | None,
    use: str,
    redraw: bool = True,
) -> CourseFile:
    """Keep a film, its captions or a file to download (`use`, of `LessonFile.Use`).

    Read in pieces, never whole (captions are small). The same content under the same name is one
    row. `redraw` is off for the catalogue's files, as in `keep_picture`. Not inside a transaction.
    Raises Refused.
    """
    content: File[bytes] = upload
    if use == LessonFile.Use.CAPTIONS:
        _check_size(upload, 1)
        content, kind = ContentFile(captions_from(upload)), FileType("text/vtt", "vtt")
    elif use == LessonFile.Use.VIDEO:
        _check_size(upload, settings.MAX_VIDEO_MB)
        kind = film_type(upload)
    else:
        _check_size(upload, settings.MAX_FILE_MB)
        kind = _picture_type(upload) or download_type(upload)
        if kind in (JPEG, PNG) and not redraw:
            _opened(upload)
        elif kind in (JPEG, PNG):
            picture = _redrawn(upload)
            content, kind = ContentFile(picture.content), picture.type
    digest = digest_of(content)
    name = f"{_stem(upload.name or '')[:100] or use}.{kind.ending}"
    key = {"course": course, "name": name, "language": language, "sha256": digest}
    if found := CourseFile.objects.filter(**key).first():
        return found
    row = CourseFile(**key, content_type=kind.content_type, uploaded_by=actor)
    return _kept(row, content, kind)


def _kept(row: CourseFile, content: "File[bytes]", kind: FileType) -> CourseFile:
    """Store the content and insert the row; who comes second with the same gets the first's."""
    content.seek(0)
    row.file.save(f"{row.sha256[:32]}.{kind.ending}", content, save=False)
    try:
        with transaction.atomic():
            row.save(force_insert=True)
    except IntegrityError:
        row.file.storage.delete(row.file.name or "")
        return CourseFile.objects.get(
            course=row.course, name=row.name, language=row.language, sha256=row.sha256
        )
    return row


def _check_size(upload: "File[bytes]", megabytes: int) -> None:
    if not upload.size:
        raise Refused(_("The file is empty."))
    if upload.size > megabytes * MEGABYTE:
        message = _("The file is larger than %(limit)d MB.")
        raise Refused(message % {"limit": megabytes})


def _stem(name: str) -> str:
    """The name without folders and ending, of letters, digits, dots and dashes alone."""
    name = unicodedata.normalize("NFC", name).replace("\\", "/").rsplit("/", 1)[-1]
    name = name.rsplit(".", 1)[0] if "." in name[1:] else name
    return re.sub(r"[^\w-]+", "-", name).strip("-_")


def digest_of(content: "File[bytes]") -> str:
    """SHA-256, read in pieces."""
    content.seek(0)
    digest = hashlib.sha256()
    for chunk in content.chunks():
        digest.update(chunk)
    return digest.hexdigest()


def _picture_type(upload: "File[bytes]") -> FileType | None:
    """PNG or JPEG by the first bytes, which may be downloaded as they are."""
    upload.seek(0)
    head = upload.read(8)
    if head.startswith(SIGNATURES["PNG"]):
        return PNG
    return JPEG if head.startswith(SIGNATURES["JPEG"]) else None


def _opened(upload: "File[bytes]") -> tuple[str, FileType, Image.Image]:
    """The picture decoded, in the format that its first bytes say and within the limits."""
    upload.seek(0)
    head = upload.read(12)
    name = next((name for name, start in SIGNATURES.items() if head.startswith(start)), None)
    if name is None or (name == "WEBP" and head[8:] != b"WEBP"):
        raise Refused(
            _("The file is not a picture of a kind that we take: PNG, JPEG, WebP or GIF.")
        )
    upload.seek(0)
    format_name, kind = PICTURES[name]
    image = _decoded(lambda: Image.open(upload, formats=[name]))
    pixels = image.width * image.height
    if pixels > settings.MAX_IMAGE_MEGAPIXELS * 1_000_000:
        message = _("The picture has more than %(limit)d million pixels.")
        raise Refused(message % {"limit": settings.MAX_IMAGE_MEGAPIXELS})
    _decoded(image.load)
    return format_name, kind, image


def _redrawn(upload: "File[bytes]") -> Picture:
    """The picture decoded and encoded anew, turned as its camera says, without what it carried."""
    format_name, kind, image = _opened(upload)
    image = _decoded(lambda: _plain(image))
    buffer = BytesIO()
    options = {"quality": 88} if format_name != "PNG" else {}
    image.save(buffer, format_name, optimize=True, **options)
    return Picture(buffer.getvalue(), kind, image.width, image.height)


def _plain(image: Image.Image) -> Image.Image:
    image = ImageOps.exif_transpose(image)
    kept = {"transparency"} if image.mode in ("P", "L", "RGB") else set()
    image.info = {key: value for key, value in image.info.items() if key in kept}
    if image.mode not in ("1", "L", "LA", "P", "RGB", "RGBA"):
        image = image.convert("RGB")
    if max(image.size) > LONGEST_SIDE:
        if image.mode in ("1", "P"):
            image = image.convert("RGBA")
        image.thumbnail((LONGEST_SIDE, LONGEST_SIDE))
    image.getexif().clear()
    return image


Decoded = TypeVar("Decoded")


def _decoded(decode: Callable[[], Decoded]) -> Decoded:
    """What Pillow makes of it; it raises whatever a hostile file provokes."""
    try:
        return decode()
    except (Image.DecompressionBombError, Image.DecompressionBombWarning) as error:
        message = _("The picture has more than %(limit)d million pixels.")
        raise Refused(message % {"limit": settings.MAX_IMAGE_MEGAPIXELS}) from error
    except Exception as error:
        raise Refused(_("The picture is damaged or cut off.")) from error
