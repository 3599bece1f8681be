"""The small pictures of desktops: who gets them, as what, and where pages have a place for them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from accounts.models import AuditEvent, User
from tests.pictures_parts import PICTURE, Desktop, answered
from tests.unit.pages.conftest import Browser
from tests.unit.pages.page import Page
from tests.unit.workshop.seated import guest_of, seat_taken
from workshop.models import Seat, Workshop
from workspaces import pictures
from workspaces.engine.fake import FakeEngine
from workspaces.models import Kind, Operation, Share, Workspace

Put = Callable[..., Workspace]


@pytest.fixture(autouse=True)
def remembers_nothing(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pictures, "_asker", pictures.Asker())


@pytest.fixture
def desktop() -> Iterator[Desktop]:
    with Desktop(answered(PICTURE, headers="Content-Type: text/html\r\nSet-Cookie: a=b\r\n")) as made:
        yield made


@pytest.fixture
def kicad(db: None, desktop: Desktop) -> Kind:
    """The desktop's kind, where this machine is its container."""
    Kind.objects.filter(slug="kicad").update(port=desktop.port, picture_path="/picture.jpg")
    return Kind.objects.get(slug="kicad")


@pytest.fixture
def board(put: Put, alice: User, kicad: Kind) -> Workspace:
    return put(alice, "Board", kind=kicad, address="127.0.0.1")


def path(workspace: Workspace, rest: str = "picture") -> str:
    return f"/workspaces/{workspace.public_id}/{rest}"


def test_its_owner_gets_it_as_a_picture_and_nothing_else(browser: Browser, alice: User, board: Workspace) -> None:
    answer = browser(alice).get(path(board))
    assert (answer.status_code, answer.content) == (200, PICTURE)
    headers = answer.headers
    assert headers["Content-Type"] == "image/jpeg", "whatever the container calls it"
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "private, no-store"
    assert headers["Cross-Origin-Resource-Policy"] == "same-origin"
    assert headers["Content-Security-Policy"].startswith("sandbox")
    assert not answer.cookies


def test_while_nothing_moves_nothing_is_sent(browser: Browser, alice: User, board: Workspace) -> None:
    client = browser(alice)
    etag = client.get(path(board)).headers["ETag"]
    again = client.get(path(board), headers={"If-None-Match": etag})
    assert (again.status_code, again.content, again.headers["ETag"]) == (304, b"", etag)
    assert again.headers["Cache-Control"] == "private, no-store"
    assert client.get(path(board), headers={"If-None-Match": '"another"'}).status_code == 200


def test_lists_get_a_small_one_and_the_page_a_wide_one(
    browser: Browser, alice: User, board: Workspace, desktop: Desktop
) -> None:
    for rest in ("picture", "picture?size=wide", "picture?size=../../x", "picture?width=9999"):
        browser(alice).get(path(board, rest))
    assert [line.split()[1] for line in desktop.asked] == ["/picture.jpg?width=320", "/picture.jpg?width=640"]


def test_asking_is_no_use_of_it_and_changes_nothing(
    browser: Browser, alice: User, board: Workspace, engine: FakeEngine
) -> None:
    before = Workspace.objects.filter(pk=board.pk).values().get()
    assert browser(alice).get(path(board)).status_code == 200
    assert Workspace.objects.filter(pk=board.pk).values().get() == before
    assert (Operation.objects.count(), AuditEvent.objects.filter(action__startswith="workspace").count()) == (0, 0)
    assert engine.states == {} and engine.execs == []


@pytest.mark.parametrize("state", ["paused", "stopped", "starting", "error"])
def test_one_that_does_not_run_has_none_and_is_not_woken(
    browser: Browser, alice: User, board: Workspace, desktop: Desktop, state: str
) -> None:
    Workspace.objects.filter(pk=board.pk).update(state=state)
    answer = browser(alice).get(path(board))
    assert (answer.status_code, answer.content, desktop.asked) == (204, b"", [])
    board.refresh_from_db()
    assert (board.state, Operation.objects.count()) == (state, 0)


def test_a_silent_one_has_none(browser: Browser, alice: User, board: Workspace, desktop: Desktop) -> None:
    desktop.pieces = (answered(b"", status="503 Service Unavailable"),)
    assert browser(alice).get(path(board)).status_code == 204


def test_who_may_look_gets_it(browser: Browser, bob: User, root: User, board: Workspace) -> None:
    Share.objects.create(workspace=board, user=bob, role=Share.Role.VIEWER)
    for user in (bob, root):
        assert browser(user).get(path(board)).status_code == 200


