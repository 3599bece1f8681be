"""The program of the container: both ports, and the session behind them, until it is told to end."""

from __future__ import annotations

import asyncio
import signal

from spaces_desktop.keys import keys_make
from spaces_desktop.pictures import Pictures
from spaces_desktop.screen import Screen
from spaces_desktop.server import Site, site_serve
from spaces_desktop.session import Session
from spaces_desktop.settings import (
    CONTROL_PORT,
    LOOK_PORT,
    OPENBOX,
    OPENBOX_MENU,
    PASSWORDS,
    PRIVATE,
    RFB_SOCKET,
    app_read,
    has_menu,
)
from spaces_desktop.windows import MENU, openbox_settings


async def main() -> None:
    """Returns when the container is stopped."""
    app, screen = app_read(), Screen()
    PRIVATE.mkdir(mode=0o700, exist_ok=True)
    keys = keys_make(PASSWORDS)
    OPENBOX_MENU.write_text(MENU)
    OPENBOX.write_text(openbox_settings(app, str(OPENBOX_MENU), has_menu()))
    pictures = Pictures(screen.grab)
    ends = [
        await site_serve(Site(key, app.title, screen, pictures, RFB_SOCKET), port)
        for key, port in ((keys.control, CONTROL_PORT), (keys.look, LOOK_PORT))
    ]
    running = asyncio.create_task(Session(app, screen.is_managed).run())
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT):
        loop.add_signal_handler(number, running.cancel)
    try:
        await running
    except asyncio.CancelledError:
        pass
    for end in ends:
        await end()


if __name__ == "__main__":
    asyncio.run(main())
