"""Waiting for what is under way on a workspace."""

from __future__ import annotations

import pytest
from django.db import connection

from accounts.models import User
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.services import operation_wait


@pytest.mark.django_db(transaction=True)
@pytest.mark.parametrize("pooled", [True, False])
def test_who_waits_keeps_nobody_else_from_the_database(
    pooled: bool, alice: User, make_workspace: MakeWorkspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A pool has twenty connections, and a class of thirty may wait at once."""
    workspace = make_workspace(alice, running=False)
    given_back = []
    monkeypatch.setitem(connection.settings_dict["OPTIONS"], "pool", pooled)
    monkeypatch.setattr(connection, "close", lambda: given_back.append(True))
    operation_wait(workspace, 0.12)
    assert bool(given_back) is pooled
