"""Many people with many workspaces, put straight into the database of an installation.

`python -m bench.crowd`, with that installation's settings, prints how they sign in: JSON for `Crowd`.
"""

from __future__ import annotations

import json
import os
import secrets
from collections.abc import Iterable
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from accounts.models import User

PEOPLE = 200
WORKSPACES_EACH = 10
GROUPS = ("Lectures", "Experiments", "Old")


@dataclass(frozen=True, slots=True)
class Crowd:
    """One token and one session cookie of each person, and a token of an administrator."""

    tokens: list[str]
    cookies: list[str]
    staff: str


def crowd_make(people: int = PEOPLE, each: int = WORKSPACES_EACH) -> Crowd:
    """As a site looks after a term: groups, notes, passwords, stars, some of it shared, a part of it running."""
    from django.db import connection

    from accounts.models import User

    users = User.objects.bulk_create(
        User(email=f"person{number}@example.org", username=f"Person {number}", password="!") for number in range(people)
    )
    staff = User.objects.create_superuser("leader@example.org", "Leader")
    _workspaces(users, each)
    *tokens, staff_token = _tokens([*users, staff])
    crowd = Crowd(tokens, list(_cookies(users)), staff_token)
    with connection.cursor() as cursor:
        cursor.execute("ANALYZE")  # as a database does by itself before long
    return crowd


def _workspaces(users: list[User], each: int) -> None:
    from django.utils import timezone

    from workspaces.models import Favorite, Kind, Share, Workspace, WorkspaceGroup
    from workspaces.passwords import password_encrypt
    from workspaces.states import State

    kinds, now, password = list(Kind.objects.all()), timezone.now(), password_encrypt("a-password-for-guests")
    states = (State.RUNNING, State.STOPPED, State.PAUSED, State.RUNNING, State.STOPPED)
    groups = WorkspaceGroup.objects.bulk_create(
        WorkspaceGroup(owner=user, name=name) for user in users for name in GROUPS
    )
    made = Workspace.objects.bulk_create(
        Workspace(
            owner=user,
            kind=kinds[index % len(kinds)],
            name=f"project {index} of {user.username}",
            group=groups[number * len(GROUPS) + index % len(GROUPS)] if index % 4 else None,
            notes="Exercises of the third week." if index % 3 == 0 else "",
            state=states[index % len(states)],
            memory_mb=2048,
            cpus=2,
            container_id=secrets.token_hex(32),
            password_encrypted=password if index % 5 == 0 else "",
            **_times(now - timedelta(hours=number + index)),
        )
        for number, user in enumerate(users)
        for index in range(each)
    )
    Favorite.objects.bulk_create(Favorite(user=made[i].owner, workspace=made[i]) for i in range(0, len(made), each))
    Share.objects.bulk_create(
        Share(user=users[(number + 1) % len(users)], workspace=made[number * each + 1]) for number in range(len(users))
    )


def _times(at: datetime) -> dict[str, datetime]:
    return dict.fromkeys(("created_at", "started_at", "stopped_at", "last_opened_at", "last_activity_at"), at)


def _tokens(users: list[User]) -> list[str]:
    """A token for each."""
    from accounts.keys import key_hash
    from accounts.models import ApiToken
    from accounts.services.tokens import PREFIX

    texts = [PREFIX + secrets.token_urlsafe(32) for _ in users]
    ApiToken.objects.bulk_create(
        ApiToken(user=user, name="Bench", prefix=text[:8], key_hash=key_hash(text))
        for user, text in zip(users, texts, strict=True)
    )
    return texts


def _cookies(users: list[User]) -> Iterable[str]:
    """Each one's browser, signed in, as the header `Cookie` has it."""
    from django.conf import settings
    from django.contrib.auth import BACKEND_SESSION_KEY, HASH_SESSION_KEY, SESSION_KEY
    from django.contrib.sessions.backends.db import SessionStore

    from accounts.models import BrowserSession
    from accounts.services.sessions import BACKEND

    for user in users:
        session = SessionStore()
        session[SESSION_KEY] = str(user.pk)
        session[BACKEND_SESSION_KEY] = BACKEND
        session[HASH_SESSION_KEY] = user.get_session_auth_hash()
        session.create()
        BrowserSession.objects.create(user=user, session_key=session.session_key or "")
        yield f"{settings.SESSION_COOKIE_NAME}={session.session_key}"


if __name__ == "__main__":
    import django

    os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")
    django.setup()
    print(json.dumps(asdict(crowd_make())))
