"""Included below /api/."""

from spaces_site.api.projects import views
from spaces_site.api.projects.views import changing, cloning, platform, ports
from spaces_site.api.routes import either

ONE = "projects/<str:project_id>"
urlpatterns = [
    *either("projects", views.ListView, "api-projects"),
    *either("projects/create", views.CreateView, "api-projects-create"),
    *either("projects/groups", views.GroupsView, "api-projects-groups"),
    *either(ONE, views.ProjectView, "api-project"),
    *either(f"{ONE}/start", views.StartView, "api-project-start"),
    *either(f"{ONE}/stop", views.StopView, "api-project-stop"),
    *either(f"{ONE}/clone", cloning.CloneView, "api-project-clone"),
    *either(f"{ONE}/disk-usage", changing.DiskUsageView, "api-project-disk-usage"),
    *either(f"{ONE}/notes", changing.NotesView, "api-project-notes"),
    *either(f"{ONE}/name", changing.NameView, "api-project-name"),
    *either(f"{ONE}/group", changing.GroupView, "api-project-group"),
    *either(f"{ONE}/password", changing.PasswordView, "api-project-password"),
    *either(f"{ONE}/ports", ports.PortsView, "api-project-ports"),
    *either(f"{ONE}/ports/<int:port>", ports.PortView, "api-project-port"),
    *either(f"{ONE}/aliases", ports.AliasesView, "api-project-aliases"),
    *either(f"{ONE}/aliases/<str:subdomain>", ports.AliasView, "api-project-alias"),
    *either("config", platform.ConfigView, "api-config"),
    *either("limits", platform.LimitsView, "api-limits"),
    *either("workspace/stats", platform.StatsView, "api-workspace-stats"),
]
