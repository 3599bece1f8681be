"""Our page around an app: where it stands, what it is told, and what is left to the app."""

from __future__ import annotations

import re
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from asgiref.sync import sync_to_async
from django.conf import settings as site_settings
from django.utils import timezone

from accounts.models import User
from tests.unit.workspaces.gateway.conftest import PAGE, Answer, Key, ask, target_of, visit_of
from tests.unit.workspaces.gateway.desks import PORT, VIEW, Framed, desk, desk_kind, framed
from workspaces.gateway import activity
from workspaces.gateway.activity import websocket_beats
from workspaces.gateway.authorise import authorise, authorise_forget
from workspaces.gateway.hosts import Target
from workspaces.gateway.marker import is_marked, marked
from workspaces.gateway.sessions import session_open
from workspaces.models import Operation, Share, Workspace
from workspaces.states import State

__all__ = ["desk", "desk_kind", "framed"]
pytestmark = pytest.mark.django_db(transaction=True)
SCRIPT = {"accept": "application/json", "sec-fetch-mode": "cors", "sec-fetch-site": "same-origin"}
STATIC = Path(site_settings.BASE_DIR) / "static"
PASSED_ON = 502
BY_A_PERSON = {**PAGE, "sec-fetch-user": "?1"}


@pytest.fixture
def key(desk: Workspace, alice: User, cookie_of: Key) -> str:
    return cookie_of(desk, alice)


def is_ours(answer: Answer) -> bool:
    return answer.status == 200 and 'id="desk"' in answer.text


def flags(answer: Answer) -> str:
    """The body's tag."""
    return re.findall(r"<body[^>]*>", answer.text)[0]


async def test_the_address_of_a_desktop_is_our_page(desk: Workspace, key: str) -> None:
    for query in ("", "?x=1", "?apple", "?x&app"):
        assert is_ours(await ask(target_of(desk), f"/{query}", key=key)), query
    page = await ask(target_of(desk), "/", key=key)
    assert 'data-frame="desktop"' in flags(page) and "data-files" in flags(page)
    assert "data-view-only" not in flags(page)
    assert '/_spaces/here.js"' in page.text
    assert 'href="http://localhost:8000/"' in page.text
    assert "Board &quot;&lt;b&gt;1&lt;/b&gt;&quot;" in page.text and "<b>1</b>" not in page.text


async def test_its_policy_allows_nothing_inline_and_nobody_to_frame_it(desk: Workspace, key: str) -> None:
    page = await ask(target_of(desk), "/", key=key)
    policy = dict(part.strip().partition(" ")[::2] for part in page.get("content-security-policy").split(";"))
    assert policy["default-src"] == "'self'" and "unsafe" not in page.get("content-security-policy")
    assert policy["connect-src"] == "'self' ws: wss:"
    assert policy["img-src"] == "'self' data: blob:"
    assert policy["frame-src"] == "'self'"
    assert policy["frame-ancestors"] == f"'self' http://localhost:8000 http://{desk.public_id}.localhost:8000"
    assert len(policy) == page.get("content-security-policy").count(";") + 1, "no directive twice"
    assert page.get("cache-control") == "no-store"
    assert not re.findall(r"<style|style=| on[a-z]+=|<script(?![^>]*src=)", page.text)


async def test_a_program_that_asks_for_the_headers_alone_gets_them(desk: Workspace, key: str) -> None:
    answer = await ask(target_of(desk), "/", key=key, method="HEAD")
    assert (answer.status, answer.body) == (200, b"")
    assert int(answer.get("content-length")) > 500


async def test_everything_else_is_the_apps(desk: Workspace, key: str) -> None:
    for path in ("/?app", "/?app&x=1", "/desktop.json", "/x/", "//", "/%2F"):
        answer = await ask(target_of(desk), path, key=key, headers=SCRIPT)
        assert answer.status == PASSED_ON, path
    assert (await ask(target_of(desk), "/", key=key, method="POST", headers=SCRIPT)).status == PASSED_ON


async def test_the_apps_number_is_the_same_and_no_other_port_is_framed(
    desk: Workspace, alice: User, cookie_of: Key
) -> None:
    key = await sync_to_async(cookie_of)(desk, alice, PORT)
    assert is_ours(await ask(target_of(desk, PORT), "/", key=key))
    other = await sync_to_async(session_open)(desk, target_of(desk, 9).host_label)
    assert (await ask(target_of(desk, 9), "/", key=other, headers=SCRIPT)).status == PASSED_ON


