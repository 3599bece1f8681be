// The clipboard, both ways and as UTF-8: by itself where the browser allows it, and through a field in a panel.
"use strict";
import { text, write } from "./desktop-kept.js";

const PASTES_IN = 200;
const [panel, field, said] = ["clip", "clip-text", "clip-said"].map((id) => document.getElementById(id));
const [ask, none] = ["clip-ask", "clip-none"].map((id) => document.getElementById(id));
// `known` is in the desktop's clipboard, `seen` was last in the browser's, `owed` was copied in the desktop and could not be
// given to the browser yet; `wasAway`: this window was not in front since.
let rfb = null, known = null, seen = null, owed = null, wasAway = false;

export function beginClipboard() {
  document.getElementById("clip-send").addEventListener("click", send);
  document.getElementById("clip-copy").addEventListener("click", copy);
  document.getElementById("clip-allow").addEventListener("click", allow);
  panel.addEventListener("opened", opened);
  panel.addEventListener("keydown", (event) => event.stopPropagation());
  addEventListener("keydown", pressed, { capture: true });
  addEventListener("focus", () => { wasAway = true; settle(); look(); });
  document.getElementById("screen").addEventListener("pointerenter", look);
  return (made) => {
    rfb = made;
    rfb.addEventListener("clipboard", ({ detail }) => take(detail.text));
    rfb.addEventListener("connect", look);
  };
}

// -- from the desktop
function take(copied) {
  known = owed = copied;
  wasAway = false;
  field.value = copied;
  settle();
}

// The browser lets only the window in front write; what came meanwhile is written when it is that again.
async function settle() {
  if (owed !== null && document.hasFocus()) await toBrowser(owed);
}

async function toBrowser(copied) {
  try {
    await navigator.clipboard.writeText(copied);
    seen = copied;
    if (owed === copied) owed = null;
    return true;
  } catch {
    return false;  // it stays in the panel's field
  }
}

// -- to the desktop
function give(pasted, isAsked = false) {
  if (!rfb || (pasted === known && !isAsked)) return;
  known = pasted;
  field.value = pasted;
  rfb.clipboardPasteFrom(pasted);
}

async function permission() {
  try {
    return (await navigator.permissions.query({ name: "clipboard-read" })).state;
  } catch {
    return "unknown";  // Firefox and Safari ask at each reading, so they are not asked by themselves
  }
}

async function look() {
  if (!document.hasFocus() || owed !== null || (await permission()) !== "granted") return;
  try {
    const read = await navigator.clipboard.readText();
    seen = read;
    if (read) give(read);
  } catch { /* a picture is in it, or the window is no longer in front */ }
}

// Ctrl+V: the browser hands the text over with its own paste event, for which nobody has to be asked; the key follows.
function pressed(event) {
  const isPaste = (event.ctrlKey && !event.altKey && event.code === "KeyV") || (event.shiftKey && !event.ctrlKey && event.key === "Insert");
  if (!isPaste || !rfb || event.target !== rfb.canvas || event.repeat) return;
  event.stopImmediatePropagation();
  const [keysym, code] = event.key === "Insert" ? [0xff63, "Insert"] : [event.key.codePointAt(0), "KeyV"];
  let timer = 0;
  const follow = (pasted) => {
    clearTimeout(timer);
    document.removeEventListener("paste", taken, { capture: true });
    // Whoever copied in the desktop last, and nothing elsewhere since, pastes that.
    const isOld = owed !== null && (seen === null ? !wasAway : pasted === seen);
    if (pasted && !isOld) { owed = null; give(pasted); }
    if (pasted) seen = pasted;
    rfb?.sendKey(keysym, code);
  };
  const taken = (paste) => { paste.preventDefault(); follow(paste.clipboardData?.getData("text/plain")); };
  document.addEventListener("paste", taken, { capture: true });
  timer = setTimeout(follow, PASTES_IN, "");
}

// -- the panel
async function opened() {
  write(said, "");
  const state = await permission();
  ask.hidden = state !== "prompt";
  none.hidden = Boolean(navigator.clipboard) && state !== "denied";
}

// Also into the browser's, or Ctrl+V would bring what was there before.
async function send() {
  give(field.value, true);
  owed = field.value;
  await toBrowser(field.value);
  write(said, text("clipSent"));
}

async function copy() {
  if (!(await toBrowser(field.value))) field.select();
  write(said, text(seen === field.value ? "clipCopied" : "clipRefused"));
}

async function allow() {
  try {
    seen = await navigator.clipboard.readText();
    give(seen);
    write(said, text("clipAllowed"));
    ask.hidden = true;
  } catch {
    write(said, text("clipRefused"));
  }
}
