"""From the platform's origin to a workspace's: once, within a minute, to that host."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.db import connection
from django.utils import timezone

from accounts.models import AuditEvent, User
from spaces_site.errors import Invalid, Unauthenticated
from tests.accounts_fixtures import ActorOf
from tests.unit.workspaces.gateway.conftest import SignIn, target_of
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway.authorise import authorise
from workspaces.gateway.tickets import (
    CookieNotKept,
    safe_next,
    ticket_issue,
    ticket_redeem,
    workspace_host,
    workspace_url,
)
from workspaces.models import GatewaySession, GatewayTicket, Workspace

Ticket = Callable[..., str]


def key_in(url: str) -> str:
    return parse_qs(urlsplit(url).query)["ticket"][0]


@pytest.fixture
def ticket(workspace: Workspace, alice: User, actor_of: ActorOf, sign_in: SignIn) -> Ticket:
    """A fresh ticket of Alice's for her workspace, as its key."""
    session_key = sign_in(alice)

    def make(port: int | None = None) -> str:
        host = workspace_host(workspace, port)
        return key_in(ticket_issue(actor_of(alice), workspace, host=host, session_key=session_key))

    return make


def test_a_ticket_opens_its_host_for_its_user(workspace: Workspace, alice: User, ticket: Ticket) -> None:
    key = ticket_redeem(target_of(workspace), ticket(), "192.0.2.7")
    grant = authorise(target_of(workspace), (key,), "", None)
    assert (grant.workspace_id, grant.user_id, grant.port) == (workspace.pk, alice.pk, 13337)
    event = AuditEvent.objects.get(action="gateway.entered")
    assert (event.actor, event.workspace, event.address) == (alice, workspace.public_id, "192.0.2.7")


def test_a_ticket_is_good_once(workspace: Workspace, ticket: Ticket) -> None:
    key = ticket()
    ticket_redeem(target_of(workspace), key)
    with pytest.raises(Unauthenticated):
        ticket_redeem(target_of(workspace), key)
    assert GatewaySession.objects.count() == 1


@pytest.mark.django_db(transaction=True)
def test_of_many_who_bring_one_ticket_at_once_one_gets_in(workspace: Workspace, ticket: Ticket) -> None:
    key, start, entered = ticket(), threading.Barrier(8), []

    def redeem() -> None:
        start.wait()
        try:
            entered.append(ticket_redeem(target_of(workspace), key))
        except Unauthenticated:
            pass
        finally:
            connection.close()

    threads = [threading.Thread(target=redeem) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert len(entered) == 1


def test_a_ticket_is_good_for_a_minute(workspace: Workspace, ticket: Ticket) -> None:
    key = ticket()
    left = GatewayTicket.objects.get().expires_at - timezone.now()
    assert timedelta(seconds=55) < left <= timedelta(seconds=60)
    GatewayTicket.objects.update(expires_at=timezone.now())
    with pytest.raises(Unauthenticated):
        ticket_redeem(target_of(workspace), key)


def test_a_ticket_for_another_host_or_an_altered_one_opens_nothing(
    workspace: Workspace, make_workspace: MakeWorkspace, alice: User, ticket: Ticket
) -> None:
    other, key = make_workspace(alice, name="Other"), ticket()
    for target, given in [
        (target_of(other), key),
        (target_of(workspace, 3000), key),
        (target_of(workspace), key[:-1]),
        (target_of(workspace), key + "A"),
        (target_of(workspace), key.swapcase()),
        (target_of(workspace), ""),
    ]:
        with pytest.raises(Unauthenticated):
            ticket_redeem(target, given)
    assert ticket_redeem(target_of(workspace), key)


def test_the_database_holds_no_key(workspace: Workspace, ticket: Ticket) -> None:
    key = ticket()
    cookie = ticket_redeem(target_of(workspace), key)
    assert key not in str(GatewayTicket.objects.values())
    assert cookie not in str(GatewaySession.objects.values())


def test_a_browser_that_keeps_no_cookie_is_told_so_instead_of_going_round(workspace: Workspace, ticket: Ticket) -> None:
    with pytest.raises(CookieNotKept):
        for _ in range(10):
            ticket_redeem(target_of(workspace), ticket())


def test_a_host_of_another_workspace_gets_no_ticket(workspace: Workspace, alice: User, actor_of: ActorOf) -> None:
    for host in ["localhost", "evil.example", "bbbbbbbbbbbb.localhost", f"{workspace.public_id}.evil.example"]:
        with pytest.raises(Invalid):
            ticket_issue(actor_of(alice), workspace, host=host)


def test_the_address_leads_to_the_host_with_ticket_and_path(
    workspace: Workspace, alice: User, actor_of: ActorOf
) -> None:
    host = workspace_host(workspace, 3000)
    url = urlsplit(ticket_issue(actor_of(alice), workspace, host=host, next_path="/a?b=c&d"))
    assert (url.netloc, url.path) == (f"{workspace.public_id}-3000.localhost:8000", "/_spaces/enter")
    assert parse_qs(url.query)["next"] == ["/a?b=c&d"]
    assert workspace_url(workspace, 3000) == f"http://{workspace.public_id}-3000.localhost:8000/"


@pytest.mark.parametrize(
    "path",
    [
        "https://evil.example/", "//evil.example", "/\\evil.example", "\\\\evil.example", "/\t/evil.example", "",
        "evil", "/\n/evil", "javascript:alert(1)", "/a b", "/ä", "/" + "a" * 5000, "/_spaces/enter?ticket=x", " /x",
    ],
)  # fmt: skip
def test_a_next_that_could_lead_elsewhere_leads_to_the_start(path: str) -> None:
    assert safe_next(path) == "/"


@pytest.mark.parametrize("path", ["/", "/a/b?c=d&e=//f", "/%2F%2Fevil", "/?folder=/workspace"])
def test_a_path_of_the_host_is_kept(path: str) -> None:
    assert safe_next(path) == path
