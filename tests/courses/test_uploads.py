"""Uploads: told apart by content, harmless, bounded, kept once."""

import json
import struct
import zlib
from collections.abc import Callable
from io import BytesIO
from pathlib import Path
from typing import Any

import pytest
from django.core.files.uploadedfile import UploadedFile
from PIL import Image

from courses import media_types
from courses.models import Course, CourseFile
from courses.uploads import Refused, store_file, store_image
from courses.webvtt import CaptionsError, rewritten
from lms.people.models import Organisation, User
from tests import factories
from tests.courses import media
from tests.vectors import folder, vector


@pytest.fixture
def course(root: Organisation) -> Course:
    return factories.draft_course(root)


@pytest.fixture
def trainer(root: Organisation) -> User:
    return factories.trainer(root)


def stored(file: CourseFile) -> bytes:
    with file.file.open() as content:
        return bytes(content.read())


@pytest.fixture
def keep(course: Course, trainer: User) -> Callable[..., CourseFile]:
    """Upload as a trainer: `use` is "image" or one of a lesson's."""

    def keep(name: str, content: bytes, use: str = "image", language: str = "") -> CourseFile:
        upload = media.upload(name, content)
        if use == "image":
            return store_image(
                course=course, upload=upload, language=language, alt=" Рядки ", actor=trainer
            )
        return store_file(course=course, upload=upload, language=language, actor=trainer, use=use)

    return keep


# Pictures


@pytest.mark.parametrize(
    ("kind", "content_type"),
    [("PNG", "image/png"), ("JPEG", "image/jpeg"), ("WEBP", "image/webp"), ("GIF", "image/png")],
)
def test_a_picture_is_known_by_its_content_and_drawn_anew(
    keep: Any, trainer: User, kind: str, content_type: str
) -> None:
    file = keep("Рядки МЗЗ.html", media.picture(kind, color=90) + b"<script>alert(1)</script>")
    assert (file.content_type, file.width, file.height) == (content_type, 40, 30)
    assert file.name.endswith({"image/jpeg": ".jpg"}.get(content_type, "." + content_type[6:]))
    assert (file.alt, file.uploaded_by) == ("Рядки", trainer)
    content = stored(file)
    assert b"script" not in content
    assert Image.open(BytesIO(content)).size == (40, 30)


@pytest.mark.parametrize("kind", ["PNG", "JPEG", "WEBP"])
def test_nothing_stays_of_what_a_camera_wrote(keep: Any, kind: str) -> None:
    exif = Image.Exif()
    exif[0x010E], exif[0x0112] = "49.8397 N, 24.0297 E", 6  # a place, and "turn it by 90 degrees"
    options = {"comment": b"49.8397 N"} if kind == "JPEG" else {}
    before = media.picture(kind, (40, 30), exif=exif, **options)
    assert b"49.8397" in before
    file = keep("a", before)
    assert (file.width, file.height) == (30, 40)
    assert b"49.8397" not in stored(file)
    assert not Image.open(BytesIO(stored(file))).getexif()


def test_what_is_seen_through_stays_so(keep: Any) -> None:
    for mode, color in (("RGBA", (0, 0, 0, 0)), ("LA", (0, 0))):
        file = keep("a.png", media.picture("PNG", mode=mode, color=color))
        assert Image.open(BytesIO(stored(file))).convert("RGBA").getpixel((1, 1))[3] == 0  # type: ignore[index]


@pytest.mark.parametrize("mode", ["1", "L", "P", "I;16", "CMYK"])
def test_every_way_of_writing_colours(keep: Any, mode: str) -> None:
    kind = "JPEG" if mode == "CMYK" else "PNG"
    assert keep("a", media.picture(kind, mode=mode)).width == 40


def test_a_large_picture_is_made_smaller(keep: Any) -> None:
    file = keep("a.png", media.picture(size=(4800, 100)))
    assert (file.width, file.height) == (2400, 50)


