"""Included below /api/v1/containers/."""

from spaces_site.api.containers import views
from spaces_site.api.routes import either

urlpatterns = [
    *either("exec", views.ExecView, "api-containers-exec"),
    *either("status", views.StatusView, "api-containers-status"),
    *either("start", views.StartView, "api-containers-start"),
    *either("stop", views.StopView, "api-containers-stop"),
    *either("sync", views.SyncView, "api-containers-sync"),
    *either("vscode-theme", views.ThemeView, "api-containers-theme"),
]
