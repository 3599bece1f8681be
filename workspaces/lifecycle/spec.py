"""What a workspace's container is made of, worked out from its row alone."""

from __future__ import annotations

import json
import logging
from urllib.parse import urlsplit

from django.conf import settings

from workspaces.engine.base import LABEL_INSTANCE, LABEL_WORKSPACE, ContainerSpec
from workspaces.images import image_ref
from workspaces.models import Workspace
from workspaces.sealing import Unreadable, unseal

log = logging.getLogger(__name__)


def labels_of(workspace: Workspace) -> dict[str, str]:
    """Whose a container, volume or network is."""
    return {LABEL_INSTANCE: settings.INSTANCE, LABEL_WORKSPACE: workspace.public_id}


def spec_of(workspace: Workspace) -> ContainerSpec:
    """The container as it should be. Nothing in it is a secret of ours, and nothing comes unchecked from a user."""
    own = image_ref(workspace.kind.image)
    return ContainerSpec(
        name=workspace.engine_name,
        image=workspace.snapshot.image if workspace.snapshot else own,
        memory_mb=workspace.memory_mb,
        cpus=workspace.cpus,
        pids=workspace.pids,
        user=workspace.kind.user,
        hostname=workspace.public_id,
        environment=_environment(workspace),
        labels=labels_of(workspace),
        network_mode=workspace.network_mode,  # type: ignore[arg-type]
        joins_late=own != workspace.kind.image,  # one of ours, and of ours none needs the network to begin
        read_only=workspace.read_only_root,
        gpu=workspace.gpu,
        data_path=workspace.kind.data_path,
    )


def _environment(workspace: Workspace) -> dict[str, str]:
    """What its kind says, but for what its owner says, but for what we say."""
    base = urlsplit(settings.BASE_URL)
    port_address = f"//{workspace.public_id}-{{{{port}}}}.{base.netloc}/"
    ours = {
        "SPACES_WORKSPACE": workspace.public_id,
        # code-server shows this address for a port it finds open, instead of a path below its own page.
        "VSCODE_PROXY_URI": port_address,
    }
    if workspace.desktop_menu:
        ours["SPACES_DESKTOP_MENU"] = "1"
    return workspace.kind.environment | _own_environment(workspace) | ours


def _own_environment(workspace: Workspace) -> dict[str, str]:
    """The variables that its owner gave it. None where they cannot be read: that shall not lock up the files."""
    try:
        text = unseal(workspace.environment_sealed)
    except Unreadable:
        log.warning("the variables of workspace %s were sealed under another key; left out", workspace.public_id)
        return {}
    variables: dict[str, str] = json.loads(text) if text else {}
    return variables
