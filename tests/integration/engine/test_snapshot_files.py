"""Files of all kinds come through a snapshot as they were; and how containers of it are made."""

from __future__ import annotations

import io
import threading
from dataclasses import replace

import pytest

from tests.integration.engine.snapshot_parts import planted, run, started, take
from workspaces.engine.base import LABEL_WORKSPACE, ContainerSpec, EngineError
from workspaces.engine.docker import DockerEngine
from workspaces.engine.docker.snapshots import image
from workspaces.engine.snapshots import SnapshotSpec

pytestmark = pytest.mark.integration

MAKE = """
cd /workspace; umask 022
mkdir -p kinds/deep/er 'kinds/name with  spaces' kinds/empty; cd kinds
echo one > one; ln one two; ln one deep/three
truncate -s 40M sparse; echo end >> sparse
ln -s one link; ln -s nowhere broken; ln -s /etc/passwd away
echo secret > unreadable; chmod 000 unreadable; mkdir closed; echo x > closed/inside; chmod 000 closed
echo run > tool; chmod 4755 tool; mkdir sticky; chmod 3777 sticky
touch -d '2001-02-03 04:05:06' old; touch -h -d '2001-02-03 04:05:06' link; touch -d '2001-02-03 04:05:06' deep
mkfifo pipe; printf x > $'line\\nbreak'; printf x > $'\\377\\376'; printf x > -- -rf
python3 -c "import socket; socket.socket(socket.AF_UNIX).bind('sock')"
"""
# Not the times and sizes of folders: the ones Docker does not keep where it fills a volume, the others are the disk's.
SHOW = """cd /workspace/kinds && find . ! -type p ! -type s \\( -type d -printf '%p|d|%m|%U|%G\\n' -o \\
  -printf '%p|%y|%m|%U|%G|%Ts|%l|%n|%s\\n' \\) | LC_ALL=C sort"""


@pytest.fixture
def spec(spec: ContainerSpec) -> ContainerSpec:
    """Root reads everything in it."""
    return replace(spec, allow_sudo=True, command=("sleep", "infinity"))


def shown(real: DockerEngine, name: str) -> list[str]:
    return run(real, name, SHOW).splitlines()


