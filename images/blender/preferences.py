"""Run by Blender when the image is built: answers what it asks at its first start, and has it save often."""

from __future__ import annotations

import bpy

preferences = bpy.context.preferences
preferences.view.show_splash = False
preferences.edit.use_global_undo = True
preferences.edit.undo_steps = 64
paths = preferences.filepaths
paths.use_auto_save_temporary_files = True
paths.auto_save_time = 1  # minutes
paths.temporary_directory = "/workspace/.autosave/"
paths.save_version = 1
# In the one window there is, rather than in another in front of it.
preferences.view.render_display_type = "SCREEN"
preferences.view.filebrowser_display_type = "SCREEN"
# The pointer of a browser cannot be moved from here.
preferences.inputs.use_mouse_continuous = False
bpy.ops.wm.save_userpref()
