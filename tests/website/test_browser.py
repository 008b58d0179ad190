"""The website in a real browser, on a real platform: what people do, by mouse and by keyboard alone."""

from __future__ import annotations

import asyncio
import time
from collections.abc import AsyncIterator
from pathlib import Path

import pytest
from playwright.async_api import Browser, BrowserContext, Page, async_playwright, expect

from aep_engines import EngineMissing, axe_source, nu_html_files
from tests.conftest import leave_out
from tests.website.platform import DemoPlatform

pytestmark = pytest.mark.browser

CHROMIUM = Path("/usr/bin/chromium")
CHROMIUM_IS_HERE = CHROMIUM.exists()
PUBLIC = (
    "/",
    "/search?q=recognition",
    "/search?q=zzzz",
    "/search?from=nonsense",
    "/publications",
    "/publications/demo-conclusions",
    "/publications/demo-strategy",
    "/publications/demo-conclusions/paragraphs/12",
    "/initiatives",
    "/initiatives?node=so1",
    "/initiatives/demo-lantern-exchange",
    "/initiatives/aei-asem-summer-school",
    "/meetings",
    "/meetings/demo-forum-2027",
    "/meetings/asemme8",
    "/partners",
    "/partners/belgium",
    "/organisations",
    "/organisations/demo-lantern-institute",
    "/updates",
    "/subscriptions",
    "/subscriptions/confirm/0123456789012345678901234",
    "/subscriptions/unsubscribe/0123456789012345678901234",
    "/sign-in",
    "/sign-in/0123456789012345678901234",
    "/api",
    "/problems",
    "/problems/not-found",
    "/nothing",
)


@pytest.fixture(scope="session")
async def browser() -> AsyncIterator[Browser]:
    if not CHROMIUM_IS_HERE:
        leave_out("browser", f"there is no {CHROMIUM}")
    async with async_playwright() as playwright:
        found = await playwright.chromium.launch(executable_path=CHROMIUM, args=["--no-sandbox"])
        yield found
        await found.close()


@pytest.fixture
async def context(browser: Browser, platform: DemoPlatform) -> AsyncIterator[BrowserContext]:
    """A browser profile without scripts, as pages must work without any."""
    made = await browser.new_context(base_url=platform.address, java_script_enabled=False)
    made.set_default_timeout(30_000)
    yield made
    await made.close()


@pytest.fixture
async def page(context: BrowserContext) -> Page:
    return await context.new_page()


async def signed_in(browser: Browser, platform: DemoPlatform, link: str) -> Page:
    """A page of another person's browser, signed in by a one-time link."""
    context = await browser.new_context(base_url=platform.address, java_script_enabled=False)
    context.set_default_timeout(30_000)
    page = await context.new_page()
    await page.goto(link)
    await page.click("main button")
    return page


async def test_a_search_leads_to_the_paragraph_and_what_follows_it(page: Page) -> None:
    await page.goto("/")
    await page.fill("main #q", '"Two Shores Exchange Fund"')
    await page.click("main [role=search] button")
    await expect(page.locator(".hits mark >> nth=0")).to_be_visible()
    await page.click(".hits a:text-is('Paragraph 12')")
    await expect(page.locator("h1")).to_have_text("Paragraph 12")
    await page.click("a[rel=next]")
    await expect(page.locator("h1")).to_have_text("Paragraph 13")
    await page.click("main nav >> text=Demo conclusions")
    assert page.url.endswith("/publications/demo-conclusions#p-13")


async def test_facets_narrow_a_search_and_let_go_again(page: Page) -> None:
    await page.goto("/en/search?q=recognition")
    everything = await page.locator("#results").text_content()
    await page.click(".facets a >> text=Meetings")
    await expect(page.locator(".hits .kind >> nth=0")).to_contain_text("Meeting")
    await page.click(".chips a")
    assert await page.locator("#results").text_content() == everything


