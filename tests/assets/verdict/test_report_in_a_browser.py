from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from outcross.assets.verdict.report import render_report
from tests.assets.verdict.reports import exhibits, report_data
from tests.wants import need_chromium

if TYPE_CHECKING:
    from playwright.sync_api import Locator, Page

ATTACK = "</script><script>window.attacked = true</script><img src=x onerror='window.attacked = true'>"


@pytest.mark.browser
def test_a_person_sees_the_charts_offline_and_can_point_at_them(tmp_path: Path) -> None:
    chromium = need_chromium()
    from playwright.sync_api import sync_playwright

    file = tmp_path / "report.html"
    file.write_text(render_report(replace(report_data(), study=ATTACK, description=ATTACK)), "utf-8")
    requests: list[str] = []
    errors: list[str] = []
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page(viewport={"width": 1300, "height": 900})
        page.on("request", lambda request: requests.append(request.url))
        page.on("pageerror", lambda error: errors.append(str(error)))
        page.on("console", lambda message: errors.append(message.text) if message.type == "error" else None)
        page.goto(file.as_uri())
        dots = page.locator(".choice[data-dose='0'] .dots[fill='var(--dot)'] use")
        dots.nth(39).scroll_into_view_if_needed()
        dots.nth(39).hover(force=True)
        assert "fresh-0.8, replicate" in (page.locator("#tip").text_content() or "")
        page.locator("[data-pick='dose'][data-value='2']").click()
        assert page.locator(".choice[data-dose='0']").is_hidden()
        assert page.get_by_text("real rows alone have the value zero", exact=False).last.is_visible()
        page.locator("[data-pick='forest'][data-value='1']").click()
        assert page.locator(".choice[data-forest='0']").is_hidden()
        assert page.locator(".choice[data-forest='1'] .dots use").count() == 2
        arm = page.locator("#generations [data-series='fresh-0.8']").first
        page.locator("[data-arm='fresh-0.8']").click()
        assert arm.is_hidden()
        page.emulate_media(media="print")
        assert page.locator(".choice[data-dose='0']").is_visible(), "paper has every chart"
        assert page.evaluate(CUT) == []
        page.emulate_media(media="screen")
        for width in (1300, 390):
            page.set_viewport_size({"width": width, "height": 900})
            assert page.evaluate("document.documentElement.scrollWidth") == width
            for scheme in ("light", "dark"):
                page.emulate_media(color_scheme=scheme)
                assert barriers(page) == [], (width, scheme)
        assert page.evaluate("window.attacked") is None
        assert page.locator("h1").inner_text() == ATTACK
        browser.close()
    assert errors == []
    assert [url for url in requests if not url.startswith(("file:", "data:", "blob:"))] == []


def barriers(page: "Page") -> list[str]:
    """Return the rules of axe-core that a page breaks seriously, each with the first place."""
    from axe_core_python.sync_playwright import Axe

    found = Axe().run(page)["violations"]
    return [f"{each['id']}: {each['nodes'][0]['html']}" for each in found if each["impact"] in ("serious", "critical")]


CUT = """() => [...document.querySelectorAll("main *")].filter((each) => {
    const box = each.getBoundingClientRect();
    return box.width && !each.closest("svg") && (box.right > document.documentElement.clientWidth + 1
        || each.scrollHeight > each.clientHeight + 2 && getComputedStyle(each).overflowY !== "visible");
}).map((each) => each.outerHTML.slice(0, 80))"""
"""What paper would cut off: beyond the right edge, or out of sight in an element that scrolls."""

GREYS = """async (image) => {
    image.scrollIntoView();
    await image.decode();
    const canvas = document.createElement("canvas");
    [canvas.width, canvas.height] = [image.naturalWidth, image.naturalHeight];
    const context = canvas.getContext("2d");
    context.drawImage(image, 0, 0);
    const grey = (column, row) => context.getImageData(9 * column + 4, 9 * row + 4, 1, 1).data[0];
    return [0, 1].map((row) => [0, 1, 2].map((column) => grey(column, row)));
}"""
"""The grey of each tile of a strip: place → generation."""


@pytest.mark.browser
def test_a_person_follows_a_draw_from_generation_to_generation_in_each_arm_and_replicate(tmp_path: Path) -> None:
    chromium = need_chromium()
    from playwright.sync_api import sync_playwright

    file = tmp_path / "report.html"
    file.write_text(render_report(report_data(exhibits=exhibits())), "utf-8")
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(
            executable_path=chromium,
            args=["--no-sandbox", "--disable-gpu", "--disable-background-networking"],
        )
        page = browser.new_page()
        page.goto(file.as_uri())
        for width in (1300, 380):
            page.set_viewport_size({"width": width, "height": 900})
            for replicate in range(2):
                page.locator(f"[data-pick='replicate'][data-value='{replicate}']").click()
                strips = page.locator(".strip:visible")
                assert strips.count() == 2
                for arm in range(2):
                    _follows(strips.nth(arm), first=6 * arm + 3 * replicate)
            assert page.evaluate("document.documentElement.scrollWidth <= window.innerWidth")
        browser.close()


def _follows(strip: "Locator", *, first: int) -> None:
    """Assert that generations stand side by side, each below its number: one draw darkens from an ink, one pales."""
    image = strip.locator("img")
    assert image.evaluate(GREYS) == [[255 - 17 * (first + g) for g in range(3)], [17 * g for g in range(3)]]
    shown = image.bounding_box()
    assert shown is not None
    for generation in range(3):
        head = strip.locator(".heads span").nth(generation)
        box = head.bounding_box()
        assert head.inner_text() == str(generation) and box is not None
        middle = (box["x"] + box["width"] / 2 - shown["x"]) / shown["width"]
        assert generation / 3 < middle < (generation + 1) / 3
        assert box["y"] + box["height"] <= shown["y"] + 4
