"""The shells of a workspace note how commands went, and nothing of what they were."""

from __future__ import annotations

import pytest

from workshop.marks import failing_in
from workshop.sampling import COMMANDS_BYTES, COMMANDS_FILE
from workspaces.engine.base import ContainerSpec
from workspaces.engine.docker import DockerEngine

RUNS = ("bash", "-i")


@pytest.fixture
def awake(real: DockerEngine, spec: ContainerSpec) -> ContainerSpec:
    real.ensure_network(spec.name, spec.labels, "internet")
    real.ensure_container(spec)
    real.start(spec.name)
    return spec


def typed(engine: DockerEngine, name: str, *lines: str) -> bytes:
    """What a shell in which these lines were typed has printed."""
    return engine.exec(name, RUNS, stdin="".join(f"{line}\n" for line in lines).encode()).stdout


def noted(engine: DockerEngine, name: str) -> bytes:
    return engine.exec(name, ("tail", "-c", str(COMMANDS_BYTES), COMMANDS_FILE)).stdout


def test_failures_are_counted_and_an_empty_line_is_none(real: DockerEngine, awake: ContainerSpec) -> None:
    typed(real, awake.name, "true", "false", "", "", "false", "sh -c 'exit 7'")
    assert noted(real, awake.name).split() == [b"0", b"1", b"1", b"7"] and failing_in(noted(real, awake.name)) == 3
    typed(real, awake.name, "false", "echo secret")
    assert failing_in(noted(real, awake.name)) == 0 and b"secret" not in noted(real, awake.name)


def test_the_next_command_sees_how_the_one_before_went(real: DockerEngine, awake: ContainerSpec) -> None:
    assert b"code 7" in typed(real, awake.name, "sh -c 'exit 7'", "echo code $?")


def test_the_file_stays_small_and_what_is_in_its_place_disturbs_nobody(
    real: DockerEngine, awake: ContainerSpec
) -> None:
    typed(real, awake.name, *["false"] * 150)
    size = int(real.exec(awake.name, ("stat", "-c", "%s", COMMANDS_FILE)).stdout)
    assert 0 < size <= 600
    for instead in (f"mkdir {COMMANDS_FILE}", f"mkfifo {COMMANDS_FILE}", f"ln -s /etc/passwd {COMMANDS_FILE}"):
        real.exec(awake.name, ("sh", "-c", f"rm -rf {COMMANDS_FILE}; {instead}"))
        assert b"fine" in typed(real, awake.name, "false", "echo fine")
