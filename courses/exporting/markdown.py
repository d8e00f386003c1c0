"""Turns the HTML that the editor gave into the Markdown of the catalogue's files.

`courses.richtext.render_markdown` backwards: who asks compares what the Markdown gives with the
HTML, for not all HTML can be said in it. What a text says as it did before keeps its words, marks
and lines as a person wrote them.
"""

import re
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from difflib import SequenceMatcher
from html import unescape
from html.parser import HTMLParser
from itertools import pairwise

from courses.richtext import (
    CHECK,
    NOTES,
    TERM,
    TERM_HREF,
    Resolve,
    UnknownPicture,
    canonical,
    reader,
    render_markdown,
)

EMPTY = {"br", "hr", "img"}
HEADINGS = {"h2": "##", "h3": "###", "h4": "####"}
BLOCKS = {
    "p",
    "ul",
    "ol",
    "blockquote",
    "pre",
    "div",
    "details",
    "figure",
    "hr",
    "table",
    *HEADINGS,
}
MARKS = {"strong": "**", "em": "*"}
# What would be Markdown at the start of a line.
OPENS = re.compile(r"^(\s*)(#{1,6}(?=\s|$)|[-+>](?=\s|$)|>|=+\s*$|-{2,}\s*$|~~~|:::)")
OPENS_NUMBER = re.compile(r"^(\s*\d{1,9})([.)])(?=\s|$)")

# Gives how a picture's address is written in the files.
Source = Callable[[str], str]


class Inexpressible(ValueError):
    """Markdown has no way to say this HTML."""


@dataclass
class Element:
    tag: str
    given: dict[str, str] = field(default_factory=dict)
    inside: list["Element | str"] = field(default_factory=list)
    start: int = 0
    end: int = 0

    @property
    def classes(self) -> set[str]:
        return set(self.given.get("class", "").split())

    def elements(self) -> list["Element"]:
        """Those inside, where there is nothing else. Raises Inexpressible."""
        if any(isinstance(one, str) and one.strip() for one in self.inside):
            raise Inexpressible(self.tag)
        return [one for one in self.inside if isinstance(one, Element)]

    def text(self) -> str:
        return "".join(one if isinstance(one, str) else one.text() for one in self.inside)


