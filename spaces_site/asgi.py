"""The ASGI application: the gateway takes the hosts of workspaces, Django and Channels the rest."""

from __future__ import annotations

import os

os.environ.setdefault("DJANGO_SETTINGS_MODULE", "spaces_site.settings")

from django.core.asgi import get_asgi_application

django_application = get_asgi_application()  # before anything that needs the apps

from channels.auth import AuthMiddlewareStack
from channels.routing import ProtocolTypeRouter, URLRouter
from channels.security.websocket import AllowedHostsOriginValidator
from django.urls import path

from spaces_site.body_limit import BodyLimit
from workspaces.consumers import LiveConsumer
from workspaces.gateway.app import Gateway

websockets = AllowedHostsOriginValidator(AuthMiddlewareStack(URLRouter([path("ws/live", LiveConsumer.as_asgi())])))
application = Gateway(ProtocolTypeRouter({"http": BodyLimit(django_application), "websocket": websockets}))
