"""As whom people's shells and commands run in a workspace."""

from __future__ import annotations

from workspaces.engine.users import begins_as_root
from workspaces.models import Kind

USER_ID, GROUP_ID = "PUID", "PGID"
"""How images that begin as root are told who their app and its files belong to."""


def works_as(kind: Kind) -> str:
    """The kind's user; of an image that begins as root whom it becomes, as far as the kind says so.

    Else what a person makes in a shell would be root's, which their own app and the files page could not change.
    """
    if not begins_as_root(kind.user):
        return kind.user
    user = kind.environment.get(USER_ID, "")
    group = kind.environment.get(GROUP_ID, "") or user
    if not all(_is_id(number) for number in (user, group)):
        return kind.user
    return f"{user}:{group}"


def _is_id(number: str) -> bool:
    return number.isascii() and number.isdecimal() and len(number) <= 6 and int(number) > 0
