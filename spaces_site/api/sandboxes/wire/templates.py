"""Templates: presets for new spaces, as YAML and as what it says."""

from __future__ import annotations

from typing import Any, NotRequired, TypedDict

from rest_framework import serializers

from workspaces.models import Template
from workspaces.templating import Preset


class TemplateIn(serializers.Serializer[Any]):
    yaml = serializers.CharField(
        trim_whitespace=False,
        max_length=100_000,
        error_messages=dict.fromkeys(("required", "blank", "null"), "yaml required"),
    )


class TemplateItemOut(TypedDict):
    name: str
    description: str


class TemplatesOut(TypedDict):
    templates: list[TemplateItemOut]


class YamlOut(TypedDict):
    name: str
    yaml: str


class ResourcesOut(TypedDict):
    memory: NotRequired[int]
    cpus: NotRequired[float]
    gpu: NotRequired[bool]
    image: NotRequired[str]


class SecurityOut(TypedDict):
    writableRootfs: bool


class NetworkOut(TypedDict):
    mode: str
    blockCidrs: list[str]


class RepositoryOut(TypedDict):
    defaultRepoDest: NotRequired[str]


class DesktopOut(TypedDict):
    menu: bool


class TemplateOut(TypedDict):
    name: str
    description: str
    resources: ResourcesOut
    security: SecurityOut
    network: NetworkOut
    workspace: RepositoryOut
    desktop: DesktopOut
    yaml: str


class OneTemplateOut(TypedDict):
    template: TemplateOut


def template_item_out(template: Template) -> TemplateItemOut:
    return {"name": template.name, "description": template.description}


def template_out(template: Template, preset: Preset) -> TemplateOut:
    """What a template says, by the keys of its YAML; what it leaves open is left out."""
    resources: dict[str, Any] = {
        "memory": preset.memory_mb * 1024**2 if preset.memory_mb else None,
        "cpus": preset.cpus,
        "gpu": preset.gpu,
        "image": preset.kind,
    }
    return {
        "name": template.name,
        "description": template.description,
        "resources": {name: value for name, value in resources.items() if value is not None},  # type: ignore[typeddict-item]
        "security": {"writableRootfs": not preset.read_only_root},
        "network": {"mode": preset.network_mode, "blockCidrs": list(preset.blocked_ranges)},
        "workspace": {"defaultRepoDest": preset.repo_destination} if preset.repo_destination else {},
        "desktop": {"menu": preset.desktop_menu},
        "yaml": template.yaml,
    }
