"""Reads a catalogue's files as a second pair of eyes: what is missing, wrong or not as agreed.

Each finding names file and line, in words for a translator. Nothing is loaded into the database.
"""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from html.parser import HTMLParser
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import frontmatter
import yaml
from defusedxml import ElementTree
from defusedxml.common import DefusedXmlException

from courses.catalogue import CATALOGUE, HTML, CatalogueError
from courses.catalogue_pictures import PLACEHOLDER, drawing
from courses.checking_questions import faults_of_questions, mrz_faults
from courses.checking_words import avoided, faults_of_letters, faults_of_words, is_like
from courses.glossary import FILE
from courses.models import Guide
from courses.models.course import LANGUAGE_ORDER
from courses.richtext import UnknownPicture, sanitise, written
from lms.readable import Loader, read_yaml

LONG, LENGTHS = 400, (0.6, 1.65)  # letters of a text from which lengths are compared, and how far
SHORT, SHORT_LENGTHS = 80, (0.45, 2.2)
LINK = re.compile(r"(!?)\[([^\]]*)\]\(([^)\s]+)[^)]*\)")
FENCE = re.compile(r"^(```|~~~)(.*)$")
SVG = "{http://www.w3.org/2000/svg}"


class Finding(NamedTuple):
    """`path` is relative to the folder that was checked, `line` counts from 1."""

    path: str
    line: int
    what: str

    def __str__(self) -> str:
        return f"{self.path}:{self.line}: {self.what}"


