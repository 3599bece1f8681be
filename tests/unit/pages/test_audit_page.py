"""The page of events: who sees which, filters, older ones, new ones by themselves, and files of all that is found."""

from __future__ import annotations

import csv
import io
import json
import re
import tracemalloc
from collections.abc import Callable
from datetime import UTC, datetime
from html import unescape
from typing import Any
from urllib.parse import urlsplit

import pytest
from asgiref.sync import async_to_sync
from django.test import AsyncClient, Client

from accounts.actors import SYSTEM, Actor
from accounts.audit import audit
from accounts.models import AuditEvent, User
from tests.unit.pages.conftest import HTMX, Browser
from tests.unit.pages.page import Page
from workspaces.auditing import workspace_audit
from workspaces.models import Workspace

Put = Callable[..., Workspace]


@pytest.fixture
def hers(alice: User, put: Put) -> Workspace:
    return put(alice, "Hers")


def by(user: User) -> Actor:
    return Actor(user, "browser", "192.0.2.7", "request-1")


def text(response: Any) -> str:
    assert response.status_code == 200
    return unescape(response.content.decode())


def times(client: Client, needle: str, **filters: str) -> int:
    """How often a text stands among the events that the page shows."""
    return text(client.get("/audit/", filters)).partition('id="events"')[2].count(needle)


def test_it_has_the_shape_of_all_pages(browser: Browser, alice: User, root: User, hers: Workspace) -> None:
    for user in (alice, root):
        client = browser(user)
        assert Page(client.get("/audit/?q=nothing-like-this")).problems() == []
        workspace_audit(by(user), "exec.run", hers, command="ls", list=["a", "b"], flag=True, nested={"a": 1})
        assert Page(client.get("/audit/")).problems() == []
        assert Page(client.get(f"/audit/?workspace={hers.public_id}&what=inside&since=2020-01-01")).problems() == []


@pytest.mark.parametrize("path", ["/audit/", "/audit/newest", "/audit/export.csv", "/audit/export.json"])
def test_a_visitor_is_sent_to_sign_in(path: str, browser: Browser) -> None:
    response = browser().get(path)
    assert (response.status_code, urlsplit(response["Location"]).path) == (302, "/sign-in/")


def test_everybody_sees_what_is_theirs_and_staff_everything(
    browser: Browser, alice: User, bob: User, charlie: User, root: User, hers: Workspace
) -> None:
    workspace_audit(by(alice), "exec.run", hers, command="command-of-alice")
    workspace_audit(by(bob), "exec.run", hers, command="command-of-bob")
    seen = {
        user.username: [name for name in ("alice", "bob") if times(browser(user), f"command-of-{name}")]
        for user in (alice, bob, charlie, root)
    }
    assert seen == {"alice": ["alice", "bob"], "bob": ["bob"], "charlie": [], "root": ["alice", "bob"]}


def test_only_staff_filter_by_person(browser: Browser, alice: User, root: User, hers: Workspace) -> None:
    workspace_audit(by(root), "exec.run", hers, command="by-root")
    workspace_audit(by(alice), "exec.run", hers, command="by-alice")
    assert times(browser(root), "by-alice", who="alice@example.org", q="by-") > 0
    assert times(browser(root), "by-root", who="alice@example.org", q="by-") == 0
    assert times(browser(alice), "by-root", who="alice@example.org", q="by-") > 0
    assert 'name="who"' not in text(browser(alice).get("/audit/"))


