"""Reads bodies; what cannot be read is the caller's mistake, however it fails."""

from __future__ import annotations

import io
import re
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


class LargeJSONParser(parsers.BaseParser):
    """For bodies of many MiB, which are few but long texts: what has more values than files can be is not even read.

    No subclass of the other one, for which Django REST framework takes the body by a way that ends at 2.5 MiB.
    """

    media_type = "application/json"
    MOST_VALUES = 100_000
    _TEXT = re.compile(rb'"[^"\\]*(?:\\.[^"\\]*)*"', re.DOTALL)

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        body = stream.read()
        frame = self._TEXT.sub(b"", body)
        if sum(frame.count(mark) for mark in (b",", b"[", b"{")) > self.MOST_VALUES:
            raise ParseError
        return JSONParser().parse(io.BytesIO(body), media_type, parser_context)


class FormParser(parsers.FormParser):
    """Refuses charsets that are none for texts."""

    def parse(self, stream: Any, media_type: str | None = None, parser_context: Any = None) -> Any:
        try:
            return super().parse(stream, media_type, parser_context)
        except LookupError as problem:
            raise ParseError from problem
