// Brings the parts of a streamed desktop together: the connection, what is said about it, and what a person does with it.
"use strict";
import { beginClipboard } from "./desktop-clipboard.js";
import { beginKeys } from "./desktop-keys.js";
import { Link } from "./desktop-link.js";
import { beginQuality } from "./desktop-quality.js";
import { hush, say } from "./desktop-says.js";
import { beginSize } from "./desktop-size.js";
import { beginTyping } from "./desktop-typing.js";

const screen = document.getElementById("screen"), last = document.getElementById("last");
const { kind } = document.body.dataset;
const DRAWN_AFTER = 1500, TOLD_AFTER = 2500;
let hadFocus = true, opened = 0, timer = 0;

export function beginStream(isViewOnly) {
  const parts = [beginQuality(() => link.cut()), beginSize(isViewOnly)];
  if (!isViewOnly) parts.push(beginClipboard(), beginKeys(), beginTyping());
  const link = new Link(screen, told, (rfb, socket) => {
    rfb.viewOnly = isViewOnly;
    for (const part of parts) part(rfb, socket);
  });

  function told(state, detail) {
    screen.dataset.state = state;
    const again = { action: "try", does: () => link.now() };
    switch (state) {
      case "open": hush(); drawn(); takeFocus(link.rfb, isViewOnly); break;
      case "there": hush(); break;
      case "starting": say("starting", { values: { app: detail.title || kind } }); break;
      case "closed": keepPicture(detail.canvas); break;
      case "waking": say("waking"); break;
      case "lost": say("lost", { ...again, later: true }); break;
      case "offline": say("offline", again); break;
      case "resting": rest(); break;
      case "ended": say("ended", { busy: false, action: "reload", does: () => location.reload() }); break;
    }
  }

  document.addEventListener("focusin", ({ target }) => { hadFocus = screen.contains(target); });
  say("connecting", { later: true });
  link.now();
}

// Typing goes to the desktop at once and after a break of the line, unless somebody is at something else on the page.
function takeFocus(rfb, isViewOnly) {
  if (!isViewOnly && hadFocus && [document.body, null].includes(document.activeElement)) rfb.focus({ preventScroll: true });
}

// What was last seen stays there, pale, until there is something new, which takes a moment to be drawn.
function drawn() {
  opened = performance.now();
  clearTimeout(timer);
  timer = setTimeout(() => last.replaceChildren(), DRAWN_AFTER);
}

function keepPicture(canvas) {
  clearTimeout(timer);
  if (opened && performance.now() - opened > DRAWN_AFTER) last.replaceChildren(canvas);
  opened = 0;
}

// here.js says why, with a button to start it; who only looks has none of that.
function rest() {
  hush();
  dispatchEvent(new Event("spaces-look"));
  setTimeout(() => {
    if (screen.dataset.state === "resting" && !document.querySelector("spaces-here")) say("resting", { busy: false });
  }, TOLD_AFTER);
}
