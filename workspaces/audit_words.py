"""What happened, as a sentence for people: every action that the product writes has one, and a place in a group."""

from __future__ import annotations

from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

Text = str | Promise


@dataclass(frozen=True, slots=True)
class Group:
    """Actions that belong together: `words` maps the code of each to its sentence. `icon` is one of `icons.svg`."""

    label: Text
    icon: str
    words: dict[str, Text]


GROUPS = {
    "workspaces": Group(
        _("Workspaces"),
        "kind-generic",
        {
            "workspace.create": _("Workspace created"),
            "workspace.start": _("Workspace started"),
            "workspace.stop": _("Workspace stopped"),
            "workspace.restart": _("Workspace restarted"),
            "workspace.pause": _("Workspace paused"),
            "workspace.resume": _("Workspace resumed"),
            "workspace.delete": _("Workspace deleted"),
            "workspace.clone": _("Workspace created as a copy"),
            "workspace.cloned": _("Copies of the workspace asked for"),
            "workspace.reset": _("Workspace set back to what was prepared"),
            "workspace.resize": _("Memory or CPU of the workspace changed"),
            "workspace.rename": _("Workspace renamed"),
            "workspace.notes": _("Notes of the workspace changed"),
            "workspace.group": _("Workspace moved to a group"),
            "group.rename": _("Group of workspaces renamed"),
            "group.delete": _("Group of workspaces deleted"),
            "group.add": _("Group of workspaces added"),
            "workspace.theme": _("Colours of the editor changed"),
            "workspace.keep_awake": _("Workspace kept awake, or no longer"),
            "workspace.observed": _("Workspace changed by itself"),
            "workspace.out_of_memory": _("A program in the workspace ran out of memory"),
            "workspace.create.failed": _("Creating the workspace failed"),
            "workspace.start.failed": _("Starting the workspace failed"),
            "workspace.stop.failed": _("Stopping the workspace failed"),
            "workspace.restart.failed": _("Restarting the workspace failed"),
            "workspace.pause.failed": _("Pausing the workspace failed"),
            "workspace.resume.failed": _("Resuming the workspace failed"),
            "workspace.clone.failed": _("Creating the copy failed"),
            "workspace.reset.failed": _("Setting the workspace back failed"),
            "workspace.delete.failed": _("Deleting the workspace failed"),
        },
    ),
    "inside": Group(
        _("Terminals and commands"),
        "kind-terminal",
        {
            "terminal.open": _("Terminal opened"),
            "terminal.close": _("Terminal closed"),
            "exec.run": _("Command run by a program"),
            "shell.command": _("Command typed in a shell"),
            "shell.skipped": _("Too much was typed in a shell to read it all"),
            "git.push": _("Pushed to a repository"),
        },
    ),
    "files": Group(
        _("Files"),
        "copy",
        {
            "file.write": _("File written"),
            "file.rename": _("File renamed"),
            "file.delete": _("File deleted"),
            "folder.make": _("Folder made"),
            "file.sync": _("Files put in place"),
            "files.discard": _("Kept files of a deleted workspace deleted"),
        },
    ),
    "access": Group(
        _("Access to workspaces"),
        "lock",
        {
            "share.add": _("Workspace shared"),
            "share.role": _("Role of somebody in the workspace changed"),
            "share.remove": _("Workspace no longer shared"),
            "gateway.entered": _("Workspace opened"),
            "gateway.password_accepted": _("Entered with the workspace’s password"),
            "gateway.password_refused": _("Wrong password for the workspace"),
            "gateway.link_accepted": _("Entered by the link to a port"),
            "gateway.link_refused": _("Wrong link to a port"),
            "gateway.alias_accepted": _("Entered with the password of a name"),
            "gateway.alias_refused": _("Wrong password for a name"),
            "port.share": _("Who may open a port changed"),
            "port.link": _("New link to a port"),
            "looking.make": _("Link to look on made"),
            "looking.renew": _("New link to look on made"),
            "looking.end": _("Link to look on taken back"),
            "alias.add": _("Port given a name"),
            "alias.update": _("Name of a port changed"),
            "alias.remove": _("Name of a port taken back"),
            "workspace.password": _("Workspace’s password changed"),
            "workspace.password_refused": _("Wrong password for something that it protects"),
        },
    ),
    "signing_in": Group(
        _("Signing in"),
        "key",
        {
            "user.sign_in": _("Signed in"),
            "user.sign_out": _("Signed out"),
            "user.sign_up": _("Signed up"),
            "user.sign_in_refused": _("Signing in refused"),
            "code.send": _("Sign-in code sent"),
            "code.use": _("Sign-in code used"),
            "link.issue": _("Sign-in link made"),
            "link.use": _("Sign-in link used"),
            "session.revoke": _("Browser signed out from afar"),
            "session.revoke_others": _("All other browsers signed out"),
            "token.issue": _("API token made"),
            "token.revoke": _("API token revoked"),
            "token.refused": _("API token refused"),
        },
    ),
    "accounts": Group(
        _("Accounts"),
        "user",
        {
            "user.create": _("Account made"),
            "user.change": _("Account changed by staff"),
            "user.update": _("Profile changed"),
            "user.delete": _("Account deleted"),
            "user.lock": _("Account locked"),
            "user.unlock": _("Account unlocked"),
            "user.promote": _("Account made an administrator’s"),
        },
    ),
    "workshops": Group(
        _("Workshops"),
        "hand",
        {
            "workshop.create": _("Workshop made"),
            "workshop.change": _("Workshop changed"),
            "workshop.retake": _("What is prepared for the workshop taken anew"),
            "workshop.archive": _("Everybody’s work of the workshop downloaded"),
            "workshop.take_home": _("Links to their work mailed to the workshop’s participants"),
            "workshop.open": _("Workshop opened"),
            "workshop.close": _("Workshop closed"),
            "workshop.end": _("Workshop ended"),
            "workshop.delete": _("Workshop deleted"),
            "workshop.claim": _("Seat claimed"),
            "workshop.code_refused": _("Wrong access code of a workshop"),
            "workshop.password_refused": _("Wrong password for the list of claims"),
            "workshop.wait": _("Queued for a seat"),
            "workshop.leave": _("Left the queue for a seat"),
            "workshop.release": _("Seat released"),
            "workshop.seat.open": _("Seat opened by its address"),
            "workshop.seat.reset": _("Seat set back to what was prepared"),
            "workshop.seat.restore": _("Seat set back to its backup copy"),
            "workshop.seat.renew": _("Seat made anew"),
            "workshop.hand.raise": _("Hand raised"),
            "workshop.hand.lower": _("Hand lowered"),
            "workshop.message": _("Message to all in the workshop"),
            "workshop.message.one": _("Message to one participant"),
            "workshop.push": _("Files or a command pushed to seats"),
            "workshop.push_undone": _("What was pushed to seats taken back"),
            "workshop.rehearsal": _("Rehearsal of the workshop begun or cancelled"),
            "workshop.export": _("List of claims downloaded"),
        },
    ),
    "site": Group(
        _("Kinds, templates, images"),
        "create",
        {
            "kind.create": _("Kind of workspace added"),
            "kind.change": _("Kind of workspace changed"),
            "kind.delete": _("Kind of workspace deleted"),
            "image.build": _("Image requested"),
            "template.upsert": _("Template saved"),
            "template.delete": _("Template deleted"),
        },
    ),
}
"""In the order of the choice on the page."""

