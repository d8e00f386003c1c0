"""What changed between two texts of a lesson, in words: for people to read, never to be run.

Only plain text comes out; templates escape it.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html.parser import HTMLParser
from typing import NamedTuple

BLOCKS = {
    "p",
    "h2",
    "h3",
    "h4",
    "li",
    "td",
    "th",
    "pre",
    "figcaption",
    "div",
    "blockquote",
    "hr",
    "summary",
}
WORD = re.compile(r"\s+|[\w’'ʼ-]+|.", re.DOTALL)
ALIKE = 0.4  # from this ratio on two paragraphs are one that was changed
AROUND = 1  # unchanged paragraphs shown beside a change
LONGEST = 1500  # words; a longer paragraph is compared as a whole


class Piece(NamedTuple):
    """A run of words: `op` is "same", "ins" or "del"."""

    op: str
    text: str


@dataclass
class Row:
    """A paragraph: "same", "changed", "ins", "del", "form" (only its form), or a "gap" of many."""

    op: str
    tag: str
    pieces: list[Piece] = field(default_factory=list)
    count: int = 0  # how many unchanged paragraphs a gap stands for


class Block(NamedTuple):
    tag: str
    text: str
    form: str  # the tags inside, so that bold made plain is seen as a change of form


class _Blocks(HTMLParser):
    """Cuts sanitised HTML into paragraphs of plain text."""

    def __init__(self) -> None:
        super().__init__()
        self.blocks: list[Block] = []
        self.tags: list[str] = ["p"]
        self.text: list[str] = []
        self.form: list[str] = []
        self.links: list[str] = []

    def flush(self) -> None:
        text = "".join(self.text)
        if self.tags[-1] != "pre":
            text = " ".join(text.split())
        if text.strip():
            self.blocks.append(Block(self.tags[-1], text.strip("\n"), " ".join(self.form)))
        self.text, self.form = [], []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = dict(attrs)
        if tag in BLOCKS:
            self.flush()
            self.tags.append(tag)
        elif tag == "br":
            self.text.append("\n" if self.tags[-1] == "pre" else " ")
        elif tag == "img":
            self.flush()
            address = given.get("src") or ""
            self.blocks.append(Block("img", given.get("alt") or "", address))
        elif tag == "a":
            self.links.append(given.get("href") or "")
        else:
            tag = {"strong": "b", "em": "i"}.get(tag, tag)
            self.form.append(f"{tag}.{given.get('class') or ''}@{sum(map(len, self.text))}")

    def handle_endtag(self, tag: str) -> None:
        if tag in BLOCKS:
            self.flush()
            if len(self.tags) > 1:
                self.tags.pop()
        elif tag == "a" and self.links:
            self.text.append(f" ({self.links.pop()})")

    def handle_data(self, data: str) -> None:
        self.text.append(data)


def blocks_of(html: str) -> list[Block]:
    """The paragraphs of a text; `html` is sanitised."""
    parser = _Blocks()
    parser.feed(html)
    parser.close()
    parser.flush()
    return parser.blocks


def words_changed(old: str, new: str) -> list[Piece]:
    """The new text with what went and what came, word by word."""
    before, after = WORD.findall(old), WORD.findall(new)
    if max(len(before), len(after)) > LONGEST:
        return [Piece("same", new)] if old == new else [Piece("del", old), Piece("ins", new)]
    pieces: list[Piece] = []
    gone = come = ""
    codes = SequenceMatcher(None, before, after, autojunk=False).get_opcodes()
    for op, i1, i2, j1, j2 in codes:
        same = "".join(after[j1:j2])
        if op == "equal" and not (same.isspace() and (gone or come) and j2 < len(after)):
            pieces += _pieces(gone, come)
            pieces.append(Piece("same", same))
            gone = come = ""
        else:  # words with a space between them went and came together
            gone += "".join(before[i1:i2])
            come += same
    return pieces + _pieces(gone, come)


def _pieces(gone: str, come: str) -> list[Piece]:
    return [piece for piece in (Piece("del", gone), Piece("ins", come)) if piece.text]


def _replaced(old: list[Block], new: list[Block]) -> Iterator[Row]:
    """Paragraphs in whose place others stand: alike ones pair up, the rest went or came."""
    start = 0
    for block in old:
        ratios = [
            (SequenceMatcher(None, block.text, other.text, autojunk=False).quick_ratio(), index)
            for index, other in enumerate(new[start:], start)
            if (block.tag == "img") == (other.tag == "img")
        ]
        ratio, index = max(ratios, default=(0.0, 0), key=lambda pair: pair[0])
        if ratio < ALIKE:
            yield Row("del", block.tag, [Piece("del", block.text)])
            continue
        for other in new[start:index]:
            yield Row("ins", other.tag, [Piece("ins", other.text)])
        pair = new[index]
        if block.text == pair.text:
            yield Row("form", pair.tag, [Piece("same", pair.text)])
        else:
            yield Row("changed", pair.tag, words_changed(block.text, pair.text))
        start = index + 1
    for other in new[start:]:
        yield Row("ins", other.tag, [Piece("ins", other.text)])


def _all_rows(old: list[Block], new: list[Block]) -> Iterator[Row]:
    for op, i1, i2, j1, j2 in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if op == "equal":
            for block in new[j1:j2]:
                yield Row("same", block.tag, [Piece("same", block.text)])
        else:
            yield from _replaced(old[i1:i2], new[j1:j2])


def difference(old: str, new: str) -> list[Row]:
    """What changed from one sanitised HTML to another; empty when nothing that is read did.

    Unchanged paragraphs far from a change are a gap.
    """
    rows = list(_all_rows(blocks_of(old), blocks_of(new)))
    changed = [index for index, row in enumerate(rows) if row.op != "same"]
    if not changed:
        return []
    near = {
        index + step
        for index in changed
        for step in range(-AROUND, AROUND + 1)
        if 0 <= index + step < len(rows)
    }
    shown: list[Row] = []
    for index, row in enumerate(rows):
        if index in near:
            shown.append(row)
        elif shown and shown[-1].op == "gap":
            shown[-1].count += 1
        else:
            shown.append(Row("gap", "", count=1))
    return shown


def amount(rows: list[Row]) -> int:
    """How many paragraphs changed."""
    return sum(row.op not in {"same", "gap"} for row in rows)
