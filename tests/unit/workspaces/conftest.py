"""Many workspaces of one person."""

from __future__ import annotations

from typing import Any

import pytest

from accounts.models import User
from tests.unit.workspaces.bulk_parts import Seats
from tests.workspaces_fixtures import MakeWorkspace, Work
from workspaces.models import Workspace


@pytest.fixture
def seats(make_workspace: MakeWorkspace, work: Work, settings: Any) -> Seats:
    """`seats(owner, 3)`: three workspaces that run."""
    settings.MAX_WORKSPACES_PER_USER = settings.MAX_CONCURRENT_WORKSPACES = 100

    def make(owner: User, count: int, prefix: str = "Seat") -> list[Workspace]:
        made = [make_workspace(owner, running=False, name=f"{prefix} {number}") for number in range(1, count + 1)]
        work()
        return made

    return make
