"""Sending a code: who may, how often, in which language, and what is stored."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import timedelta

import pytest
from django.core import mail
from django.db import connection
from django.test.utils import CaptureQueriesContext
from django.utils import timezone, translation

from accounts.actors import Actor
from accounts.models import AuditEvent, EmailCode, User
from accounts.services import code_send, codes
from spaces_site.errors import Invalid, TooMany, Unavailable

EMAIL = "dora@example.org"


def test_a_code_of_six_digits_is_mailed(visitor: Actor, last_code: Callable[[], str], db: None) -> None:
    code_send(visitor, EMAIL)
    assert mail.outbox[0].to == [EMAIL]
    assert len(last_code()) == 6
    assert last_code() not in mail.outbox[0].subject


def test_only_a_keyed_hash_is_stored_and_ends_in_five_minutes(
    visitor: Actor, last_code: Callable[[], str], db: None
) -> None:
    code_send(visitor, EMAIL)
    row = EmailCode.objects.get()
    assert last_code() not in row.code_hash
    assert len(row.code_hash) == 64
    assert row.expires_at - row.created_at == timedelta(minutes=5)


def test_a_new_code_voids_the_old_one(visitor: Actor, db: None) -> None:
    code_send(visitor, EMAIL)
    first = EmailCode.objects.get().pk
    code_send(visitor, EMAIL)
    assert EmailCode.objects.get().pk != first


def test_the_address_is_taken_without_blanks_and_in_lower_case(visitor: Actor, db: None) -> None:
    code_send(visitor, "  Dora@Example.ORG ")
    assert EmailCode.objects.get().email == EMAIL


@pytest.mark.parametrize(
    ("email", "code", "message"),
    [
        ("", "EMAIL_REQUIRED", "Email is required"),
        ("  ", "EMAIL_REQUIRED", "Email is required"),
        ("nobody", "EMAIL_INVALID", "Invalid email format"),
        ("a@b\r\nBcc: c@example.org", "EMAIL_INVALID", "Invalid email format"),
        ("a@example.org, b@example.org", "EMAIL_INVALID", "Invalid email format"),
        ("a" * 300 + "@example.org", "EMAIL_INVALID", "Invalid email format"),
    ],
)
def test_what_is_no_address_is_refused(visitor: Actor, email: str, code: str, message: str, db: None) -> None:
    with pytest.raises(Invalid) as caught:
        code_send(visitor, email)
    assert (caught.value.code, caught.value.message) == (code, message)
    assert mail.outbox == []


def test_a_mailbox_gets_three_in_fifteen_minutes_whoever_asks(visitor: Actor, db: None) -> None:
    for last in (1, 2, 3):
        code_send(replace(visitor, address=f"192.0.2.{last}"), EMAIL)
    with pytest.raises(TooMany):
        code_send(replace(visitor, address="192.0.2.4"), EMAIL)
    assert len(mail.outbox) == 3


def test_a_class_of_thirty_behind_one_address_gets_its_codes_and_no_more(visitor: Actor, db: None) -> None:
    for number in range(30):
        code_send(visitor, f"seat{number}@example.org")
    with pytest.raises(TooMany):
        code_send(visitor, "seat30@example.org")


def test_a_known_and_an_unknown_address_get_the_same_mail_and_cost_the_same_work(
    visitor: Actor, alice: User
) -> None:
    code_send(visitor, "warm-up@example.org")
    with CaptureQueriesContext(connection) as known:
        code_send(visitor, alice.email)
    with CaptureQueriesContext(connection) as unknown:
        code_send(visitor, EMAIL)
    assert len(known) == len(unknown)
    bodies = {str(message.body).split("\n", 1)[1] for message in mail.outbox}
    assert len(bodies) == 1
    assert len({message.subject for message in mail.outbox}) == 1


def test_the_mail_is_in_the_language_asked_for_or_the_active_one(
    visitor: Actor, db: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    spoken: list[str | None] = []
    monkeypatch.setattr(codes, "_", lambda text: spoken.append(translation.get_language()) or text)
    code_send(visitor, EMAIL, language="de")
    with translation.override("de"):
        code_send(visitor, EMAIL)
    assert set(spoken) == {"de"}


@pytest.mark.parametrize("known", [True, False])
def test_a_mail_that_fails_is_said_so_and_leaves_no_code(
    visitor: Actor, alice: User, known: bool, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise ConnectionRefusedError("smtp is away")

    monkeypatch.setattr("django.core.mail.backends.locmem.EmailBackend.send_messages", refuse)
    with pytest.raises(Unavailable) as caught:
        code_send(visitor, alice.email if known else EMAIL)
    assert caught.value.code == "MAIL_UNAVAILABLE"
    assert "smtp is away" not in caught.value.message
    assert EmailCode.objects.count() == 0


def test_sending_is_written_down_without_the_code(visitor: Actor, last_code: Callable[[], str], db: None) -> None:
    code_send(visitor, EMAIL)
    event = AuditEvent.objects.get(action="code.send")
    assert event.meta == {"email": EMAIL}
    assert event.address == visitor.address
    assert event.at <= timezone.now()
