// The clipboard, both ways and as UTF-8: by itself where the browser allows it, and through a field in a panel.
"use strict";
import { text, write } from "./desktop-kept.js";

const PASTES_IN = 200;
const [panel, field, said] = ["clip", "clip-text", "clip-said"].map((id) => document.getElementById(id));
const [ask, none] = ["clip-ask", "clip-none"].map((id) => document.getElementById(id));
let rfb = null, known = null, owed = null;

export function beginClipboard() {
  document.getElementById("clip-send").addEventListener("click", () => { give(field.value, true); write(said, text("clipSent")); });
  document.getElementById("clip-copy").addEventListener("click", copy);
  document.getElementById("clip-allow").addEventListener("click", allow);
  panel.addEventListener("opened", opened);
  panel.addEventListener("keydown", (event) => event.stopPropagation());
  addEventListener("keydown", pressed, { capture: true });
  addEventListener("focus", () => { settle(); look(); });
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
  field.value = copied;
  settle();
}

// The browser lets only the window in front write; what came meanwhile is written when it is that again.
async function settle() {
  if (owed === null || !document.hasFocus()) return;
  const copied = owed;
  try {
    await navigator.clipboard.writeText(copied);
    if (owed === copied) owed = null;
  } catch { /* it stays in the panel's field */ }
}

// -- to the desktop
function give(pasted, isAsked = false) {
  if (!rfb || (pasted === known && !isAsked)) return;
  known = pasted;
  owed = null;
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
    if (pasted) give(pasted);
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

async function copy() {
  try {
    await navigator.clipboard.writeText(field.value);
    owed = null;
    write(said, text("clipCopied"));
  } catch {
    field.select();
    write(said, text("clipRefused"));
  }
}

async function allow() {
  try {
    give(await navigator.clipboard.readText());
    write(said, text("clipAllowed"));
    ask.hidden = true;
  } catch {
    write(said, text("clipRefused"));
  }
}
