"""What every audit event carries."""

from __future__ import annotations

import ast
import re
from collections.abc import Callable
from pathlib import Path

import pytest
from django.conf import settings
from django.core import mail
from django.db import IntegrityError, transaction
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
    event = audit(actor_of(alice), "test.happened", owner_id=alice.pk)
    number = alice.pk
    alice.delete()
    event.refresh_from_db()
    assert (event.actor_id, event.owner_id, event.actor_name) == (number, number, "alice@example.org")


CHANGES: dict[str, Callable[[AuditEvent], object]] = {
    "save": lambda event: event.save(),
    "save of some fields": lambda event: event.save(update_fields=["action"]),
    "save of a copy": lambda event: AuditEvent(pk=event.pk, action="test.forged").save(force_update=True),
    "delete": lambda event: event.delete(),
    "update": lambda event: AuditEvent.objects.filter(pk=event.pk).update(action="test.forged"),
    "update of all": lambda event: AuditEvent.objects.update(action="test.forged"),
    "bulk_update": lambda event: AuditEvent.objects.bulk_update([event], ["action"]),
    "update_or_create": lambda event: AuditEvent.objects.update_or_create(pk=event.pk, defaults={"action": "forged"}),
    "bulk_create over it": lambda event: AuditEvent.objects.bulk_create(
        [event], update_conflicts=True, update_fields=["action"], unique_fields=["pk"]
    ),
    "delete of all": lambda event: AuditEvent.objects.all().delete(),
    "the base manager": lambda event: AuditEvent._base_manager.filter(pk=event.pk).update(action="test.forged"),
}


@pytest.mark.parametrize("way", CHANGES)
def test_no_way_leads_to_changing_or_deleting_an_event(way: str, db: None) -> None:
    event = audit(SYSTEM, "test.happened")
    event.action = "test.forged"
    with pytest.raises((TypeError, ValueError)):
        CHANGES[way](event)
    assert AuditEvent.objects.get().action == "test.happened"


def test_an_event_under_the_number_of_another_does_not_take_its_place(db: None) -> None:
    event = audit(SYSTEM, "test.happened")
    with pytest.raises(IntegrityError), transaction.atomic():
        AuditEvent(pk=event.pk, action="test.forged").save()
    assert AuditEvent.objects.get().action == "test.happened"


def test_a_product_that_changed_events_would_be_noticed() -> None:
    source = "AuditEvent.objects.filter(pk=1).update(a=1)\nAuditEvent.objects.all().delete()\nx = 'accounts_auditevent'"
    assert [line for line, _ in tampering(source)] == [1, 2, 3]


def test_nothing_in_the_product_changes_or_deletes_events() -> None:
    root = Path(settings.BASE_DIR)
    found = [
        f"{path.relative_to(root)}:{line}: {what}"
        for app in ("accounts", "workspaces", "spaces_site")
        for path in (root / app).rglob("*.py")
        if "migrations" not in path.parts
        for line, what in tampering(path.read_text())
    ]
    assert found == []


def tampering(source: str) -> list[tuple[int, str]]:
    """Where a module updates or deletes through `AuditEvent`, or names its table; (line, what)."""
    found = []
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Attribute) and re.search("update|delete", node.attr):
            if "AuditEvent" in {name.id for name in ast.walk(node.value) if isinstance(name, ast.Name)}:
                found.append((node.lineno, node.attr))
        elif isinstance(node, ast.Constant) and "accounts_auditevent" in str(node.value):
            found.append((node.lineno, "SQL"))
    return sorted(found)


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
