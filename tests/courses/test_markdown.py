"""HTML from the editor as Markdown: it gives the same page, and keeps what was not touched."""

from html import escape

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from courses.exporting.markdown import markdown_from
from courses.richtext import canonical, render_markdown, tidy

OWN = "/files/00000000-0000-4000-8000-000000000000/"


def resolve(source: str) -> tuple[str, int | None, int | None]:
    return OWN + source.rpartition("/")[2], 40, 20


def source(address: str) -> str:
    return "figures/" + address.removeprefix(OWN)


def turned(html: str, before: str = "") -> str | None:
    return markdown_from(tidy(html), before, source, resolve)


@pytest.mark.parametrize(
    ("html", "markdown"),
    [
        ("<h2>A *star*</h2>\n<p>2 &lt; 3 &amp; a_b</p>", "## A \\*star\\*\n\n2 < 3 & a_b"),
        ("<p>1. One</p><p># two</p><p>- three</p>", "1\\. One\n\n\\# two\n\n\\- three"),
        ("<p>a <strong>b</strong> <em>c</em> <code>`d</code></p>", "a **b** *c* `` `d ``"),
        ("<ul><li>a<ol><li>b</li></ol></li></ul>", "- a\n  1. b"),
        ('<ol start="3"><li><p>b</p><p>x</p></li><li><p>c</p></li></ol>', "3. b\n\n   x\n\n4. c"),
        ("<ul><li><p>a</p><p>b</p></li></ul>", "- a\n\n  b"),
        ('<div class="note late"><p>Halt!</p></div>', ":::late\nHalt!\n:::"),
        ("<details class=\"check\"><summary>Why?</summary><p>So.</p></details>",
         ":::check Why?\nSo.\n:::"),
        ('<pre class="mrz">AB&lt;<strong>6</strong><em>0</em><br>CD</pre>',
         "```mrz\nAB<[6]{0}\nCD\n```"),
        ("<pre><code>a\n  *b*\n</code></pre>", "```\na\n  *b*\n```"),
        ("<table><thead><tr><th>a</th><th></th></tr></thead><tbody><tr><td>b|c</td><td>d</td></tr>"
         "</tbody></table>", "| a | |\n|---|---|\n| b\\|c | d |"),
        (f'<figure class="drawing"><img src="{OWN}x.svg" alt="What" width="40" height="20" '
         'loading="lazy"><figcaption>A "line"</figcaption></figure>',
         '![What](figures/x.svg "A \\"line\\"")'),
        ('<p><a href="#term-chip">чип</a>, <a href="https://a.example/b_(c)">there</a><br>x</p>',
         "[чип](term:chip), [there](<https://a.example/b_(c)>)\\\nx"),
        ("<blockquote><p>a</p><p>b</p></blockquote><hr><p>c</p>", "> a\n>\n> b\n\n---\n\nc"),
    ],
)  # fmt: skip
def test_the_editors_html_has_a_markdown(html: str, markdown: str) -> None:
    assert turned(html) == markdown


@pytest.mark.parametrize(
    "html",
    [
        "<p>H<sub>2</sub>O</p>",
        "<table><tbody><tr><td>no head</td></tr></tbody></table>",
        "<p>a <strong>b </strong>c</p>",
        "bare words",
        f'<p><img src="{OWN}x.svg" alt="alone"></p>',
    ],
)
def test_what_markdown_cannot_say_has_none(html: str) -> None:
    assert turned(html) is None


def test_what_was_not_touched_keeps_its_words_and_marks() -> None:
    before = (
        "__Old__ marks\nin two lines.\n\n* a\n* b\n\n```mrz birth-date\nAB\n```\n\n"
        ":::note\nA *note*.\n:::"
    )
    html = render_markdown(before, resolve)
    assert turned(html, before) == before
    assert turned(html.replace("AB", "CD").replace("note<", "word<"), before) == before.replace(
        "AB", "CD"
    ).replace("*note*", "*word*")


words = st.text(st.sampled_from("ab1.#*_-+>`[]()|~=&;:!\\<\n "), min_size=1, max_size=14)


@settings(max_examples=80, deadline=None)
@given(st.lists(words, min_size=1, max_size=3))
def test_whatever_words_stand_there_the_page_is_the_same(paragraphs: list[str]) -> None:
    html = tidy("".join(f"<p>{escape(words)}</p>" for words in paragraphs))
    markdown = markdown_from(html, "", source, resolve)
    if markdown is not None:
        assert canonical(render_markdown(markdown, resolve)) == canonical(html)
    else:
        assert any(len(words.split()) > 1 or not words.strip() for words in paragraphs)
