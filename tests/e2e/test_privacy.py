"""The register of what is kept: folded on the screen, whole on paper, without any script."""

from playwright.sync_api import Page, expect

from tests.e2e.conftest import Open


def reasons_shown(page: Page) -> int:
    return sum(one.is_visible() for one in page.locator(".register dd").all())


def test_the_register_unfolds_line_by_line_and_on_paper_all_at_once(open_page: Open) -> None:
    page = open_page(java_script_enabled=False, viewport={"width": 360, "height": 740})
    page.goto("/privacy/")
    lines = page.locator(".register details")
    assert lines.count() > 10
    assert reasons_shown(page) == 0
    lines.first.locator("summary").click()
    expect(lines.first.locator("dd").first).to_be_visible()
    assert reasons_shown(page) == 2
    page.emulate_media(media="print")
    assert reasons_shown(page) == 2 * lines.count()
