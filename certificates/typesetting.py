"""Lines of text for a certificate: its fonts, rows that fit their width, and their drawing.

Lengths are in points, y upwards from the foot of the page.
"""

from collections.abc import Iterable, Sequence
from functools import cache
from itertools import accumulate, combinations, pairwise
from threading import Lock
from typing import Final, NamedTuple

import fontpkg
from reportlab.lib.colors import Color, HexColor
from reportlab.pdfbase import pdfmetrics
from reportlab.pdfbase.ttfonts import TTFont
from reportlab.pdfgen.canvas import Canvas

SERIF, SERIF_BOLD, SANS, SANS_BOLD = "PTSerif", "PTSerif-Bold", "PTSans", "PTSans-Bold"
INK: Final = HexColor("#15233a")
LEADING: Final = 1.24  # of the size, from one row to the next
ONE_AT_A_TIME: Final = Lock()  # fonts keep a reading position that threads would share


class MissingGlyph(ValueError):
    """A text has a sign that the certificate's fonts do not hold; nothing was drawn."""

    def __init__(self, text: str, char: str) -> None:
        super().__init__(f"No glyph for {char!r} (U+{ord(char):04X}) in {text!r}")
        self.text = text
        self.char = char


class Run(NamedTuple):
    """Text in one font, size and colour."""

    text: str
    font: str
    size: float
    colour: Color = INK

    @property
    def width(self) -> float:
        return float(pdfmetrics.stringWidth(self.text, self.font, self.size))


class Row(NamedTuple):
    """One line of runs; `anchor` is the share of its width that lies left of x."""

    runs: tuple[Run, ...]
    x: float = 0.0
    y: float = 0.0
    anchor: float = 0.5
    tracking: float = 0.0  # added after each letter

    @property
    def size(self) -> float:
        return max(run.size for run in self.runs)

    @property
    def width(self) -> float:
        letters = sum(len(run.text) for run in self.runs)
        return sum(run.width for run in self.runs) + self.tracking * (letters - 1)

    def scaled(self, factor: float) -> "Row":
        runs = tuple(run._replace(size=run.size * factor) for run in self.runs)
        return self._replace(runs=runs, tracking=self.tracking * factor)


@cache
def load_fonts() -> frozenset[int]:
    """Registers the four fonts, once per process; the code points that all of them hold."""
    held = []
    for name, family, weight in (
        (SERIF, "PT Serif", 400),
        (SERIF_BOLD, "PT Serif", 700),
        (SANS, "PT Sans", 400),
        (SANS_BOLD, "PT Sans", 700),
    ):
        # asciiReadable would put all of ASCII into every subset.
        font = TTFont(name, str(fontpkg.path(family, weight=weight)), asciiReadable=0)
        pdfmetrics.registerFont(font)
        held.append(frozenset(font.face.charToGlyph))
    return frozenset.intersection(*held)


def require_glyphs(texts: Iterable[str]) -> None:
    """Raises MissingGlyph for the first sign that one of the fonts lacks."""
    held = load_fonts()
    for text in texts:
        for char in text:
            if ord(char) not in held:
                raise MissingGlyph(text, char)


def fitted(
    pieces: Sequence[str], run: Run, *, width: float, rows: int = 1, glue: str = " "
) -> list[Row]:
    """The pieces in as few rows as leave them near the run's size, or else as large as may be.

    Rows are broken between pieces, as evenly as can be; however long they are, none passes
    `width`. Large letters may shrink to two thirds before another row is taken, small ones to
    four fifths.
    """
    join = run._replace(text=glue).width
    ends = [0.0, *accumulate(run._replace(text=piece).width + join for piece in pieces)]
    enough = run.size * (0.66 if run.size > 20 else 0.8)
    size = 0.0
    cuts: tuple[int, ...] = (0, len(pieces))
    for count in range(1, min(rows, len(pieces)) + 1):
        widest, tried = min(
            (max(ends[end] - ends[start] - join for start, end in pairwise(cut)), cut)
            for inner in combinations(range(1, len(pieces)), count - 1)
            for cut in [(0, *inner, len(pieces))]
        )
        if (fits := min(run.size, run.size * width / widest)) > size:
            size, cuts = fits, tried
        if size >= enough:
            break
    lines = [glue.join(pieces[start:end]) for start, end in pairwise(cuts)]
    return [Row((run._replace(text=line, size=size),)) for line in lines if line]


def draw_row(canvas: Canvas, row: Row) -> None:
    if row.tracking:  # spaced letters are still one word to those who search or listen
        said = "".join(run.text for run in row.runs).encode("utf-16-be").hex()
        canvas.addLiteral(f"/Span <</ActualText <feff{said}>>> BDC")
    text = canvas.beginText(row.x - row.anchor * row.width, row.y)
    text.setCharSpace(row.tracking)
    for run in row.runs:
        text.setFont(run.font, run.size)
        text.setFillColor(run.colour)
        text.textOut(run.text)
    canvas.drawText(text)
    if row.tracking:
        canvas.addLiteral("EMC")