def test_for_a_stranger_there_is_none(
    browser: Browser, charlie: User, guest: User, board: Workspace, desktop: Desktop
) -> None:
    for user in (charlie, guest):
        assert browser(user).get(path(board)).status_code == 404
        assert browser(user).get(path(board).replace(board.public_id, "nothing-here")).status_code == 404
    assert browser().get(path(board)).status_code == 302, "a visitor signs in first"
    assert browser(charlie).post(path(board)).status_code in (404, 405)
    assert desktop.asked == []


@pytest.fixture
def workshop(put: Put, lena: User, kicad: Kind) -> Workshop:
    """Two seats that run."""
    columns = {"slug": "boards", "title": "Boards", "state": "open", "seats_wanted": 2, "seats_most": 2}
    made = Workshop.objects.create(owner=lena, **columns)
    for number in (1, 2):
        seat = put(lena, f"Boards {number}", kind=kicad, is_seat=True, address="127.0.0.1")
        Seat.objects.create(workshop=made, number=number, workspace=seat, ready_at=made.created_at)
    return made


def seat_space(workshop: Workshop, number: int) -> Workspace:
    found = Seat.objects.get(workshop=workshop, number=number).workspace
    assert found is not None
    return found


def test_of_seats_its_leader_gets_all_and_a_guest_their_own(
    browser: Browser, lena: User, other_leader: User, workshop: Workshop
) -> None:
    ada = guest_of(seat_taken(workshop, 1, "Ada"))
    own, other = seat_space(workshop, 1), seat_space(workshop, 2)
    assert [browser(lena).get(path(one)).status_code for one in (own, other)] == [200, 200]
    assert [browser(ada).get(path(one)).status_code for one in (own, other)] == [200, 404]
    assert browser(other_leader).get(path(own)).status_code == 404


# -- places for it

Places = list[tuple[str, str]]


def places(client: Client, address: str) -> Places:
    """Every picture of a page: its address, and how often it is asked for."""
    page = Page(client.get(address))
    assert page.problems() == []
    return [(tag["data-picture"], tag["data-every"]) for tag in page.all("img") if "data-picture" in tag]


def test_cards_and_the_page_of_a_desktop_have_a_place_for_it(
    browser: Browser, alice: User, board: Workspace, desktop: Desktop
) -> None:
    client = browser(alice)
    assert places(client, "/workspaces/") == [(path(board), "10")]
    assert places(client, path(board, "")) == [(path(board, "picture?size=wide"), "10")]
    card = Page(client.get(path(board, "card")))
    assert card.all("img")[0]["alt"] == "Screen of Board"
    assert "src" not in card.all("img")[0], "it is asked for once it is in view"
    assert desktop.asked == [], "no page asks by itself"


def test_one_that_sleeps_keeps_its_place_with_an_icon(browser: Browser, alice: User, board: Workspace) -> None:
    Workspace.objects.filter(pk=board.pk).update(state="paused")
    client = browser(alice)
    for address in ("/workspaces/", path(board, "")):
        assert places(client, address) == []
        assert any("picture" in tag.get("class", "").split() for tag in Page(client.get(address)).all("div"))


def test_other_kinds_have_no_place_for_it(browser: Browser, alice: User, put: Put) -> None:
    one = put(alice, "Notes", address="127.0.0.1")
    client = browser(alice)
    for address in ("/workspaces/", path(one, "")):
        assert 'class="picture' not in client.get(address).content.decode()


def test_the_leaders_pages_ask_more_often(browser: Browser, lena: User, workshop: Workshop) -> None:
    client = browser(lena)
    first, second = (path(seat_space(workshop, number)) for number in (1, 2))
    for view in ("wall", "table"):
        assert places(client, f"/workshops/boards/?view={view}") == [(first, "5"), (second, "5")]
    assert places(client, "/workshops/boards/seats/1/") == [(f"{first}?size=wide", "5")]


def test_thirty_of_them_cost_no_question_more_than_one(
    browser: Browser, alice: User, board: Workspace, put: Put, desktop: Desktop, django_assert_num_queries: Any
) -> None:
    client = browser(alice)
    client.get("/workspaces/")
    with CaptureQueriesContext(connection) as captured:
        client.get("/workspaces/")
    for number in range(1, 24):
        put(alice, f"Board {number}", kind=board.kind, address="127.0.0.1")
    with django_assert_num_queries(len(captured)):
        assert len(places(client, "/workspaces/")) == 24
    assert desktop.asked == []


def test_a_picture_costs_five_questions(
    browser: Browser, alice: User, board: Workspace, django_assert_max_num_queries: Any
) -> None:
    client = browser(alice)
    client.get(path(board))
    with django_assert_max_num_queries(5):  # session, account, when it was last seen, workspace, what is under way
        client.get(path(board))
