"""The address of a seat: in any browser straight into the editor; and nothing for whoever has no such address."""

from __future__ import annotations

import logging
from urllib.parse import urlsplit

import pytest
from django.test import Client

from accounts.models import AuditEvent, User
from accounts.redaction import redacted
from spaces_site.logs import NoSecrets, without_secrets
from tests.unit.workshop.claims import address_path, take, wait
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop.models import Claim, Seat, Workshop
from workshop.services import arriving
from workspaces.gateway.hosts import Target
from workspaces.gateway.tickets import ticket_redeem
from workspaces.models import GatewayTicket, Kind, Operation, Share, Workspace

pytestmark = pytest.mark.django_db
BROWSER = {"Accept": "text/html,*/*", "Accept-Language": "en"}


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena, seats=2)


@pytest.fixture
def claim(workshop: Workshop) -> Claim:
    return take(workshop)


def opens(client: Client, claim: Claim) -> str:
    """Where the browser is sent."""
    answer = client.get(address_path(claim), headers=BROWSER)
    assert answer.status_code == 302, answer.content
    assert answer.headers["Referrer-Policy"] == "no-referrer"
    return str(answer.headers["Location"])


def test_it_leads_into_the_editor_by_a_ticket_and_signs_the_guest_in(claim: Claim, client: Client, work: Work) -> None:
    place = urlsplit(opens(client, claim))
    assert place.hostname == f"{claim.workspace_public_id}.localhost" and place.path == "/_spaces/enter"
    ticket = place.query.partition("ticket=")[2].partition("&")[0]
    assert ticket_redeem(Target(claim.workspace_public_id, None, claim.workspace_public_id), ticket)
    assert client.session["_auth_user_id"] == str(claim.guest_id)
    claim.refresh_from_db()
    assert claim.opened_at is not None
    work()
    assert Workspace.objects.get(public_id=claim.workspace_public_id).state == "running"
    assert AuditEvent.objects.filter(action="workshop.seat.open").count() == 1


def test_again_and_in_another_browser_it_is_the_same_seat_and_the_first_time_stays(
    claim: Claim, client: Client
) -> None:
    opens(client, claim)
    first = Claim.objects.get().opened_at
    session = client.session.session_key
    opens(client, claim)
    opens(Client(), claim)
    assert Claim.objects.get().opened_at == first
    assert client.session.session_key == session, "who is signed in is not signed in anew"
    assert AuditEvent.objects.filter(action="workshop.seat.open").count() == 1


@pytest.mark.parametrize("headers", [{}, {"Accept": "*/*"}])
def test_a_program_that_takes_anything_is_led_in_too(headers: dict[str, str], claim: Claim, client: Client) -> None:
    answer = client.get(address_path(claim), headers=headers)
    assert answer.status_code == 302 and GatewayTicket.objects.count() == 1
    assert Claim.objects.get().opened_at is not None


@pytest.mark.parametrize(
    ("method", "headers"),
    [
        ("head", BROWSER),
        ("get", {"Accept": "image/*"}),
        ("get", BROWSER | {"Sec-Purpose": "prefetch;prerender"}),
        ("get", BROWSER | {"Purpose": "prefetch"}),
        ("get", BROWSER | {"X-Moz": "prefetch"}),
        ("get", BROWSER | {"Sec-Fetch-Mode": "cors"}),
    ],
)
def test_who_only_looks_whether_there_is_a_page_changes_nothing(
    method: str, headers: dict[str, str], claim: Claim, client: Client
) -> None:
    Operation.objects.all().delete()
    answer = getattr(client, method)(address_path(claim), headers=headers)
    assert answer.status_code == 200 and "_auth_user_id" not in client.session
    assert Claim.objects.get().opened_at is None
    assert not Operation.objects.exists() and not GatewayTicket.objects.exists()


def test_somebody_with_an_account_stays_who_they_are_and_gets_in(claim: Claim, client: Client, alice: User) -> None:
    client.force_login(alice)
    opens(client, claim)
    assert client.session["_auth_user_id"] == str(alice.pk)
    share = Share.objects.get(user=alice)
    assert (share.workspace.public_id, share.role) == (claim.workspace_public_id, "editor")


def test_the_leader_needs_no_share_and_a_viewer_becomes_an_editor(
    claim: Claim, client: Client, lena: User, alice: User
) -> None:
    client.force_login(lena)
    opens(client, claim)
    assert not Share.objects.filter(user=lena).exists()
    assert claim.workspace
    Share.objects.create(workspace=claim.workspace, user=alice, role="viewer")
    other = Client()
    other.force_login(alice)
    opens(other, claim)
    assert Share.objects.get(user=alice).role == "editor"


def test_a_guest_of_another_seat_is_the_guest_of_this_one_afterwards(
    claim: Claim, workshop: Workshop, client: Client
) -> None:
    other = take(workshop, email="eva@example.com")
    opens(client, claim)
    opens(client, other)
    assert client.session["_auth_user_id"] == str(other.guest_id)


def test_a_kind_without_a_page_is_opened_by_its_terminal(claim: Claim, client: Client) -> None:
    Kind.objects.update(port=0)
    Workspace.objects.update(app_port=None)
    assert opens(client, claim) == f"/workspaces/{claim.workspace_public_id}/terminal"


def test_who_waits_is_led_into_the_waiting_room(workshop: Workshop, client: Client) -> None:
    Seat.objects.update(ready_at=None)
    claim = wait(workshop)
    assert opens(client, claim) == "/workshop/python/"
    shown = client.get("/workshop/python/", headers={"Accept-Language": "en"})
    assert "waiting room" in shown.content.decode()


def test_a_key_that_is_over_is_answered_like_one_that_never_was(claim: Claim, client: Client) -> None:
    known = address_path(claim)
    Claim.objects.update(state="released")
    pages = [client.get(path, headers=BROWSER) for path in (known, "/workshop/seat/" + "x" * 32 + "/")]
    pages += [client.get(f"/workshop/seat/{rubbish}/", headers=BROWSER) for rubbish in ("%00", "%ff", "ü", "a" * 2000)]
    said = {page.content.decode().split("<main")[1].split("</main")[0] for page in pages}
    assert {page.status_code for page in pages} == {404} and len(said) == 1
    assert "No seat here" in said.pop()


def test_who_tries_many_keys_has_to_wait(claim: Claim, client: Client, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(arriving, "WRONG_KEYS", 2)
    codes = [client.get(f"/workshop/seat/{'y' * number}/", headers=BROWSER).status_code for number in range(1, 4)]
    assert codes == [404, 404, 429]
    assert opens(client, claim), "who has one is not in that count"


def test_keys_are_in_no_log_and_in_nothing_that_is_kept(claim: Claim) -> None:
    path = address_path(claim)
    key = path.split("/")[-2]
    record = logging.LogRecord("x", logging.ERROR, "", 0, "Internal Server Error: %s", (path,), None)
    assert NoSecrets().filter(record) and record.getMessage() == "Internal Server Error: /workshop/seat/…/"
    assert without_secrets("GET /workshop/python/waiting") == "GET /workshop/python/waiting"
    assert key not in redacted(f"curl http://localhost:8000{path}")
    assert not AuditEvent.objects.filter(meta__icontains=key).exists()
    assert key not in Claim.objects.get().key_sealed and key not in Claim.objects.get().key_hash
