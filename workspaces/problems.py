"""Why an operation is not done yet, for the one place that decides whether to go on trying."""

from __future__ import annotations


class Superseded(Exception):
    """The operation is no longer open: another took its place, or somebody gave it up."""


class NotYet(Exception):
    """Nothing is wrong, but something else must be finished first; look again in `retry_seconds`."""

    def __init__(self, retry_seconds: float) -> None:
        super().__init__(f"again in {retry_seconds} s")
        self.retry_seconds = retry_seconds


class Failed(Exception):
    """It cannot be done; trying again would end alike. `code` is stable, the text is for the person who waits."""

    def __init__(self, code: str, text: str) -> None:
        super().__init__(text)
        self.code = code
