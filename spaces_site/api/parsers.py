"""Reads bodies; what cannot be read is the caller's mistake, however it fails."""

from __future__ import annotations

from typing import Any

from rest_framework import parsers
from rest_framework.exceptions import ParseError


class JSONParser(parsers.JSONParser):
    """Also refuses what is nested too deeply for Python's reader, and charsets that are none for texts."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except (RecursionError, LookupError) as problem:
            raise ParseError from problem


class FormParser(parsers.FormParser):
    """Refuses charsets that are none for texts."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except LookupError as problem:
            raise ParseError from problem
