"""The API for guests, who have no tokens: their browser's session opens next to nothing."""

from __future__ import annotations

import json

import pytest
from django.test import Client

from accounts.models import User
from tests.accounts_fixtures import as_
from tests.unit.api.test_endpoints_table import TABLE, address_of
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.models import Share, Workspace

FOR_ALL = {name for name, (_method, _body, expected) in TABLE.items() if 401 not in expected}
FOR_GUESTS = {"api/v1/users/me", "api/v1/users/signout"}


@pytest.fixture
def seat(alice: User, guest: User, make_workspace: MakeWorkspace) -> Workspace:
    """Alice's, called `backend`, where the guest sits."""
    made = make_workspace(alice, name="backend")
    Share.objects.create(workspace=made, user=guest, role=Share.Role.EDITOR)
    return made


@pytest.mark.parametrize("name", [name for name in TABLE if "workshop" not in name])
def test_an_endpoint_is_for_everybody_or_refuses_guests(name: str, guest: User, seat: Workspace) -> None:
    method, body, expected = TABLE[name]
    client = as_(guest)
    client.raise_request_exception = False
    content = "" if body is None else json.dumps(body)
    path = address_of(name, seat.pk, seat.public_id)
    answer = client.generic(method.upper(), path, content, "application/json")
    if name in FOR_ALL:
        assert answer.status_code == expected[-2], "what a visitor gets"
    elif name in FOR_GUESTS:
        assert answer.status_code == 200
    else:
        assert answer.status_code == 403
        assert "as a guest" in answer.content.decode()


def test_a_code_is_neither_sent_to_a_guests_address_nor_good_for_one(client: Client, guest: User) -> None:
    for path in ("send", "signup", "login"):
        body = {"email": guest.email, "code": "000000", "username": "gina"}
        answer = client.post(f"/api/v1/users/{path}", body, content_type="application/json")
        assert (answer.status_code, answer.json()["error"]) == (400, "EMAIL_INVALID")
