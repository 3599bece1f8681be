"""Repositories of a workspace: cloned when it is made, pushed when somebody asks.

git runs in a container beside the workspace (images/helper/git.py) and never in it, so that a token is never where
the workspace's own programs are.
"""

from workspaces.git.pushing import git_push

__all__ = ["git_push"]