async def test_an_app_of_its_own_page_stands_in_it_with_the_mark(desk: Workspace, key: str, framed: Framed) -> None:
    await sync_to_async(framed)("page", "/vnc.html?autoconnect=1&a=b#c")
    page = await ask(target_of(desk), "/", key=key)
    assert 'data-frame="page"' in flags(page)
    assert 'src="/vnc.html?app&amp;autoconnect=1&amp;a=b#c"' in page.text


async def test_what_that_page_opens_in_the_frame_is_the_apps(desk: Workspace, key: str, framed: Framed) -> None:
    inside = {**PAGE, "sec-fetch-dest": "iframe", "sec-fetch-site": "same-origin"}
    assert is_ours(await ask(target_of(desk), "/", key=key, headers=inside)), "a desktop has no such page"
    await sync_to_async(framed)("page")
    assert not is_ours(await ask(target_of(desk), "/", key=key, headers=inside))
    assert is_ours(await ask(target_of(desk), "/", key=key, headers={**inside, "sec-fetch-site": "same-site"}))


async def test_a_kind_without_a_frame_keeps_the_whole_window(desk: Workspace, key: str, framed: Framed) -> None:
    await sync_to_async(framed)("")
    assert (await ask(target_of(desk), "/", key=key, headers=SCRIPT)).status == PASSED_ON


@pytest.mark.parametrize(
    ("path", "address"),
    [("/", "/?app"), ("/vnc.html", "/vnc.html?app"), ("/a?b=c", "/a?app&b=c"), ("/#x?y", "/?app#x?y"),
     ("/a?b?c#d", "/a?app&b?c#d")],
)  # fmt: skip
def test_the_mark_is_the_first_of_the_query(path: str, address: str) -> None:
    assert marked(path) == address
    assert is_marked(address.partition("#")[0].partition("?")[2])


def test_what_only_looks_like_the_mark() -> None:
    assert not [query for query in ("", "App", "app=1", "apps", "a&app", "%61pp") if is_marked(query)]


# -- who gets it, and when
async def test_nobody_gets_it_without_leave(desk: Workspace, charlie: User, cookie_of: Key) -> None:
    assert (await ask(target_of(desk), "/", headers=SCRIPT)).status == 401
    stranger = await sync_to_async(cookie_of)(desk, charlie)
    assert (await ask(target_of(desk), "/", key=stranger)).status == 404


async def test_a_guest_by_the_password_works_in_it_and_is_offered_no_files_and_no_way_home(desk: Workspace) -> None:
    page = await ask(target_of(desk), "/", key=await sync_to_async(session_open)(desk, desk.public_id))
    assert is_ours(page) and "data-files" not in flags(page)
    assert 'href="http://localhost:8000/"' not in page.text


async def test_a_guest_of_a_seat_has_all_of_it(desk: Workspace, guest: User, cookie_of: Key) -> None:
    await Share.objects.acreate(workspace=desk, user=guest, role=Share.Role.EDITOR)
    key = await sync_to_async(cookie_of)(desk, guest)
    page = await ask(target_of(desk), "/", key=key)
    assert is_ours(page) and "data-files" in flags(page)
    assert (await ask(target_of(desk), "/_spaces/here", method="POST", key=key, headers=SCRIPT)).status == 204
    assert (await ask(target_of(desk), "/_spaces/seat?words", key=key, headers=SCRIPT)).status == 204, "no seat here"


async def test_a_visit_wakes_it_first(desk: Workspace, key: str) -> None:
    await Workspace.objects.aupdate(state=State.STOPPED)
    authorise_forget(desk.public_id)
    page = await ask(target_of(desk), "/", key=key)
    assert page.status == 503 and "is waking up" in page.text
    assert (await Operation.objects.alatest("created_at")).verb == "start"


async def test_a_script_that_asks_for_it_wakes_nothing(desk: Workspace, key: str) -> None:
    await Workspace.objects.aupdate(state=State.STOPPED)
    authorise_forget(desk.public_id)
    assert (await ask(target_of(desk), "/", key=key, headers=SCRIPT)).status == 503
    assert (await Workspace.objects.aget()).state == State.STOPPED


# -- what is use of it
async def last_use(workspace: Workspace) -> Any:
    for task in list(activity._under_way):
        await task
    return (await Workspace.objects.aget(pk=workspace.pk)).last_activity_at


