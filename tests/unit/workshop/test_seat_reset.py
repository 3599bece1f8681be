"""A seat goes back to what was prepared, and to its copy from before that."""

from __future__ import annotations

from datetime import timedelta

import pytest
from django.utils import timezone

from accounts.models import AuditEvent, User
from spaces_site.errors import Conflict, NotFound, TooMany, Unavailable
from tests.accounts_fixtures import ActorOf
from tests.unit.workshop.seated import guest_of, seat_taken
from tests.workshop_fixtures import MakeWorkshop, snapshots_take
from tests.workspaces_fixtures import Work
from workshop.models import Backup, Claim, Seat, Workshop
from workshop.services import resetting
from workshop.services.resetting import backup_restore, seat_reset
from workspaces.engine.fake import FakeEngine
from workspaces.engine_state import engine_forget
from workspaces.models import Operation, Snapshot, Workspace


@pytest.fixture
def workshop(make_workshop: MakeWorkshop, lena: User) -> Workshop:
    return make_workshop(lena)


@pytest.fixture
def anna(workshop: Workshop) -> Claim:
    return seat_taken(workshop, 1, "Anna")


def seat(workshop: Workshop, number: int = 1) -> Seat:
    return Seat.objects.select_related("workshop", "workspace").get(workshop=workshop, number=number)


def files(engine: FakeEngine, workshop: Workshop) -> dict[str, bytes]:
    workspace = seat(workshop).workspace
    assert workspace is not None
    return engine.volume_files[workspace.engine_name]


def test_the_leader_resets_and_restores(
    workshop: Workshop, anna: Claim, lena: User, actor_of: ActorOf, engine: FakeEngine, work: Work
) -> None:
    before = seat(workshop).workspace
    files(engine, workshop)["mine.py"] = b"print(1)"
    seat_reset(actor_of(lena), seat(workshop))
    snapshots_take()
    work()
    assert "mine.py" not in files(engine, workshop) and seat(workshop).workspace == before
    backup = Backup.objects.get()
    assert backup.claim == anna and abs(backup.expires_at - timezone.now() - timedelta(hours=72)) < timedelta(minutes=1)
    files(engine, workshop)["later.py"] = b""
    backup_restore(actor_of(lena), backup)
    snapshots_take()
    work()
    assert files(engine, workshop).keys() & {"mine.py", "later.py"} == {"mine.py"}
    assert Backup.objects.count() == 2  # what was there before the restoring can be had again as well
    actions = AuditEvent.objects.filter(action__startswith="workshop.seat").values_list("action", "actor_name")
    assert set(actions) == {("workshop.seat.reset", lena.email), ("workshop.seat.restore", lena.email)}


def test_who_sits_there_may_reset_and_stays(
    workshop: Workshop, anna: Claim, actor_of: ActorOf, engine: FakeEngine, work: Work
) -> None:
    seat_reset(actor_of(guest_of(anna)), seat(workshop), backup=False)
    work()
    anna.refresh_from_db()
    assert anna.state == "active" and not Backup.objects.exists()
    assert AuditEvent.objects.get(action="workshop.seat.reset").actor == anna.guest


def test_strangers_find_no_seat(
    workshop: Workshop, anna: Claim, other_leader: User, charlie: User, actor_of: ActorOf
) -> None:
    ben = seat_taken(workshop, 2, "Ben")
    backup = copy_of(seat(workshop), anna)
    for stranger in (other_leader, charlie, guest_of(ben), None):
        with pytest.raises(NotFound):
            seat_reset(actor_of(stranger), seat(workshop))
        with pytest.raises(NotFound):
            seat_reset(actor_of(stranger), seat(workshop, 3))
        with pytest.raises(NotFound):
            backup_restore(actor_of(stranger), backup)
    with pytest.raises(NotFound):
        backup_restore(actor_of(guest_of(anna)), backup)
    assert not Operation.objects.filter(verb="reset").exists()


def copy_of(of: Seat, claim: Claim | None, **columns: object) -> Backup:
    assert of.workspace is not None and of.workshop.snapshot is not None
    made = Snapshot.objects.create(
        owner=of.workshop.owner, kind=of.workspace.kind, source_name="x", purpose="backup", state="ready", image="a:b"
    )
    values = {"workspace_public_id": of.workspace.public_id, "expires_at": timezone.now()} | columns
    return Backup.objects.create(seat=of, claim=claim, snapshot=made, **values)


def test_nobody_is_given_the_copy_of_who_sat_there_before(
    workshop: Workshop, anna: Claim, lena: User, actor_of: ActorOf
) -> None:
    backup = copy_of(seat(workshop), anna)
    Claim.objects.filter(pk=anna.pk).update(state="released")
    with pytest.raises(Conflict) as refused:
        backup_restore(actor_of(lena), backup)
    assert refused.value.code == "BACKUP_OF_ANOTHER"
    seat_taken(workshop, 1, "Ben")
    with pytest.raises(Conflict):
        backup_restore(actor_of(lena), Backup.objects.get())


def test_a_copy_of_the_workspace_before_a_release_does_not_fit_the_new_one(
    workshop: Workshop, lena: User, actor_of: ActorOf
) -> None:
    with pytest.raises(Conflict):
        backup_restore(actor_of(lena), copy_of(seat(workshop), None, workspace_public_id="another"))


def test_twice_is_once_and_another_wish_waits_for_its_turn(
    workshop: Workshop, anna: Claim, lena: User, actor_of: ActorOf
) -> None:
    older = copy_of(seat(workshop), anna)
    first = seat_reset(actor_of(lena), seat(workshop))
    assert seat_reset(actor_of(lena), seat(workshop)) == first and Backup.objects.count() == 2
    with pytest.raises(Conflict) as refused:
        backup_restore(actor_of(lena), older)
    assert refused.value.code == "WORKSPACE_STATE"


def test_without_a_prepared_state_or_a_workspace_there_is_nothing_to_do(
    workshop: Workshop, lena: User, actor_of: ActorOf
) -> None:
    Workspace.objects.update(snapshot=None)
    Workshop.objects.update(snapshot=None)
    with pytest.raises(Conflict) as refused:
        seat_reset(actor_of(lena), seat(workshop))
    assert refused.value.code == "NOTHING_PREPARED"


def test_a_silent_engine_changes_nothing(
    workshop: Workshop, anna: Claim, lena: User, actor_of: ActorOf, engine: FakeEngine
) -> None:
    engine.down = True
    engine_forget()
    with pytest.raises(Unavailable):
        seat_reset(actor_of(lena), seat(workshop))
    assert not Backup.objects.exists() and seat(workshop).workspace.state == "paused"  # type: ignore[union-attr]


def test_old_copies_go_and_a_participant_has_only_so_many_wishes(
    workshop: Workshop, anna: Claim, actor_of: ActorOf, monkeypatch: pytest.MonkeyPatch, work: Work
) -> None:
    monkeypatch.setattr(resetting, "BACKUPS_KEPT", 2)
    monkeypatch.setattr(resetting, "RESETS_PER_HOUR", 3)
    for _ in range(3):
        seat_reset(actor_of(guest_of(anna)), seat(workshop))
        snapshots_take()
        work()
    assert Backup.objects.count() == 2
    with pytest.raises(TooMany):
        seat_reset(actor_of(guest_of(anna)), seat(workshop))