async def test_an_update_goes_from_the_coordinator_to_the_public(
    browser: Browser, page: Page, platform: DemoPlatform
) -> None:
    title = "Guests of <the> winter"
    writer = await signed_in(browser, platform, platform.links["coordinator"][0])
    await writer.click("main >> text=Write an update")
    await expect(writer.locator("#about")).to_have_value("initiative:demo-lantern-exchange")
    await writer.fill("#title", title)
    await writer.fill("#text", "Twelve guests came.\n\n- six from the east")
    await writer.fill("#links", "no address")
    await writer.click("button[value=submit]")
    await expect(writer.locator("[role=alert]")).to_contain_text("https://")
    await expect(writer.locator("#text")).to_have_value("Twelve guests came.\n\n- six from the east")
    await writer.fill("#links", "https://example.org/guests")
    await writer.click("button[value=submit]")
    await expect(writer.locator(".status-submitted")).to_be_visible()
    own = writer.url

    officer = await signed_in(browser, platform, platform.links["officer"][0])
    await officer.click(f"main >> text={title}")
    await officer.fill("#note", "Where did they come from?")
    await officer.click("button[value=return]")
    await writer.goto(own)
    await expect(writer.locator("main [role=note]")).to_contain_text("Where did they come from?")
    await writer.click("button[value=submit]")
    await officer.goto("/en/review")
    await officer.click(f"main >> text={title}")
    await officer.click("button[value=approve]")
    await expect(officer.locator("h1")).to_have_text("The way of an update")
    # Its reads wait for the event that the approval published; so it is there at once, or after another look.
    deadline = time.monotonic() + 30
    while await officer.locator(".way > li.reached").count() < 5:
        assert time.monotonic() < deadline, "the update does not come along its way"
        await officer.click("main >> text=Look again")
    await expect(officer.locator(".way")).to_contain_text("version 1")
    await expect(officer.locator(".way")).to_contain_text("reports: ")
    await writer.goto(own)
    await expect(writer.locator("main [role=status]")).to_contain_text("Being published")

    deadline = time.monotonic() + 30
    while not await page.locator(f".hits >> text={title}").count():
        assert time.monotonic() < deadline, "the approved update is not found"
        await page.goto("/en/search?q=winter+guests&type=update")
    await page.click(f".hits >> text={title}")
    await expect(page.locator("article li >> nth=0")).to_have_text("six from the east")


async def test_nothing_that_a_focal_point_writes_is_lost(browser: Browser, platform: DemoPlatform) -> None:
    writer = await signed_in(browser, platform, platform.links["focal-point"][0])
    await writer.goto("/en/my/updates/new")
    await writer.fill("#text", "Twelve guests came.")
    await writer.fill("#title", "Guests of the spring")
    await writer.press("#title", "Enter")
    await expect(writer.locator("main [role=status]")).to_contain_text("Your draft is saved")
    own = writer.url.partition("?")[0]
    other_tab = await writer.context.new_page()
    await other_tab.goto(own)
    await other_tab.fill("#text", "Thirteen guests came.")
    await other_tab.click("button[value=save]")
    await writer.fill("#text", "Fourteen guests came.")
    await writer.click("button[value=submit]")
    await expect(writer.locator(".versions section >> nth=0")).to_contain_text("Thirteen guests came.")
    await expect(writer.locator("#text")).to_have_value("Fourteen guests came.")
    await writer.click("button[value=submit]")
    await expect(writer.locator(".status-submitted")).to_be_visible()
    await writer.click("main button >> text=Take it back")
    await expect(writer.locator("#text")).to_have_value("Fourteen guests came.")
    await writer.click("main >> text=Discard this update")
    await writer.click("main button >> text=Discard")
    await writer.click("section[aria-labelledby=s-discarded] >> text=Guests of the spring")
    await writer.click("main button >> text=Bring it back")
    await expect(writer.locator("#text")).to_have_value("Fourteen guests came.")
    # The demo stays as other tests expect it.
    await writer.click("main >> text=Discard this update")
    await writer.click("main button >> text=Discard")


