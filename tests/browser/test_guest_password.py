"""Guests: who knows the password of a workspace gets in without an account, until its owner thinks otherwise."""

from __future__ import annotations

import re
import time

import pytest
from playwright.sync_api import Page, WebSocket, expect

from tests.browser.conftest import NewPage
from tests.browser.editor import wait_for_workbench
from tests.browser.people import Person
from tests.harness import Platform
from tests.waiting import eventually

pytestmark = pytest.mark.browser
CUT_OFF_SECONDS = 10.0


def enter(guest: Page, address: str, password: str) -> None:
    """Type the password at the gate, which the address leads to."""
    guest.goto(address)
    guest.get_by_label("Password").fill(password)
    guest.get_by_role("button", name="Open").click()


def test_a_guest_gets_in_by_the_password_and_is_out_when_it_changes(new_page: NewPage, platform: Platform) -> None:
    owner = Person(platform, "olga")
    made = owner.make("Shared robot", kind="code-server")
    page = owner.page(new_page, f"/workspaces/{made.id}/")
    panel = page.get_by_role("region", name="Password for guests")
    panel.get_by_role("button", name="Make one up").click()
    expect(panel).to_contain_text("This is the new password:")
    first = panel.locator("#shown-secret").inner_text()
    assert re.fullmatch(r"[a-z2-9]{4}(-[a-z2-9]{4}){2}", first)

    guest = new_page()
    open_sockets: list[WebSocket] = []
    guest.on("websocket", lambda socket: open_sockets.append(socket))
    guest.on("websocket", lambda socket: socket.on("close", lambda closed: open_sockets.remove(closed)))
    address = page.locator("#address").inner_text()
    enter(guest, address, "a wrong password")
    expect(guest.get_by_role("alert")).to_have_text("That is not the password of this workspace.")
    expect(guest.get_by_label("Password")).to_have_accessible_description("That is not the password of this workspace.")
    enter(guest, address, first)
    wait_for_workbench(guest)
    assert guest.context.request.get(f"{platform.url}/workspaces/{made.id}/").url.startswith(f"{platform.url}/sign-in/")
    eventually(lambda: guest.wait_for_timeout(50) or open_sockets, "the editor is connected")

    page.get_by_label("Change it to").fill("another password")
    panel.get_by_role("button", name="Set password").click()
    expect(page.get_by_text("The password is set.")).to_be_visible()
    changed = time.monotonic()
    eventually(lambda: guest.wait_for_timeout(50) or not open_sockets, "the guest is cut off", CUT_OFF_SECONDS)
    assert time.monotonic() - changed < CUT_OFF_SECONDS
    enter(guest, address, first)
    expect(guest.get_by_role("alert")).to_have_text("That is not the password of this workspace.")
    enter(guest, address, "another password")
    wait_for_workbench(guest)

    owner.do("stop", made)  # what a password opens sleeps, and is opened by it all the same
    stranger = new_page()
    enter(stranger, address, first)
    expect(stranger.get_by_role("alert")).to_have_text("That is not the password of this workspace.")
    enter(stranger, address, "another password")
    wait_for_workbench(stranger)
    owner.becomes(made, "running")

    page.goto(f"{platform.url}/workspaces/{made.id}/")
    panel.get_by_role("button", name="Show it").click()
    expect(panel.locator("#shown-secret")).to_have_text("another password")
    panel.get_by_role("button", name="Remove password").click()
    expect(page.get_by_text("The password is removed.")).to_be_visible()
    guest.goto(address)
    expect(guest.get_by_role("heading", level=1)).to_have_text("Sign in")
    expect(guest).to_have_url(re.compile(f"^{platform.url}/sign-in/"))
    owner.delete(made)


def test_wrong_ones_are_limited_at_the_gate(new_page: NewPage, platform: Platform) -> None:
    owner = Person(platform, "olaf")
    made = owner.make("Guarded", kind="code-server", password="a long password")
    guest = new_page()
    address = f"http://{made.id}.localhost:{platform.port}/"
    for _ in range(12):
        enter(guest, address, "a wrong password")
        guest.wait_for_load_state()
        if "Too many" in guest.get_by_role("main").inner_text():
            break
    expect(guest.get_by_role("main")).to_contain_text("Too many attempts")
    enter(guest, address, "a long password")  # not even the right one for now
    expect(guest.get_by_role("main")).to_contain_text("Too many attempts")
    page = owner.page(new_page, f"/workspaces/{made.id}/")
    with page.expect_popup() as opened:
        page.get_by_role("link", name=re.compile("^Open")).first.click()
    wait_for_workbench(opened.value)  # its owner is never asked
    owner.delete(made)