def test_the_first_frame_of_a_moving_one(keep: Any) -> None:
    frames = [Image.new("RGB", (9, 9), color) for color in ("red", "blue")]
    buffer = BytesIO()
    frames[0].save(buffer, "GIF", save_all=True, append_images=frames[1:])
    picture = Image.open(BytesIO(stored(keep("a.gif", buffer.getvalue()))))
    assert getattr(picture, "n_frames", 1) == 1
    assert picture.convert("RGB").getpixel((1, 1)) == (255, 0, 0)


def test_too_many_pixels_are_refused_before_they_are_drawn(keep: Any, settings: Any) -> None:
    settings.MAX_IMAGE_MEGAPIXELS = 1
    with pytest.raises(Refused):
        keep("a.png", media.picture(mode="1", size=(1001, 1000)))
    head = b"IHDR" + struct.pack(">IIBBBBB", 60_000, 60_000, 8, 2, 0, 0, 0)
    bomb = b"\x89PNG\r\n\x1a\n" + struct.pack(">I", 13) + head + struct.pack(">I", zlib.crc32(head))
    with pytest.raises(Refused):
        keep("a.png", bomb + b"\0" * 20)


def test_the_same_picture_twice_is_one_row(keep: Any, course: Course) -> None:
    first = keep("a.png", media.picture())
    assert keep("b.jpg", media.picture()) == first
    assert keep("a.png", media.picture(), language="uk") != first
    assert keep("a.png", media.picture(color=7)) != first
    assert course.files.count() == 3


def test_size_limits(keep: Any, settings: Any) -> None:
    settings.MAX_IMAGE_MB = settings.MAX_VIDEO_MB = settings.MAX_FILE_MB = 0
    for use in ("image", "video", "download"):
        with pytest.raises(Refused):
            keep("a", b"x", use)
    with pytest.raises(Refused):
        keep("a.vtt", b" " * (1024 * 1024 + 1), "captions")


# Films


FILMS = [
    (media.mp4(), "video/mp4"),
    (media.mp4(b"avc3", b"mp42"), "video/mp4"),
    (media.mp4(b"av01", b"iso6"), "video/mp4"),
    (media.webm(), "video/webm"),
]


@pytest.mark.parametrize("which", range(len(FILMS)))
def test_films_that_browsers_play(keep: Any, which: int) -> None:
    content, content_type = FILMS[which]
    file = keep("Обхід поста.exe", content, "video")
    assert file.content_type == content_type
    assert file.name == f"Обхід-поста.{content_type[6:]}"
    assert stored(file) == content


BAD_FILMS = [
    media.mp4(b"hvc1"),  # HEVC
    media.mp4(b"apcn", b"qt  "),  # QuickTime
    media.mp4()[:-60],  # the end is missing
    media.mp4()[:100],
    media.webm(b"matroska"),
    media.picture(),
    media.pdf(),
    b"\x1a\x45\xdf\xa3" + b"\xff" * 100,
    b"\0\0\0\x08ftyp",
    b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + b"\0\0\0\1moov" + b"\xff" * 8,
    b"\0\0\0\x18ftypisom\0\0\2\0isommp41" + b"\0\0\0\x08moov" * 20_000,
    b"not a film",
]


@pytest.mark.parametrize("which", range(len(BAD_FILMS)))
def test_films_that_are_refused(keep: Any, which: int) -> None:
    with pytest.raises(Refused):
        keep("film.mp4", BAD_FILMS[which], "video")


class Watched(BytesIO):
    """Remembers the largest piece that was asked of it."""

    longest = 0

    def read(self, size: int | None = -1) -> bytes:
        self.longest = max(self.longest, size if size is not None and size >= 0 else 1 << 40)
        return super().read(size)