def test_files_of_all_kinds_are_as_they_were(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    started(real, spec)
    run(real, spec.name, MAKE, user="coder")
    planted(real, spec.name, {"/workspace/kinds/somebodys": b"x", "/workspace/roots": b"x"}, owner=4242)
    run(real, spec.name, "chown 4242:77 /workspace/kinds/closed; chown root /workspace/roots")
    before = shown(real, spec.name)
    take(real, wanted)
    started(real, clone)
    assert shown(real, clone.name) == before
    stat = "stat -c '%u %g %a' /workspace"
    assert run(real, clone.name, stat) == run(real, spec.name, stat)
    inodes = run(real, clone.name, "cd /workspace/kinds && stat -c %i one two deep/three").split()
    assert len(set(inodes)) == 1
    script = "cd /workspace/kinds && cat unreadable closed/inside && tail -c4 sparse && ls pipe sock 2>/dev/null || :"
    assert run(real, clone.name, script) == "secret\nx\nend\n"


def test_what_changes_between_two_passes_is_as_it_is_at_the_second(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    change = """
    cd /workspace/kinds; echo other > two; rm -r deep; mkdir one.d; mv one one.d/; echo new > one
    rm link; mkdir link; echo x > link/x; rm -r 'name with  spaces'; echo file > 'name with  spaces'
    rm broken; ln -s elsewhere broken; chmod 600 old; truncate -s 10 sparse; rm sticky -r; ln -s / sticky
    """
    started(real, spec)
    run(real, spec.name, MAKE, user="coder")
    api = real._patient.api
    pause = api.pause

    def changed(name: str) -> None:
        run(real, spec.name, change, user="coder")
        pause(name)

    monkeypatch.setattr(api, "pause", changed)
    take(real, wanted)
    started(real, clone)
    assert shown(real, clone.name) == shown(real, spec.name)
    assert run(real, clone.name, "cd /workspace/kinds && cat two one one.d/one") == "other\nnew\nother\n"


def image_tags(real: DockerEngine, snapshot: str) -> list[str]:
    """Of images that were made on the way."""
    tags = [tag for image in real.client.api.images("spaces-snapshot") for tag in image["RepoTags"] or []]
    return [tag for tag in tags if snapshot in tag]


def test_a_clone_of_a_clone_goes_on_when_layers_would_be_too_many(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(image, "MOST_LAYERS", 11)
    started(real, spec)
    run(real, spec.name, "echo set > ~/set; chmod 4711 ~/set; ln ~/set ~/again", user="coder")
    base, layers = real.client.api.inspect_image(spec.image)["Config"], []
    one, of_it = spec, wanted
    for number in range(5):
        run(real, one.name, f"echo {number} > /workspace/{number}; echo {number} > ~/{number}", user="coder")
        taken = take(real, of_it)
        layers.append(taken.layers)
        real._settled(of_it.snapshot)
        assert image_tags(real, of_it.snapshot) == []
        before = one
        public_id = f"{spec.hostname[:-2]}n{number}"
        one = replace(spec, name=f"spaces-{public_id}", image=of_it.image, hostname=public_id,
                      labels={**spec.labels, LABEL_WORKSPACE: public_id})  # fmt: skip
        started(real, one)
        real.remove_container(before.name)
        snapshot, name = f"{wanted.snapshot}{number}", f"{wanted.image}{number}"
        of_it = replace(wanted, container=one.name, snapshot=snapshot, image=name)
    assert max(layers) <= 11 and 1 in layers, layers
    assert run(real, one.name, "cat /workspace/[0-9] ~/[0-9] ~/set", user="coder") == "0\n1\n2\n3\n4\n" * 2 + "set\n"
    assert run(real, one.name, "stat -c '%a %h %U' /home/coder/set").split() == ["4711", "2", "coder"]
    config = real.client.api.inspect_image(one.image)["Config"]
    assert {name: config[name] for name in ("Env", "Cmd", "Entrypoint", "User", "WorkingDir")} == {
        name: base[name] for name in ("Env", "Cmd", "Entrypoint", "User", "WorkingDir")
    }


def test_volumes_that_an_image_declares_are_part_of_it(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    dockerfile = f"FROM {spec.image}\nRUN mkdir -p /tmp/x\nVOLUME /config\nVOLUME /workspace\n"
    tag = f"spaces-test-snapshots/{spec.hostname}:declares"
    list(real.client.api.build(fileobj=io.BytesIO(dockerfile.encode()), tag=tag, rm=True, decode=True))
    try:
        source = replace(spec, image=tag)
        started(real, source)
        planted(real, source.name, {"/config/settings": b"mine", "/workspace/work": b"work"})
        take(real, wanted)
        started(real, clone)
        assert run(real, clone.name, "cat /config/settings /workspace/work") == "minework"
        mounts = real.client.api.inspect_container(clone.name)["Mounts"]
        assert sorted(mount["Destination"] for mount in mounts) == ["/config", "/workspace"]
    finally:
        for name in (spec.name, clone.name):
            real.remove_container(name)
        real.snapshot_remove(wanted.snapshot, wanted.image)
        real.image_remove(tag)


def test_one_whose_programs_are_fixed_has_its_home_copied(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    started(real, replace(spec, read_only=True, allow_sudo=False))
    run(real, spec.name, "echo home > ~/note; echo work > /workspace/note", user="coder")
    taken = take(real, wanted)
    started(real, replace(clone, read_only=True, allow_sudo=False, files={"/etc/machine-id": b"new\n"}))
    assert run(real, clone.name, "cat ~/note /workspace/note", user="coder") == "home\nwork\n"
    assert taken.identity == ()


def test_files_of_the_platform_are_roots_and_private_keys_its_alone(real: DockerEngine, spec: ContainerSpec) -> None:
    files = {"/etc/machine-id": b"m\n", "/etc/ssh/ssh_host_rsa_key": b"k", "/etc/ssh/ssh_host_rsa_key.pub": b"p",
             "/var/lib/dbus/machine-id": b"m\n"}  # fmt: skip
    started(real, replace(spec, files=files, allow_sudo=False))
    seen = run(real, spec.name, f"stat -c '%n %U %a' {' '.join(files)}", user="coder").splitlines()
    assert seen == ["/etc/machine-id root 644", "/etc/ssh/ssh_host_rsa_key root 600",
                    "/etc/ssh/ssh_host_rsa_key.pub root 644", "/var/lib/dbus/machine-id root 644"]  # fmt: skip
    assert real.exec(spec.name, ["cat", "/etc/ssh/ssh_host_rsa_key"], user="coder").exit_code != 0


def test_none_is_left_that_could_start_without_its_files(
    real: DockerEngine, spec: ContainerSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    own = replace(spec, files={"/etc/machine-id": b"own\n"})
    with monkeypatch.context() as patch:
        patch.setattr("workspaces.engine.docker.driver.files_archive", lambda _files: b"no archive " * 100)
        with pytest.raises(EngineError):
            real.ensure_container(own)
    assert real.inspect(own.name) is None
    real.ensure_container(spec)  # a worker died before it wrote them
    started(real, own)
    assert run(real, own.name, "cat /etc/machine-id", user="coder") == "own\n"


def test_a_volume_that_was_there_before_is_filled_when_it_is_empty_and_else_left(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    started(real, spec)
    run(real, spec.name, MAKE, user="coder")
    take(real, wanted)
    real.ensure_volume(clone.name, clone.labels)
    real.ensure_container(clone)
    real.remove_container(clone.name)
    started(real, clone)
    assert shown(real, clone.name) == shown(real, spec.name)
    run(real, clone.name, "cd /workspace; chmod 700 kinds/closed; rm -rf kinds; echo own > own", user="coder")
    real.remove_container(clone.name)
    started(real, clone)
    assert run(real, clone.name, "ls -A /workspace") == "own\n"


def test_limits_are_the_new_ones_in_every_state(real: DockerEngine, spec: ContainerSpec) -> None:
    started(real, spec)
    for number, change in enumerate((lambda _name: None, real.pause, real.stop)):
        change(spec.name)
        real.resize(spec.name, memory_mb=300 - number, cpus=1.5 + number / 10)
        host = real.client.api.inspect_container(spec.name)["HostConfig"]
        assert (host["Memory"], host["MemorySwap"], host["CpuQuota"]) == (
            (300 - number) * 1024**2, (300 - number) * 1024**2, int((1.5 + number / 10) * 100_000)
        )  # fmt: skip
        if number == 0:
            limit = "cat /sys/fs/cgroup/memory.max /sys/fs/cgroup/memory/memory.limit_in_bytes 2>/dev/null || :"
            assert str(300 * 1024**2) in run(real, spec.name, limit, user="coder")
    real.start(spec.name)


def test_many_clones_are_made_at_once(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    started(real, spec)
    run(real, spec.name, "head -c 5M /dev/urandom > /workspace/much; cp /workspace/much ~/", user="coder")
    take(real, wanted)
    clones = [replace(clone, name=f"{clone.name}{number}", joins_late=True) for number in range(8)]
    threads = [threading.Thread(target=real.ensure_container, args=(each,)) for each in clones]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    real.start(clones[-1].name)
    assert run(real, clones[-1].name, "cmp /workspace/much ~/much && echo same", user="coder") == "same\n"