async def test_an_issue_needs_a_second_person(browser: Browser, platform: DemoPlatform) -> None:
    editor = await signed_in(browser, platform, platform.links["editor"][0])
    await editor.goto("/en/issues")
    await editor.click("main form button")
    await editor.fill("#introduction", "Good day.")
    await editor.uncheck("[name=items] >> nth=0")
    await editor.click("button[value=save]")
    kept = await editor.locator("[name=items]:checked").count()
    await expect(editor.locator("#introduction")).to_have_value("Good day.")
    await expect(editor.locator("button[value=approve]")).to_have_count(0)
    officer = await signed_in(browser, platform, platform.links["officer"][1])
    await officer.goto(editor.url)
    await officer.click("button[value=approve]")
    await officer.click("button[value=send]")
    await expect(officer.locator("main ol li")).to_have_count(kept)


async def test_the_operator_reads_the_mailbox_and_a_visitor_subscribes(
    browser: Browser, page: Page, platform: DemoPlatform
) -> None:
    operator = await signed_in(browser, platform, platform.mailbox)
    assert operator.url.endswith("/en/mailbox")
    await page.goto("/en/")
    await page.fill("#email", "reader@university.example")
    await page.click(".subscribe button")
    await expect(page.locator("h1")).to_have_text("Please look into your mail")
    deadline = time.monotonic() + 30
    confirm = operator.locator("article a[href^='/subscriptions/confirm/']")
    while not await confirm.count():
        assert time.monotonic() < deadline, "no mail arrived"
        await asyncio.sleep(0.2)
        await operator.goto("/en/mailbox?to=reader@university.example")
    await page.goto(str(await confirm.get_attribute("href")))
    await page.click("main button")
    await expect(page.locator("h1")).to_have_text("You are subscribed")


async def test_everything_is_reached_by_keyboard(page: Page) -> None:
    await page.goto("/en/meetings")
    await page.keyboard.press("Tab")
    await expect(page.locator(".skip")).to_be_focused()
    await page.keyboard.press("Enter")
    assert page.url.endswith("#content")
    await page.goto("/en/")
    for _ in range(30):
        await page.keyboard.press("Tab")
        if await page.locator("main #q:focus").count():
            break
    await page.keyboard.type("recognition")
    await page.keyboard.press("Enter")
    await page.wait_for_url("**/en/search?q=recognition")
    for _ in range(60):
        await page.keyboard.press("Tab")
        if await page.locator(".hits a:focus").count():
            break
    await page.keyboard.press("Enter")
    await expect(page.locator(".results")).to_have_count(0)


@pytest.mark.parametrize("scheme", ["light", "dark"])
async def test_axe_finds_nothing_on_any_public_page(browser: Browser, platform: DemoPlatform, scheme: str) -> None:
    try:
        script = axe_source()
    except EngineMissing as problem:
        leave_out("validators", str(problem))
    context = await browser.new_context(base_url=platform.address, bypass_csp=True, color_scheme=scheme)  # type: ignore[arg-type]
    page = await context.new_page()
    found = []
    for path in PUBLIC:
        await page.goto(f"/en{path}")
        await page.evaluate(script)
        result = await page.evaluate("axe.run(document, {resultTypes: ['violations']})")
        found += [(path, v["id"], v["nodes"][0]["target"]) for v in result["violations"]]
    await context.close()
    assert found == []


async def test_no_page_scrolls_sideways_on_a_small_screen(browser: Browser, platform: DemoPlatform) -> None:
    context = await browser.new_context(base_url=platform.address, viewport={"width": 320, "height": 640})
    page = await context.new_page()
    wide = []
    for path in PUBLIC:
        await page.goto(f"/en{path}")
        if await page.evaluate("document.documentElement.scrollWidth") > 320:
            wide.append(path)
    await context.close()
    assert wide == []


async def test_the_nu_checker_finds_no_error(page: Page, platform: DemoPlatform, tmp_path: Path) -> None:
    files = []
    for number, path in enumerate(PUBLIC):
        answer = await page.request.get(f"{platform.address}/en{path}")
        file = tmp_path / f"{number}.html"
        file.write_text(await answer.text(), encoding="utf-8")
        files.append(file)
    try:
        found = await asyncio.to_thread(nu_html_files, files)
    except EngineMissing as problem:
        leave_out("validators", str(problem))
    errors = [(name, m.text) for name, messages in found.items() for m in messages if m.kind == "error"]
    wrong = [(PUBLIC[int(name.removesuffix(".html"))], text) for name, text in errors]
    assert wrong == []
