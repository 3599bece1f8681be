"""The files of a workspace, all below its /workspace, whether it runs or not.

The work is done by a program in a container beside it (images/helper/files.py), which no path leads out of. Reading
changes nothing and is no use of the workspace; changing is, and is an audit event.
"""

from workspaces.files.inside import disk_usage, file_tail, files_put
from workspaces.files.reading import archive_open, entries_list, file_open, file_read
from workspaces.files.shapes import DiskUsage, Download, Entry, FileContent, Listing, Tail, Written
from workspaces.files.upload import Upload, upload_open
from workspaces.files.writing import entries_delete, entry_rename, file_write, files_sync, folder_make

__all__ = [
    "DiskUsage",
    "Download",
    "Entry",
    "FileContent",
    "Listing",
    "Tail",
    "Upload",
    "Written",
    "archive_open",
    "disk_usage",
    "entries_delete",
    "entries_list",
    "entry_rename",
    "file_open",
    "file_read",
    "file_tail",
    "file_write",
    "files_put",
    "files_sync",
    "folder_make",
    "upload_open",
]
