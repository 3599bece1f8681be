"""Ports of projects and their names, as the API has them; what the gateway makes of them is tried at the gateway."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests.unit.api.conftest import Call
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.engine.base import EngineUnavailable
from workspaces.engine.fake import FakeEngine, Fault
from workspaces.engine.inside import ListeningPort
from workspaces.gateway.tickets import workspace_url
from workspaces.models import Alias, Share, Workspace

PORT_KEYS = {"port", "url", "listening", "loopbackOnly", "isEditor", "audience", "link", "aliases"}
ALIAS_KEYS = {"subdomain", "port", "authProtected", "authUsername", "createdAt", "updatedAt", "url"}
NEW = {"subdomain": "my-shop", "port": 5000}


@pytest.fixture
def workspace(alice: User, bob: User, make_workspace: MakeWorkspace, engine: FakeEngine) -> Workspace:
    """Alice's, in which the editor and a server on 5000 listen; Bob may work in it."""
    workspace = make_workspace(alice, name="lab")
    engine.ports[workspace.engine_name] = [ListeningPort(5000, False), ListeningPort(workspace.port, False)]
    Share.objects.create(workspace=workspace, user=bob)
    return workspace


@pytest.fixture
def path(workspace: Workspace) -> str:
    return f"/api/projects/{workspace.public_id}"


def refused(answer: Any, status: int, code: str, *fields: str) -> None:
    assert (answer.status_code, answer.json()["code"]) == (status, code), answer.content
    assert set(answer.json()) == {"success", "error", "code", "details", "message"}
    assert not fields or set(answer.json()["details"]) == set(fields)


def test_ports_are_listed(path: str, workspace: Workspace, as_alice: Call, engine: FakeEngine) -> None:
    answer = as_alice("get", f"{path}/ports").json()
    assert answer["success"] is True and all(set(port) == PORT_KEYS for port in answer["ports"])
    editor = next(port for port in answer["ports"] if port["port"] == workspace.port)
    (server,) = [port for port in answer["ports"] if port is not editor]
    assert server == {
        "port": 5000, "url": workspace_url(workspace, 5000), "listening": True, "loopbackOnly": False,
        "isEditor": False, "audience": "owner", "link": None, "aliases": [],
    }  # fmt: skip
    assert (editor["isEditor"], editor["url"]) == (True, workspace_url(workspace))
    engine.faults.append(Fault("listening_ports", EngineUnavailable("gone")))
    refused(as_alice("get", f"{path}/ports"), 503, "SERVICE_UNAVAILABLE")


def test_a_port_is_opened_and_closed(path: str, as_alice: Call, as_bob: Call) -> None:
    people = as_alice("put", f"{path}/ports/5000", {"audience": "people"})
    assert people.json() == {
        "success": True, "message": "Port updated successfully", "port": 5000, "audience": "people", "link": None,
    }  # fmt: skip
    link = as_alice("put", f"{path}/ports/5000", {"audience": "link"}).json()["link"]
    assert "-5000.localhost" in link and "key=" in link
    mine, bobs = (
        next(port for port in call("get", f"{path}/ports").json()["ports"] if port["port"] == 5000)
        for call in (as_alice, as_bob)
    )
    assert (mine["audience"], mine["link"]) == ("link", link)
    assert (bobs["audience"], bobs["link"]) == ("link", None), "it is the owner's to give away"
    assert as_alice("put", f"{path}/ports/5000", {"audience": "owner"}).json()["link"] is None


def test_what_cannot_be_shared_is_told_so(path: str, workspace: Workspace, as_alice: Call, as_bob: Call) -> None:
    refused(as_bob("put", f"{path}/ports/5000", {"audience": "link"}), 403, "OWNER_ONLY")
    for body in ({}, {"audience": "all"}, {"audience": None}, {"audience": []}):
        refused(as_alice("put", f"{path}/ports/5000", body), 400, "VALIDATION_ERROR", "audience")
    for port in ("0", workspace.port, "65536", "9" * 30):
        refused(as_alice("put", f"{path}/ports/{port}", {"audience": "link"}), 400, "VALIDATION_ERROR", "port")
    assert as_alice("put", f"{path}/ports/http", {"audience": "link"}).status_code == 404


def test_where_a_desktop_is_looked_at_is_no_port_of_it(path: str, workspace: Workspace, as_alice: Call) -> None:
    workspace.kind.view_port = 5000
    workspace.kind.save()
    assert [port["port"] for port in as_alice("get", f"{path}/ports").json()["ports"]] == [workspace.port]
    for audience in ("people", "link", "owner"):
        refused(as_alice("put", f"{path}/ports/5000", {"audience": audience}), 400, "VALIDATION_ERROR", "port")
    refused(as_alice("post", f"{path}/aliases", NEW), 400, "VALIDATION_ERROR", "port")
    assert as_alice("post", f"{path}/aliases", NEW | {"port": 5001}).status_code == 201
    refused(as_alice("put", f"{path}/aliases/my-shop", {"port": 5000}), 400, "VALIDATION_ERROR", "port")