async def test_opening_it_is_use_and_loading_the_app_in_it_is_none(desk: Workspace, key: str, framed: Framed) -> None:
    await sync_to_async(framed)("page")
    await Workspace.objects.aupdate(last_activity_at=timezone.now() - timedelta(hours=1), last_opened_at=None)
    before = await last_use(desk)
    await ask(target_of(desk), "/?app", key=key, headers={**PAGE, "sec-fetch-dest": "iframe"})
    assert await last_use(desk) == before
    await ask(target_of(desk), "/", key=key, headers=BY_A_PERSON)
    assert await last_use(desk) > before
    assert (await Workspace.objects.aget()).last_opened_at is not None


async def test_its_websockets_count_by_its_script_alone(desk: Workspace, key: str, framed: Framed) -> None:
    """The cookie that says so comes with the page, before its first websocket."""
    page = await ask(target_of(desk), "/", key=key)
    assert page.get("set-cookie") == "spaces_here=1; Path=/; SameSite=Lax"
    silent, reporting = visit_of(), visit_of(cookie="spaces_here=1")
    desktop = await sync_to_async(authorise)(target_of(desk), (key,), "", None)
    assert websocket_beats(reporting, desktop) is websocket_beats(silent, desktop) is None
    await sync_to_async(framed)("page", reports_use=False)
    app = await sync_to_async(authorise)(target_of(desk), (key,), "", None)
    assert websocket_beats(reporting, app) is None
    assert websocket_beats(silent, app) is not None, "its page was opened without ours around it"


def test_over_https_that_cookie_is_of_this_host_alone(desk: Workspace, key: str, settings: Any) -> None:
    from workspaces.gateway.frame import _here_cookie

    settings.SECURE = True
    assert _here_cookie(visit_of()) == (b"set-cookie", b"__Host-spaces_here=1; Path=/; SameSite=Lax; Secure")


# -- its files
async def test_its_scripts_and_the_library_are_served(desk: Workspace) -> None:
    names = [path.name for path in (STATIC / "gateway").glob("desktop*")]
    assert {"desktop.js", "desktop.css"} <= set(names)
    for name in names:
        answer = await ask(target_of(desk), f"/_spaces/{name}", headers={})
        assert answer.status == 200, name
        assert answer.get("content-type").startswith("text/css" if name.endswith("css") else "text/javascript")
        assert answer.get("cache-control") == "max-age=300"
    library = STATIC / "vendor" / "novnc-1.7.0"
    files = [path for path in library.rglob("*") if path.is_file()]
    assert len(files) > 30
    for path in files:
        answer = await ask(target_of(desk), f"/_spaces/vendor/novnc-1.7.0/{path.relative_to(library)}", headers={})
        assert (answer.status, answer.body) == (200, path.read_bytes()), path
        assert answer.get("cache-control") == "max-age=31536000, immutable"


@pytest.mark.parametrize(
    "path",
    ["vendor/novnc-1.7.0/../htmx-2.0.11/htmx.min.js", "vendor/novnc-1.7.0/core/../../../js/app.js",
     "vendor/novnc-1.7.0/%2e%2e/htmx-2.0.11/htmx.min.js", "vendor/novnc-1.7.0//etc/passwd", "vendor/novnc-1.7.0/",
     "vendor/novnc-1.7.0/core", "vendor/novnc-1.7.0/core/", "vendor/novnc-1.7.0", "vendor/xterm-6.0.0/xterm.js",
     "vendor/novnc-1.7.0/core/.hidden", "vendor/novnc-1.7.0/core/rfb.js%00", "desktop.html", "desktop-.js",
     "../gateway/desktop.js", "desktop/../here.js", "vendor/novnc-1.7.0/core\\..\\rfb.js"],
)  # fmt: skip
async def test_nothing_beside_them_is(desk: Workspace, path: str) -> None:
    assert (await ask(target_of(desk), f"/_spaces/{path}", headers={})).status == 404


async def test_they_are_there_before_anybody_is_let_in_and_say_nothing_of_any_workspace() -> None:
    nowhere = Target("", None, "abcdefghijkl")
    assert (await ask(nowhere, "/_spaces/desktop.css", headers={})).status == 200


def test_the_port_for_looking_is_another(desk: Workspace) -> None:
    assert desk.kind.view_port == VIEW != desk.port
