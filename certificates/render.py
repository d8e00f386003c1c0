"""A certificate as a PDF: one A4 landscape page, drawn from what the certificate says and no more.

The same face always gives the same bytes: nothing of the server, its clock or its zone gets in.
The words are in `wording.yaml`. Lengths are in points, y upwards from the foot of the page.
"""

import re
import unicodedata
import zlib
from collections.abc import Iterator
from dataclasses import dataclass, fields, replace
from datetime import date
from decimal import ROUND_FLOOR, ROUND_HALF_UP, Decimal
from functools import cache
from io import BytesIO
from itertools import groupby
from pathlib import Path
from typing import Any, Final, Literal

import segno
import yaml
from reportlab import rl_config
from reportlab.lib.colors import HexColor, white
from reportlab.lib.pagesizes import A4, landscape
from reportlab.pdfbase.pdfdoc import PDFDictionary, PDFName, PDFStream
from reportlab.pdfgen.canvas import Canvas

from certificates.guilloche import guilloche
from certificates.serials import grouped
from certificates.typesetting import (
    INK,
    LEADING,
    ONE_AT_A_TIME,
    SANS,
    SANS_BOLD,
    SERIF,
    SERIF_BOLD,
    MissingGlyph,
    Row,
    Run,
    draw_row,
    fitted,
    require_glyphs,
)

__all__ = ["Face", "MissingGlyph", "draw", "facts", "long_date"]

rl_config.useA85 = 0  # base 85 would cost time and a quarter more bytes, for seven-bit mail

Language = Literal["uk", "be", "ru", "en"]
WORDS: Final[dict[str, dict[str, str]]] = yaml.safe_load(
    Path(__file__).with_name("wording.yaml").read_text(encoding="utf-8")
)

WIDTH, HEIGHT = landscape(A4)
CENTRE: Final = WIDTH / 2
FRAME: Final = 46.5  # from the page's edge to the thin line inside the guilloche
SIDE: Final = 82.5  # from the page's edge to the text
COLUMN: Final = 640.0  # the widest line in the middle
TOP, FOOT = 527.0, 176.0  # of the text between the frame and the signatures
RULE: Final = 99.0  # the line to sign on
CHECK_WIDTH: Final = 160.0  # of what stands under the QR code
QR: Final = 84.0  # side of the code, its quiet zone included

SOFT, AMBER, AMBER_LINE, AMBER_WASH = (
    HexColor(code) for code in ("#55627a", "#7d5200", "#d9ae5f", "#fdf2d8")
)


@dataclass(frozen=True)
class Face:
    """What a certificate says. An English text that is empty or like the native one is left out."""

    serial: str  # sixteen signs, not grouped
    name_native: str
    name_latin: str
    course_title: str
    course_title_en: str
    language: Language
    minutes: int
    result: Decimal | None  # per cent, 0 to 100; shown floored
    issued: date
    expires: date | None
    verify_url: str
    issuer: str
    issuer_en: str
    signatories: tuple[tuple[str, str], ...]  # (name, post)
    is_specimen: bool


# --- words -------------------------------------------------------------------------------------


def long_date(day: date, language: str) -> str:
    """«24 листопада 2026», «24 November 2026»."""
    return f"{day.day} {WORDS['months'][language].split()[day.month - 1]} {day.year}"


def facts(face: Face, language: str) -> list[str]:
    """Hours (to a tenth, half up; none if that is nought), result (floored) and dates, in words."""
    said = []
    hours = (Decimal(face.minutes) / 60).quantize(Decimal("0.1"), ROUND_HALF_UP)
    if hours:
        number = str(hours).removesuffix(".0").replace(".", WORDS["point"][language])
        said.append(WORDS["one_hour" if hours == 1 else "hours"][language].format(n=number))
    if face.result is not None:
        percent = face.result.to_integral_value(ROUND_FLOOR)
        said.append(WORDS["result"][language].format(p=f"{percent:f}"))
    issued = WORDS["issued"][language].format(d=long_date(face.issued, language))
    end = WORDS["no_end"][language]
    if face.expires:
        end = WORDS["expires"][language].format(e=long_date(face.expires, language))
    return [*said, f"{issued} {end}"]


def _cleaned(face: Face) -> Face:
    """Composed letters (NFC) and single spaces, so that what is drawn is what is searched for."""

    def clean(text: str) -> str:
        return " ".join(unicodedata.normalize("NFC", text).split())

    cleaned: dict[str, Any] = {
        field.name: clean(value)
        for field in fields(face)
        if isinstance(value := getattr(face, field.name), str)
    }
    signatories = tuple((clean(name), clean(post)) for name, post in face.signatories)
    return replace(face, signatories=signatories, **cleaned)