class Readable:
    """A YAML file with the lines on which its parts stand. Raises yaml.YAMLError, OSError."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.data = read_yaml(path)
        self.lines: dict[tuple[Any, ...], int] = {}
        self._note(yaml.compose(path.read_text(encoding="utf-8"), Loader), ())

    def _note(self, node: Any, place: tuple[Any, ...]) -> None:
        if node is None:
            return
        self.lines.setdefault(place, node.start_mark.line + 1)
        if isinstance(node, yaml.MappingNode):
            for key, value in node.value:
                self.lines[(*place, key.value)] = key.start_mark.line + 1
                self._note(value, (*place, key.value))
        elif isinstance(node, yaml.SequenceNode):
            for number, value in enumerate(node.value):
                self._note(value, (*place, number))

    def line(self, place: tuple[Any, ...]) -> int:
        """Of a part, else of what it is in."""
        while place not in self.lines and place:
            place = place[:-1]
        return self.lines.get(place, 1)

    def texts(self) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
        """Every part that is said in languages, with its place."""
        yield from _texts(self.data, ())


def _texts(value: Any, place: tuple[Any, ...]) -> Iterator[tuple[tuple[Any, ...], dict[str, Any]]]:
    if isinstance(value, dict):
        said = {key: text for key, text in value.items() if key in LANGUAGE_ORDER}
        if said:
            yield place, said
        else:
            for key, inside in value.items():
                yield from _texts(inside, (*place, key))
    elif isinstance(value, list):
        for number, inside in enumerate(value):
            yield from _texts(inside, (*place, number))


@dataclass
class Course:
    folder: Path
    languages: list[str]
    outcomes: list[str]
    glossary: dict[str, Any]


def check_catalogue(folder: Path) -> list[Finding]:
    """All findings in a catalogue, or in the folder of one course, by file and line."""
    found: list[Finding] = []
    path = folder / FILE
    known = path if path.exists() else CATALOGUE / FILE
    glossary = read_yaml(known) or {}
    if path.exists():
        found += _of_yaml(Readable(path), LANGUAGE_ORDER, glossary)
    courses = sorted(
        one.parent for one in (*folder.glob("*/course.yaml"), *folder.glob("course.yaml"))
    )
    for one in courses:
        found += _of_course(one, glossary)
    return sorted(
        {one._replace(path=str(Path(one.path).relative_to(folder))) for one in found},
        key=lambda one: (one.path, one.line, one.what),
    )


def _of_course(folder: Path, glossary: dict[str, Any]) -> Iterator[Finding]:
    files: dict[str, Readable] = {}
    for path in (folder / "course.yaml", *sorted(folder.glob("questions*.yaml"))):
        try:
            if path.exists():
                files[path.name] = Readable(path)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            yield Finding(str(path), mark.line + 1 if mark else 1, "this is no YAML")
            return
    head = files.pop("course.yaml")
    outcomes = [one["key"] for one in head.data.get("outcomes", []) if one.get("key")]
    course = Course(folder, head.data["languages"], outcomes, glossary)
    yield from _of_yaml(head, course.languages, glossary)
    for part, module in enumerate(head.data["modules"]):
        for number, entry in enumerate(module["lessons"]):
            place = ("modules", part, "lessons", number)
            for unknown in set(entry.get("outcomes", [])) - set(outcomes):
                what = f"{entry['key']}: the course has no outcome “{unknown}”"
                yield Finding(str(head.path), head.line(place), what)
            if entry["kind"] == "reading" or (folder / entry["key"]).exists():
                yield from _of_lesson(course, entry["key"], head, place)
    if (folder / Guide.KEY).exists():
        yield from _of_lesson(course, Guide.KEY, head, (), alike=False)
    for bank in files.values():
        yield from _of_yaml(bank, course.languages, glossary)
        for place, what in faults_of_questions(bank.data["questions"], outcomes, "en"):
            yield Finding(str(bank.path), bank.line(place), what)
    for path in sorted((folder / "figures").glob("*.svg")):
        yield from _of_figure(path, course)


def _of_yaml(file: Readable, languages: list[str], glossary: dict[str, Any]) -> Iterator[Finding]:
    """Short texts: whole in each language, alike in length, rightly written."""
    avoid = {code: avoided(glossary, code) for code in LANGUAGE_ORDER}
    for place, said in file.texts():
        if "avoid" in place:
            continue
        line = file.line(place)
        missing = [code for code in languages if not str(said.get(code) or "").strip()]
        if missing:
            yield Finding(str(file.path), line, f"missing in: {', '.join(missing)}")
        texts = {code: str(text) for code, text in said.items() if isinstance(text, str)}
        for code in _unlike(texts, SHORT, SHORT_LENGTHS):
            yield Finding(str(file.path), file.line((*place, code)), f"{code}: {UNLIKE}")
        for code, text in texts.items():
            for what in (*faults_of_letters(text, code), *faults_of_words(text, avoid[code])):
                yield Finding(str(file.path), file.line((*place, code)), f"{code}: {what}")


UNLIKE = "much shorter or longer than in the other languages"


def _unlike(texts: dict[str, str], least: int, bounds: tuple[float, float]) -> Iterator[str]:
    """The languages whose text is much shorter or longer than the others'."""
    sizes = {code: len(text) for code, text in texts.items()}
    for code, size in sizes.items():
        others = [other for one, other in sizes.items() if one != code]
        if others and median(others) >= least:
            ratio = size / median(others)
            if not bounds[0] <= ratio <= bounds[1]:
                yield code


def _of_lesson(
    course: Course, key: str, head: Readable, place: tuple[Any, ...], *, alike: bool = True
) -> Iterator[Finding]:
    """A lesson's texts, or the trainer's guide; `alike`: of like length in all languages."""
    posts: dict[str, frontmatter.Post] = {}
    for code in course.languages:
        path = course.folder / key / f"{code}.md"
        if not path.exists():
            yield Finding(str(head.path), head.line(place), f"{key}: missing in: {code}")
            continue
        try:
            posts[code] = frontmatter.load(str(path))
        except yaml.YAMLError:
            yield Finding(str(path), 1, "the lines between --- are no YAML")
            continue
        if not posts[code].get("title"):
            yield Finding(str(path), 1, "no title")
        yield from _of_text(course, path, code)
        if posts[code].get("format") != HTML:
            yield from _survives(course, path, code, posts[code].content)
    bodies = {code: post.content for code, post in posts.items()}
    for code in _unlike(bodies, LONG, LENGTHS) if alike else ():
        yield Finding(str(course.folder / key / f"{code}.md"), 1, UNLIKE)
    linked = {code: set(re.findall(r"\]\(term:([\w-]+)\)", body)) for code, body in bodies.items()}
    for term in sorted(set().union(*linked.values())):
        for code in (code for code, terms in linked.items() if term not in terms):
            path = course.folder / key / f"{code}.md"
            yield Finding(str(path), 1, f"the term “{term}” is linked in other languages, not here")