def test_an_alias_is_added_changed_and_removed(path: str, as_alice: Call) -> None:
    added = as_alice("post", f"{path}/aliases", NEW)
    assert added.status_code == 201 and set(added.json()) == {"success", "alias"}
    alias = added.json()["alias"]
    assert set(alias) == ALIAS_KEYS
    assert (alias["subdomain"], alias["port"], alias["authProtected"], alias["authUsername"]) == (
        "my-shop", 5000, False, None,
    )  # fmt: skip
    assert alias["url"].startswith("http://my-shop.localhost") and alias["url"].endswith("/")
    assert as_alice("get", f"{path}/aliases").json() == {"success": True, "aliases": [alias]}
    assert as_alice("get", path).json()["project"]["aliases"] == [alias]

    changed = as_alice("put", f"{path}/aliases/My-Shop", {"port": 3000}).json()["alias"]
    assert changed["port"] == 3000 and changed["authProtected"] is False
    guarded = {"authProtected": True, "authUsername": "guest", "authPassword": "open sesame"}
    changed = as_alice("put", f"{path}/aliases/my-shop", guarded)
    assert (changed.json()["alias"]["authProtected"], changed.json()["alias"]["authUsername"]) == (True, "guest")
    assert "sesame" not in changed.content.decode()
    assert as_alice("put", f"{path}/aliases/my-shop", {"port": 5000}).json()["alias"]["authProtected"] is True
    changed = as_alice("put", f"{path}/aliases/my-shop", {"authProtected": False}).json()["alias"]
    assert (changed["authProtected"], changed["authUsername"], changed["port"]) == (False, None, 5000)

    gone = as_alice("delete", f"{path}/aliases/my-shop")
    assert gone.status_code == 200
    assert gone.json() == {"success": True, "message": "Alias deleted successfully"}
    refused(as_alice("delete", f"{path}/aliases/my-shop"), 404, "ALIAS_NOT_FOUND")
    refused(as_alice("put", f"{path}/aliases/my-shop", {"port": 1}), 404, "ALIAS_NOT_FOUND")


@pytest.mark.parametrize(
    ("body", "protected"),
    [
        (NEW | {"authProtected": True, "authUsername": "guest", "authPassword": "open sesame"}, True),
        (NEW | {"authUsername": "guest", "authPassword": "open sesame"}, True),
        (NEW | {"authProtected": False, "authUsername": "guest", "authPassword": "open sesame"}, False),
        (NEW | {"authProtected": None, "authUsername": None, "authPassword": None}, False),
        ({"subdomain": "My-Shop", "port": "5000"}, False),
    ],
)
def test_an_alias_asks_for_a_password_where_that_is_meant(
    body: dict[str, Any], protected: bool, path: str, as_alice: Call
) -> None:
    alias = as_alice("post", f"{path}/aliases", body).json()["alias"]
    assert (alias["subdomain"], alias["authProtected"]) == ("my-shop", protected)
    assert Alias.objects.get().has_password is protected


@pytest.mark.parametrize(
    ("body", "fields"),
    [
        ({}, {"subdomain", "port"}),
        (NEW | {"subdomain": "a"}, {"subdomain"}),
        (NEW | {"subdomain": "1shop"}, {"subdomain"}),
        (NEW | {"subdomain": "api"}, {"subdomain"}),
        (NEW | {"subdomain": "a.b.c"}, {"subdomain"}),
        (NEW | {"port": 0}, {"port"}),
        (NEW | {"port": 65536}, {"port"}),
        (NEW | {"port": "http"}, {"port"}),
        (NEW | {"authProtected": True}, {"authUsername", "authPassword"}),
        (NEW | {"authUsername": "guest"}, {"authPassword"}),
        (NEW | {"authPassword": "open sesame"}, {"authUsername"}),
        (NEW | {"authUsername": "a b", "authPassword": "short"}, {"authUsername", "authPassword"}),
    ],
)
def test_an_alias_that_cannot_be_is_told_by_field(
    body: dict[str, Any], fields: set[str], path: str, as_alice: Call
) -> None:
    refused(as_alice("post", f"{path}/aliases", body), 400, "VALIDATION_ERROR", *fields)
    assert not Alias.objects.exists()


def test_the_editor_s_own_port_gets_no_name(path: str, workspace: Workspace, as_alice: Call) -> None:
    answer = as_alice("post", f"{path}/aliases", NEW | {"port": workspace.port})
    refused(answer, 400, "VALIDATION_ERROR", "port")


def test_a_name_is_given_once(
    path: str, as_alice: Call, as_bob: Call, bob: User, make_workspace: MakeWorkspace
) -> None:
    assert as_alice("post", f"{path}/aliases", NEW).status_code == 201
    refused(as_alice("post", f"{path}/aliases", NEW), 409, "ALIAS_TAKEN", "subdomain")
    bobs = make_workspace(bob, name="other")
    refused(as_bob("post", f"/api/projects/{bobs.public_id}/aliases", NEW), 409, "ALIAS_TAKEN", "subdomain")
    refused(as_bob("post", f"{path}/aliases", NEW | {"subdomain": "bobs-shop"}), 403, "OWNER_ONLY")
    refused(as_bob("delete", f"{path}/aliases/my-shop"), 403, "OWNER_ONLY")
    refused(as_bob("put", f"{path}/aliases/my-shop", {"port": 1}), 403, "OWNER_ONLY")
    assert as_bob("get", f"{path}/aliases").json()["aliases"][0]["subdomain"] == "my-shop"
