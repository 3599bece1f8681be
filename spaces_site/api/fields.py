"""Fields of request bodies that more than one dialect has."""

from __future__ import annotations

import base64
import binascii
from typing import Any

from drf_spectacular.utils import extend_schema_field
from rest_framework import serializers

MOST_FILES = 10_000


def base64_read(text: str, what: str = "contentBase64") -> bytes:
    """The bytes that `text` stands for; blanks and line ends are skipped. Raises `ValidationError`."""
    try:
        return base64.b64decode("".join(text.split()), validate=True)
    except (binascii.Error, ValueError) as error:
        raise serializers.ValidationError(f"{what} is not valid base64") from error


@extend_schema_field({"type": "string", "format": "byte"})
class Base64Field(serializers.Field[bytes, Any, str, Any]):
    """Base64, the empty text included, as bytes."""

    def to_internal_value(self, data: Any) -> bytes:
        if not isinstance(data, str):
            raise serializers.ValidationError(f"{self.field_name} is not valid base64")
        return base64_read(data, str(self.field_name))


@extend_schema_field(
    {
        "type": "object",
        "additionalProperties": {
            "oneOf": [
                {"type": "string"},
                {"type": "object", "properties": {"contentBase64": {"type": "string"}}, "required": ["contentBase64"]},
            ]
        },
    }
)
class FilesField(serializers.Field[dict[str, bytes], Any, Any, Any]):
    """`{path: text}` or `{path: {"contentBase64": …}}`, as bytes by path; the service says where paths may lead."""

    def to_internal_value(self, data: Any) -> dict[str, bytes]:
        if not isinstance(data, dict):
            raise serializers.ValidationError("files is an object of path and content")
        if len(data) > MOST_FILES:
            raise serializers.ValidationError(f"files takes at most {MOST_FILES} entries")
        return {path: _content(path, value) for path, value in data.items()}


def _content(path: str, value: Any) -> bytes:
    if isinstance(value, dict) and isinstance(value.get("contentBase64"), str):
        return base64_read(value["contentBase64"])
    if not isinstance(value, str):
        raise serializers.ValidationError({path[:200]: "A text, or an object with contentBase64"})
    try:
        return value.encode()
    except UnicodeEncodeError as error:  # JSON can hold halves of characters
        raise serializers.ValidationError({path[:200]: "This is no text; send contentBase64"}) from error
