"""Files of a space. Paths are shown with a slash in front, which stands for /workspace."""

from __future__ import annotations

import base64
from typing import Any, TypedDict

from rest_framework import serializers

from spaces_site.api.fields import Base64Field
from spaces_site.body_limit import LARGEST_BODY_BYTES
from workspaces.files import Entry, FileContent, Listing
from workspaces.files.paths import shown

READ_BYTES = 256 * 1024


class ReadIn(serializers.Serializer[Any]):
    """What is asked of a file."""

    maxBytes = serializers.IntegerField(  # noqa: N815
        required=False, default=READ_BYTES, min_value=0, help_text="Of a longer file the beginning."
    )

    def validate_maxBytes(self, value: int) -> int:  # noqa: N802
        return min(value, LARGEST_BODY_BYTES)


class WriteIn(serializers.Serializer[Any]):
    contentBase64 = Base64Field(  # noqa: N815
        error_messages={"required": "contentBase64 required", "null": "contentBase64 required"},
        help_text="May be empty.",
    )


class EntryOut(TypedDict):
    name: str
    path: str
    type: str
    size: int
    mtimeMs: int


class ListingOut(TypedDict):
    path: str
    entries: list[EntryOut]


class FileOut(TypedDict):
    path: str
    contentBase64: str
    truncated: bool


def listing_out(listing: Listing) -> ListingOut:
    return {"path": _path(listing.path), "entries": [_entry(entry) for entry in listing.entries]}


def _entry(entry: Entry) -> EntryOut:
    return {
        "name": shown(entry.name),
        "path": _path(entry.path),
        "type": entry.type,
        "size": entry.size,
        "mtimeMs": int(entry.mtime_ms),
    }


def file_out(file: FileContent) -> FileOut:
    return {
        "path": _path(file.path),
        "contentBase64": base64.b64encode(file.content).decode(),
        "truncated": file.truncated,
    }


def _path(path: str) -> str:
    return "/" + shown(path)