# --- layout ------------------------------------------------------------------------------------


def _both(part: str, face: Face, run: Run, english: Run) -> Row:
    """A fixed word in the face's language and, unless that is English, in English."""
    own = run._replace(text=WORDS[part][face.language])
    if face.language == "en":
        return Row((own,))
    return Row((own, english._replace(text=f" / {WORDS[part]['en']}")))


def _blocks(face: Face) -> Iterator[tuple[float, list[Row]]]:
    """What stands in the middle, from the top: the gap before each block, and its rows."""
    words = {part: said[face.language] for part, said in WORDS.items()}
    own, small = Run("", SERIF, 12.75), Run("", SANS, 10.9, SOFT)
    yield 0, fitted(face.issuer.split(), Run("", SANS_BOLD, 12.75), width=540, rows=2)
    if face.issuer_en != face.issuer:
        yield 0, fitted(face.issuer_en.split(), small, width=540, rows=2)
    yield 26, [Row((Run(words["title"], SERIF_BOLD, 34.5),), tracking=4.8)]
    if face.language != "en":
        yield 1, [Row((small._replace(text=WORDS["title"]["en"]),), tracking=3.3)]
    yield 22, [_both("lead", face, own, small)]
    yield 5, fitted(face.name_native.split(), Run("", SERIF_BOLD, 33), width=COLUMN, rows=3)
    if face.name_latin != face.name_native:
        latin = Run("", SERIF, 15.75, SOFT)
        yield 1, fitted(face.name_latin.split(), latin, width=COLUMN, rows=2)
    yield 19, [_both("body", face, own, small)]
    title = words["quoted"].format(face.course_title)
    yield 4, fitted(title.split(), Run("", SERIF_BOLD, 21.75), width=COLUMN, rows=3)
    if face.course_title_en != face.course_title:
        english = small._replace(size=12.75)
        yield 1, fitted(face.course_title_en.split(), english, width=COLUMN, rows=2)
    said = facts(face, face.language)
    yield 17, fitted(said, own._replace(size=12), width=600, rows=2, glue=" · ")
    if face.language != "en":
        yield 0, fitted(facts(face, "en"), small, width=600, rows=2, glue=" · ")


def _middle(face: Face) -> Iterator[Row]:
    """The blocks between the frame's top and the signatures: spread out, or scaled down to fit."""
    blocks = [(gap, rows) for gap, rows in _blocks(face) if rows]
    text = sum(row.size * LEADING for _, rows in blocks for row in rows)
    gaps = sum(gap for gap, _ in blocks)
    room = TOP - FOOT
    factor = min(1.0, room / (text + gaps))
    spread = min(1.6, (room - text * factor) / gaps)
    y = TOP
    for gap, rows in blocks:
        y -= gap * spread
        for row in rows:
            scaled = row.scaled(factor)
            yield scaled._replace(x=CENTRE, y=y - 0.95 * scaled.size)
            y -= scaled.size * LEADING


def _signatures(face: Face) -> Iterator[tuple[float, float, list[Row]]]:
    """For each signatory: where the line to sign on starts and ends, and the rows under it."""
    count = len(face.signatories)
    room = WIDTH - 2 * SIDE - CHECK_WIDTH - 24
    column = min(225.0, (room + 24) / max(count, 1) - 24)
    for place, (name, post) in enumerate(face.signatories):
        x = SIDE + place * (column + 24)
        y, rows = RULE - 13, []
        for row in (
            *fitted(name.split(), Run("", SERIF, 12), width=column),
            *fitted(post.split(), Run("", SANS, 10.2, SOFT), width=column, rows=2),
        ):
            rows.append(row._replace(x=x, y=y, anchor=0))
            y -= 2 + row.size * 1.05
        yield x, x + column, rows


def _check_rows(face: Face, x: float) -> list[Row]:
    """Under the QR code: the serial, and the address for those who type it."""
    small = Run("", SANS, 7.2, SOFT)
    address = re.findall("[^/]*/|[^/]+", face.verify_url.split("://", 1)[-1])
    rows = [
        Row((Run(grouped(face.serial), SANS_BOLD, 10.5),), y=80.5, tracking=0.5),
        _both("check", face, small, small)._replace(y=71),
    ]
    typed = fitted(address, Run("", SANS_BOLD, 7.8), width=CHECK_WIDTH, rows=2, glue="")
    rows += [row._replace(y=y) for row, y in zip(typed, (62, 54), strict=False)]
    return [row._replace(x=x) for row in rows]


# --- drawing -----------------------------------------------------------------------------------


@cache
def _background() -> bytes:
    return zlib.compress(guilloche(WIDTH, HEIGHT, 31.5).encode("ascii"), 9)


