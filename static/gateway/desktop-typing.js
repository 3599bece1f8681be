// Typing through a text field: brings up the keyboard of a phone, and takes accents and input methods, which a picture
// cannot. What changes in the field is sent as keys.
"use strict";
import { letGo } from "./desktop-keys.js";
import { shut } from "./desktop-panels.js";
import { whileTyping } from "./desktop-size.js";
import KeyTable from "./vendor/novnc-1.7.0/core/input/keysym.js";
import keysyms from "./vendor/novnc-1.7.0/core/input/keysymdef.js";
import { getKeycode, getKeysym } from "./vendor/novnc-1.7.0/core/input/util.js";

const FILL = "\u00a0".repeat(40);  // or there would be nothing to delete, and a phone would not say that it was asked to
const LONGEST = 400;
const field = document.getElementById("typed"), button = document.getElementById("typing");
let rfb = null, before = FILL;

// How `after` comes from `before`: so many characters deleted at the end, then that text.
export function difference(before, after) {
  const [was, is] = [[...before], [...after]];
  let same = 0;
  while (same < was.length && same < is.length && was[same] === is[same]) same += 1;
  return { back: was.length - same, typed: is.slice(same).join("") };
}

export function beginTyping() {
  button.addEventListener("click", () => (document.activeElement === field ? rfb?.focus() : start()));
  document.getElementById("typing-field").addEventListener("click", () => { shut(false); start(); });
  field.addEventListener("focus", () => set(true));
  field.addEventListener("blur", () => set(false));
  field.addEventListener("input", changed);
  field.addEventListener("compositionend", clear);
  field.addEventListener("keydown", pressed);
  visualViewport?.addEventListener("resize", fit);
  return (made) => { rfb = made; };
}

function start() {
  field.disabled = false;
  clear();
  field.focus({ preventScroll: true });
}

function set(isOn) {
  button.setAttribute("aria-pressed", String(isOn));
  document.body.toggleAttribute("data-typing", isOn);
  field.disabled = !isOn;
  whileTyping(isOn);
  fit();
}

// iOS draws its keyboard over the page: the page ends above it.
function fit() {
  const isOn = document.body.hasAttribute("data-typing");
  document.body.style.height = isOn ? `${Math.floor(visualViewport.height)}px` : "";
  if (isOn) scrollTo(0, 0);
}

function clear() {
  before = field.value = FILL;
  field.setSelectionRange(FILL.length, FILL.length);
}

function changed(event) {
  const { back, typed } = difference(before, field.value);
  before = field.value;
  for (let at = 0; at < back; at += 1) rfb?.sendKey(KeyTable.XK_BackSpace, "Backspace");
  for (const character of typed) rfb?.sendKey(...(character === "\n" ? [KeyTable.XK_Return, "Enter"] : [keysyms.lookup(character.codePointAt(0)), null]));
  if (back || typed) letGo();
  if (!event.isComposing && (before.length > LONGEST || before.length < FILL.length / 2)) clear();
}

// What is no text: arrows, Escape, function keys, and anything with Ctrl or Alt.
function pressed(event) {
  if (event.isComposing || ["Process", "Unidentified", "Dead"].includes(event.key)) return;
  const isText = event.key.length === 1 && !event.ctrlKey && !event.altKey && !event.metaKey;
  const isGraph = event.getModifierState("AltGraph");
  const isModifier = ["Control", "Alt", "AltGraph", "Shift", "Meta"].includes(event.key);
  if (isText || isGraph || isModifier || event.key === "Backspace") return;
  const keysym = getKeysym(event);
  if (!keysym) return;
  event.preventDefault();
  const held = [[event.ctrlKey, "XK_Control_L", "ControlLeft"], [event.altKey, "XK_Alt_L", "AltLeft"], [event.shiftKey, "XK_Shift_L", "ShiftLeft"]].filter(([is]) => is);
  for (const [, name, code] of held) rfb?.sendKey(KeyTable[name], code, true);
  rfb?.sendKey(keysym, getKeycode(event));
  for (const [, name, code] of held.reverse()) rfb?.sendKey(KeyTable[name], code, false);
  letGo();
}
