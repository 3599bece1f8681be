"""The body that makes a space, as the keywords of `workspace_create`."""

from __future__ import annotations

import re
from pathlib import PurePosixPath
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

from spaces_site.api.fields import base64_read
from spaces_site.api.sandboxes.errors import NAME_INVALID
from spaces_site.errors import Invalid, NotFound
from workspaces.services.repository import Repository
from workspaces.templating import Preset, kind_named, preset_get

NAME = re.compile(r"[a-zA-Z0-9_-]{1,100}")
MEMORY = re.compile(r"(\d{1,15}(?:\.\d{1,6})?) ?([kmgt]?)i?b?", re.IGNORECASE)
UNITS = {"": 1, "k": 1024, "m": 1024**2, "g": 1024**3, "t": 1024**4}
MEMORY_INVALID = "memory is a size such as 2g or 512m, or a number of bytes"
KIND = "terminal"
TEMPLATE = "default"
"""For who names neither."""
ENV_FILE = "/workspace/.env"


@extend_schema_field({"oneOf": [{"type": "string"}, {"type": "integer"}]})
class MemoryField(serializers.Field[int, Any, Any, Any]):
    """`"2g"`, `"512m"` or a number of bytes, as MiB."""

    def to_internal_value(self, data: Any) -> int:
        size = MEMORY.fullmatch(str(data).strip()) if isinstance(data, (str, int)) else None
        if size is None or isinstance(data, bool):
            raise serializers.ValidationError(MEMORY_INVALID)
        number, unit = float(size[1]), size[2].lower()
        if not unit and isinstance(data, str) and number < UNITS["m"]:
            unit = "m"  # "512": what clients of the old server mean by it
        return int(number * UNITS[unit]) // UNITS["m"]


def _text(help_text: str, most: int = 1000, **options: Any) -> serializers.CharField:
    return serializers.CharField(
        required=False, allow_blank=True, allow_null=True, default="", max_length=most, help_text=help_text, **options
    )


class SandboxIn(serializers.Serializer[Any]):
    """A field that is given overrides the template's."""

    name = serializers.CharField(
        max_length=100,
        help_text="Letters, digits, `_` and `-`.",
        error_messages=dict.fromkeys(("required", "blank", "null", "invalid", "max_length"), NAME_INVALID),
        trim_whitespace=False,
    )
    memory = MemoryField(required=False, allow_null=True, default=None, help_text="`2g`, `512m`, or bytes.")
    cpus = serializers.FloatField(required=False, allow_null=True, default=None, help_text="Cores.")
    gpu = serializers.BooleanField(required=False, allow_null=True, default=None)
    image = _text("Names a kind of workspace: by itself (`terminal`, `kicad` …), or by its image.", most=250)
    template = _text("A preset; `default` when none is named.", most=100)
    env = serializers.DictField(
        child=serializers.CharField(allow_blank=True, trim_whitespace=False),
        required=False,
        allow_null=True,
        default=None,
        help_text="Variables; `GITHUB_TOKEN` is used to clone the repository, if there is one, and then forgotten.",
    )
    envFileText = _text("What an env file says.", most=1024**2, trim_whitespace=False)  # noqa: N815
    envFileBase64 = _text("The same in base64.", most=2 * 1024**2)  # noqa: N815
    envFilePath = _text("Where the env file goes; `/workspace/.env` by default.")  # noqa: N815
    repoUrl = _text("A repository to clone: `https://…` or `user@host:path`.")  # noqa: N815
    repoBranch = _text("The server's own choice by default.")  # noqa: N815
    repoDest = _text("Where it goes below /workspace.")  # noqa: N815

    def validate_name(self, value: str) -> str:
        if not NAME.fullmatch(value):
            raise serializers.ValidationError(NAME_INVALID)
        return value

    def validate(self, attrs: dict[str, Any]) -> dict[str, Any]:
        preset = _preset(attrs["template"] or TEMPLATE)
        kind = kind_named(attrs["image"]) if attrs["image"] else None
        needs = kind if kind and kind.frame and not attrs["template"] else None
        repository = None
        if url := attrs["repoUrl"]:
            repository = Repository(url, attrs["repoBranch"] or "", attrs["repoDest"] or "")
        return {
            "name": attrs["name"],
            "kind": (kind.slug if kind else attrs["image"]) or preset.kind or KIND,
            "memory_mb": _given(attrs["memory"], needs.memory_mb if needs else None),
            "cpus": _given(attrs["cpus"], needs.cpus if needs else None),
            "gpu": attrs["gpu"],
            "template": preset.name,
            "environment": attrs["env"] or {},
            "files": _env_file(attrs),
            "repository": repository,
        }


def _preset(name: str) -> Preset:
    """The template that is named. Raises `Invalid`: what is asked for is a space, and that is found."""
    try:
        return preset_get(name)
    except (NotFound, Invalid) as error:
        raise Invalid(f"Invalid template: {error.message}", code=error.code, details=error.details) from error


def _given(asked: float | None, of_kind: float | None) -> float | None:
    """What is asked for; else what a desktop needs that is asked for without a template: none is made for one."""
    return of_kind if asked is None else asked


def _env_file(attrs: dict[str, Any]) -> dict[str, bytes]:
    """The env file by its path below /workspace, if one was sent."""
    text, encoded = attrs["envFileText"] or "", attrs["envFileBase64"] or ""
    if not text.strip() and not encoded.strip():
        return {}
    if text.strip() and encoded.strip():
        raise serializers.ValidationError({"envFileText": "Provide only one of envFileBase64 or envFileText"})
    content = base64_read(encoded, "envFileBase64") if encoded.strip() else text.encode()
    if not content.strip():
        raise serializers.ValidationError({"envFileBase64": "Decoded env file is empty"})
    return {_env_path((attrs["envFilePath"] or "").strip() or ENV_FILE): content}


def _env_path(path: str) -> str:
    """Relative to /workspace."""
    place = PurePosixPath("/workspace", path)
    if not place.is_relative_to("/workspace") or place == PurePosixPath("/workspace") or ".." in place.parts:
        raise serializers.ValidationError({"envFilePath": "envFilePath must be under /workspace"})
    return str(place.relative_to("/workspace"))
