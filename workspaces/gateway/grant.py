"""Leave to enter one port of one workspace: what the gateway knows of it and of who comes in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from accounts.models import User
from workspaces.app_scheme import app_scheme
from workspaces.gateway.audience import is_editor, is_view
from workspaces.gateway.hosts import Target
from workspaces.gateway.marker import marked
from workspaces.models import Workspace
from workspaces.states import State


@dataclass(frozen=True, slots=True)
class Grant:
    """Leave to enter one port of one workspace. `user_id` is None for who has no leave but that: a guest, or somebody
    to whom just that port is open.

    `address` and `port` are where it answers while it runs; port 0: this kind has no page of its own. `reports_use`:
    as of its kind. `scheme`: "https" where the app itself is asked by that; any other port of it is asked by "http".
    `frame`: what of ours is around the app here, as `Kind.Frame`; `app_path`: the page of the app in it. `view_only`:
    it is the port for looking, which is no use of the workspace.
    """

    workspace_id: int
    public_id: str
    name: str
    state: str
    error: str
    started_at: datetime | None
    address: str | None
    port: int
    is_editor: bool
    kind_title: str
    reports_use: bool
    user_id: int | None
    scheme: str = "http"
    frame: str = ""
    view_only: bool = False
    app_path: str = ""

    @property
    def is_running(self) -> bool:
        return self.state == State.RUNNING and bool(self.address)


def grant_of(target: Target, workspace: Workspace, user: User | None, *, is_told: bool) -> Grant:
    """Leave for `user`, or for a guest. Who is let into one port alone, without `is_told`, learns nothing of the
    workspace but that address."""
    port = workspace.port if target.port is None else target.port
    is_app, view_only = is_editor(workspace, target.port), is_view(workspace, target.port)
    return Grant(
        workspace_id=workspace.pk,
        public_id=workspace.public_id,
        name=workspace.name if is_told else target.host_label,
        state=workspace.state,
        error=workspace.error,
        started_at=workspace.started_at,
        address=workspace.address,
        port=port,
        is_editor=is_app,
        kind_title=workspace.kind.title,
        reports_use=workspace.kind.reports_use,
        user_id=user.pk if user else None,
        scheme=app_scheme(workspace, port),
        frame=workspace.kind.frame if is_app or view_only else "",
        view_only=view_only,
        app_path=marked(workspace.kind.path),
    )