@pytest.mark.parametrize(
    ("filters", "found"),
    [
        ({"what": "exec.run"}, ["first"]),
        ({"what": "inside"}, ["first"]),
        ({"what": "files"}, ["second"]),
        ({"what": "nonsense"}, ["first", "second"]),
        ({"q": "secon"}, ["second"]),
        ({"since": "2026-01-02"}, ["second"]),
        ({"until": "2026-01-01"}, ["first"]),
        ({"since": "2026-01-01", "until": "2026-01-02"}, ["first", "second"]),
        ({"since": "yesterday", "until": "2026-02-31"}, ["first", "second"]),
        ({"workspace": "nosuchspace0"}, []),
        ({"workspace": "\0", "q": "\0", "who": "\0"}, []),
    ],
)
def test_filters(filters: dict[str, str], found: list[str], browser: Browser, root: User, hers: Workspace) -> None:
    for day, action, path in ((1, "exec.run", "first"), (2, "file.write", "second")):
        at = datetime(2026, 1, day, 12, tzinfo=UTC)
        AuditEvent.objects.create(action=action, at=at, workspace=hers.public_id, meta={"path": f"path-{path}"})
    client = browser(root)
    assert [path for path in ("first", "second") if times(client, f"path-{path}", **filters)] == found


def test_what_people_typed_is_text_and_never_part_of_the_page(browser: Browser, alice: User, hers: Workspace) -> None:
    evil = "<script>alert(1)</script><img src=x onerror=alert(1)>"
    audit(
        by(alice),
        "exec.run",
        workspace=hers.public_id,
        workspace_name=evil,
        owner_id=alice.pk,
        command=evil,
        **{evil: evil},
    )
    page = Page(browser(alice).get("/audit/"))
    assert page.problems() == []
    assert not page.all("img", src="x")


def test_an_old_event_shows_the_id_for_the_name(browser: Browser, alice: User) -> None:
    AuditEvent.objects.create(action="workspace.start", actor=alice, workspace="oldworkspace")
    assert times(browser(alice), "oldworkspace") > 0


def test_older_events_follow_page_by_page_without_gap_or_double(browser: Browser, root: User) -> None:
    for number in range(120):
        audit(SYSTEM, "exec.run", command=f"command-{number:03}-")
    client, seen, address = browser(root), [], "/audit/?what=exec.run"
    while address:
        response = client.get(address, headers=HTMX if seen else {})
        seen += re.findall(r"<code>command-(\d+)-", text(response))
        audit(SYSTEM, "exec.run", command="later")
        address = next((link["href"] for link in Page(response).all("a", rel="next")), "")
    assert seen == [f"{number:03}" for number in reversed(range(120))]
    assert "That is all there is." in text(response)


def test_without_a_script_an_older_page_is_whole_and_leads_back(browser: Browser, root: User) -> None:
    for _ in range(60):
        audit(SYSTEM, "test.happened")
    client = browser(root)
    link = Page(client.get("/audit/")).all("a", rel="next")[0]["href"]
    older = client.get(link)
    assert Page(older).problems() == []
    assert "To the newest" in text(older)
    assert "data-tail" not in text(older)


def tail_of(response: Any) -> str:
    return next(found["hx-get"] for _tag, found in Page(response).tags if "data-tail" in found)


def test_new_events_come_up_and_older_ones_stay_where_they_are(browser: Browser, root: User) -> None:
    for number in range(60):
        audit(SYSTEM, "exec.run", command=f"command-{number:03}-")
    client = browser(root)
    response = client.get("/audit/?what=exec.run")
    assert client.get(tail_of(response), headers=HTMX).status_code == 204
    audit(SYSTEM, "user.sign_in")
    assert client.get(tail_of(response), headers=HTMX).status_code == 204
    audit(SYSTEM, "exec.run", command="command-new-")
    fresh = client.get(tail_of(response), headers=HTMX)
    shown = re.findall(r"<code>command-(\w+)-", text(fresh))
    assert shown == ["new", *[f"{number:03}" for number in range(59, 9, -1)]]
    assert client.get(tail_of(fresh), headers=HTMX).status_code == 204


def test_an_event_that_was_written_late_is_not_missed(browser: Browser, root: User) -> None:
    first = audit(SYSTEM, "exec.run", command="first")
    client = browser(root)
    response = client.get("/audit/?what=exec.run")
    AuditEvent.objects.create(action="exec.run", at=first.at, meta={"command": "before-it"})
    assert "before-it" in text(client.get(tail_of(response), headers=HTMX))


