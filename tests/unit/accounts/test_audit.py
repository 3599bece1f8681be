"""What every audit event carries."""

from __future__ import annotations

from collections.abc import Callable

from django.core import mail
from django.test import Client

from accounts.actors import SYSTEM, Actor
from accounts.audit import audit
from accounts.models import ApiToken, AuditEvent, EmailCode, User
from accounts.services import link_issue

ActorOf = Callable[[User | None], Actor]


def test_an_event_has_who_where_and_which_request(alice: User, actor_of: ActorOf) -> None:
    event = audit(actor_of(alice), "test.happened", workspace="abcdefghijkl", number=1)
    assert (event.actor, event.actor_name, event.address) == (alice, alice.email, "192.0.2.7")
    assert (event.request_id, event.workspace, event.meta) == ("request-1", "abcdefghijkl", {"number": 1})


def test_an_event_outlives_whom_it_names(alice: User, actor_of: ActorOf) -> None:
    event = audit(actor_of(alice), "test.happened")
    alice.delete()
    event.refresh_from_db()
    assert (event.actor, event.actor_name) == (None, "alice@example.org")


def test_the_platform_itself_is_called_system(db: None) -> None:
    assert audit(SYSTEM, "test.happened").actor_name == "system"


def test_no_event_of_signing_in_holds_a_secret(db: None, alice: User) -> None:
    client, url = Client(), "/api/v1/users"
    client.post(f"{url}/send", {"email": alice.email}, content_type="application/json")
    code = mail.outbox[-1].code  # type: ignore[attr-defined]
    body = {"email": alice.email, "code": code}
    raw = client.post(f"{url}/login", body, content_type="application/json").json()["data"]["authorization"]
    client.post(f"{url}/signout", headers={"authorization": raw})
    link = link_issue(alice).rpartition("/")[2]
    secrets = [code, raw[8:], link, ApiToken.objects.get().key_hash, EmailCode.objects.get().code_hash]
    events = list(AuditEvent.objects.values())
    assert [event["action"] for event in events][::-1] == [
        "code.send",
        "code.use",
        "user.sign_in",
        "token.issue",
        "token.revoke",
        "link.issue",
    ]
    assert not [secret for secret in secrets if secret in str([event["meta"] for event in events])]
