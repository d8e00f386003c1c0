"""What a person does on the pages, found as a person finds it: by labels and buttons."""

from typing import Any

from playwright.sync_api import Page, expect

COUNT_CLICKS = """
  addEventListener("pointerdown", () => {
    sessionStorage.clicks = Number(sessionStorage.clicks ?? 0) + 1;
  }, true);
"""  # an init script


def clicks(page: Page) -> int:
    """How often the pointer was pressed in this tab since the script was added."""
    return int(page.evaluate("sessionStorage.clicks ?? 0"))


def tab_to(page: Page, selector: str) -> None:
    """Press Tab until it is there; whatever has the focus on the way shows it."""
    for _ in range(150):
        if page.evaluate("selector => document.activeElement.matches(selector)", selector):
            return
        page.keyboard.press("Tab")
        if page.evaluate("document.activeElement === document.body"):
            continue  # past the end the browser's own buttons come
        assert page.evaluate(
            """() => {
              const one = document.activeElement;
              const shown = [one, one.closest(".choice, .pick, .cke")].filter(Boolean);
              return shown.some(part => getComputedStyle(part).outlineStyle !== "none");
            }"""
        ), page.evaluate("document.activeElement.outerHTML")
    raise AssertionError(f"Tab never came to {selector}")


def sign_in(page: Page, who: dict[str, str], at: str = "/sign-in/") -> None:
    """Sign in at the sign-in page, or from a page that leads there."""
    page.goto(at)
    fill_sign_in(page, who)


def fill_sign_in(page: Page, who: dict[str, str]) -> None:
    page.locator("input[name=login]").fill(who["login"])
    page.locator("input[name=password]").fill(who["password"])
    page.locator("main form button.main").click()
    expect(page.locator("input[name=password]")).to_have_count(0)


def answer(page: Page, fields: dict[str, list[str]]) -> None:
    """Give an answer by its form fields, whatever the type of the question."""
    for name, values in sorted(fields.items(), key=lambda field: field[1]):
        field = page.locator(f"[name='{name}']")
        if field.first.evaluate("field => field.tagName") == "SELECT":
            field.select_option(values[0])
        elif field.first.get_attribute("type") in {"radio", "checkbox"}:
            for value in values:
                page.locator(f"[name='{name}'][value='{value}']").check()
        else:
            field.fill(values[0])


def shown(page: Page, fields: dict[str, list[str]]) -> bool:
    """Whether the page shows this answer as given."""
    return all(_values(page, name) == sorted(values) for name, values in fields.items())


def _values(page: Page, name: str) -> list[Any]:
    """The values that the form would post under a name."""
    return sorted(
        page.evaluate("name => new FormData(document.querySelector('#attempt')).getAll(name)", name)
    )


def submit(page: Page) -> None:
    """Finish the attempt, confirm, and come to the result."""
    page.locator("#attempt [name=go][value=finish]").last.click()
    page.locator("form[data-finish] button").click()
    expect(page.locator(".verdict")).to_be_visible()


def switch_content(page: Page, language: str) -> None:
    """Read the test in another language."""
    page.locator("#attempt details.languages summary").click()
    page.locator(f"#attempt [name=language][value={language}]").click()
    expect(page.locator(f"#attempt h1[lang={language}]")).to_be_visible()