class _Tree(HTMLParser):
    """Sanitised HTML, in which every tag is closed, as a tree with places in the text."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.root = Element("")
        self.open = [self.root]
        self.lines = [0, *(match.end() for match in re.finditer("\n", html))]
        self.feed(html)
        self.close()

    def _at(self) -> int:
        line, column = self.getpos()
        return self.lines[line - 1] + column

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        text = self.get_starttag_text() or ""
        element = Element(tag, {name: value or "" for name, value in attrs}, start=self._at())
        element.end = element.start + len(text)
        self.open[-1].inside.append(element)
        if tag not in EMPTY:
            self.open.append(element)

    def handle_endtag(self, tag: str) -> None:
        if tag == self.open[-1].tag:
            self.open.pop().end = self._at() + len(f"</{tag}>")

    def handle_data(self, data: str) -> None:
        self.open[-1].inside.append(data)


def blocks_of(html: str) -> list[str]:
    """The parts of a sanitised text, one below the other. Raises Inexpressible for bare words."""
    return [html[one.start : one.end] for one in _Tree(html).root.elements()]


def markdown_from(html: str, before: str, source: Source, resolve: Resolve) -> str | None:
    """Markdown that gives this sanitised HTML, near to the Markdown before; None if there is none.

    `source` says how the files name a picture, `resolve` is its way back.
    """
    for careful in (False, True):
        try:
            body = _near(html, before, _Writer(source, careful=careful), resolve)
            if canonical(render_markdown(body, resolve)) == canonical(html):
                return body
        except (Inexpressible, UnknownPicture):
            return None
    return None


def _near(html: str, before: str, writer: "_Writer", resolve: Resolve) -> str:
    """The parts that say what they said before as they were written, the others anew."""
    lines = before.split("\n")
    old = list(_parts(before))
    said = [_rendered("\n".join(lines[start:end]), resolve) for start, end in old]
    parts = blocks_of(html)
    matcher = SequenceMatcher(None, said, [canonical(part) for part in parts], autojunk=False)
    written: list[str] = []
    for what, first, last, begin, end in matcher.get_opcodes():
        if what == "equal":
            written.append("\n".join(lines[old[first][0] : old[last - 1][1]]).rstrip())
            continue
        zones = [match[0] for start, to in old[first:last] for line in lines[start:to]
                 if (match := re.match(r"```mrz.*", line))]  # fmt: skip
        for part in parts[begin:end]:
            text = writer.block(_Tree(part).root.elements()[0])
            if text.startswith("```mrz\n") and zones:
                text = zones.pop(0) + text.removeprefix("```mrz")
            written.append(text)
    return "\n\n".join(written)


def _parts(body: str) -> Iterator[tuple[int, int]]:
    """The lines of each part that stands by itself, from and to, with the empty ones behind."""
    starts = [
        token.map[0]
        for token in reader().parse(body)
        if token.level == 0 and token.map and token.nesting >= 0
    ]
    return pairwise([*starts, body.count("\n") + 1])


def _rendered(body: str, resolve: Resolve) -> str:
    try:
        return canonical(render_markdown(body, resolve))
    except UnknownPicture:
        return f"unknown {body}"


class _Writer:
    def __init__(self, source: Source, *, careful: bool) -> None:
        self.source, self.careful = source, careful

    def blocks(self, elements: list[Element]) -> str:
        return "\n\n".join(self.block(one) for one in elements)

    def block(self, element: Element) -> str:
        tag = element.tag
        if tag == "p":
            return _at_line_starts(self.line(element.inside))
        if tag in HEADINGS:
            return f"{HEADINGS[tag]} {self.line(element.inside)}"
        if tag in {"ul", "ol"}:
            return self._list(element)
        if tag == "blockquote":
            inside = self.blocks(element.elements())
            return "\n".join(f"> {line}".rstrip() for line in inside.split("\n"))
        if tag == "hr":
            return "---"
        if tag == "pre":
            return self._fence(element)
        if tag == "figure":
            return self._figure(element)
        if tag == "details":
            question, *rest = element.elements()
            if question.tag != "summary":
                raise Inexpressible("details")
            return f":::{CHECK} {self.line(question.inside)}\n{self.blocks(rest)}\n:::"
        if tag == "div":
            return self._box(element)
        raise Inexpressible(tag)

    def _box(self, element: Element) -> str:
        for name, classes in NOTES.items():
            if element.classes == set(classes.split()):
                return f":::{name}\n{self.blocks(element.elements())}\n:::"
        inside = element.elements()
        if [one.tag for one in inside] != ["table"]:
            raise Inexpressible("div")
        return self._table(inside[0])

    def _list(self, element: Element) -> str:
        number = int(element.given.get("start", "1"))
        items = []
        is_loose = False
        for place, item in enumerate(element.elements()):
            mark = f"{number + place}. " if element.tag == "ol" else "- "
            words = [one for one in item.inside if isinstance(one, str) or one.tag not in BLOCKS]
            below = [one for one in item.inside if isinstance(one, Element) and one.tag in BLOCKS]
            if item.inside[: len(words)] != words and any(
                not isinstance(one, str) or one.strip() for one in words
            ):
                raise Inexpressible("li")  # words below a list
            is_loose = is_loose or any(one.tag == "p" for one in below)
            first = _at_line_starts(self.line(words)) if item.inside[: len(words)] == words else ""
            text = ("\n\n" if is_loose else "\n").join(
                part for part in (first, *(self.block(one) for one in below)) if part
            )
            margin = " " * len(mark)
            items.append(
                mark + "\n".join(f"{margin}{line}".rstrip() for line in text.split("\n")).lstrip()
            )
        return ("\n\n" if is_loose else "\n").join(items)

    def _fence(self, element: Element) -> str:
        inside = element.elements()
        if [one.tag for one in inside] != ["code"]:
            raise Inexpressible("pre")
        if "mrz" not in element.classes:
            return f"```\n{inside[0].text().removesuffix(chr(10))}\n```"
        marked = "".join(
            one if isinstance(one, str) else _MARKED[one.tag] % one.text()
            for one in inside[0].inside
            if isinstance(one, str) or one.tag in _MARKED
        )
        return f"```mrz\n{marked}\n```"

    def _figure(self, element: Element) -> str:
        picture, *rest = element.elements()
        if picture.tag != "img" or [one.tag for one in rest] not in ([], ["figcaption"]):
            raise Inexpressible("figure")
        caption = rest[0].text().strip() if rest else ""
        title = ' "' + re.sub(r'(["\\])', r"\\\1", caption) + '"' if caption else ""
        return f"![{picture.given.get('alt', '')}]({self._address(picture)}{title})"

    def _address(self, picture: Element) -> str:
        return self.source(picture.given.get("src", ""))

    def _table(self, element: Element) -> str:
        rows = [row for part in element.elements() for row in part.elements()]
        cells = [[self._cell(cell) for cell in row.elements()] for row in rows]
        if not cells:
            raise Inexpressible("table")
        lines = ["| " + " | ".join(row) + " |" for row in cells]
        lines.insert(1, "|" + "---|" * len(cells[0]))
        return "\n".join(re.sub(r"\|  (?=\|)", "| ", line) for line in lines)

    def _cell(self, element: Element) -> str:
        text = self.line(element.inside)
        if "\n" in text:
            raise Inexpressible("a cell of several lines")
        return text.replace("|", "\\|")

    def line(self, inside: "list[Element | str]") -> str:
        """Words with their marks."""
        return "".join(self._inline(one) for one in inside).strip(" \n\t")

    def _inline(self, one: "Element | str") -> str:
        if isinstance(one, str):
            return self._words(one)
        if one.tag in MARKS:
            inside = "".join(self._inline(part) for part in one.inside)
            return f"{MARKS[one.tag]}{inside}{MARKS[one.tag]}"
        if one.tag == "code":
            return _code(one.text())
        if one.tag == "br":
            return "\\\n"
        if one.tag == "img":
            return f"![{one.given.get('alt', '')}]({self._address(one)})"
        if one.tag == "a":
            return self._link(one)
        raise Inexpressible(one.tag)

    def _link(self, element: Element) -> str:
        address = element.given.get("href", "")
        if address.startswith(TERM_HREF):
            address = TERM + address.removeprefix(TERM_HREF)
        if re.search(r"[\s()<>]", address):
            address = f"<{address}>"
        title = element.given.get("title", "")
        said = ' "' + re.sub(r'(["\\])', r"\\\1", title) + '"' if title else ""
        return f"[{''.join(self._inline(part) for part in element.inside)}]({address}{said})"

    def _words(self, text: str) -> str:
        """What Markdown would take for marks stands behind backslashes, and no more than that."""
        if self.careful:
            return re.sub(r"([\\`*_\[\]<>&#|!~])", r"\\\1", text)
        text = re.sub(r"([\\`*])", r"\\\1", text)
        text = re.sub(r"(?<!\w)_|_(?!\w)", r"\\_", text)
        text = re.sub(r"\[(?=[^\]]*\]\()", r"\\[", text)
        text = re.sub(r"<(?=[A-Za-z][\w+.-]*[:@])", r"\\<", text)
        return re.sub(r"&(?=#?\w+;)", lambda match: r"\&" if _is_entity(text, match) else "&", text)


_MARKED = {"b": "[%s]", "i": "{%s}"}


def _is_entity(text: str, match: re.Match[str]) -> bool:
    word = text[match.start() : text.index(";", match.start()) + 1]
    return unescape(word) != word


def _code(text: str) -> str:
    longest = max((len(run) for run in re.findall("`+", text)), default=0)
    fence = "`" * (longest + 1)
    pad = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{pad}{text}{pad}{fence}"


def _at_line_starts(text: str) -> str:
    """A paragraph in which no line begins as something else."""
    lines = (OPENS_NUMBER.sub(r"\1\\\2", line) for line in text.split("\n"))
    return "\n".join(OPENS.sub(r"\1\\\2", line) for line in lines)
