"""The leader's pages of workshops as a whole."""

from __future__ import annotations

import io
import re
import zipfile
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest
import segno
from asgiref.sync import async_to_sync
from django.conf import settings
from django.core.cache import cache
from django.test import Client
from django.utils import timezone

from accounts.models import AuditEvent, User
from tests.accounts_fixtures import as_
from tests.files_fixtures import VolumeOf
from tests.unit.workshop.test_workshops import claimed
from tests.workshop_fixtures import MakeWorkshop
from tests.workspaces_fixtures import MakeWorkspace
from workshop.models import Claim, Workshop
from workshop.services.releasing import claim_release
from workshop.services.taking_home import take_home_address, take_home_make
from workshop.services.workshops import workshop_close, workshop_end
from workspaces.models import Workspace

pytestmark = pytest.mark.django_db
FIELDS = {
    "title": "Evening class", "slug": "", "seats": "4", "seats_most": "", "language": "", "access_code": "",
    "network_mode": "", "memory_mb": "", "opens_at": "", "closes_at": "", "at_end": "stop", "grace_hours": "72",
    "keep_hours": "72", "no_show_minutes": "0",
}  # fmt: skip


def names_in(response: Any) -> dict[str, bytes]:
    async def read() -> bytes:
        return b"".join([piece async for piece in response.streaming_content])

    archive = zipfile.ZipFile(io.BytesIO(async_to_sync(read)()))
    assert archive.testzip() is None
    return {info.filename: archive.read(info) for info in archive.infolist()}


@pytest.fixture
def at(lena: User) -> Client:
    return as_(lena)


def test_the_list_says_how_to_begin_and_then_shows_each(
    at: Client, make_workshop: MakeWorkshop, lena: User, root: User
) -> None:
    assert "Prepare one workspace" in at.get("/workshops/").content.decode()
    workshop = make_workshop(lena, seats=2, access_code_sealed="")
    claimed(workshop, 1)
    page = at.get("/workshops/").content.decode()
    assert "1 free, 1 taken" in page and "/workshop/python/" in page
    assert "of lena" in as_(root).get("/workshops/").content.decode()


def test_only_who_may_lead_has_these_pages(make_workshop: MakeWorkshop, lena: User, alice: User, guest: User) -> None:
    make_workshop(lena)
    assert "/workshops/" not in as_(alice).get("/workspaces/").content.decode()
    assert as_(alice).get("/workshops/").status_code == 403
    assert as_(alice).get("/workshops/new").status_code == 403
    for path in ("edit", "end", "projector", "delete", "archive.zip"):
        assert as_(alice).get(f"/workshops/python/{path}").status_code == 404
        assert Client().get(f"/workshops/python/{path}").status_code == 302
        assert as_(guest).get(f"/workshops/python/{path}").status_code == 403


def test_another_leader_finds_nothing(make_workshop: MakeWorkshop, lena: User, leader: Client) -> None:
    make_workshop(lena)
    assert "Python for beginners" not in leader.get("/workshops/").content.decode()
    for path in ("edit", "retake", "delete", "end", "mail"):
        assert leader.post(f"/workshops/python/{path}", FIELDS).status_code == 404


def test_a_workshop_is_made_of_a_workspace_from_its_page(at: Client, make_workspace: MakeWorkspace, lena: User) -> None:
    source = make_workspace(lena, name="Prepared")
    assert f"/workshops/new?source={source.public_id}" in at.get(f"/workspaces/{source.public_id}/").content.decode()
    form = at.get(f"/workshops/new?source={source.public_id}").content.decode()
    assert f'value="{source.public_id}" selected' in form
    tomorrow = (timezone.now() + timedelta(days=1)).replace(second=0, microsecond=0)
    times = {"opens_at": tomorrow.strftime("%Y-%m-%dT%H:%M"), "access_code": "schnecke"}
    sent = at.post("/workshops/new", FIELDS | times | {"source": source.public_id})
    made = Workshop.objects.get()
    assert sent.status_code == 302 and sent["Location"] == "/workshops/evening-class/"
    assert made.opens_at == tomorrow.astimezone(UTC) and made.seats_wanted == 4
    page = at.get("/workshops/evening-class/projector").content.decode()
    address = f"{settings.BASE_URL}/workshop/evening-class/"
    drawn = segno.make(address, micro=False).svg_inline(border=4, dark="#000", light="#fff", omitsize=True)
    assert re.findall(r' d="([^"]+)"', drawn)[-1] in page, "phones read the same address"
    assert "schnecke" in page and "workshop/<wbr>evening-class<" in page


def test_what_is_wrong_is_said_at_its_field_and_what_was_typed_stays(
    at: Client, make_workspace: MakeWorkspace, lena: User, alice: User
) -> None:
    source = make_workspace(lena, name="Prepared")
    wrong = {"seats": "many", "opens_at": "soon", "title": "Kept as typed", "source": source.public_id}
    answer = at.post("/workshops/new", FIELDS | wrong)
    page = answer.content.decode()
    assert answer.status_code == 400 and 'id="seats-wrong"' in page and 'id="opens_at-wrong"' in page
    assert "Kept as typed" in page
    theirs = make_workspace(alice, name="Theirs")
    answer = at.post("/workshops/new", FIELDS | {"source": theirs.public_id})
    assert answer.status_code == 400 and 'id="source-wrong"' in answer.content.decode()
    assert not Workshop.objects.exists()


def test_a_workshop_without_a_workspace_to_copy_says_what_to_do(at: Client) -> None:
    assert "Prepare a workspace first" in at.get("/workshops/new").content.decode()


