"""Programs that run inside workspaces, sent there as text: standard library only, Python 3.8 or newer."""
