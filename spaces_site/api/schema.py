"""What the OpenAPI document says beyond what is read from the views: credentials, typed answers, sections.

Loaded as `DEFAULT_SCHEMA_CLASS`, by which its extensions are registered.
"""

from __future__ import annotations

from typing import Any, NotRequired, get_args, get_origin, get_type_hints, is_typeddict

from django.conf import settings
from drf_spectacular.extensions import OpenApiAuthenticationExtension, OpenApiSerializerExtension
from drf_spectacular.openapi import AutoSchema
from drf_spectacular.plumbing import build_array_type, build_object_type, get_doc, resolve_type_hint
from drf_spectacular.utils import OpenApiResponse

MEANING = {
    400: "Something missing or malformed.",
    401: "No credential, or one that does not hold.",
    403: "A limit is reached, or the account is locked.",
    404: "There is none, or it is somebody else's.",
    409: "It does not fit the state that things are in.",
    429: "Too many tries; `Retry-After` says how many seconds to wait.",
    500: "It could not be made; the text says why.",
    503: "A part that is needed does not answer; nothing was changed.",
}


def errors(shape: Any, *statuses: int) -> dict[int, OpenApiResponse]:
    """Answers of those statuses in a dialect's `shape` of errors."""
    return {status: OpenApiResponse(shape, description=MEANING[status]) for status in statuses}


class DialectSchema(AutoSchema):
    """Puts an endpoint into the section that its view's `section` names."""

    def get_tags(self) -> list[str]:
        return [getattr(self.view, "section", "Platform")]


class TypedDictShape(OpenApiSerializerExtension):
    """An answer that is written down as a `TypedDict` of a dialect's `wire.py`."""

    @classmethod
    def _matches(cls, target: Any) -> bool:
        return is_typeddict(target)

    def get_name(self, auto_schema: AutoSchema, direction: Any) -> str:
        """With the dialect in front, since each has its own `ErrorOut`."""
        return self.target.__module__.split(".")[2].capitalize() + self.target.__name__.removesuffix("Out")

    def map_serializer(self, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
        properties, required = {}, []
        for name, hint in get_type_hints(self.target, include_extras=True).items():
            if get_origin(hint) is NotRequired:
                (hint,) = get_args(hint)
            else:
                required.append(name)
            properties[name] = _of_hint(hint, auto_schema, direction)
        return build_object_type(properties=properties, required=required, description=get_doc(self.target))


def _of_hint(hint: Any, auto_schema: AutoSchema, direction: Any) -> dict[str, Any]:
    if is_typeddict(hint):
        shape: dict[str, Any] = auto_schema.resolve_serializer(hint, direction).ref
        return shape
    if get_origin(hint) is list:
        return build_array_type(_of_hint(get_args(hint)[0], auto_schema, direction))
    return resolve_type_hint(hint)


class ActorScheme(OpenApiAuthenticationExtension):
    """Each form is enough by itself."""

    target_class = "spaces_site.api.auth.ActorAuthentication"
    name = ["bearer", "authorization", "key", "auth_token", "session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]  # a list means "or"

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        session = settings.SESSION_COOKIE_NAME
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": "The bare token."},
            {"type": "apiKey", "in": "query", "name": "key"},
            {"type": "apiKey", "in": "cookie", "name": "auth_token"},
            {"type": "apiKey", "in": "cookie", "name": session, "description": "With X-CSRFToken to change."},
        ]
