"""What all views of this dialect have in common."""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Any, ClassVar

from django.http import QueryDict
from drf_spectacular.types import OpenApiTypes
from drf_spectacular.utils import OpenApiParameter
from rest_framework import serializers
from rest_framework.exceptions import ErrorDetail
from rest_framework.request import Request

from spaces_site.api.auth import actor_of
from spaces_site.api.projects.errors import DOCUMENTED, Documented, ErrorOut, error_out, status_out
from spaces_site.api.schema import errors
from spaces_site.api.settling import SettlingView
from spaces_site.errors import Invalid, NotFound, SpacesError
from workspaces.models import Workspace
from workspaces.models.workspace import ID_LENGTH
from workspaces.selectors import workspace_get

PREFER = OpenApiParameter(
    "Prefer",
    OpenApiTypes.STR,
    OpenApiParameter.HEADER,
    description="`respond-async`: answer at once, and poll the project.",
)
READING = errors(ErrorOut, 401, 404)
WRITING = errors(ErrorOut, 400, 401, 403, 404)
CHANGING = errors(ErrorOut, 400, 401, 403, 404, 409, 429, 503)
_ID = re.compile(rf"[a-z0-9]{{1,{ID_LENGTH}}}")


class ProjectsView(SettlingView):
    """Errors as `{success, error, code, details, message}`.

    `names`: what fields of the services are called at this address; those of a body are added when it is read.
    `documented`: what the document has for our codes here.
    """

    section = "Projects"
    names: ClassVar[Mapping[str, str]] = MappingProxyType({})
    documented: ClassVar[Documented] = DOCUMENTED
    _called: Mapping[str, str] = MappingProxyType({})

    def dress(self, error: SpacesError) -> dict[str, Any]:
        return dict(error_out(error, {**self.names, **self._called}, self.documented))

    def status(self, error: SpacesError, usual: int) -> int:
        return status_out(error, usual, self.documented)

    def read(self, serializer: type[serializers.Serializer[Any]], request: Request) -> dict[str, Any]:
        """The body, checked; without one, what it takes for an empty one. Raises `Invalid`, with all that is wrong."""
        data, called = _renamed(request.data, getattr(serializer, "also", {}))
        self._called = called
        return checked(serializer(data=data, context={"actor": actor_of(request)}), self.documented)

    def workspace(self, request: Request, project_id: str) -> Workspace:
        """The workspace of that id. Raises `NotFound`, also when the caller may not see it."""
        if not _ID.fullmatch(project_id):
            raise NotFound("There is no such workspace.", code="WORKSPACE_NOT_FOUND")
        return workspace_get(actor_of(request), project_id)


def checked(body: serializers.Serializer[Any], documented: Documented = DOCUMENTED) -> dict[str, Any]:
    """What a body or a query says. Raises `Invalid`: with a code of its own where the one thing that is wrong has one,
    else VALIDATION_ERROR."""
    if body.is_valid():
        return dict(body.validated_data)
    details = {field: first_of(what) for field, what in body.errors.items()}
    codes = [what.code for what in details.values() if isinstance(what, ErrorDetail)]
    own = codes[0] if len(details) == 1 and codes and codes[0] in documented else None
    raise Invalid("Validation failed", code=own, details={field: str(what) for field, what in details.items()})


def first_of(what: Any) -> Any:
    """The first text of the nested lists and objects that mistakes come in."""
    while isinstance(what, (list, dict)) and what:
        what = what[0] if isinstance(what, list) else next(iter(what.values()))
    return what


def _renamed(data: Any, also: Mapping[str, str]) -> tuple[Any, dict[str, str]]:
    """A body under the document's names, and which of them the caller calls otherwise."""
    if not isinstance(data, Mapping):
        return data, {}
    data = data.dict() if isinstance(data, QueryDict) else dict(data)
    called = {name: other for name, other in also.items() if data.get(name) is None and data.get(other) is not None}
    return data | {name: data[other] for name, other in called.items()}, called
