"""Terminals on the running product and the real engine: floods, cut lines, restarts, windows, withdrawn leave."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import docker
import pytest

from tests.harness import Platform
from tests.parts import NewPlatform
from tests.raw_websocket import RawWebsocket
from tests.waiting import eventually

pytestmark = pytest.mark.integration
OWNER, FRIEND = "terminal-owner@example.org", "terminal-friend@example.org"
PROMPT = "$ "


def create(site: Platform, name: str, kind: str = "terminal") -> dict[str, Any]:
    """A workspace that runs."""
    answer = site.post("/api/v1/spaces/create", json={"type": kind, "name": name}, token=site.token(OWNER))
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    path = f"/api/v1/spaces/status/{made['spaceId']}"
    eventually(lambda: site.get(path, token=site.token(OWNER)).json()["status"] == "running", "it runs", 60)
    return made


@pytest.fixture(scope="module")
def space(platform: Platform) -> Iterator[str]:
    """Name of a workspace of the owner's that runs."""
    made = create(platform, "terminal-tests")
    yield "terminal-tests"
    path = f"/api/v1/spaces/delete/{made['spaceId']}"
    platform.delete(path, token=platform.token(OWNER), headers={"Prefer": "respond-async"})


def opened(site: Platform, space: str, query: str = "", email: str = OWNER, prompt: bool = True) -> RawWebsocket:
    """A terminal, by a program with a token; it is at its prompt."""
    headers = {"Authorization": f"Bearer {site.token(email)}"}
    line = RawWebsocket(site.port, f"/api/spaces/{space}/terminal?{query}", headers)
    if prompt:
        line.sees(PROMPT)
    return line


def resident_mb(site: Platform) -> float:
    """Memory of the site's processes."""
    total = 0.0
    for process in site.processes:
        lines = Path(f"/proc/{process.pid}/status").read_text().splitlines()
        total += int(next(line for line in lines if line.startswith("VmRSS")).split()[1]) / 1024
    return total


