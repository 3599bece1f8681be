"""Addresses of the pages of workspaces."""

from __future__ import annotations

from django.urls import path, re_path

from workspaces.views import (
    actions,
    activity,
    audit,
    create,
    detail,
    files,
    files_change,
    files_transfer,
    listing,
    machines,
    people,
    templates,
    terminal,
)

urlpatterns = [
    path("templates/", templates.templates, name="templates"),
    path("templates/new", templates.new, name="template-new"),
    path("templates/check", templates.check, name="template-check"),
    path("templates/<slug:name>/", templates.template, name="template"),
    path("templates/<slug:name>/delete", templates.delete, name="template-delete"),
    path("", listing.home, name="home"),
    path("workspaces/", listing.workspaces, name="workspaces"),
    path("workspaces/new", create.new, name="workspace-new"),
    path("workspaces/<slug:public_id>/", detail.workspace, name="workspace"),
    path("workspaces/<slug:public_id>/card", actions.card, name="workspace-card"),
    path("workspaces/<slug:public_id>/open", actions.enter, name="workspace-open"),
    path("workspaces/<slug:public_id>/delete", actions.delete, name="workspace-delete"),
    path("workspaces/<slug:public_id>/favorite", actions.favorite, name="workspace-favorite"),
    path("workspaces/<slug:public_id>/rename", detail.rename, name="workspace-rename"),
    path("workspaces/<slug:public_id>/share", people.share, name="workspace-share"),
    path("workspaces/<slug:public_id>/unshare", people.unshare, name="workspace-unshare"),
    path("workspaces/kept/<slug:public_id>/delete", people.kept_delete, name="kept-delete"),
    path("workspaces/<slug:public_id>/password", detail.password, name="workspace-password"),
    path("workspaces/<slug:public_id>/files/", files.folder, name="workspace-files"),
    path("workspaces/<slug:public_id>/files/text", files_change.text, name="files-text"),
    path("workspaces/<slug:public_id>/files/new", files_change.new, name="files-new"),
    path("workspaces/<slug:public_id>/files/rename", files_change.rename, name="files-rename"),
    path("workspaces/<slug:public_id>/files/delete", files_change.delete, name="files-delete"),
    path("workspaces/<slug:public_id>/files/download", files_transfer.download, name="files-download"),
    path("workspaces/<slug:public_id>/files/archive", files_transfer.archive, name="files-archive"),
    path("workspaces/<slug:public_id>/files/upload", files_transfer.upload, name="files-upload"),
    path("workspaces/<slug:public_id>/terminal", terminal.terminal, name="workspace-terminal"),
    path("workspaces/<slug:public_id>/activity", activity.activity, name="workspace-activity"),
    path("workspaces/<slug:public_id>/usage.json", activity.usage, name="workspace-usage"),
    path("machines/", machines.machines, name="machines"),
    path("audit/", audit.audit, name="audit"),
    path("audit/newest", audit.newest, name="audit-newest"),
    re_path(r"^audit/export\.(?P<kind>csv|json)$", audit.export, name="audit-export"),
    path("workspaces/<slug:public_id>/operations/<uuid:operation_id>", actions.operation, name="operation"),
    re_path(
        r"^workspaces/(?P<public_id>[-a-zA-Z0-9_]+)/(?P<verb>start|stop|restart|pause|resume)$",
        actions.action,
        name="workspace-action",
    ),
]