def _draw_background(canvas: Canvas) -> None:
    """The guilloche as a form of its own, deflated once per process."""
    canvas.beginForm("guilloche")
    packed = PDFStream(PDFDictionary({"Filter": PDFName("FlateDecode")}), _background())
    canvas.endForm(Contents=packed)
    canvas.doForm("guilloche")


def _draw_ribbon(canvas: Canvas, face: Face) -> None:
    """Across the page and under its text; the words stand where no text comes, up on the right."""
    said = dict.fromkeys((WORDS["specimen"][face.language], WORDS["specimen"]["en"]))
    canvas.saveState()
    clip = canvas.beginPath()
    clip.rect(FRAME, FRAME, WIDTH - 2 * FRAME, HEIGHT - 2 * FRAME)
    canvas.clipPath(clip, stroke=0, fill=0)
    canvas.translate(684, 459)  # where the words stand
    canvas.rotate(30)
    canvas.setFillColor(AMBER_WASH)
    canvas.setStrokeColor(AMBER_LINE)
    canvas.setLineWidth(0.6)
    canvas.rect(-WIDTH, -17, 2 * WIDTH, 34)
    canvas.rect(-WIDTH, -17, 2 * WIDTH, 34, stroke=0, fill=1)
    ys = (3.0, -9.5) if len(said) > 1 else (-4.0,)
    for text, size, y in zip(said, (12.0, 8.0), ys, strict=False):
        (row,) = fitted([text], Run("", SANS_BOLD, size, AMBER), width=190)
        draw_row(canvas, row._replace(x=0, y=y, tracking=0.4))
    canvas.restoreState()


def _draw_qr(canvas: Canvas, url: str, centre: float) -> None:
    """Ink on white with the quiet zone of four modules, as rectangles; a link on the screen."""
    modules = segno.make(url, error="m", micro=False, boost_error=False).matrix
    count = len(modules) + 8
    left, foot = centre - QR / 2, FOOT - QR
    canvas.saveState()
    canvas.translate(left, foot)
    canvas.scale(QR / count, QR / count)
    canvas.setFillColor(white)
    canvas.rect(0, 0, count, count, stroke=0, fill=1)
    canvas.setFillColor(INK)
    path = canvas.beginPath()
    for line, cells in enumerate(modules):
        x = 4
        for dark, same in groupby(cells):
            run = len(list(same))
            if dark:
                path.rect(x, count - 5 - line, run, 1)
            x += run
    canvas.drawPath(path, stroke=0, fill=1)
    canvas.restoreState()
    canvas.linkURL(url, (left, foot, left + QR, foot + QR), relative=0, thickness=0)


def _canvas(face: Face, out: BytesIO) -> Canvas:
    # Without initialFontName every file would name Helvetica and not embed it.
    canvas = Canvas(
        out,
        (WIDTH, HEIGHT),
        invariant=1,
        pageCompression=1,
        initialFontName=SERIF,
        lang=face.language,
    )
    heading = WORDS["title"][face.language].capitalize()
    canvas.setTitle(f"{heading}. {face.course_title}. {face.name_native}")
    canvas.setAuthor(face.issuer)
    canvas.setSubject(grouped(face.serial))
    canvas.setCreator("Waypost")
    canvas.setDateFormatter(lambda *_: f"D:{face.issued:%Y%m%d}000000Z")
    canvas.setViewerPreference("DisplayDocTitle", "true")
    return canvas


def draw(face: Face) -> bytes:
    """The PDF of a certificate, not yet signed.

    Raises MissingGlyph, before anything is drawn, if a text has a sign that the fonts lack.
    """
    face = _cleaned(face)
    texts = [value for field in fields(face) if isinstance(value := getattr(face, field.name), str)]
    require_glyphs([*texts, *(text for pair in face.signatories for text in pair)])
    with ONE_AT_A_TIME:
        return _drawn(face)


def _drawn(face: Face) -> bytes:
    out = BytesIO()
    canvas = _canvas(face, out)
    _draw_background(canvas)
    if face.is_specimen:
        _draw_ribbon(canvas, face)
    canvas.setStrokeColor(INK)
    canvas.setLineWidth(0.6)
    canvas.rect(FRAME, FRAME, WIDTH - 2 * FRAME, HEIGHT - 2 * FRAME)
    for row in _middle(face):
        draw_row(canvas, row)
    for start, end, rows in _signatures(face):
        canvas.line(start, RULE, end, RULE)
        for row in rows:
            draw_row(canvas, row)
    centre = WIDTH - SIDE - CHECK_WIDTH / 2 if face.signatories else CENTRE
    _draw_qr(canvas, face.verify_url, centre)
    for row in _check_rows(face, centre):
        draw_row(canvas, row)
    canvas.showPage()
    canvas.save()
    return out.getvalue()