def test_a_list_that_has_grown_too_long_stops_growing(
    browser: Browser, root: User, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("workspaces.views.audit.MOST_NEW", 5)
    client = browser(root)
    response = client.get("/audit/?what=exec.run")
    for _ in range(6):
        audit(SYSTEM, "exec.run", command="x")
    full = text(client.get(tail_of(response), headers=HTMX))
    assert "data-tail" not in full
    assert "Begin again with the newest" in full


@pytest.mark.parametrize("place", ["x", "1-2-3", "'"])
def test_a_place_that_is_none_is_refused(place: str, browser: Browser, alice: User) -> None:
    client = browser(alice)
    assert client.get("/audit/", {"before": place}).status_code == 400
    assert client.get("/audit/newest", {"down_to": place}).status_code == 400


def exported(user: User, path: str) -> Any:
    """The answer, with its body in `.body`, as the server streams it."""
    client = AsyncClient()

    async def fetch() -> Any:
        await client.aforce_login(user)
        response = await client.get(path)
        response.body = b"".join([part async for part in response.streaming_content]).decode()
        return response

    return async_to_sync(fetch)()


@pytest.mark.django_db(transaction=True)
def test_csv_has_all_that_is_found_and_no_formula(alice: User, bob: User, hers: Workspace) -> None:
    workspace_audit(by(alice), "exec.run", hers, command='=1+1 "quoted",\nübung')
    audit(by(alice), "user.update", username="x", workspace_name="=HYPERLINK(1)", workspace="+1")
    workspace_audit(by(bob), "exec.run", hers, command="bob's")
    audit(by(bob), "user.sign_in")
    response = exported(alice, "/audit/export.csv")
    assert response["Content-Type"] == "text/csv; charset=utf-8"
    assert re.fullmatch(r'attachment; filename="audit-\d{4}-\d\d-\d\d\.csv"', response["Content-Disposition"])
    assert response.body.count("\r\n") == 4
    rows = list(csv.DictReader(io.StringIO(response.body, newline="")))
    assert [(row["action"], row["who"]) for row in rows] == [
        ("exec.run", "bob@example.org"),
        ("user.update", "alice@example.org"),
        ("exec.run", "alice@example.org"),
    ]
    assert (rows[1]["workspace"], rows[1]["workspace_name"]) == ("'+1", "'=HYPERLINK(1)")
    assert json.loads(rows[2]["details"])["command"] == '=1+1 "quoted",\nübung'


@pytest.mark.django_db(transaction=True)
def test_json_is_one_array_whether_or_not_there_is_anything(alice: User, root: User, hers: Workspace) -> None:
    assert json.loads(exported(root, "/audit/export.json?q=nothing-like-this").body) == []
    workspace_audit(by(alice), "exec.run", hers, command="ls")
    [event] = json.loads(exported(alice, f"/audit/export.json?workspace={hers.public_id}").body)
    assert (event["action"], event["details"], event["workspace_name"]) == ("exec.run", {"command": "ls"}, "Hers")
    assert response_filtered(alice) == []


def response_filtered(user: User) -> Any:
    return json.loads(exported(user, "/audit/export.json?what=files").body)


@pytest.mark.django_db(transaction=True)
def test_an_export_of_many_takes_no_more_memory_than_of_few(root: User) -> None:
    AuditEvent.objects.bulk_create(
        [AuditEvent(action="exec.run", meta={"command": "x" * 900}) for _ in range(12_000)], batch_size=1000
    )
    client = AsyncClient()

    async def peak() -> tuple[int, int]:
        await client.aforce_login(root)
        response = await client.get("/audit/export.csv")
        size = 0
        tracemalloc.start()
        async for part in response.streaming_content:
            size += len(part)
        most = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
        return size, most

    size, most = async_to_sync(peak)()
    assert size > 12_000 * 900
    assert most < 8 * 1024**2
