"""Texts of lessons and guides back into files: Markdown, or HTML where that cannot say it."""

import re

import frontmatter

from courses.catalogue import HTML
from courses.catalogue_errors import CatalogueError
from courses.exporting.markdown import Inexpressible, blocks_of, markdown_from
from courses.exporting.output import Output
from courses.exporting.pictures import Shown
from courses.models import Text, Written
from courses.richtext import (
    PICTURE_SOURCE,
    UnknownPicture,
    canonical,
    read_html,
    render_markdown,
)
from courses.texts import is_stale
from lms.yaml_edits import ABSENT, Known, edited

HEAD = re.compile(r"\A---\n(.*?)^---\n", re.DOTALL | re.MULTILINE)


def export_texts(lesson: Written, output: Output) -> None:
    """The newest text of each language. Raises CatalogueError."""
    newest = {text.language: text for text in lesson.texts.newest().select_related("source")}
    behind = sorted(code for code, text in newest.items() if is_stale(text, newest))
    if behind:
        what = "translated from an older text, which the files do not say"
        output.tell(lesson.key, f"{', '.join(behind)}: {what}")
    for code, text in newest.items():
        if code not in lesson.course.languages:
            continue
        place = f"{lesson.key}/{code}.md"
        if not text.title.strip():
            output.tell(place, "not written: the text has no title")
            continue
        try:
            output.put(place, _written(text, output, output.text(place)))
        except CatalogueError as error:
            raise CatalogueError(f"{place}: {error}") from error


def _written(text: Text, output: Output, before: str) -> str:
    """The file of a text, given what it holds now."""
    post = frontmatter.loads(before)
    shown = Shown(text.written.course, output, text.language)
    match = HEAD.match(before)
    head, rest = (match[1], before[match.end() :]) if match else ("", before)
    is_html = post.get("format") == HTML
    if not before or not _says(text, post, shown):
        body, is_html = _body(text, "" if is_html else post.content, shown)
        rest = body + "\n"
    said = Known(
        {
            "title": text.title,
            "source": text.source.language if text.source else ABSENT,
            "format": HTML if is_html else ABSENT,
        },
        defaults={},
    )
    return f"---\n{edited(head, said)}---\n{rest}"


def _says(text: Text, post: frontmatter.Post, shown: Shown) -> bool:
    """Whether a load of the file would give what the text shows, however it is written."""
    is_html = post.get("format") == HTML
    if text.format == Text.Format.MARKDOWN and not is_html and text.body == post.content:
        return True
    try:
        html = (read_html if is_html else render_markdown)(post.content, shown.resolve)
    except UnknownPicture:
        return False
    return canonical(html) == canonical(text.html)


def _body(text: Text, before: str, shown: Shown) -> tuple[str, bool]:
    """The body to write, and whether it is HTML."""
    if text.format == Text.Format.MARKDOWN:
        return text.body, False
    markdown = markdown_from(text.html, before, shown.source, shown.resolve)
    if markdown is not None:
        return markdown, False
    html = PICTURE_SOURCE.sub(lambda match: match[1] + shown.source(match[2]), text.html)
    try:
        return "\n\n".join(blocks_of(html)), True
    except Inexpressible:
        return html.strip(), True
