"""Settings of the window manager: one application over the whole screen, and a menu of others where it is allowed.

Openbox takes no key and no button for itself beyond what is said here, so Alt with the mouse is the application's.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from xml.sax.saxutils import quoteattr

from spaces_desktop.settings import App

NAMESPACE = "http://openbox.org/3.4"

_KEYS = """
    <keybind key="A-F4"><action name="Close"/></keybind>
    <keybind key="A-Tab"><action name="NextWindow"><finalactions>
      <action name="Focus"/><action name="Raise"/></finalactions></action></keybind>
    <keybind key="A-S-Tab"><action name="PreviousWindow"><finalactions>
      <action name="Focus"/><action name="Raise"/></finalactions></action></keybind>"""

_CLICKS = """
    <context name="Titlebar">
      <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
      <mousebind button="Left" action="Drag"><action name="Move"/></mousebind>
      <mousebind button="Left" action="DoubleClick"><action name="ToggleMaximize"/></mousebind>
    </context>
    <context name="Close"><mousebind button="Left" action="Click"><action name="Close"/></mousebind></context>
    <context name="Iconify"><mousebind button="Left" action="Click"><action name="Iconify"/></mousebind></context>
    <context name="Maximize"><mousebind button="Left" action="Click"><action name="ToggleMaximize"/></mousebind>
    </context>
    <context name="TLCorner TRCorner BLCorner BRCorner Top Bottom Left Right">
      <mousebind button="Left" action="Drag"><action name="Resize"/></mousebind>
    </context>
    <context name="Client">
      <mousebind button="Left" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
      <mousebind button="Right" action="Press"><action name="Focus"/><action name="Raise"/></mousebind>
    </context>"""

_CENTER = '<position force="yes"><x>center</x><y>center</y></position>'

_MENU_CLICKS = """
    <context name="Root">
      <mousebind button="Left" action="Press"><action name="ShowMenu"><menu>root-menu</menu></action></mousebind>
      <mousebind button="Right" action="Press"><action name="ShowMenu"><menu>root-menu</menu></action></mousebind>
    </context>"""

# Openbox itself is at home, where nothing outlives the container.
TERMINAL = "lxterminal --no-remote --working-directory=/workspace"
MENU = f"""<?xml version="1.0" encoding="UTF-8"?>
<openbox_menu xmlns="{NAMESPACE}">
  <menu id="root-menu" label="Programs">
    <item label="Terminal"><action name="Execute"><command>{TERMINAL}</command></action></item>
    <item label="Files"><action name="Execute"><command>pcmanfm /workspace</command></action></item>
    <separator/>
    <menu id="client-list-combined-menu"/>
  </menu>
</openbox_menu>
"""


def openbox_settings(app: App, menu_file: str, has_menu: bool) -> str:
    """The file that openbox reads. The application's main window gets no frame.

    With a menu every window has a frame, so that it can be put aside and the menu behind it be reached.
    """
    main = "" if has_menu else _rules(app.main, "<decor>no</decor>")
    buttons = "LIMC" if has_menu else "LC"
    menu = f"<menu><file>{menu_file}</file></menu>" if has_menu else "<menu/>"
    return f"""<?xml version="1.0" encoding="UTF-8"?>
<openbox_config xmlns="{NAMESPACE}">
  <focus><focusNew>yes</focusNew><focusLast>yes</focusLast></focus>
  <placement><policy>Smart</policy><center>yes</center></placement>
  <theme><name>Clearlooks</name><titleLayout>{buttons}</titleLayout><keepBorder>yes</keepBorder></theme>
  <desktops><number>1</number><popupTime>0</popupTime></desktops>
  <keyboard>{_KEYS}
  </keyboard>
  <mouse>{_CLICKS}{_MENU_CLICKS if has_menu else ""}
  </mouse>
  {menu}
  <applications>
    <application type="normal"><maximized>yes</maximized></application>
    <application type="dialog">{_CENTER}</application>
    {main}
    {_rules(app.small, f"<maximized>no</maximized>{_CENTER}")}
  </applications>
</openbox_config>
"""


def _rules(windows: Sequence[Mapping[str, str]], rule: str) -> str:
    return "".join(f"<application {_attributes(one)}>{rule}</application>" for one in windows)


def _attributes(named: Mapping[str, str]) -> str:
    return " ".join(f"{name}={quoteattr(value)}" for name, value in named.items())