def _of_text(course: Course, path: Path, code: str) -> Iterator[Finding]:
    """Line by line: letters, words, links; and the zones between fences."""
    avoid = avoided(course.glossary, code)
    fence: str | None = None
    zone: list[str] = []
    begun = 0
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        if match := FENCE.match(line.strip()):
            if fence is None:
                fence, zone, begun = match[2].strip(), [], number
            else:
                if fence.split(" ")[0] == "mrz":
                    declared = fence.split()[1:]
                    for what in mrz_faults("\n".join(zone), declared):
                        yield Finding(str(path), begun, what)
                fence = None
        elif fence is not None:
            zone.append(line)
        elif not line.startswith("source:"):
            for what in (*faults_of_letters(line, code), *faults_of_words(line, avoid)):
                yield Finding(str(path), number, what)
            for match in LINK.finditer(line):
                for what in _link_faults(course, code, match[2], match[3]):
                    yield Finding(str(path), number, what)


def _link_faults(course: Course, code: str, words: str, address: str) -> Iterator[str]:
    if address.startswith("term:"):
        key = address.removeprefix("term:")
        entry = course.glossary.get(key)
        if entry is None:
            yield f"the glossary has no term “{key}”"
        elif not is_like(words, str(entry["term"].get(code))):
            yield f"“{words}” is linked to the term “{entry['term'].get(code)}”: use its words"
    elif not re.match(r"[a-z][a-z0-9+.-]*:|#", address):
        inside = (course.folder / address).resolve()
        if not inside.is_file() or course.folder.resolve() not in inside.parents:
            yield f"there is no {address}"


class _Events(HTMLParser):
    """HTML as what a browser would take from it."""

    def __init__(self) -> None:
        super().__init__(convert_charrefs=True)
        self.found: list[Any] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.found.append((tag, sorted((n, v or "") for n, v in attrs if n != "rel")))

    def handle_endtag(self, tag: str) -> None:
        self.found.append(f"/{tag}")

    def handle_data(self, data: str) -> None:
        if data.strip():
            self.found.append(" ".join(data.split()))


def _events(html: str) -> list[Any]:
    parser = _Events()
    parser.feed(html)
    parser.close()
    return parser.found


def _survives(course: Course, path: Path, code: str, body: str) -> Iterator[Finding]:
    """Whether all that the text holds comes through the sanitiser."""
    address = "/files/00000000-0000-4000-8000-000000000000/figure.svg"
    try:
        html = written(body, lambda source: (address, 1, 1))
    except UnknownPicture:  # pragma: no cover - every picture resolves here
        return
    if _events(html) != _events(sanitise(html)):
        yield Finding(str(path), 1, "a link or other part of the text is taken out on the page")


def _of_figure(path: Path, course: Course) -> Iterator[Finding]:
    """Labels, title and description in each language; written rightly."""
    labels = path.with_suffix(".yaml")
    source = path.read_text(encoding="utf-8")
    if PLACEHOLDER.search(source) and labels.exists():
        try:
            yield from _of_yaml(Readable(labels), course.languages, course.glossary)
        except yaml.YAMLError as error:
            mark = getattr(error, "problem_mark", None)
            yield Finding(str(labels), mark.line + 1 if mark else 1, "this is no YAML")
            return
    silent: dict[str, list[str]] = {"title": [], "desc": []}
    for code in course.languages:
        try:
            root = ElementTree.fromstring(drawing(path, code))
        except CatalogueError as error:
            yield Finding(str(path), 1, str(error))
            continue
        except (ElementTree.ParseError, DefusedXmlException):
            yield Finding(str(path), 1, f"{code}: this is no SVG")
            continue
        for name, languages in silent.items():
            if not (root.findtext(f"{SVG}{name}") or "").strip():
                languages.append(code)
    for name, languages in silent.items():
        if languages:
            what = f"no <{name}> that says what is drawn in: {', '.join(languages)}"
            yield Finding(str(path), 1, what)
