"""Tiny files made by code: what trainers upload, and what they should not."""

import io
import struct
import zipfile
from typing import Any

from django.core.files.uploadedfile import SimpleUploadedFile
from PIL import Image

from courses.actions.kinds import attach_file
from courses.models import Lesson, LessonFile
from courses.uploads import store_file
from lms.people.models import User

OFFICE = "application/vnd.openxmlformats-officedocument."


def upload(name: str, content: bytes, content_type: str = "text/html") -> SimpleUploadedFile:
    """As a browser sends it; the type it says is wrong on purpose."""
    return SimpleUploadedFile(name, content, content_type)


def picture(kind: str = "PNG", size: tuple[int, int] = (40, 30), **options: Any) -> bytes:
    buffer = io.BytesIO()
    mode = options.pop("mode", "RGB")
    Image.new(mode, size, options.pop("color", 0)).save(buffer, kind, **options)
    return buffer.getvalue()


def box(name: bytes, content: bytes = b"") -> bytes:
    return struct.pack(">I4s", len(content) + 8, name) + content


def mp4(codec: bytes = b"avc1", brand: bytes = b"isom", pictures: int = 1000) -> bytes:
    """The boxes that say what a film is, around no film."""
    moov = box(b"stsd", struct.pack(">II", 0, 1) + box(codec, b"\0" * 78))
    for name in (b"stbl", b"minf", b"mdia", b"trak", b"moov"):
        moov = box(name, box(b"free") + moov)
    ftyp = box(b"ftyp", brand + struct.pack(">I", 512) + b"mp41")
    return ftyp + box(b"mdat", bytes(range(256)) * (pictures // 256 + 1)) + moov


def webm(doc_type: bytes = b"webm") -> bytes:
    name = b"\x42\x82" + bytes([0x80 | len(doc_type)]) + doc_type
    header = b"\x42\x86\x81\x01" + name
    return b"\x1a\x45\xdf\xa3" + bytes([0x80 | len(header)]) + header + b"\x18\x53\x80\x67\xff"


def vtt(words: str = "Доброго дня") -> bytes:
    return f"WEBVTT\n\n00:01.000 --> 00:02.500\n{words}\n".encode()


def pdf() -> bytes:
    return b"%PDF-1.4\n1 0 obj<</Type/Catalog>>endobj\ntrailer<</Root 1 0 R>>\n%%EOF\n"


def office(kind: str = "wordprocessingml.document", **parts: bytes) -> bytes:
    """A document with nothing in it; `parts` are further files, by names with __ for /."""
    types = (
        '<?xml version="1.0"?><Types xmlns="http://schemas.openxmlformats.org/package/2006/'
        f'content-types"><Override PartName="/main.xml" ContentType="{OFFICE}{kind}.main+xml"/>'
        "</Types>"
    )
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("[Content_Types].xml", types)
        archive.writestr("main.xml", "<w/>")
        for name, content in parts.items():
            archive.writestr(name.replace("__", "/"), content)
    return buffer.getvalue()


def attached(
    lesson: Lesson, use: str, content: bytes, *, name: str, actor: User, language: str = ""
) -> LessonFile:
    """A file uploaded into a lesson."""
    file = store_file(
        course=lesson.course, upload=upload(name, content), language=language, actor=actor, use=use
    )
    return attach_file(lesson=lesson, file=file, use=use, language=language, actor=actor)


def with_film(lesson: Lesson, actor: User) -> None:
    """One film for all languages, and captions in each."""
    attached(lesson, "video", mp4(), name="film.mp4", actor=actor)
    for code in lesson.course.languages:
        attached(lesson, "captions", vtt(code), name=f"{code}.vtt", actor=actor, language=code)