def test_it_is_a_login_shell_of_the_unprivileged_user_in_the_workspaces_folder(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=who&cols=100&rows=30") as line:
        line.type(
            'stty size; echo "$(id -un) $PWD $TERM $COLORTERM $LANG $HISTFILE"; shopt login_shell | tr -s "\\t "\n'
        )
        line.sees("30 100\r\n")
        line.sees("coder /workspace xterm-256color truecolor C.UTF-8 /workspace/.bash_history\r\n")
        line.sees("on\r\n")
        line.type("echo Grüße – 世界 🚀 | tee utf8; wc -m <utf8\n")
        line.sees("\rGrüße – 世界 🚀\r\n")
        line.sees("13\r\n")


def test_a_flood_arrives_whole(platform: Platform, space: str) -> None:
    expected = b"".join(b"%d\r\n" % number for number in range(1, 300_001))
    with opened(platform, space, "name=whole") as line:
        line.type("clear; seq 1 300000; echo all-''of-it\n")
        line.sees("all-of-it", 60)
        at = line.seen.index(b"1\r\n2\r\n3\r\n")
        got = bytes(line.seen[at : at + len(expected)])
    assert hashlib.sha256(got).hexdigest() == hashlib.sha256(expected).hexdigest()


def test_who_takes_nothing_stops_the_flood_and_the_site_keeps_none_of_it(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=stalled") as line:
        line.type("yes\n")
        line.sees("y\r\ny\r\n")
        time.sleep(2)  # what is between the two fills up
        before = resident_mb(platform)
        time.sleep(4)  # at its usual speed it would print some hundred megabytes
        assert resident_mb(platform) - before < 5
        line.type("\x03")
        began = time.monotonic()
        line.sees("^C", 20, keep=65536)
        assert time.monotonic() - began < 5
        line.type("echo still-''well\n")
        line.sees("still-well", keep=65536)


def test_control_c_answers_while_it_floods(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=interrupt") as line:
        took = []
        for _ in range(3):
            line.type("yes\n")
            until = time.monotonic() + 0.5
            while time.monotonic() < until:
                line.take()
            line.seen.clear()
            began = time.monotonic()
            line.type("\x03")
            line.sees("^C", keep=65536)
            took.append(time.monotonic() - began)
            line.sees(PROMPT)
    assert min(took) < 0.2, took  # `make bench` says it precisely; here other tests may take the processor


def test_a_page_that_acknowledges_gets_a_window_and_no_more(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=window&flow=ack") as line:
        line.type("yes | head -n 1000000; echo all-''of-it\n")
        line.socket.settimeout(2)
        with pytest.raises(TimeoutError):
            while True:
                line.take()
        assert 200_000 < len(line.seen) < 600_000
        line.socket.settimeout(30)
        shown = 0
        while b"all-of-it" not in line.seen[-200:]:
            line.say("ack", bytes=len(line.seen) - shown)
            shown = len(line.seen)
            line.take()
        assert line.seen.count(b"y\r\n") >= 1_000_000


def test_who_was_cut_off_finds_the_shell_with_its_screen(platform: Platform, space: str) -> None:
    line = opened(platform, space, "name=cut")
    line.type("here=kept; echo before-''the-cut\n")
    line.sees("before-the-cut")
    line.socket.close()  # without a word, as a network does it
    with opened(platform, space, "name=cut&flow=ack") as again:
        assert again.told[0]["new"] is False
        again.sees("before-the-cut")
        again.type("echo is-$here\n")
        again.sees("is-kept")


def test_a_full_screen_program_is_there_again(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=full") as line:
        line.type("seq 1 500 | less\n")
        line.sees("\x1b[?1049h")
        line.sees("\n23")
        with opened(platform, space, "name=full", prompt=False) as other:
            other.sees("\x1b[?1049h")
            other.sees("\n23")
            other.type("q")
            line.sees("\x1b[?1049l")


def test_two_windows_show_the_same_and_the_last_that_was_used_gives_the_size(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=two") as left, opened(platform, space, "name=two") as right:
        left.type("echo from-''left\n")
        right.sees("from-left")
        right.say("resize", cols=132, rows=43)
        right.type("stty size\n")
        left.sees("43 132\r\n")
        left.say("resize", cols=90, rows=20)
        left.type("stty size\n")
        right.sees("20 90\r\n")


def test_a_large_paste_that_is_echoed_arrives_whole(platform: Platform, space: str) -> None:
    text = "".join(f"line {number} of what is pasted\n" for number in range(20_000))
    with opened(platform, space, "name=paste") as line:
        line.type("cat >pasted\n")
        line.sees("cat >pasted\r\n")

        def paste() -> None:
            line.type(text)
            line.type("\x04sha256sum <pasted\n")

        with ThreadPoolExecutor(1) as pool:  # a browser sends and receives at once
            sent = pool.submit(paste)
            # The echo is the kernel's, which forgets some of it, or keeps the last of it until the next key, when a
            # terminal is not read for a moment. What arrived is what counts.
            line.sees(hashlib.sha256(text.encode()).hexdigest(), 60, keep=65536)
            sent.result()


def test_leave_that_is_withdrawn_ends_it(platform: Platform, space: str) -> None:
    raw = platform.manage("token_issue", OWNER).split()[-1]
    line = RawWebsocket(platform.port, f"/api/spaces/{space}/terminal?key={raw}&name=revoked")
    line.sees(PROMPT)
    signed_out = platform.post("/api/v1/users/signout", token=raw)
    assert signed_out.status_code == 200, signed_out.text
    assert line.ends() == 4401
    assert raw not in platform.log(10_000), "a token in an address is written to no log"


@pytest.mark.parametrize(("path", "code"), [("no-such-space", 4404), ("terminal-tests", 4401)])
def test_strangers_and_visitors_are_told_by_a_code(platform: Platform, space: str, path: str, code: int) -> None:
    headers = {"Authorization": f"Bearer {platform.token(OWNER)}"} if code == 4404 else {}
    with RawWebsocket(platform.port, f"/api/spaces/{path}/terminal", headers) as line:
        assert line.ends() == code
    with RawWebsocket(
        platform.port, f"/api/spaces/{space}/terminal", {"Authorization": f"Bearer {platform.token(FRIEND)}"}
    ) as line:
        assert line.ends() == 4404


def test_a_page_of_a_workspace_may_not_open_one(platform: Platform, space: str) -> None:
    headers = {"Authorization": f"Bearer {platform.token(OWNER)}", "Origin": f"http://a1.localhost:{platform.port}"}
    with pytest.raises(AssertionError, match="403"):
        RawWebsocket(platform.port, f"/api/spaces/{space}/terminal", headers)


def test_hundreds_of_connections_are_refused_without_harm(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=quiet") as line:
        before = resident_mb(platform)

        def one(number: int) -> RawWebsocket:
            return opened(platform, space, "name=quiet", prompt=False)

        with ThreadPoolExecutor(16) as pool:
            lines = list(pool.map(one, range(300)))
        codes = []
        for other in lines:
            other.socket.settimeout(0.2)
            try:
                codes.append(other.ends())
            except TimeoutError:
                codes.append(0)
        assert codes.count(4429) >= 300 - 32
        for other in lines:
            other.socket.close()
        line.type("echo still-''well\n")
        line.sees("still-well", 20)
        assert resident_mb(platform) - before < 60


def test_the_end_of_the_shell_is_the_end_and_the_next_one_is_new(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=ends") as line:
        line.type("exit\n")
        assert line.ends() == 1000
    with opened(platform, space, "name=ends&flow=ack") as again:
        assert again.told[0]["new"] is True


def test_terminals_are_audit_events(platform: Platform, space: str) -> None:
    with opened(platform, space, "name=audited") as line:
        line.type("exit\n")
        line.ends()
    script = (
        "import json; from accounts.models import AuditEvent; "
        "print(json.dumps([[e.action, e.meta, e.workspace_name] for e in "
        "AuditEvent.objects.filter(action__startswith='terminal.').order_by('pk')]))"
    )

    def events() -> list[Any]:
        printed = json.loads(platform.manage("shell", "-v", "0", "-c", script).splitlines()[-1])
        return [event for event in printed if event[1].get("name") == "audited"]

    found = eventually(lambda: seen if len(seen := events()) >= 2 else [], "two events", 20)
    assert [event[0] for event in found] == ["terminal.open", "terminal.close"]
    assert {event[2] for event in found} == {space}


def test_a_shell_outlives_the_whole_platform(new_platform: NewPlatform, docker_engine: docker.DockerClient) -> None:
    site = new_platform()
    made = create(site, "survivor")
    line = opened(site, "survivor")
    line.type("here=kept; echo before-''the-restart; (sleep 3; touch worked-on) &\n")
    line.sees("before-the-restart")
    site.kill()  # as a power cut of the site alone
    line.socket.close()
    site.start()
    with opened(site, "survivor", "flow=ack") as again:
        assert again.told[0]["new"] is False
        again.sees("before-the-restart")
        again.type("echo is-$here; wait; ls worked-on\n")
        again.sees("is-kept")
        again.sees("\nworked-on\r\n")
        site.post(f"/api/v1/spaces/stop/{made['spaceId']}", token=site.token(OWNER))
        assert again.ends() == 4409
    with opened(site, "survivor", prompt=False) as asleep:
        assert asleep.ends() == 4409
