"""Templates as rows: who may write them, under which names, and what is written down of it."""

from __future__ import annotations

from threading import Barrier, Thread

import pytest
from django.contrib.auth.models import Group, Permission
from django.db import connection
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from accounts.actors import SYSTEM, Actor
from accounts.models import AuditEvent, User
from accounts.roles import WORKSHOP_LEADER
from spaces_site.errors import Conflict, Forbidden, Invalid, NotFound, Unauthenticated
from tests.accounts_fixtures import ActorOf
from workspaces.engine.fake import FakeEngine
from workspaces.models import Kind, Template
from workspaces.templating import (
    Mistake,
    built_in_text,
    preset_get,
    template_check,
    template_delete,
    template_get,
    template_parse,
    template_put,
    template_warnings,
    templates_list,
    templates_may_change,
)
from workspaces.templating.built_in import DESCRIPTIONS, built_in_texts

SMALL = "name: small\ndescription: For trying out\nresources: {memory: 256m}\n"


def events(action: str) -> list[dict[str, str]]:
    return [event.meta for event in AuditEvent.objects.filter(action=action)]


def test_four_templates_come_with_the_program(db: None) -> None:
    assert [(row.name, row.built_in) for row in templates_list()] == [
        (name, True) for name in ("default", "gpu", "lan", "offline")
    ]
    default, gpu, lan, offline = (preset_get(row.name) for row in templates_list())
    assert (default.memory_mb, default.cpus, default.network_mode) == (2048, 1, "internet")
    assert default.blocked_ranges == ["10.0.0.0/8", "172.16.0.0/12", "192.168.0.0/16", "169.254.0.0/16"]
    assert (gpu.gpu, lan.network_mode, offline.network_mode) == (True, "lan", "none")


def test_their_descriptions_can_be_translated(db: None) -> None:
    assert {template_parse(text).description for text in built_in_texts().values()} == set(DESCRIPTIONS)
    assert {row.description for row in templates_list()} == set(DESCRIPTIONS)


def test_a_new_one_is_kept_as_it_was_written(actor_of: ActorOf, root: User) -> None:
    text = f"# ours\r\n{SMALL}"
    template = template_put(actor_of(root), text)
    assert (template.name, template.description, template.built_in) == ("small", "For trying out", False)
    assert template_get("SMALL").yaml == f"# ours\n{SMALL}"
    assert preset_get("small").memory_mb == 256
    assert events("template.upsert") == [{"template": "small"}]


def test_putting_again_replaces_whatever_the_case_of_its_name(actor_of: ActorOf, root: User) -> None:
    template_put(actor_of(root), SMALL)
    template_put(actor_of(root), SMALL.replace("small", "Small").replace("256m", "512m"))
    assert [row.name for row in templates_list() if not row.built_in] == ["Small"]
    assert preset_get("small").memory_mb == 512


def test_one_that_came_with_the_program_is_changed_and_restored(actor_of: ActorOf, root: User) -> None:
    template_put(actor_of(root), "name: offline\nnetwork: {mode: lan}")
    assert (preset_get("offline").network_mode, template_get("offline").built_in) == ("lan", True)
    template_put(actor_of(root), built_in_text("Offline"), replaces="offline")
    assert template_get("offline").yaml == built_in_texts()["offline"]
    assert built_in_text("small") == ""


def test_a_mistake_changes_nothing(actor_of: ActorOf, root: User) -> None:
    with pytest.raises(Invalid) as raised:
        template_put(actor_of(root), "name: default\nmemory: 2g")
    assert (raised.value.code, list(raised.value.details)) == ("TEMPLATE_INVALID", ["line 2"])
    assert template_get("default").yaml == built_in_texts()["default"]
    assert events("template.upsert") == []


def test_a_new_one_takes_no_others_name_and_a_changed_one_keeps_its_own(actor_of: ActorOf, root: User) -> None:
    template_put(actor_of(root), SMALL, replaces="")
    with pytest.raises(Conflict) as raised:
        template_put(actor_of(root), SMALL.replace("small", "SMALL"), replaces="")
    assert raised.value.code == "TEMPLATE_NAME_TAKEN"
    with pytest.raises(Invalid):
        template_put(actor_of(root), SMALL, replaces="default")
    template_put(actor_of(root), SMALL.replace("small", "SMALL"), replaces="small")
    assert template_get("small").name == "SMALL"


def test_checking_says_beforehand_what_putting_would_refuse(db: None) -> None:
    text = "# a comment\nname: Default\n"
    (taken,) = template_check(text, replaces="").mistakes
    (differs,) = template_check(text, replaces="small").mistakes
    assert (taken.line, "already" in taken.message) == (2, True)
    assert (differs.line, "“small”" in differs.message) == (2, True)
    for replaces in (None, "DEFAULT"):
        assert template_check(text, replaces=replaces).mistakes == []


