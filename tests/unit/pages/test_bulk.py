"""Several workspaces at once: the bar of the list, the page that asks first, and how far it is."""

from __future__ import annotations

import re
import uuid
from collections.abc import Callable

import pytest

from accounts.models import User
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from tests.workspaces_fixtures import Work
from workspaces.engine.fake import FakeEngine
from workspaces.models import Batch, Operation, Share, Workspace, WorkspaceGroup
from workspaces.states import State

Put = Callable[..., Workspace]
BULK = "/workspaces/bulk"


def states() -> dict[str, str]:
    return dict(Workspace.objects.values_list("name", "state"))


def test_what_is_ticked_is_stopped_and_the_list_says_how_far_it_is(
    browser: Browser, alice: User, put: Put, work: Work
) -> None:
    one, two, _three = put(alice, "One"), put(alice, "Two"), put(alice, "Three")
    client = browser(alice)
    page = Page(client.get("/workspaces/?q=o"))
    assert page.all("input", name="id", value=one.public_id, form="bulk")
    assert page.all("input", name="next", value="/workspaces/?q=o")
    sent = {"do": "stop", "id": [one.public_id, two.public_id], "next": "/workspaces/?q=o"}
    assert client.post(BULK, sent).headers["Location"] == "/workspaces/?q=o"
    assert states() == {"One": "stopping", "Two": "stopping", "Three": "running"}
    batch = Batch.objects.get()
    response = client.get("/workspaces/")
    panel = Page(response).all("section", id=f"batch-{batch.pk}")[0]
    assert "every 2s" in panel["hx-trigger"] and "0 of 2 stopped" in response.content.decode()
    assert Page(response).problems() == []
    work()
    answer = client.get(f"/workspaces/batches/{batch.pk}/panel", headers=HTMX)
    assert "2 of 2 stopped" in answer.content.decode() and "every" not in answer.content.decode()


def test_all_that_the_list_shows_are_meant_by_all(browser: Browser, alice: User, put: Put) -> None:
    lab = WorkspaceGroup.objects.create(owner=alice, name="Lab")
    for number in range(30):
        put(alice, f"Seat {number:02}", group=lab if number < 26 else None)
    put(alice, "Other", group=lab)
    client = browser(alice)
    page = Page(client.get("/workspaces/", {"q": "seat", "group": str(lab.pk)}))
    assert page.value("q") == "seat" and page.all("form", id="bulk", data_total="26")
    client.post(BULK, {"do": "stop", "all": "1", "q": "seat", "group": str(lab.pk)})
    assert Batch.objects.get().total == 26
    assert sorted(name for name, state in states().items() if state == "running") == [
        "Other", "Seat 26", "Seat 27", "Seat 28", "Seat 29"
    ]  # fmt: skip


@pytest.mark.parametrize(
    "asked", [{"group": "999999"}, {"group": "rubbish"}, {"status": "rubbish"}, {"q": "nothing like it"}]
)
def test_all_of_a_group_or_filter_that_is_not_there_is_none(
    asked: dict[str, str], browser: Browser, alice: User, put: Put
) -> None:
    put(alice, "One")
    for do in ("stop", "delete", "move"):
        response = browser(alice).post(BULK, {"do": do, "all": "1", "confirmed": "1"} | asked)
        assert response.status_code in (302, 400)
    assert states() == {"One": "running"} and not Batch.objects.exists()


