"""Who asks: the first argument of every service and selector."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from django.utils.translation import gettext as _

from accounts.guests import guest_refused
from accounts.models import User
from spaces_site.errors import Forbidden, Unauthenticated

Via = Literal["browser", "token", "gateway", "system", "open"]


@dataclass(frozen=True, slots=True)
class Actor:
    """A person, or the platform itself when `user` is None and `via` is "system".

    `address`: the client's IP address, `request_id`: what ties the log, the audit and the answer together.
    """

    user: User | None
    via: Via
    address: str | None = None
    request_id: str = ""
    token_id: int | None = None

    @property
    def is_staff(self) -> bool:
        """Whether they run the site, and so see and may do what is anybody's."""
        return self.via == "system" or bool(self.user and self.user.is_active and self.user.runs_the_site)

    @property
    def name(self) -> str:
        return self.user.email if self.user else ("system" if self.via == "system" else "")


SYSTEM = Actor(user=None, via="system")


def signed_in(actor: Actor) -> User:
    """The actor's account. Raises `Unauthenticated` when there is none, `Forbidden` when it is locked."""
    if actor.user is None:
        raise Unauthenticated(_("Sign in first."))
    if not actor.user.is_active:
        raise Forbidden(_("This account is locked. Ask the administrator."), code="ACCOUNT_LOCKED")
    return actor.user


def full_member(actor: Actor) -> User:
    """As `signed_in`, for what is not for guests. Raises `Forbidden` (GUEST) for one."""
    user = signed_in(actor)
    if user.is_guest:
        raise guest_refused()
    return user