def test_what_this_machine_cannot_give_is_a_warning_and_no_mistake(
    actor_of: ActorOf, root: User, terminal: Kind, engine: FakeEngine
) -> None:
    Kind.objects.filter(slug="terminal").update(enabled=False)
    text = "name: big\nresources:\n  memory: 900g\n  gpu: true\n  cpus: 99\n  image: terminal\n"
    warnings = template_warnings(template_check(text))
    assert [warning.line for warning in warnings] == [3, 4, 5, 6]
    assert "8192 MiB" in warnings[0].message and "4 cores" in warnings[2].message
    assert template_put(actor_of(root), text).name == "big"
    assert template_warnings(template_check("name: a")) == template_warnings(template_check("no")) == []
    assert isinstance(warnings[0], Mistake)


def test_deleting_removes_and_the_second_time_finds_nothing(actor_of: ActorOf, root: User) -> None:
    template_put(actor_of(root), SMALL)
    template_delete(actor_of(root), "SMALL")
    assert events("template.delete") == [{"template": "small"}]
    with pytest.raises(NotFound) as raised:
        template_delete(actor_of(root), "small")
    assert raised.value.code == "TEMPLATE_NOT_FOUND"


def test_one_that_came_with_the_program_stays(actor_of: ActorOf, root: User) -> None:
    with pytest.raises(Conflict) as raised:
        template_delete(actor_of(root), "default")
    assert raised.value.code == "TEMPLATE_BUILT_IN"
    assert template_get("default") is not None


@pytest.mark.parametrize("name", ["nothing", "", "a b", "a\0b", "x" * 41, "%", "defaul_"])
def test_a_name_that_no_template_has_is_not_found(name: str, db: None) -> None:
    for look_up in (template_get, preset_get):
        with pytest.raises(NotFound) as raised:
            look_up(name)
        assert raised.value.code == "TEMPLATE_NOT_FOUND"


def refused(actor: Actor) -> list[tuple[type, str]]:
    said = []
    for change in (
        lambda: template_put(actor, SMALL),
        lambda: template_put(actor, "no: template"),  # who may not is told nothing of what is wrong
        lambda: template_delete(actor, "default"),
    ):
        with pytest.raises((Forbidden, Unauthenticated)) as raised:
            change()
        said.append((raised.type, raised.value.code))
    assert not templates_may_change(actor)
    return said


def test_only_staff_may_change_them(actor_of: ActorOf, alice: User, visitor: Actor) -> None:
    assert refused(actor_of(alice)) == [(Forbidden, "STAFF_ONLY")] * 3
    assert refused(visitor) == [(Unauthenticated, "UNAUTHENTICATED")] * 3
    alice.is_active = False
    alice.is_staff = True
    assert refused(actor_of(alice)) == [(Forbidden, "ACCOUNT_LOCKED")] * 3
    assert Template.objects.count() == 4 and events("template.upsert") == []


def test_so_may_a_workshop_leader_who_holds_the_permission_and_the_platform_itself(
    actor_of: ActorOf, bob: User, charlie: User
) -> None:
    bob.groups.add(Group.objects.get(name=WORKSHOP_LEADER))
    charlie.user_permissions.add(Permission.objects.get(codename="change_template"))
    for actor in (actor_of(bob), actor_of(charlie), SYSTEM):
        assert template_put(actor, SMALL).name == "small"


def test_a_template_whose_kind_is_gone_says_so_when_it_is_used(actor_of: ActorOf, root: User) -> None:
    kind = Kind.objects.create(slug="circuits", title="KiCad", image="example/circuits")
    template_put(actor_of(root), "name: boards\nresources: {image: circuits}")
    kind.delete()
    with pytest.raises(Invalid) as raised:
        preset_get("boards")
    assert "circuits" in raised.value.details["line 2"]


@pytest.mark.django_db(transaction=True)
def test_of_many_who_make_the_same_new_one_at_once_one_does(root: User) -> None:
    barrier, made, taken = Barrier(8), [], []

    def make() -> None:
        barrier.wait()
        try:
            made.append(template_put(Actor(root, "browser"), SMALL, replaces=""))
        except Conflict as error:
            taken.append(error.code)
        finally:
            connection.close()

    threads = [Thread(target=make) for _ in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert (len(made), taken) == (1, ["TEMPLATE_NAME_TAKEN"] * 7)


NAMES = st.from_regex(r"[a-zA-Z][a-zA-Z0-9_-]{0,39}", fullmatch=True).filter(
    lambda name: name.lower() not in ("true", "false", "yes", "no", "on", "off", "null")
)
LINES = st.one_of(
    st.builds("description: '{}'".format, st.text(st.characters(codec="utf-8"), max_size=30)),
    st.builds("resources: {{memory: {}m, cpus: {}}}".format, st.integers(0, 10**9), st.floats(0, 100)),
    st.builds("network: {{mode: {}}}".format, st.sampled_from(["none", "lan", "internet", "wan"])),
    st.builds("workspace: {{defaultRepoDest: '{}'}}".format, st.text(st.characters(codec="ascii"), max_size=12)),
    st.builds("# {}".format, st.text(max_size=10)),
)


@settings(max_examples=100, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(name=NAMES, lines=st.lists(LINES, max_size=4))
def test_what_was_accepted_is_read_back_the_same(name: str, lines: list[str], root: User) -> None:
    text = "\n".join([f"name: {name}", *lines])
    try:
        template_put(Actor(root, "browser"), text)
    except Invalid:
        return
    assert preset_get(name.swapcase()) == template_parse(text)
