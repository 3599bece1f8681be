"""A workspace with a desktop, where nothing listens: to be told so, one has to be in."""

from __future__ import annotations

from collections.abc import Callable, Iterator

import pytest

from accounts.models import User
from tests.unit.workspaces.gateway.conftest import PASSWORD
from tests.workspaces_fixtures import MakeWorkspace
from workspaces.gateway import activity
from workspaces.gateway.authorise import authorise_forget
from workspaces.models import Kind, Workspace

VIEW = 6081
PORT = 1
"""Nothing listens there, and nothing may."""


@pytest.fixture
def desk_kind(db: None) -> Kind:
    return Kind.objects.create(
        slug="desk", title="Desk", image="spaces/desk", port=PORT, view_port=VIEW, frame=Kind.Frame.DESKTOP
    )


@pytest.fixture
def desk(make_workspace: MakeWorkspace, alice: User, desk_kind: Kind) -> Iterator[Workspace]:
    """Alice's, running, with a name that must be escaped."""
    activity._noted.clear()
    made = make_workspace(alice, name='Board "<b>1</b>"', kind="desk", password=PASSWORD)
    Workspace.objects.filter(pk=made.pk).update(address="127.0.0.1")
    yield Workspace.objects.select_related("kind", "owner").get(pk=made.pk)
    authorise_forget(made.public_id)
    activity._noted.clear()


Framed = Callable[..., None]


@pytest.fixture
def framed(desk: Workspace) -> Framed:
    """`framed(frame, path="/", **fields)`: from now on the desk's kind is so."""

    def change(frame: str, path: str = "/", **fields: object) -> None:
        Kind.objects.filter(slug="desk").update(frame=frame, path=path, **fields)
        authorise_forget(desk.public_id)

    return change
