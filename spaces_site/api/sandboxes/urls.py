"""Included below /api/."""

from spaces_site.api.routes import either
from spaces_site.api.sandboxes import views
from spaces_site.api.sandboxes.views import files, inside, platform, templates

urlpatterns = [
    *either("spaces", views.SpacesView, "api-sandboxes"),
    *either("spaces/<str:name>", views.SpaceView, "api-sandbox"),
    *either("spaces/<str:name>/start", views.StartView, "api-sandbox-start"),
    *either("spaces/<str:name>/stop", views.StopView, "api-sandbox-stop"),
    *either("spaces/<str:name>/exec", inside.ExecView, "api-sandbox-exec"),
    *either("spaces/<str:name>/stats", inside.StatsView, "api-sandbox-stats"),
    *either("spaces/<str:name>/observability", inside.ObservabilityView, "api-sandbox-observability"),
    *either("spaces/<str:name>/git/push", inside.PushView, "api-sandbox-push"),
    *either("spaces/<str:name>/files", files.FilesView, "api-sandbox-files"),
    *either("spaces/<str:name>/file", files.FileView, "api-sandbox-file"),
    *either("templates", templates.TemplatesView, "api-templates"),
    *either("templates/<str:name>", templates.TemplateView, "api-template"),
    *either("nodes", platform.NodesView, "api-nodes"),
    *either("system", platform.SystemView, "api-system"),
    *either("system/capabilities", platform.CapabilitiesView, "api-capabilities"),
    *either("audit", platform.AuditView, "api-audit"),
]
