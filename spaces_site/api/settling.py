"""Waiting for what was asked of a workspace, as the dialects do that answer with a finished one."""

from __future__ import annotations

from typing import ClassVar

from rest_framework.request import Request

from spaces_site.api.auth import actor_of
from spaces_site.api.base import DialectView
from workspaces import services
from workspaces.models import Workspace
from workspaces.services.outcome import outcome


class SettlingView(DialectView):
    """`wait_seconds`: how long a caller waits that does not say `Prefer: respond-async`."""

    wait_seconds: ClassVar[float] = 10.0

    def settle(self, request: Request, workspace: Workspace, seconds: float | None = None) -> bool:
        """Wait for what is under way on the workspace, within reason; false when the caller does not want that."""
        if "respond-async" in request.headers.get("Prefer", "").lower():
            return False
        services.operation_wait(workspace, seconds or self.wait_seconds)
        return True

    def settled(self, request: Request, workspace: Workspace) -> Workspace:
        """The workspace after the wait. Raises when what was asked has failed."""
        self.settle(request, workspace)
        return outcome(actor_of(request), workspace)
