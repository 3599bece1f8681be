"""Copies of a project."""

from __future__ import annotations

from typing import ClassVar

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.projects.errors import DOCUMENTED, DOCUMENTED_CLONING, Documented, ErrorOut
from spaces_site.api.projects.examples import cloning as examples
from spaces_site.api.projects.views.base import ProjectsView
from spaces_site.api.projects.wire import cloning
from spaces_site.api.schema import errors
from workspaces.services.cloning import workspace_clone


class CloneView(ProjectsView):
    documented: ClassVar[Documented] = {**DOCUMENTED, **DOCUMENTED_CLONING}

    @extend_schema(
        operation_id="project_clone",
        request=cloning.CloneIn,
        responses={202: cloning.CloningOut, **errors(ErrorOut, 400, 401, 403, 404, 429, 503)},
        examples=examples.CLONE,
    )
    def post(self, request: Request, project_id: str) -> Response:
        """Make copies of a project as it is now, all or none. They are being made when this answers: poll each of them.

        Programs, files and settings are copied; passwords, tokens, git credentials, shell history, host keys, notes and
        aliases are not."""
        workspace = self.workspace(request, project_id)
        begun = workspace_clone(actor_of(request), workspace, **self.read(cloning.CloneIn, request))
        return Response(cloning.cloning_out(workspace, begun), status=202)
