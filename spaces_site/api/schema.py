"""What the OpenAPI document says about credentials. Imported by `auth`, which registers it."""

from __future__ import annotations

from typing import Any

from drf_spectacular.extensions import OpenApiAuthenticationExtension


class ActorScheme(OpenApiAuthenticationExtension):
    """Each form is enough by itself."""

    target_class = "spaces_site.api.auth.ActorAuthentication"
    name = ["bearer", "authorization", "key", "auth_token", "session"]

    def get_security_requirement(self, auto_schema: Any) -> list[dict[str, list[Any]]]:
        return [{name: []} for name in self.name]  # a list means "or"

    def get_security_definition(self, auto_schema: Any) -> list[dict[str, str]]:
        return [
            {"type": "http", "scheme": "bearer"},
            {"type": "apiKey", "in": "header", "name": "Authorization", "description": "The bare token."},
            {"type": "apiKey", "in": "query", "name": "key"},
            {"type": "apiKey", "in": "cookie", "name": "auth_token"},
            {"type": "apiKey", "in": "cookie", "name": "spaces_session", "description": "With X-CSRFToken to change."},
        ]
