"""/api/templates: presets for new spaces, as YAML."""

from __future__ import annotations

from drf_spectacular.utils import extend_schema
from rest_framework.request import Request
from rest_framework.response import Response

from spaces_site.api.auth import actor_of
from spaces_site.api.sandboxes import examples
from spaces_site.api.sandboxes.errors import ErrorOut
from spaces_site.api.sandboxes.views.base import READING, SandboxView, read
from spaces_site.api.sandboxes.wire import spaces, templates
from spaces_site.api.schema import errors
from workspaces.templating import template_delete, template_get, template_parse, template_put, templates_list


class TemplatesView(SandboxView):
    @extend_schema(
        operation_id="templates_list",
        responses={200: templates.TemplatesOut, **errors(ErrorOut, 401)},
        examples=examples.TEMPLATES,
    )
    def get(self, request: Request) -> Response:
        """All templates by name."""
        return Response({"templates": [templates.template_item_out(template) for template in templates_list()]})

    @extend_schema(
        operation_id="template_put",
        request=templates.TemplateIn,
        responses={200: templates.OneTemplateOut, **errors(ErrorOut, 400, 401, 403)},
        examples=examples.TEMPLATE_PUT,
    )
    def put(self, request: Request) -> Response:
        """Write a template, new or not; its name is in the YAML. For staff."""
        template = template_put(actor_of(request), read(templates.TemplateIn, request)["yaml"])
        return Response({"template": templates.template_out(template, template_parse(template.yaml))})


class TemplateView(SandboxView):
    @extend_schema(
        operation_id="template_get", responses={200: templates.YamlOut, **READING}, examples=examples.TEMPLATE
    )
    def get(self, request: Request, name: str) -> Response:
        """The YAML of a template."""
        template = template_get(name)
        return Response({"name": template.name, "yaml": template.yaml})

    @extend_schema(
        operation_id="template_delete",
        request=None,
        responses={200: spaces.MessageOut, **READING, **errors(ErrorOut, 403, 409)},
        examples=examples.TEMPLATE_DELETE,
    )
    def delete(self, request: Request, name: str) -> Response:
        """Delete a template that people made; spaces that were made from it stay as they are. For staff."""
        template_delete(actor_of(request), name)
        return Response({"message": "OK"})