def test_deleting_asks_first_by_name_and_number(
    browser: Browser, alice: User, bob: User, put: Put, work: Work, engine: FakeEngine
) -> None:
    one, two, theirs = put(alice, "One"), put(alice, "Two", State.STOPPED), put(bob, "Theirs")
    Share.objects.create(workspace=theirs, user=alice)
    client = browser(alice)
    sent = {"do": "delete", "id": [one.public_id, two.public_id, theirs.public_id]}
    response = client.post(BULK, sent)
    page, text = Page(response), response.content.decode()
    assert page.texts["h1"] == ["Delete 2 workspaces?"] and page.problems() == []
    assert "running in 1 of them" in text and "they belong to somebody else" in text and "Theirs" in text
    assert {found["value"] for found in page.all("input", name="id")} == {one.public_id, two.public_id}
    assert states() == {"One": "running", "Two": "stopped", "Theirs": "running"}, "asking deletes nothing"
    confirmed = {"do": "delete", "confirmed": "1", "keep_files": "1", "id": [one.public_id, two.public_id]}
    assert client.post(BULK, confirmed).headers["Location"] == "/workspaces/"
    assert set(Operation.objects.values_list("verb", "keep_files")) == {("delete", True)}
    work()
    assert states() == {"Theirs": "running"}
    assert client.post(BULK, confirmed).headers["Location"] == "/workspaces/", "twice is harmless"
    assert "Choose at least one workspace first." in client.get("/workspaces/").content.decode()


def test_staff_deletes_other_peoples_only_one_by_one(browser: Browser, root: User, bob: User, put: Put) -> None:
    theirs = put(bob, "Theirs")
    response = browser(root).post(BULK, {"do": "delete", "id": theirs.public_id})
    assert Page(response).texts["h1"] == ["None of these is yours to delete"]
    assert not Page(response).all("input", name="confirmed")


def test_moving_asks_where(browser: Browser, alice: User, put: Put) -> None:
    lab = WorkspaceGroup.objects.create(owner=alice, name="Lab")
    one, two, client = put(alice, "One"), put(alice, "Two", group=lab), browser(alice)
    response = client.post(BULK, {"do": "move", "id": [one.public_id, two.public_id], "next": "/workspaces/?q=o"})
    page = Page(response)
    assert page.texts["h1"] == ["Move 2 workspaces"] and page.problems() == []
    assert len(page.all("input", name="id")) == 2 and page.all("input", name="next", value="/workspaces/?q=o")
    assert not [found for found in page.all("input", name="to") if "checked" in found]
    client.post("/workspaces/groups/move", {"id": [one.public_id, two.public_id], "group": "New"})
    assert set(Workspace.objects.values_list("group__name", flat=True)) == {"New"}


def test_a_strangers_ids_are_answered_as_unknown_ones(
    browser: Browser, alice: User, charlie: User, put: Put
) -> None:
    workspace, client = put(alice, "One"), browser(charlie)
    put(charlie, "Mine")
    for do in ("start", "stop", "delete", "move"):
        answers = []
        for public_id in (workspace.public_id, "zzzzzzzzzzzz"):
            response = client.post(BULK, {"do": do, "id": public_id, "confirmed": "1"})
            text = Page(client.get("/workspaces/")).texts["p"]
            answers.append((response.status_code, response.headers["Location"], text))
        assert answers[0] == answers[1]
    assert states()["One"] == "running" and not Batch.objects.exists()


def test_a_thousand_ids_and_rubbish(browser: Browser, alice: User, put: Put) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    many = [workspace.public_id, *(f"a{number:011}" for number in range(500))]
    assert client.post(BULK, {"do": "stop", "id": many}).status_code == 302
    assert "At most 300 workspaces at once." in client.get("/workspaces/").content.decode()
    assert client.post(BULK, {"do": "stop", "id": many * 3}).status_code == 400
    for do in ("", "create", "restart", "explode", "\0"):
        assert client.post(BULK, {"do": do, "id": workspace.public_id}).status_code == 400
    for public_id in ("", "\0", "'", "ä" * 12, "x" * 5000):
        assert client.post(BULK, {"do": "stop", "id": public_id}).status_code == 302
    assert client.post(BULK, {"do": "stop", "id": workspace.public_id, "next": "https://evil.example/"}).headers[
        "Location"
    ] == "/workspaces/"
    assert Batch.objects.get().total == 1
    assert client.get(BULK).headers["Location"] == "/workspaces/"
    assert browser().post(BULK, {"do": "stop"}).headers["Location"].startswith("/sign-in/")


