"""Small forms that are sent to the gateway itself, and fields of its addresses."""

from __future__ import annotations

from urllib.parse import parse_qs

from django.utils.translation import gettext as _

from spaces_site.errors import Invalid
from workspaces.gateway.visit import Receive

_MAX_FORM = 4096


async def form_read(receive: Receive) -> str:
    """The whole body, still encoded. Raises `Invalid` when it is longer than any of our forms."""
    body = b""
    while True:
        message = await receive()
        body += message.get("body", b"")
        if len(body) > _MAX_FORM:
            raise Invalid(_("The form is too long."))
        if not message.get("more_body"):
            return body.decode("utf-8", "replace")


def field_of(text: str, name: str) -> str:
    """The first value of a field in a query or a form, "" when there is none."""
    try:
        return parse_qs(text, max_num_fields=20).get(name, [""])[0]
    except ValueError as error:
        raise Invalid(_("The form is too long.")) from error
