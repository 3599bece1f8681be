"""The ASGI application: the gateway takes the hosts of workspaces, Django and Channels the rest."""

from __future__ import annotations

import os
from typing import Any

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")

from spaces_site.threads import django_application

django_pages = django_application()  # before anything that needs the apps

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path, re_path

from spaces_site.api.sockets import with_actor
from spaces_site.body_limit import BodyLimit
from workspaces.consumers import LiveConsumer
from workspaces.files.body import BodyStream
from workspaces.gateway.app import Gateway
from workspaces.terminal.consumer import TerminalConsumer

live = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("ws/live", LiveConsumer.as_asgi())])))
terminal: Any = with_actor(TerminalConsumer.as_asgi())
websockets = URLRouter(
    [
        path("ws/workspaces/<slug:public_id>/terminal", terminal),
        path("api/spaces/<str:name>/terminal", terminal),
        re_path("", live),
    ]
)
pages = BodyStream(django_pages, BodyLimit(django_pages))
application = Gateway(ProtocolTypeRouter({"http": pages, "websocket": websockets}))