DETAILS: dict[str, Text] = {
    "again": _("once more"),
    "audience": _("open to"),
    "before": _("before"),
    "branch": _("branch"),
    "characters": _("characters"),
    "clean": _("emptied before"),
    "code": _("code"),
    "command": _("command"),
    "count": _("count"),
    "cpus": _("CPU cores"),
    "email": _("e-mail address"),
    "existing": _("changed files"),
    "exit_code": _("exit code"),
    "fields": _("fields"),
    "files": _("files"),
    "gpu": _("graphics processor"),
    "group": _("group"),
    "host": _("host"),
    "image": _("image"),
    "keep_files": _("files kept"),
    "kind": _("kind"),
    "memory_mb": _("memory (MiB)"),
    "name": _("name"),
    "now": _("now"),
    "path": _("path"),
    "paths": _("paths"),
    "port": _("port"),
    "protected": _("with a password"),
    "ran_at": _("run at"),
    "reason": _("reason"),
    "ref": _("image"),
    "remote": _("remote"),
    "repository": _("repository"),
    "role": _("role"),
    "seats": _("seats"),
    "set": _("set"),
    "size": _("size"),
    "source": _("source"),
    "starter": _("starter"),
    "template": _("template"),
    "theme": _("colours"),
    "to": _("new path"),
    "token": _("token"),
    "until": _("until"),
    "user": _("person"),
    "user_agent": _("browser"),
    "username": _("name"),
    "workspaces": _("workspaces"),
}
"""What the keys of `meta` are called; one that is not here is shown as it is."""

SHOWN_FIRST = ("command", "path", "template", "user", "reason", "kind", "ref", "email", "name", "username", "theme",
               "group")  # fmt: skip
"""The detail that says most, for the line itself."""


def sentence(action: str) -> Text:
    """What an action is called; its code when it is none of ours."""
    return next((group.words[action] for group in GROUPS.values() if action in group.words), action)


def icon_of(action: str) -> str:
    """A drawing for an action's group."""
    return next((group.icon for group in GROUPS.values() if action in group.words), "info")


def actions_of(choice: str) -> str | list[str]:
    """What `events_for` takes as `action`, for a group's name or a code; "" for what is neither."""
    if group := GROUPS.get(choice):
        return list(group.words)
    return choice if any(choice in group.words for group in GROUPS.values()) else ""
