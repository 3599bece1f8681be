"""What somebody typed into a form, and what was wrong with it, so that the page can show both again."""

from __future__ import annotations

from types import TracebackType
from typing import Self

from django.http import HttpRequest

from accounts.statuses import status_of
from spaces_site.errors import Conflict, Forbidden, Invalid, SpacesError, Unavailable

KEPT = (Invalid, Forbidden, Conflict, Unavailable)


class Typed:
    """Put the service call into `with form:`. What it raises is kept for the page; who is asking and what is missing
    (`Unauthenticated`, `NotFound`) is not the form's business and goes on, but where `keeps` says otherwise.

    `values`: the fields as typed; `errors`: a text per field; `message`: a text for the form as a whole; `status`.
    """

    def __init__(self, request: HttpRequest, keeps: tuple[type[SpacesError], ...] = KEPT) -> None:
        self.keeps = keeps
        self.values: dict[str, str] = {name: value for name, value in request.POST.items() if isinstance(value, str)}
        self.errors: dict[str, str] = {}
        self.message = ""
        self.status = 200

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> bool:
        if not isinstance(error, self.keeps):
            return False
        self.refuse(error, status_of(error))
        return True

    def get(self, name: str) -> str:
        """A field as typed, '' when it was not sent."""
        return self.values.get(name, "")

    def refuse(self, error: SpacesError, status: int) -> None:
        """Keep what `error` says: at the fields it names, for the form as a whole when it names none of them."""
        self.status = status
        self.errors = {
            field: text for field, text in error.details.items() if field in self.values and isinstance(text, str)
        }
        self.message = "" if self.errors else str(error.message)
