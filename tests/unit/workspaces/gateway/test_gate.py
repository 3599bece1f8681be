"""The password of a workspace: kept encrypted, tries limited and written down."""

from __future__ import annotations

import pytest
from django.test import override_settings

from accounts.models import AuditEvent, RateWindow, User
from spaces_site.errors import TooMany, Unauthenticated, Unavailable
from tests.unit.workspaces.gateway.conftest import PASSWORD, target_of
from workspaces import passwords
from workspaces.gateway.authorise import authorise
from workspaces.gateway.gate import PasswordWrong, gate_enter, gate_name
from workspaces.gateway.hosts import Target
from workspaces.gateway.tries import PER_CLIENT, PER_WORKSPACE
from workspaces.models import Workspace

HERE = "192.0.2.7"


def test_the_password_opens_the_host(guarded: Workspace) -> None:
    key = gate_enter(target_of(guarded), PASSWORD, HERE)
    assert authorise(target_of(guarded), (key,), "", None).user_id is None
    event = AuditEvent.objects.get(action="gateway.password_accepted")
    assert (event.workspace, event.address, event.actor) == (guarded.public_id, HERE, None)


@pytest.mark.parametrize("given", ["", "wrong", PASSWORD.upper(), PASSWORD + " ", PASSWORD[:-1], "\x00", "ä" * 300])
def test_another_password_does_not_and_is_written_down(guarded: Workspace, given: str) -> None:
    with pytest.raises(PasswordWrong):
        gate_enter(target_of(guarded), given, HERE)
    assert AuditEvent.objects.filter(action="gateway.password_refused", workspace=guarded.public_id).count() == 1
    assert given not in str(AuditEvent.objects.values("meta")) or not given


def test_a_workspace_without_a_password_has_no_gate(workspace: Workspace) -> None:
    assert gate_name(target_of(workspace)) is None
    assert gate_name(Target("bbbbbbbbbbbb", None, "bbbbbbbbbbbb")) is None
    with pytest.raises(Unauthenticated):
        gate_enter(target_of(workspace), "", HERE)


def test_a_client_gets_ten_tries_and_then_the_right_one_is_refused_too(guarded: Workspace) -> None:
    for _ in range(PER_CLIENT):
        with pytest.raises(PasswordWrong):
            gate_enter(target_of(guarded), "guess", HERE)
    with pytest.raises(TooMany) as refused:
        gate_enter(target_of(guarded), PASSWORD, HERE)
    assert refused.value.retry_after and 0 < refused.value.retry_after <= 300
    assert gate_enter(target_of(guarded), PASSWORD, "192.0.2.8")


def test_many_clients_together_get_a_hundred_an_hour(guarded: Workspace) -> None:
    gate_enter(target_of(guarded), PASSWORD, HERE)
    RateWindow.objects.filter(bucket__startswith="gate-all:").update(count=PER_WORKSPACE)
    with pytest.raises(TooMany):
        gate_enter(target_of(guarded), PASSWORD, "192.0.2.99")


def test_a_locked_owners_gate_is_closed(guarded: Workspace) -> None:
    User.objects.update(is_active=False)
    assert gate_name(target_of(guarded)) is None


def test_the_database_holds_the_password_encrypted(guarded: Workspace) -> None:
    assert PASSWORD not in guarded.password_encrypted
    assert passwords.password_decrypt(guarded.password_encrypted) == PASSWORD
    assert passwords.password_encrypt(PASSWORD) != passwords.password_encrypt(PASSWORD)
    assert passwords.password_encrypt("") == ""


def test_no_password_set_matches_nothing() -> None:
    assert not passwords.password_matches(Workspace(), "")


def test_under_another_secret_key_it_cannot_be_read_and_says_so(guarded: Workspace) -> None:
    with override_settings(SECRET_KEY="another"), pytest.raises(Unavailable) as refused:
        passwords.password_decrypt(guarded.password_encrypted)
    assert refused.value.code == "PASSWORD_UNREADABLE"
    altered = guarded.password_encrypted[:-4] + "AAAA"
    with pytest.raises(Unavailable):
        passwords.password_decrypt(altered)