def test_a_film_is_never_read_whole(course: Course, trainer: User) -> None:
    content = media.mp4(pictures=300_000)
    disk = Watched(content)
    upload = UploadedFile(disk, "film.mp4", "video/mp4", len(content))
    file = store_file(course=course, upload=upload, language="", actor=trainer, use="video")
    assert stored(file) == content
    assert 0 < disk.longest <= 64 * 1024


# Captions


def test_captions_are_written_anew(keep: Any) -> None:
    typed = (
        "\ufeffWEBVTT - нотатки\r\nX: y\r\n\r\nSTYLE\r\n::cue { background: url(x) }\r\n\r\n"
        "NOTE\r\nнікому\r\n\r\n1\r\n01:00:01.000 --> 01:00:02.5000"
    )
    with pytest.raises(Refused) as refusal:
        keep("a.vtt", typed.encode(), "captions")
    assert "11" in refusal.value.message
    typed = typed[:-1] + " line:0 align:start\r\n<v Ліна>Q & A <b>тут</b> &lt;script&gt;\r\n"
    file = keep("a.vtt", typed.encode(), "captions", language="uk")
    assert (file.content_type, file.name) == ("text/vtt", "a.vtt")
    assert stored(file).decode() == (
        "WEBVTT\n\n01:00:01.000 --> 01:00:02.500 line:0 align:start\n"
        "<v Ліна>Q &amp; A <b>тут</b> &lt;script&gt;\n"
    )


def test_subrip_becomes_webvtt() -> None:
    typed = "1\n00:00:01,000 --> 00:00:02,000\nРаз\nДва\n\n2\n00:00:03,000 --> 00:00:04,000\nТри\n"
    assert rewritten(typed.encode()).decode() == (
        "WEBVTT\n\n00:00:01.000 --> 00:00:02.000\nРаз\nДва\n\n00:00:03.000 --> 00:00:04.000\nТри\n"
    )


TIMES = "WEBVTT\n\n00:01.000 --> 00:02.000"


@pytest.mark.parametrize(
    ("typed", "line"),
    [
        ("", None),
        ("WEBVTT\n", None),
        ("WEBVTTX\n\n00:01.000 --> 00:02.000\nx", None),
        (f"{TIMES}\n<script>x", 4),
        (f"{TIMES}\nx\n<c.red>x</c>", 5),
        (f"{TIMES}\n<img src=x>", 4),
        (f"{TIMES}\n<v <b>>x", 4),
        (f"{TIMES}\n<00:01.500>x", 4),
        (f"{TIMES} position:calc(1)\nx", 3),
        ("WEBVTT\n\n00:02.000 --> 00:01.000\nx", 3),
        ("WEBVTT\n\n00:01 --> 00:02\nx", 3),
        ("WEBVTT\n\nname\n00:61.000 --> 01:02.000\nx", 4),
        (f"{TIMES}\na\0b", 4),
        (f"{TIMES}\n{'x' * 3000}", 4),
    ],
)
def test_captions_that_are_refused_name_the_line(typed: str, line: int | None) -> None:
    with pytest.raises(CaptionsError) as refusal:
        rewritten(typed.encode())
    numbers = [word for word in str(refusal.value).replace(":", " ").split() if word.isdecimal()]
    assert numbers[:1] == ([str(line)] if line else [])


def test_captions_not_in_utf_8() -> None:
    with pytest.raises(CaptionsError, match="4"):
        rewritten(f"{TIMES}\nДобрий".encode("cp1251"))


# Downloads


DOWNLOADS = [
    (media.pdf(), "pdf"),
    (media.office(), "docx"),
    (media.office("spreadsheetml.sheet"), "xlsx"),
    (media.office("presentationml.presentation"), "pptx"),
    ("Перелік документів".encode(), "txt"),
    (media.picture(), "png"),
    (media.picture("JPEG"), "jpg"),
]


@pytest.mark.parametrize("which", range(len(DOWNLOADS)))
def test_downloads_get_the_ending_of_what_they_are(keep: Any, which: int) -> None:
    content, ending = DOWNLOADS[which]
    file = keep("../../Порядок дій.bat", content, "download")
    assert file.name == f"Порядок-дій.{ending}"
    assert file.file.name.endswith(f".{ending}")
    assert "Порядок" not in file.file.name


