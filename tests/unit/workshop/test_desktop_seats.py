"""Seats with a streamed desktop: how they are kept warm, where people come in, and what is looked at."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from urllib.parse import parse_qs, urlsplit

import pytest
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.actors import Actor
from accounts.models import User
from tests.desktop_fixtures import Desktop
from tests.unit.workshop.claims import address_path, take
from tests.unit.workshop.test_workshops import claimed
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import Work
from workshop import sampling
from workshop.models import Seat, Workshop
from workshop.services.seats import seats_warm
from workshop.services.seats.first_page import first_page, page_to_show, state_says_there
from workspaces.engine.fake import FakeEngine
from workspaces.models import Kind, Workspace
from workspaces.services import workspace_resume

pytestmark = pytest.mark.django_db
BROWSER = {"Accept": "text/html,*/*", "Accept-Language": "en"}
MakeDesktops = Callable[..., Workshop]


@pytest.fixture
def desktops(make_workshop: MakeWorkshop, lena: User, kicad: Kind) -> MakeDesktops:
    """A workshop whose seats are KiCad's."""

    def make(seats: int = 2) -> Workshop:
        workshop = make_workshop(lena, seats=seats)
        Workspace.objects.filter(seat__workshop=workshop).update(kind=kicad, app_port=None)
        return workshop

    return make


@pytest.fixture
def fresh(desktops: MakeDesktops, lena: User, work: Work) -> Workshop:
    """Its seats have just been started, and were never warm."""
    workshop = desktops()
    for one in seats_of(workshop):
        workspace_resume(Actor(lena, "browser"), one)
    work()
    Seat.objects.filter(workshop=workshop).update(ready_at=None)
    Workspace.objects.filter(seat__workshop=workshop).update(address="127.0.0.1", started_at=timezone.now())
    return workshop


def seats_of(workshop: Workshop) -> list[Workspace]:
    return list(Workspace.objects.filter(seat__workshop=workshop).order_by("seat__number"))


def test_a_seat_sleeps_only_when_its_application_is_there(
    fresh: Workshop, desktop: Desktop, engine: FakeEngine, work: Work
) -> None:
    desktop.app = "starting"
    engine.probed.clear()
    assert seats_warm(fresh) == 0
    assert desktop.asked == ["/desktop.json"] * 2 and engine.probed == []
    assert Seat.objects.filter(workshop=fresh, ready_at=None).count() == 2
    desktop.app = "there"
    assert seats_warm(fresh) == 2
    assert engine.probed == [(desktop.port, "/picture.jpg", "http")] * 4
    work()
    assert [one.state for one in seats_of(fresh)] == ["paused", "paused"]
    assert seats_warm(fresh) == 0


def test_one_that_never_appears_is_not_waited_for_for_ever(fresh: Workshop, desktop: Desktop) -> None:
    desktop.app = "starting"
    Workspace.objects.update(started_at=timezone.now() - timedelta(minutes=3))
    assert seats_warm(fresh) == 2
    assert desktop.asked == []


def test_one_that_is_silent_is_waited_for_too(fresh: Workshop, desktop: Desktop) -> None:
    Kind.objects.filter(slug="kicad").update(port=1)  # nobody listens there
    assert seats_warm(fresh) == 0


@pytest.mark.parametrize(
    ("status", "body", "is_there"),
    [
        (200, b'{"app": "there"}', True),
        (200, b'{"app": "starting"}', False),
        (503, b'{"app": "there"}', False),
        (404, b"Not found", True),
        (200, b"[]", True),
        (200, b'{"app"', True),
        (200, b"\xff\xfe", True),
    ],
)
def test_whatever_a_container_answers_is_understood(status: int, body: bytes, is_there: bool) -> None:
    assert state_says_there(status, body) is is_there


@pytest.mark.parametrize(
    ("columns", "comes_to", "warmed"),
    [
        ({}, "/?folder=/workspace", "/?folder=/workspace"),
        ({"data_path": "/config"}, "/?folder=/config", "/?folder=/config"),
        ({"path": "/vnc.html?x=1"}, "/vnc.html?x=1", "/vnc.html?x=1"),
        ({"frame": "page", "path": "/vnc.html"}, "/", "/vnc.html"),
        ({"frame": "desktop", "picture_path": "/picture.jpg"}, "/", "/picture.jpg"),
        ({"frame": "desktop", "health_path": "/healthz"}, "/", "/healthz"),
    ],
)
def test_what_is_seen_first_follows_from_the_kind(columns: dict[str, str], comes_to: str, warmed: str) -> None:
    kind = Kind(slug="x", title="X", image="x", port=1, **columns)
    assert (first_page(kind), page_to_show(kind)) == (comes_to, warmed)


def test_a_participant_comes_to_our_page_around_the_desktop(desktops: MakeDesktops, client: Client) -> None:
    claim = take(desktops())
    for _time in range(2):
        place = urlsplit(client.get(address_path(claim), headers=BROWSER).headers["Location"])
        assert place.hostname == f"{claim.workspace_public_id}.localhost" and parse_qs(place.query)["next"] == ["/"]


@pytest.mark.parametrize(("has_menu", "asked"), [(False, 0), (True, 1)])
def test_how_commands_went_is_asked_only_where_a_desktop_offers_them(
    has_menu: bool, asked: int, fresh: Workshop, engine: FakeEngine
) -> None:
    cache.clear()
    claimed(fresh, 1)
    Workspace.objects.update(desktop_menu=has_menu)
    sampling.sample(fresh.pk, engine)
    assert len([one for one in engine.execs if one.argv[0] == "tail"]) == asked
