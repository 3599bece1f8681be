"""What all views of this dialect have in common."""

from __future__ import annotations

from typing import Any

from rest_framework.request import Request

from spaces_site.api.sandboxes.errors import ErrorOut, error_out
from spaces_site.api.schema import errors
from spaces_site.api.settling import SettlingView
from spaces_site.errors import SpacesError
from workspaces.machine import machine_info

READING = errors(ErrorOut, 401, 404)
CHANGING = errors(ErrorOut, 401, 404, 409, 503)


class SandboxView(SettlingView):
    """Errors as `{error, code}`."""

    section = "Sandboxes"
    wait_seconds = 30.0

    def dress(self, error: SpacesError) -> dict[str, Any]:
        return dict(error_out(error))

    @staticmethod
    def machine() -> str:
        """This machine's name among the nodes."""
        return machine_info().hostname


def read(serializer: Any, request: Request) -> dict[str, Any]:
    """The body, checked."""
    body = serializer(data=request.data)
    body.is_valid(raise_exception=True)
    return dict(body.validated_data)