def test_a_table(keep: Any) -> None:
    file = keep("a.csv", "код;назва\n-5;+12,5 %\n".encode("utf-8-sig"), "download")
    assert (file.content_type, file.name) == ("text/csv", "a.csv")
    for hostile in ("=1+1", "@SUM(A1)", "+cmd|' /C calc'!A0", "-2+3", '"\t=1"'):
        with pytest.raises(Refused) as refusal:
            keep("a.csv", f"a,b\n1,{hostile}\n".encode(), "download")
        assert "2" in refusal.value.message


BAD_DOWNLOADS = [
    media.pdf()[:-20],
    b"<!doctype html><script>alert(1)</script>",
    "\ufeff <svg onload=alert(1)>".encode(),
    "Текст".encode("cp1251"),
    b"a\0b",
    b"MZ\x90\0",
    b"PK\x03\x04rubbish",
    media.office("word.template"),
    media.office("wordprocessingml.document", **{"word__vbaProject.bin": b"x"}),
    media.office("wordprocessingml.document", **{"..__..__evil": b"x"}),
    media.office("wordprocessingml.document", **{"MAIN.xml": b"x"}),
    media.webm(),
]


@pytest.mark.parametrize("which", range(len(BAD_DOWNLOADS)))
def test_downloads_that_are_refused(keep: Any, which: int) -> None:
    with pytest.raises(Refused):
        keep("a.docx", BAD_DOWNLOADS[which], "download")


def test_the_same_content_under_the_same_name_is_one_row(keep: Any, course: Course) -> None:
    first = keep("a.pdf", media.pdf(), "download")
    assert keep("a.pdf", media.pdf(), "download") == first
    assert keep("b.pdf", media.pdf(), "download") != first
    assert course.files.count() == 2


def test_who_comes_second_gets_the_row_of_the_first(
    keep: Any, course: Course, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Both looked before either had written: the constraint decides, and no file is left over."""
    first = keep("a.pdf", media.pdf(), "download")
    found = CourseFile.objects.filter(pk=first.pk)
    monkeypatch.setattr(type(CourseFile.objects.all()), "first", lambda self: None, raising=True)
    assert keep("a.pdf", media.pdf(), "download").pk == found.get().pk
    folder = Path(first.file.path).parent
    assert [path.name for path in folder.iterdir()] == [Path(first.file.name).name]


# Hostile files


@pytest.mark.parametrize("path", sorted(folder().glob("malicious/*")), ids=lambda path: path.name)
def test_hostile_files_are_refused_or_become_plain_text(path: Path, keep: Any) -> None:
    """None passes as a picture, a film or captions; what is only text may be kept, as text."""
    content = path.read_bytes()
    for use in ("image", "video", "captions"):
        with pytest.raises(Refused) as refusal:
            keep(path.name, content, use)
        assert refusal.value.messages[0]
    try:
        file = keep(path.name, content, "download")
    except Refused:
        return
    assert file.content_type == {"csv": "text/csv"}.get(path.suffix[1:], "text/plain")
    assert not stored(file).lstrip().startswith(b"<")


@pytest.mark.parametrize("kind", ["image"])
def test_what_the_vectors_call_a_hostile_picture_is_refused_everywhere(
    kind: str, keep: Any
) -> None:
    rows = json.loads(vector("vectors.json").read_text(encoding="utf-8"))
    named = [
        row["file"]
        for row in rows
        if row["kind"] == "malicious" and row["expect"].get("as_kind") == "image"
    ]
    assert len(named) >= 4
    for name in named:
        with pytest.raises(Refused):
            keep(name, vector(name).read_bytes(), "download")


def test_refusals_are_words() -> None:
    assert str(media_types.Refused("Ні.")) == "Ні."