def test_its_fields_are_shown_changed_and_warned_of(at: Client, make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=2, memory_mb=512, opens_at=datetime(2031, 5, 6, 7, 8, tzinfo=UTC))
    page = at.get("/workshops/python/edit").content.decode()
    assert 'value="2031-05-06T07:08"' in page and "machine has" not in page
    answer = at.post("/workshops/python/edit", FIELDS | {"slug": "evening", "seats": "100", "memory_mb": "8192"})
    assert answer["Location"] == "/workshops/evening/edit"
    workshop.refresh_from_db()
    assert (workshop.title, workshop.seats_wanted, workshop.opens_at) == ("Evening class", 100, None)
    assert "100 seats of 8192 MB" in at.get("/workshops/evening/edit").content.decode()
    assert at.post("/workshops/evening/retake").status_code == 302
    assert AuditEvent.objects.filter(action="workshop.retake").exists()
    assert at.get("/workshops/evening/retake").status_code == 302  # a change of language looks there


def test_deleting_says_what_is_lost(at: Client, make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=2)
    claimed(workshop, 1)
    assert "Close it or end it first" in at.get("/workshops/python/delete").content.decode()
    assert at.post("/workshops/python/delete").status_code == 409
    workshop_close(as_actor(lena), workshop)
    page = at.get("/workshops/python/delete").content.decode()
    assert "2 seats and released workspaces" in page and "1 person" in page
    assert at.post("/workshops/python/delete")["Location"] == "/workshops/"
    assert not Workshop.objects.exists()


def test_the_end_says_what_happens_with_whom_and_then_what_is_kept(
    at: Client, make_workshop: MakeWorkshop, lena: User
) -> None:
    claimed(make_workshop(lena), 1)
    page = at.get("/workshops/python/end").content.decode()
    assert "1 person has a seat." in page and "72 hours" in page
    assert at.post("/workshops/python/end", {"at_end": "burn"}).status_code == 409
    assert at.post("/workshops/python/end", {"at_end": "stop"}).status_code == 302
    page = at.get("/workshops/python/end").content.decode()
    assert "/workshop/take-home/" in page and "is over" in page
    assert at.get("/workshops/python/edit").status_code == 200
    assert at.post("/workshops/python/mail").status_code == 302  # no mail here, which its page says


@pytest.mark.django_db(transaction=True)
def test_the_archive_has_a_folder_for_each_and_says_what_it_lacks(
    at: Client, make_workshop: MakeWorkshop, lena: User, volume_of: VolumeOf
) -> None:
    workshop = make_workshop(lena, seats=3)
    first, second, third = (claimed(workshop, n, name) for n, name in ((1, "Max M/..\\x"), (2, "Eva"), (3, "Tom")))
    for claim in (first, second, third):
        assert claim.workspace
        root = volume_of(claim.workspace)
        (root / "deep").mkdir()
        (root / "deep" / "wörk.txt").write_text(f"by {claim.name}")
        (root / "link").symlink_to("deep/wörk.txt")
        (root / "empty").write_text("")
        (root / "large").write_bytes(b"0123456789abcdef" * 40_000)
    claim_release(as_actor(lena), second)
    Workspace.objects.filter(claims=third).update(owner=User.objects.create_user("else@example.org", "else"))
    found = names_in(at.get("/workshops/python/archive.zip"))
    assert found["01 Max M .. x/deep/wörk.txt"] == b"by Max M/..\\x"
    assert found["02 Eva/deep/wörk.txt"] == b"by Eva"
    assert found["02 Eva/link"] == "deep/wörk.txt".encode()
    assert len(found["02 Eva/large"]) == 640_000 and found["02 Eva/empty"] == b""
    assert "03 Tom" in found["Not complete.txt"].decode()
    assert not any(name.startswith("03 Tom") or ".." in name.split("/") for name in found)
    assert AuditEvent.objects.get(action="workshop.archive").meta["count"] == 3


@pytest.mark.django_db(transaction=True)
def test_a_link_to_take_home_needs_no_account_and_ends(
    make_workshop: MakeWorkshop, lena: User, volume_of: VolumeOf
) -> None:
    workshop = make_workshop(lena, seats=1)
    claim = claimed(workshop, 1)
    assert claim.workspace
    (volume_of(claim.workspace) / "mine.txt").write_text("mine")
    workshop_end(as_actor(lena), workshop)
    claim.refresh_from_db()
    address = take_home_address(claim)
    path = address.partition("/workshop/")[1] + address.partition("/workshop/")[2]
    page = Client().get(path)
    assert page.status_code == 200 and "Max" in page.content.decode() and "max@example.org" not in page.content.decode()
    assert names_in(Client().get(f"{path}files.zip"))["Python for beginners/mine.txt"] == b"mine"
    assert Client().get("/workshop/take-home/wrong/").status_code == 404
    Claim.objects.filter(pk=claim.pk).update(files_until=timezone.now())
    assert Client().get(path).status_code == 404
    assert Client().get(f"{path}files.zip").status_code == 404


def test_guessing_links_is_slowed_down(db: None) -> None:
    cache.clear()
    answers = [Client().get(f"/workshop/take-home/guess{n}/").status_code for n in range(125)]
    assert answers[0] == 404 and answers[-1] == 429


def test_a_link_is_made_once(make_workshop: MakeWorkshop, lena: User) -> None:
    workshop = make_workshop(lena, seats=1)
    claimed(workshop, 1)
    assert take_home_make(workshop) == 1 and take_home_make(workshop) == 0


def as_actor(user: User) -> Any:
    from accounts.actors import Actor

    return Actor(user, "browser")
