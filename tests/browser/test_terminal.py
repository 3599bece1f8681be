"""The terminal, as people use it: typing, coming back, several of them, the panel, and a phone."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Any

import pytest
from playwright.sync_api import Page, expect

from tests.browser.conftest import NewPage
from tests.browser.people import Made, Person, card
from tests.browser.test_looks import KEEP, LOOKS, SIZES
from tests.harness import Platform

pytestmark = pytest.mark.browser
READY_MS = 30_000
SCREEN = """() => {
    const { terminal } = document.querySelector("[data-terminal]");
    const { active } = terminal.buffer;
    return Array.from({ length: active.length }, (_, row) => active.getLine(row).translateToString(true)).join("\\n");
}"""


@pytest.fixture(scope="module")
def tess(platform: Platform) -> Iterator[Person]:
    """Somebody with a terminal workspace that runs."""
    person = Person(platform, "tess")
    person.made = person.make("Shell")  # type: ignore[attr-defined]
    yield person
    person.delete(person.made)  # type: ignore[attr-defined]


def made(person: Person) -> Made:
    return person.made  # type: ignore[attr-defined, no-any-return]


def open_terminal(person: Person, new_page: NewPage, name: str = "1", **options: Any) -> Page:
    page = person.page(new_page, f"/workspaces/{made(person).id}/terminal?name={name}", **options)
    ready(page, name)
    return page


def ready(page: Page, name: str) -> None:
    expect(page.locator(f'[data-terminal][data-ready="{name}"]')).to_be_visible(timeout=READY_MS)


def screen(page: Page) -> str:
    return str(page.evaluate(SCREEN))


def sees(page: Page, text: str) -> None:
    page.wait_for_function(f"text => ({SCREEN})().includes(text)", arg=text, timeout=READY_MS)


def run(page: Page, line: str, prints: str) -> None:
    """Type a command, whose output does not stand in the command itself."""
    assert prints not in line
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.type(line)
    page.keyboard.press("Enter")
    sees(page, prints)


def test_what_is_typed_is_run_and_is_there_after_a_reload(
    tess: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = open_terminal(tess, new_page, "reload")
    run(page, "here=kept; echo Gr\u00fc\u00dfe-$((40 + 2))", "Grüße-42")
    page.reload()
    ready(page, "reload")
    sees(page, "Grüße-42")
    run(page, "echo is-$here", "is-kept")
    assert console_errors == []


def test_colours_of_all_kinds_are_drawn_under_the_pages_strict_policy(
    tess: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = open_terminal(tess, new_page, "colours")
    run(page, r"clear; printf '\033[31mR\145D\033[0m \033[38;2;10;200;250mTR\125E\033[0m\n'", "ReD TRUE")
    row = page.locator(".xterm-rows > div", has_text="ReD TRUE")
    red = row.locator("span", has_text="ReD")
    true = row.locator("span", has_text="TRUE")
    assert red.evaluate("span => getComputedStyle(span).color") != row.evaluate("row => getComputedStyle(row).color")
    page.emulate_media(color_scheme="dark")
    expect(true).to_have_css("color", "rgb(10, 200, 250)")
    assert console_errors == []


EDGE_DIFFERS = """() => {
  const colour = (element) => getComputedStyle(element).backgroundColor;
  const box = document.querySelector(".terminal-box"), inside = box.querySelectorAll(".terminal-screen *");
  const large = [...inside].filter((one) => one.getBoundingClientRect().width > 300);
  const other = large.filter((one) => ![colour(box), "rgba(0, 0, 0, 0)"].includes(colour(one)));
  return other.map((one) => one.className);
}"""
"""What fills the terminal in another colour than its box has, which would show as a frame around the text."""


def test_the_colours_follow_the_theme_while_it_is_open(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "theme", color_scheme="light")
    background = 'document.querySelector("[data-terminal]").terminal.options.theme.background'
    light = page.evaluate(background)
    assert page.evaluate(f"() => ({EDGE_DIFFERS})()") == []
    page.evaluate('document.documentElement.dataset.theme = "dark"')
    page.wait_for_function(f"light => {background} !== light", arg=light)
    assert page.evaluate(f"() => ({EDGE_DIFFERS})()") == []


def test_terminals_are_made_renamed_and_closed_in_tabs(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "tabs")
    page.get_by_role("button", name="New terminal").click()
    tabs = page.get_by_role("navigation", name="Terminals of this workspace")
    fresh = tabs.locator("[aria-current]")
    expect(fresh).not_to_have_text("tabs")
    name = fresh.inner_text()
    ready(page, name)
    run(page, "echo new-$((1 + 1))", "new-2")
    page.locator(".terminal-menu summary").click()
    page.get_by_role("button", name="Rename …").click()
    page.get_by_role("dialog").get_by_label("Name").fill("tests run")
    page.get_by_role("dialog").get_by_role("button", name="Rename").click()
    expect(fresh).to_have_text("tests run")
    expect(page).to_have_url(re.compile(r"name=tests%20run"))
    tabs.get_by_role("link", name="tabs", exact=True).click()
    ready(page, "tabs")
    assert "new-2" not in screen(page)
    tabs.get_by_role("link", name="tests run").click()
    ready(page, "tests run")
    sees(page, "new-2")
    page.locator(".terminal-menu summary").click()
    page.get_by_role("button", name="Close this terminal …").click()
    page.get_by_role("dialog").get_by_role("button", name="Close it").click()
    expect(page.get_by_text("The shell has ended.")).to_be_visible()


def test_two_windows_show_the_same(tess: Person, new_page: NewPage) -> None:
    left, right = open_terminal(tess, new_page, "both"), open_terminal(tess, new_page, "both")
    run(left, "echo left-$((2 + 3))", "left-5")
    sees(right, "left-5")
    run(right, "echo right-$((3 + 4))", "right-7")
    sees(left, "right-7")


def test_a_flood_is_shown_to_its_end_and_control_c_ends_one_without(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "flood")
    run(page, "seq 1 100000; echo fini''shed", "\n100000\nfinished")
    page.keyboard.type("yes | head -n 100000000")
    page.keyboard.press("Enter")
    sees(page, "y\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny\ny")
    page.keyboard.press("Control+c")
    sees(page, "^C")
    run(page, "echo still-$((4 + 5))", "still-9")


def test_the_window_tells_the_shell_its_size(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "size")
    size = 'document.querySelector("[data-terminal]").terminal'
    for wide, high in ((1280, 800), (900, 600)):
        page.set_viewport_size({"width": wide, "height": high})
        page.wait_for_timeout(300)  # it waits until the window has stopped changing
        columns, rows = page.evaluate(f"[{size}.cols, {size}.rows]")
        run(page, "stty size | tr ' ' x", f"{rows}x{columns}")
    assert columns < 120


def test_links_open_in_a_new_tab_and_only_those_of_the_web(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "links")
    address = tess.site.url.replace("localhost", "127.0.0.1")
    run(page, f"clear; echo see{''!r}-it {address}/api/health", "see-it")
    with page.context.expect_page() as opened:
        box = page.locator(".xterm-rows > div", has_text="see-it").last.bounding_box()
        assert box
        page.mouse.move(box["x"] + 80, box["y"] + box["height"] / 2)
        page.mouse.move(box["x"] + 120, box["y"] + box["height"] / 2)
        page.wait_for_timeout(200)  # the link is looked for when the mouse rests
        page.mouse.click(box["x"] + 120, box["y"] + box["height"] / 2)
    expect(opened.value).to_have_url(f"{address}/api/health")
    assert opened.value.evaluate("opener") is None


def test_what_is_marked_is_copied_and_pasted_by_keys(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "copy", permissions=["clipboard-read", "clipboard-write"])
    run(page, "clear; echo mark-$((5 + 6))", "mark-11")
    page.evaluate('document.querySelector("[data-terminal]").terminal.selectLines(1, 1)')
    page.keyboard.press("Control+Shift+C")
    page.wait_for_function("navigator.clipboard.readText().then(text => text.includes('mark-11'))")
    page.evaluate("navigator.clipboard.writeText('echo pasted-$((6 + 7))')")
    page.locator(".terminal-menu summary").click()
    page.get_by_role("button", name="Paste").click()
    sees(page, "echo pasted")
    page.keyboard.press("Enter")
    sees(page, "pasted-13")


def test_a_program_writes_the_clipboard_only_when_that_is_allowed(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "osc", permissions=["clipboard-read", "clipboard-write"])
    page.evaluate("navigator.clipboard.writeText('mine')")
    write = r"printf '\033]52;c;%s\a' $(printf theirs | base64); echo wrote-$((7 + $N))"
    run(page, f"N=1; {write}", "wrote-8")
    assert page.evaluate("navigator.clipboard.readText()") == "mine"
    page.locator(".terminal-menu summary").click()
    page.get_by_role("button", name="Programs may copy").click()
    run(page, f"N=2; {write}", "wrote-9")
    page.wait_for_function("navigator.clipboard.readText().then(text => text === 'theirs')")


def test_the_keyboard_can_leave_the_terminal(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "keys")
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.press("Control+Shift+E")
    expect(page.locator("[data-tabs] [aria-current]")).to_be_focused()


def test_a_line_that_is_cut_comes_back_by_itself(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "cut")
    run(page, "here=kept; echo before-$((8 + 9))", "before-17")
    page.evaluate(f"window.before = ({SCREEN})().length; document.querySelector('[data-terminal]').dataset.ready = ''")
    page.keyboard.type("pkill -f '[r]ead -r _'")  # what holds the line inside, of this and of every other terminal
    page.keyboard.press("Enter")
    ready(page, "cut")
    sees(page, "before-17")
    run(page, "echo is-$here", "is-kept")


def test_a_page_that_nobody_looks_at_holds_nothing_up_and_catches_up_later(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "hidden")
    page.evaluate("""() => {
        window.nobodyLooks = true;
        Object.defineProperty(document, "hidden", { get: () => window.nobodyLooks });
    }""")
    page.locator(".xterm-helper-textarea").focus()
    page.keyboard.type("seq 1 400000; echo last-$((8 + 10))")
    page.keyboard.press("Enter")
    page.wait_for_timeout(3000)  # time enough for all of it, although the page takes none
    assert "last-18" not in screen(page)
    page.evaluate("window.nobodyLooks = false; document.dispatchEvent(new Event('visibilitychange'))")
    sees(page, "\n400000\nlast-18")
    run(page, "echo still-$((8 + 11))", "still-19")


def test_the_panel_of_the_workspace_opens_the_same_shell(
    tess: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    page = open_terminal(tess, new_page)
    run(page, "echo page-$((9 + 1))", "page-10")
    page.goto(f"{tess.site.url}/workspaces/{made(tess).id}/")
    assert page.locator("[data-terminal]").count() == 0, "nothing is opened by itself"
    page.get_by_role("button", name="Open it here").click()
    ready(page, "1")
    expect(page.get_by_role("button", name="Open it here")).to_have_count(0)
    sees(page, "page-10")
    run(page, "echo panel-$((9 + 2))", "panel-11")
    assert console_errors == []


def test_on_a_phone_it_fits_and_has_the_keys_that_phones_lack(tess: Person, new_page: NewPage) -> None:
    page = open_terminal(tess, new_page, "phone", viewport={"width": 390, "height": 760}, has_touch=True)
    assert page.evaluate("document.documentElement.scrollWidth <= innerWidth")
    assert page.evaluate("document.documentElement.scrollHeight <= innerHeight")
    run(page, "echo small-$((9 + 3))", "small-12")
    page.get_by_role("button", name="Up", exact=True).click()
    page.keyboard.press("Enter")
    page.wait_for_function(f"() => ({SCREEN})().split('small-12').length > 2")
    page.keyboard.type("sleep 1000")
    page.keyboard.press("Enter")
    page.get_by_role("button", name="Ctrl", exact=True).click()
    page.keyboard.type("c")
    sees(page, "^C")


@pytest.mark.parametrize("where", ["page", "panel"])
def test_it_can_be_read_in_every_size_and_colour(
    where: str, tess: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    if where == "page":
        page = open_terminal(tess, new_page, "looks")
    else:
        page = tess.page(new_page, f"/workspaces/{made(tess).id}/")
        page.get_by_role("button", name="Open it here").click()
        ready(page, "1")
    run(page, r"clear; for i in 30 3{1..7} 9{0..7}; do printf '\033[%smC%s\033[0m ' $i $i; done; echo", "C31 C32 C33")
    page.emulate_media(reduced_motion="reduce")
    problems = []
    for width, height in SIZES:
        page.set_viewport_size({"width": width, "height": height})
        for scheme in ("light", "dark"):
            page.emulate_media(color_scheme=scheme)  # type: ignore[arg-type]
            page.wait_for_timeout(400)  # it draws itself anew
            problems += [f"{width} {scheme}: {problem}" for problem in page.evaluate(LOOKS)]
            if KEEP:
                page.screenshot(path=f"{KEEP}/terminal-{where}-{width}-{scheme}.png")
    assert [*problems, *console_errors] == []


def test_open_on_a_card_leads_to_it_and_a_stopped_one_says_how_to_go_on(
    tess: Person, new_page: NewPage, console_errors: list[str]
) -> None:
    person = tess
    page = person.page(new_page)
    with page.context.expect_page() as opened:
        card(page, "Shell").get_by_role("link", name="Open").click()
    terminal = opened.value
    ready(terminal, "1")
    person.do("stop", made(person))
    expect(terminal.get_by_role("heading", name="This workspace does not run")).to_be_visible(timeout=READY_MS)
    terminal.get_by_role("button", name="Start").click()
    ready(terminal, "1")
    run(terminal, "echo again-$((9 + 4))", "again-13")
