"""What is in a snapshot and what is not: each place that `scrub.sh` lists, tried on a real container."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import pytest

from tests.integration.engine.snapshot_parts import planted, run, started, take
from tests.waiting import eventually
from workspaces.engine.base import ContainerSpec
from workspaces.engine.docker import DockerEngine
from workspaces.engine.docker.snapshots import bake
from workspaces.engine.snapshots import SnapshotSpec
from workspaces.images import image_ensure

pytestmark = pytest.mark.integration

CANARY = "k4nari" + "enVogel"  # in two parts, so that nothing but what is planted here has it in one
SECRET = f"begin {CANARY} end\n".encode()
HOMES = ("/home/coder", "/workspace", "/root")
SEARCH = f"grep -rl {CANARY} / --exclude-dir=proc --exclude-dir=sys || :"


def table(name: str) -> list[str]:
    """The entries of a table of the script, each as the name of a file that fits it."""
    text = Path(bake.__file__).with_name("scrub.sh").read_text()
    match = re.search(rf"^{name}='(.*?)'$", text, re.MULTILINE | re.DOTALL)
    assert match, name
    return [entry.replace("*", "x").replace("?", " ") for entry in match[1].split()]


LINES = {
    ".npmrc": f"prefix=~/.local\n//registry.example/:_authToken={CANARY}\n//x.example:80/y/:_password = {CANARY}\n"
    f"_auth={CANARY}\nproxy=http://me:{CANARY}@proxy.example:80\n",
    ".pypirc": f"[pypi]\nusername = __token__\npassword = {CANARY}\nrepository = https://me:{CANARY}@x.example\n",
    ".yarnrc.yml": f'nodeLinker: pnp\nnpmScopes:\n  x:\n    npmAuthToken: "{CANARY}"\nnpmAuthIdent: a:{CANARY}\n',
    ".my.cnf": f"[client]\nuser=me\nport=3306\npassword={CANARY}\n",
    ".gradle/gradle.properties": f"org.gradle.daemon=true\nSIGNING_PASSWORD={CANARY}\napiKey={CANARY}\n",
    ".config/pip/pip.conf": f"[global]\ntimeout = 5\nextra-index-url = https://me:{CANARY}@x.example/simple\n",
    ".curlrc": f"silent\nuser = me:{CANARY}\n-u me:{CANARY}\n",
    ".wgetrc": f"tries = 3\nhttp_password = {CANARY}\n",
    ".bunfig.toml": f'telemetry = false\nregistry = {{ url = "https://x.example", token = "{CANARY}" }}\n',
    ".bundle/config": f'BUNDLE_PATH: "vendor"\nBUNDLE_GEMS__EXAMPLE__COM: "me:{CANARY}"\n',
    ".aider.conf.yml": f"dark-mode: true\nopenai-api-key: {CANARY}\n",
}
KEPT_OF_LINES = ("prefix=", "username = __token__", "nodeLinker", "port=3306", "org.gradle", "timeout = 5", "silent",
                 "tries = 3", "telemetry", "BUNDLE_PATH", "dark-mode")  # fmt: skip
GIT = f"""[user]
\tname = Ada
[credential]
\thelper = store
\thelper = "!f() {{ echo password={CANARY}; }}; f"
[remote "origin"]
\turl = https://ada:{CANARY}@git.example/x.git
\tpushurl = ssh://git:{CANARY}@git.example/x.git
\tfetch = +refs/heads/*:refs/remotes/origin/*
[remote "other"]
\turl = git@git.example:y.git
[http "https://git.example/"]
\textraHeader = AUTHORIZATION: \\
basic {CANARY}
[http] extraheader = {CANARY}
[url "https://{CANARY}@git.example/"]
\tinsteadOf = https://git.example/
[sendemail]
\tsmtpPass = {CANARY}
"""
KEPT_OF_GIT = ("name = Ada", "helper = store", "url = https://git.example/x.git", "ssh://git@git.example/x.git",
               "git@git.example:y.git", "insteadOf = https://git.example/", "+refs/heads/*")  # fmt: skip
ORDINARY = (
    ".bashrc", ".profile", ".ssh/config", ".ssh/known_hosts", ".local/share/code-server/User/settings.json",
    ".local/share/code-server/User/keybindings.json", ".local/share/code-server/User/snippets/x.json",
    ".local/share/code-server/extensions/x.y-1/package.json", ".vscode-server/data/User/settings.json",
    ".config/Code/User/settings.json", ".docker/daemon.json", ".cargo/bin/tool", ".config/fish/config.fish",
    ".claude/settings.json", ".codex/config.toml", ".cursor/rules/x.mdc", ".gemini/settings.json", "project/main.py",
    "project/.gitignore", "project/.git/HEAD", "project/.vscode/settings.json", ".local/bin/tool",
    ".m2/repository/x.jar",
)  # fmt: skip


@pytest.fixture
def source(real: DockerEngine, spec: ContainerSpec) -> ContainerSpec:
    """It runs, with a secret in its environment."""
    source = replace(spec, environment={"HUSH_TOKEN": CANARY, "COLOUR": CANARY}, memory_mb=256)
    started(real, source)
    return source


@pytest.fixture
def spec(spec: ContainerSpec) -> ContainerSpec:
    """Root reads everything in it, so that a search misses nothing."""
    return replace(spec, allow_sudo=True)


def secrets_in(home: str) -> dict[str, bytes]:
    """A file at each place, or in a folder of that name: the tables say only what goes."""
    files: dict[str, bytes] = {}
    for number, entry in enumerate(table("GONE")):
        files[f"{home}/{entry}/deep/file" if number % 2 == len(home) % 2 else f"{home}/{entry}"] = SECRET
    for editor in table("EDITORS"):
        for entry in table("EDITOR_GONE"):
            files[f"{home}/{editor}/{entry}"] = SECRET
    for name in ("id_rsa", "id_ed25519.pub", "work.pem", "authorized_keys", "deep/key"):
        files[f"{home}/.ssh/{name}"] = SECRET
    files |= {f"{home}/{path}": text.encode() for path, text in LINES.items()}
    for path in (".gitconfig", ".config/git/config", "project/.git/config", "a b/c/.git/modules/m/config"):
        files[f"{home}/{path}"] = GIT.encode()
    log = f"0 1 Ada <a@example.org> 0 +0000\tclone: from https://ada:{CANARY}@git.example/x.git\n"
    files[f"{home}/project/.git/logs/HEAD"] = files[f"{home}/project/.git/FETCH_HEAD"] = log.encode()
    files[f"{home}/project/.npmrc"] = LINES[".npmrc"].encode()
    files[f"{home}/.m2/settings.xml"] = f"<server><id>x</id><password>{CANARY}</password></server>".encode()
    return files


def machine_secrets() -> dict[str, bytes]:
    return {
        **dict.fromkeys((*table("MACHINE_GONE"), *table("MACHINE_IDS")), SECRET),
        "/etc/ssh/ssh_host_ed25519_key": SECRET,
        "/etc/ssh/ssh_host_ed25519_key.pub": SECRET,
        **{f"{folder}/of/somebody": SECRET for folder in ("/tmp", "/var/tmp", "/run/user/1000", "/run/lock")},
    }


def test_no_secret_of_the_source_is_in_a_clone_and_all_else_is(
    real: DockerEngine, source: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    for home in HOMES:
        planted(real, source.name, secrets_in(home))
        planted(real, source.name, {f"{home}/{path}": b"ordinary\n" for path in ORDINARY})
    planted(real, source.name, machine_secrets(), owner=0)
    assert len(run(real, source.name, SEARCH).splitlines()) > 3 * len(table("GONE"))
    taken = take(real, wanted)
    started(real, clone)
    assert run(real, clone.name, SEARCH) == ""
    for home in HOMES:
        missing = [path for path in ORDINARY if not _is_there(real, clone.name, f"{home}/{path}")]
        assert missing == [], home
        text = run(real, clone.name, f"cd {home} && cat {' '.join(LINES)}")
        assert [line for line in KEPT_OF_LINES if line not in text] == []
        git = run(real, clone.name, f"cd {home} && cat project/.git/config")
        assert [line for line in KEPT_OF_GIT if line not in git] == []
        assert "<password></password>" in run(real, clone.name, f"cat {home}/.m2/settings.xml")
    assert run(real, clone.name, "stat -c '%u %a %Y' /workspace/project/main.py") == "1000 600 1600000000\n"
    assert run(real, clone.name, "stat -c '%u %a' /workspace/project/.git/config") == "1000 600\n"
    assert run(real, clone.name, "stat -c '%s' /etc/machine-id") == "0\n"
    assert taken.identity == (
        "/etc/machine-id", "/etc/ssh/ssh_host_ed25519_key", "/etc/ssh/ssh_host_ed25519_key.pub",
        "/var/lib/dbus/machine-id",
    )  # fmt: skip


def _is_there(real: DockerEngine, name: str, path: str) -> bool:
    return run(real, name, f"test -s '{path}' && echo yes || echo no") == "yes\n"


def test_a_backup_keeps_everything(
    real: DockerEngine, source: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    planted(real, source.name, secrets_in("/workspace") | secrets_in("/home/coder") | {"/tmp/note": SECRET})
    before = run(real, source.name, SEARCH).splitlines()
    assert take(real, replace(wanted, keep_secrets=True)).identity == ()
    started(real, clone)
    assert sorted(run(real, clone.name, SEARCH).splitlines()) == sorted(before)


def test_nothing_of_the_environment_is_in_a_clone_or_said_of_its_image(
    real: DockerEngine, source: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    take(real, wanted)
    started(real, replace(clone, environment={}))
    seen = run(real, clone.name, "env; cat /proc/1/environ /proc/self/environ | tr '\\0' '\\n'", user="coder")
    assert CANARY not in seen and "HUSH_TOKEN" not in seen and "COLOUR" not in seen
    image, base = (real.client.api.inspect_image(name) for name in (wanted.image, source.image))
    said = json.dumps([image, real.client.api.history(wanted.image)])
    assert CANARY not in said and "HUSH_TOKEN" not in said and source.name not in said
    for name in ("Env", "Cmd", "Entrypoint", "User", "WorkingDir", "ExposedPorts"):
        assert image["Config"].get(name) == base["Config"].get(name), name
    assert image["Config"]["Labels"] == {
        "spaces.instance": source.labels["spaces.instance"], "spaces.snapshot": wanted.snapshot
    }  # fmt: skip


def test_links_do_not_lead_elsewhere(
    real: DockerEngine, source: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    planted(real, source.name, {"/workspace/keys/id_rsa": SECRET, "/workspace/cloud/credentials": SECRET,
                                "/opt/shared/file": b"ordinary\n", "/workspace/mine": b"ordinary\n"})  # fmt: skip
    script = """
    cd /home/coder && ln -s /workspace/keys .ssh && ln -s /workspace/cloud .aws
    ln -s /opt/shared .kube && ln -s /workspace .gnupg && ln -s / .azure && ln -s .. .mozilla && ln -s nowhere .netrc
    """
    run(real, source.name, script, user="coder")
    take(real, wanted)
    started(real, clone)
    assert run(real, clone.name, SEARCH) == ""
    assert run(real, clone.name, "cat /opt/shared/file /workspace/mine") == "ordinary\n" * 2
    left = run(real, clone.name, "cd /home/coder; ls -d .ssh .aws .kube .gnupg .azure .mozilla .netrc 2>/dev/null || :")
    assert left.split() == [".ssh"]
    assert run(real, clone.name, "readlink /home/coder/.ssh") == "/workspace/keys\n"


def test_a_program_of_the_source_is_not_run_instead_of_the_systems(
    real: DockerEngine, source: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    script = """
    mkdir -p ~/.local/bin && for name in cp rm find sed cat; do
      printf '#!/bin/sh\\ntouch /home/coder/was-run\\n' > ~/.local/bin/$name; done; chmod +x ~/.local/bin/*
    """
    run(real, source.name, script, user="coder")
    planted(real, source.name, {"/workspace/.bash_history": SECRET})
    take(real, wanted)
    started(real, clone)
    assert run(real, clone.name, SEARCH.replace("grep", "/bin/grep")) == ""
    assert not _is_there(real, clone.name, "/home/coder/was-run")


def test_the_editor_starts_in_a_clone_as_somebody_elses(
    real: DockerEngine, spec: ContainerSpec, wanted: SnapshotSpec, clone: ContainerSpec
) -> None:
    image = image_ensure(real, "spaces/code-server", lambda _progress: None)
    source = replace(spec, image=image, command=(), memory_mb=1024, cpus=2, pids=256)
    started(real, source)
    state = real.inspect(source.name)
    assert state is not None
    eventually(lambda: real.probe(state, 13337, "/?folder=/workspace"), "the editor answers", 60)
    of_it = replace(source, name=clone.name, hostname=clone.hostname, labels=clone.labels, image=wanted.image)
    state_files = "cd ~/.local/share/code-server && ls -d coder-logs User/globalStorage User/History heartbeat logs "
    assert "coder-logs" in run(real, source.name, f"{state_files} 2>/dev/null || :", user="coder")
    take(real, replace(wanted, base_image=image))
    real.ensure_network(of_it.name, of_it.labels, "none")
    real.ensure_container(replace(of_it, command=("sleep", "infinity")))
    real.start(of_it.name)
    assert run(real, of_it.name, f"{state_files} 2>/dev/null || :", user="coder") == ""
    assert "autoSave" in run(real, of_it.name, "cat ~/.local/share/code-server/User/settings.json", user="coder")
    real.remove_container(of_it.name)
    real.ensure_container(of_it)
    state = real.start(of_it.name)
    eventually(lambda: real.probe(state, 13337, "/?folder=/workspace"), "the editor answers", 60)
