"""The site that serves: it says how it is, lets a newcomer in, and a second start beside it is refused."""

from __future__ import annotations

import subprocess
from pathlib import Path
from typing import Any

import pytest

from tests.harness import ROOT, SERVE, Platform
from tests.waiting import free_port

pytestmark = pytest.mark.integration
SAID: dict[str, Any] = {"capture_output": True, "text": True, "timeout": 60, "stdin": subprocess.DEVNULL}


def test_a_new_installation_is_well_in_all_its_parts(platform: Platform) -> None:
    answer = platform.get("/api/health")
    assert answer.status_code == 200
    assert answer.json()["status"] == "ok"


def test_a_code_arrives_by_mail_and_signs_in(platform: Platform) -> None:
    email = "newcomer@example.org"
    assert platform.post("/api/v1/users/send", json={"email": email}).status_code == 200
    body = {"email": email, "username": "newcomer", "verificationCode": platform.sign_in_code(email)}
    answer = platform.post("/api/v1/users/signup", json=body)
    assert answer.status_code == 201, answer.text
    token = answer.json()["data"]["authorization"]
    assert platform.get("/api/v1/users/me", token=token).status_code == 200


def test_a_second_one_on_the_same_data_is_refused_and_harms_nothing(platform: Platform) -> None:
    second = subprocess.run(SERVE, cwd=ROOT, env=platform.environ | {"PORT": str(free_port())}, **SAID)
    assert second.returncode == 1
    assert f"runs already on {platform.data} (process {platform.processes[0].pid})" in second.stderr
    assert "Traceback" not in second.stderr
    assert platform.get("/api/health").status_code == 200


def test_a_port_that_is_taken_is_said_with_what_to_do(platform: Platform, tmp_path: Path) -> None:
    environ = platform.environ | {"SPACES_DATA_DIR": str(tmp_path / "other")}
    second = subprocess.run(SERVE, cwd=ROOT, env=environ, **SAID)
    assert second.returncode == 1
    assert f"port {platform.port}" in second.stderr and f"PORT={platform.port + 1} make run" in second.stderr
    assert "Traceback" not in second.stderr
