"""Files of a space, below its /workspace, whether it runs or not."""

from __future__ import annotations

from urllib.parse import parse_qs

from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter, extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.parsers import LargeJSONParser
from spaces_site.api.sandboxes import examples
from spaces_site.api.sandboxes.errors import ErrorOut
from spaces_site.api.sandboxes.views.base import CHANGING, SandboxView, read
from spaces_site.api.sandboxes.wire import files, spaces
from spaces_site.api.schema import errors
from spaces_site.body_limit import LARGEST_BODY_BYTES
from spaces_site.errors import Invalid
from workspaces.files import entries_list, file_read, file_write
from workspaces.selectors import workspace_get_by_name

PATH = OpenApiParameter("path", OpenApiTypes.STR, description="Below /workspace, a slash in front or not.")
ERRORS = {**CHANGING, **errors(ErrorOut, 400, 403, 429)}


class FilesView(SandboxView):
    @extend_schema(
        operation_id="sandbox_files",
        parameters=[PATH],
        responses={200: files.ListingOut, **ERRORS},
        examples=examples.FILES,
    )
    def get(self, request: Request, name: str) -> Response:
        """The entries of a folder, by name."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        return Response(files.listing_out(entries_list(actor, workspace, _path(request) or "/")))


class FileView(SandboxView):
    max_body_bytes = LARGEST_BODY_BYTES
    parser_classes = (LargeJSONParser,)

    @extend_schema(
        operation_id="sandbox_file",
        parameters=[PATH, files.ReadIn],
        responses={200: files.FileOut, **ERRORS},
        examples=examples.FILE,
    )
    def get(self, request: Request, name: str) -> Response:
        """The beginning of a file; `truncated` says whether there is more."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        asked = files.ReadIn(data=request.query_params)
        asked.is_valid(raise_exception=True)
        most = asked.validated_data["maxBytes"]
        return Response(files.file_out(file_read(actor, workspace, _path_of_file(request), max_bytes=most)))

    @extend_schema(
        operation_id="sandbox_file_put",
        parameters=[PATH],
        request=files.WriteIn,
        responses={200: spaces.MessageOut, **ERRORS},
        examples=examples.FILE_PUT,
    )
    def put(self, request: Request, name: str) -> Response:
        """Write a file; missing folders are made."""
        actor = actor_of(request)
        workspace = workspace_get_by_name(actor, name)
        path = _path_of_file(request)
        content = read(files.WriteIn, request)["contentBase64"]
        file_write(actor, workspace, path, [content], size=len(content))
        return Response({"message": "OK"})


def _path(request: Request) -> str:
    """`path` byte by byte: names in a workspace need not be UTF-8."""
    query = request.META.get("QUERY_STRING", "")
    return parse_qs(query, keep_blank_values=True, errors="surrogateescape").get("path", [""])[-1]


def _path_of_file(request: Request) -> str:
    if not (path := _path(request)):
        raise Invalid("path required", code="VALIDATION_ERROR")
    return path
