"""A page as a browser without scripts has it: words, links, forms and what they would send."""

from dataclasses import dataclass, field
from html.parser import HTMLParser
from typing import Any

from django.test import Client

VOID = {"input", "meta", "link", "img", "br", "hr", "line", "path", "circle", "rect"}


@dataclass
class Element:
    tag: str
    attrs: dict[str, str]
    inside: tuple["Element", ...]  # its ancestors, the outermost first
    parts: list[str] = field(default_factory=list)

    @property
    def words(self) -> str:
        return " ".join("".join(self.parts).split())


class Page(HTMLParser):
    def __init__(self, response: Any) -> None:
        super().__init__()
        self.elements: list[Element] = []
        self._open: list[Element] = []
        self.response = response
        self.feed(response if isinstance(response, str) else response.content.decode())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        values = {name: value or "" for name, value in attrs}
        element = Element(tag, values, tuple(self._open))
        self.elements.append(element)
        if tag not in VOID:
            self._open.append(element)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.elements.append(
            Element(tag, {name: value or "" for name, value in attrs}, tuple(self._open))
        )

    def handle_endtag(self, tag: str) -> None:
        while self._open and self._open.pop().tag != tag:
            pass

    def handle_data(self, data: str) -> None:
        for element in self._open:
            element.parts.append(data)

    @property
    def words(self) -> str:
        return self.main.words

    @property
    def main(self) -> Element:
        return next((e for e in self.elements if e.tag == "main"), self.elements[0])

    def all(self, tag: str, **attrs: str) -> list[Element]:
        return [
            element
            for element in self.elements
            if element.tag == tag
            and all(element.attrs.get(name.strip("_")) == value for name, value in attrs.items())
        ]

    @property
    def links(self) -> list[str]:
        """The addresses of the links inside the main part."""
        return [e.attrs["href"] for e in self.all("a") if self.main in e.inside]

    def form(self, action: str) -> "Form":
        """The first form that posts to an address. Raises StopIteration."""
        element = next(e for e in self.all("form") if e.attrs.get("action", "") == action)
        return Form(self, element)

    @property
    def actions(self) -> list[str]:
        return [e.attrs.get("action", "") for e in self.all("form") if self.main in e.inside]

    @property
    def messages(self) -> list[str]:
        return [e.words for e in self.all("div") if e.attrs.get("class", "").startswith("message ")]


@dataclass
class Form:
    page: Page
    element: Element

    @property
    def fields(self) -> dict[str, list[str]]:
        """What a browser would send, without a button."""
        sent: dict[str, list[str]] = {}
        for element in self.page.elements:
            if self.element not in element.inside or "name" not in element.attrs:
                continue
            attrs = element.attrs
            if "disabled" in attrs or element.tag in {"button", "details"}:
                continue
            if attrs.get("type") in {"radio", "checkbox"}:
                if "checked" in attrs:
                    sent.setdefault(attrs["name"], []).append(attrs.get("value", "on"))
            elif element.tag == "select":
                chosen = [
                    option.attrs.get("value", "")
                    for option in self.page.all("option")
                    if element in option.inside and "selected" in option.attrs
                ]
                sent[attrs["name"]] = chosen or [""]
            elif element.tag == "textarea":
                sent.setdefault(attrs["name"], []).append("".join(element.parts).removeprefix("\n"))
            elif element.tag == "input":
                sent.setdefault(attrs["name"], []).append(attrs.get("value", ""))
        return sent

    def send(self, client: Client, **changes: Any) -> Any:
        """Post the form with some fields filled in; a button is one of them."""
        return client.post(self.element.attrs["action"], self.fields | changes)