def test_without_an_engine_the_page_says_so(browser: Browser, alice: User, put: Put, engine: FakeEngine) -> None:
    from workspaces.engine_state import engine_forget

    workspace = put(alice, "One")
    engine.down = True
    engine_forget()
    response = browser(alice).post(BULK, {"do": "stop", "id": workspace.public_id})
    assert response.status_code == 503 and states() == {"One": "running"}


def test_a_viewer_ticks_nothing(browser: Browser, alice: User, bob: User, put: Put) -> None:
    viewed, edited = put(alice, "Viewed"), put(alice, "Edited")
    Share.objects.create(workspace=viewed, user=bob, role="viewer")
    Share.objects.create(workspace=edited, user=bob, role="editor")
    page = Page(browser(bob).get("/workspaces/"))
    assert [found["value"] for found in page.all("input", name="id")] == [edited.public_id]
    assert not page.all("a", id=f"open-{viewed.public_id}") and page.all("a", id=f"open-{edited.public_id}")
    assert not page.all("button", id=f"stop-{viewed.public_id}")


def test_the_panel_is_put_away_and_its_page_stays(
    browser: Browser, alice: User, charlie: User, put: Put, work: Work
) -> None:
    workspace, client = put(alice, "One"), browser(alice)
    client.post(BULK, {"do": "stop", "id": workspace.public_id})
    batch = Batch.objects.get()
    path = f"/workspaces/batches/{batch.pk}/"
    assert client.post(path + "dismiss", headers=HTMX).content == b""
    assert not Page(client.get("/workspaces/")).all("section", id=f"batch-{batch.pk}")
    assert client.post(path + "dismiss").headers["Location"] == "/workspaces/"
    assert "0 of 1 stopped" in client.get(path).content.decode()
    assert "Stop 1 workspace" in client.get("/workspaces/batches/").content.decode()
    work()
    assert Page(client.get(path)).problems() == [] and "1 of 1 stopped" in client.get(path).content.decode()
    for rest in ("", "panel", "dismiss"):
        method = browser(charlie).post if rest == "dismiss" else browser(charlie).get
        assert method(path + rest).status_code == 404, rest
        assert browser(alice).get(f"/workspaces/batches/{uuid.uuid4()}/").status_code == 404
    assert "None yet" in browser(charlie).get("/workspaces/batches/").content.decode()
    assert browser().get(path).headers["Location"].startswith("/sign-in/")


def test_the_page_of_one_says_what_became_of_each(browser: Browser, alice: User, put: Put, settings: object) -> None:
    settings.MAX_CONCURRENT_WORKSPACES = 2  # type: ignore[attr-defined]
    made = [put(alice, f"Seat {number}", State.STOPPED) for number in range(3)]
    client = browser(alice)
    client.post(BULK, {"do": "start", "id": [one.public_id for one in made]})
    batch = Batch.objects.get()
    Operation.objects.filter(workspace=made[0]).update(state="failed", error="The app ended by itself (exit code 3).")
    text = client.get(f"/workspaces/batches/{batch.pk}/").content.decode()
    assert "0 of 3 started, 1 failed, 1 refused" in text
    assert "The app ended by itself (exit code 3)." in text
    assert "2 of your workspaces run already" in text
    panel = client.get("/workspaces/").content.decode()
    assert re.search(r"<strong>Seat 0</strong>\s+The app ended by itself", panel)


def test_names_are_shown_as_text(browser: Browser, alice: User, put: Put) -> None:
    evil = "<img src=x onerror=alert(1)>"
    workspace, client = put(alice, evil), browser(alice)
    Batch.objects.create(
        actor=alice, verb="stop", total=1,
        refused=[{"id": workspace.public_id, "name": evil, "code": "X", "message": evil}],
    )  # fmt: skip
    batch = Batch.objects.get()
    pages = [client.get("/workspaces/"), client.get(f"/workspaces/batches/{batch.pk}/")]
    pages += [client.post(BULK, {"do": do, "id": workspace.public_id}) for do in ("delete", "move")]
    for page in pages:
        assert evil not in page.content.decode() and "&lt;img" in page.content.decode()
