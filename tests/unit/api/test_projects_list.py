"""The list of projects: what is in it, in which order, and at which cost however long it is."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone

from accounts.models import User
from tests.unit.api.conftest import Call, caller, token_of
from workspaces.engine.fake import FakeEngine
from workspaces.models import Alias, Kind, Share, Workspace, WorkspaceGroup
from workspaces.states import State

LIST = "/api/projects/"

pytestmark = pytest.mark.usefixtures("engine", "code_server")


def rows(owner: User, count: int, **fields: Any) -> list[Workspace]:
    """Running workspaces as rows alone, each older than the one before, with a group and an alias."""
    kind, now = Kind.objects.get(slug="code-server"), timezone.now()
    group, _new = WorkspaceGroup.objects.get_or_create(owner=owner, name="Class")
    common = {"kind": kind, "group": group, "state": State.RUNNING, "memory_mb": 1024, "cpus": 1, "notes": "x" * 100}
    made = Workspace.objects.bulk_create(
        Workspace(
            owner=owner, name=f"project {number:03}", created_at=now - timedelta(minutes=number), **{**common, **fields}
        )
        for number in range(count)
    )
    Alias.objects.bulk_create(Alias(subdomain=f"a{one.public_id}", workspace=one, port=5000) for one in made)
    return made


def names(answer: Any) -> list[str]:
    assert answer.status_code == 200, answer.content
    return [project["name"] for project in answer.json()["projects"]]


def test_the_caller_s_and_what_is_shared_with_them_newest_first(
    as_alice: Call, alice: User, bob: User, charlie: User
) -> None:
    rows(alice, 2)
    shared, *_others = rows(bob, 2, notes="Bob's")
    rows(charlie, 1)
    Workspace.objects.filter(pk=shared.pk).update(name="shared", created_at=timezone.now() - timedelta(days=1))
    Share.objects.create(workspace=shared, user=alice, role=Share.Role.VIEWER)
    for path in ("/api/projects", LIST):
        answer = as_alice("get", path)
        assert set(answer.json()) == {"success", "projects", "count"}
        assert names(answer) == ["project 000", "project 001", "shared"]
        assert (answer.json()["success"], answer.json()["count"]) == (True, 3)
    last = as_alice("get", LIST).json()["projects"][-1]
    assert (last["owner"], last["notes"], last["group"]) == ("bob", "Bob's", "Class")
    assert [alias["subdomain"] for alias in last["aliases"]] == [f"a{shared.public_id}"]
    assert set(last["aliases"][0]) == {
        "subdomain", "port", "authProtected", "authUsername", "createdAt", "updatedAt", "url",
    }  # fmt: skip


def test_nobody_is_told_of_what_others_have(as_charlie: Call, as_nobody: Call, alice: User) -> None:
    rows(alice, 2)
    assert as_charlie("get", LIST).json() == {"success": True, "projects": [], "count": 0}
    assert as_nobody("get", LIST).status_code == 401


def test_staff_see_their_own_and_with_all_everybody_s(
    as_alice: Call, alice: User, bob: User, root: User
) -> None:
    rows(alice, 2)
    rows(bob, 1)
    as_root = caller(root)
    assert names(as_root("get", LIST)) == []
    everybody = as_root("get", f"{LIST}?all=true&sort=name&limit=2").json()
    assert (len(everybody["projects"]), everybody["count"]) == (2, 3)
    answer = as_alice("get", f"{LIST}?all=true")
    assert (answer.status_code, answer.json()["code"]) == (403, "STAFF_ONLY")


@pytest.mark.parametrize("query", ["", "?limit=50&search=project&sort=-name&group=class&status=running"])
def test_a_long_list_takes_no_more_questions_than_a_short_one(
    query: str, as_alice: Call, alice: User, bob: User, engine: FakeEngine
) -> None:
    rows(alice, 3)
    as_alice("get", LIST + query)  # which notes that the token was used
    with CaptureQueriesContext(connection) as short:
        assert len(names(as_alice("get", LIST + query))) == 3
    rows_of_bob = rows(bob, 30)
    Share.objects.bulk_create(Share(workspace=one, user=alice) for one in rows_of_bob)
    Workspace.objects.filter(owner=alice).delete()
    rows(alice, 60)
    before = list(engine.calls)
    with CaptureQueriesContext(connection) as long:
        assert len(names(as_alice("get", LIST + query))) == (50 if query else 90)
    assert len(long) == len(short) == (4 if query else 3), [query["sql"] for query in long]
    assert engine.calls == before, "no list asks the engine"


def test_pages_follow_each_other_without_gaps(as_alice: Call, alice: User) -> None:
    rows(alice, 25)
    Workspace.objects.update(created_at=timezone.now())  # whose order is no order
    seen = []
    for offset in (0, 10, 20, 30):
        answer = as_alice("get", f"{LIST}?limit=10&offset={offset}&sort=createdAt")
        assert answer.json()["count"] == 25
        seen += names(answer)
    assert sorted(seen) == [f"project {number:03}" for number in range(25)]
    assert len(names(as_alice("get", f"{LIST}?offset=20"))) == 5


@pytest.mark.parametrize(
    ("sort", "expected"),
    [
        ("name", ["Alpha", "beta", "Gamma"]),
        ("-name", ["Gamma", "beta", "Alpha"]),
        ("createdAt", ["beta", "Gamma", "Alpha"]),
        ("-createdAt", ["Alpha", "Gamma", "beta"]),
        ("lastActivity", ["Gamma", "Alpha", "beta"]),
        ("status", ["Alpha", "Gamma", "beta"]),
        ("group", ["Gamma", "beta", "Alpha"]),
        ("-group", ["beta", "Gamma", "Alpha"]),
    ],
)
def test_it_is_sorted_as_asked(sort: str, expected: list[str], as_alice: Call, alice: User) -> None:
    now = timezone.now()
    table = {"Alpha": (0, State.ERROR, 2), "Gamma": (1, State.RUNNING, 3), "beta": (2, State.STOPPED, 1)}
    for one, (name, (created, state, used)) in zip(rows(alice, 3), table.items(), strict=True):
        Workspace.objects.filter(pk=one.pk).update(
            name=name,
            state=state,
            last_activity_at=now - timedelta(hours=used),
            created_at=now - timedelta(days=created),
        )
    for name, group in (("Gamma", "a class"), ("beta", "B class")):
        Workspace.objects.filter(name=name).update(group=WorkspaceGroup.objects.create(owner=alice, name=group))
    Workspace.objects.filter(name="Alpha").update(group=None)
    assert names(as_alice("get", f"{LIST}?sort={sort}")) == expected


def test_it_is_filtered_as_asked(as_alice: Call, alice: User) -> None:
    states = [State.RUNNING, State.PAUSED, State.STOPPED, State.ERROR, State.STARTING]
    made = rows(alice, 5)
    for one, state in zip(made, states, strict=True):
        Workspace.objects.filter(pk=one.pk).update(state=state, name=f"{state} lab_1%")
    Workspace.objects.filter(pk=made[0].pk).update(group=None)
    assert names(as_alice("get", f"{LIST}?status=running")) == ["running lab_1%", "paused lab_1%"]
    assert names(as_alice("get", f"{LIST}?status=creating")) == ["starting lab_1%"]
    assert names(as_alice("get", f"{LIST}?status=error&sort=name")) == ["error lab_1%"]
    assert names(as_alice("get", f"{LIST}?search=PAUSED")) == ["paused lab_1%"]
    assert names(as_alice("get", f"{LIST}?search={made[2].public_id}")) == ["stopped lab_1%"]
    assert len(names(as_alice("get", f"{LIST}?search=b_1%25"))) == 5
    assert names(as_alice("get", f"{LIST}?search=b%25_")) == [], "these are no wildcards"
    assert names(as_alice("get", f"{LIST}?group=uncategorized")) == ["running lab_1%"]
    found = as_alice("get", f"{LIST}?group=class&status=stopped&search=lab&limit=1").json()
    assert (found["count"], found["projects"][0]["name"]) == (1, "stopped lab_1%")


@pytest.mark.parametrize(
    ("query", "field"),
    [
        ("limit=0", "limit"), ("limit=-1", "limit"), ("limit=x", "limit"), ("limit=1001", "limit"),
        ("limit=1.5", "limit"), ("offset=-1", "offset"), ("offset=99999999999999999999", "offset"),
        ("sort=size", "sort"), ("sort=--name", "sort"), ("status=asleep", "status"), ("all=perhaps", "all"),
        ("search=%00", "search"), ("search=" + "x" * 101, "search"), ("group=%00", "group"),
    ],
)  # fmt: skip
def test_what_cannot_be_asked_is_told_so(query: str, field: str, as_alice: Call) -> None:
    answer = as_alice("get", f"{LIST}?{query}")
    assert (answer.status_code, answer.json()["code"]) == (400, "VALIDATION_ERROR")
    assert set(answer.json()["details"]) == {field}


def test_a_token_in_the_query_is_no_filter(as_nobody: Call, alice: User) -> None:
    rows(alice, 1)
    assert len(names(as_nobody("get", f"{LIST}?key={token_of(alice)}"))) == 1
