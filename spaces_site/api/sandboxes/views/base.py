"""What all views of this dialect have in common."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from spaces_site.api.auth import actor_of
from spaces_site.api.base import DialectView
from spaces_site.api.sandboxes.errors import ErrorOut, error_out
from spaces_site.api.schema import errors
from spaces_site.errors import SpacesError
from workspaces import services
from workspaces.machine import machine_info
from workspaces.models import Workspace
from workspaces.services.outcome import outcome

WAIT_SECONDS = 30.0
READING = errors(ErrorOut, 401, 404)
CHANGING = errors(ErrorOut, 401, 404, 409, 503)


class SandboxView(DialectView):
    """Errors as `{error, code}`."""

    section = "Sandboxes"

    def dress(self, error: SpacesError) -> dict[str, Any]:
        return dict(error_out(error))

    def settle(self, request: Request, workspace: Workspace, seconds: float | None = None) -> None:
        """Wait for what is under way on the workspace, within reason and unless the caller does not want that."""
        if "respond-async" not in request.headers.get("Prefer", "").lower():
            services.operation_wait(workspace, seconds or WAIT_SECONDS)

    def settled(self, request: Request, workspace: Workspace) -> Workspace:
        """The workspace after the wait. Raises when what was asked has failed."""
        self.settle(request, workspace)
        return outcome(actor_of(request), workspace)

    @staticmethod
    def machine() -> str:
        """This machine's name among the nodes."""
        return machine_info().hostname


def read(serializer: Any, request: Request) -> dict[str, Any]:
    """The body, checked."""
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
