// Keys that a browser keeps or a phone lacks: pressed by buttons, and modifiers that are held for the next key or click.
"use strict";
import { focusBar } from "./desktop-panels.js";
import KeyTable from "./vendor/novnc-1.7.0/core/input/keysym.js";

const MODIFIERS = { Control: ["XK_Control_L", "ControlLeft"], Alt: ["XK_Alt_L", "AltLeft"], Shift: ["XK_Shift_L", "ShiftLeft"], Super: ["XK_Super_L", "MetaLeft"] };
const MODIFIER_KEYS = ["Control", "Alt", "AltGraph", "Shift", "Meta", "OS"];
const screen = document.getElementById("screen");
const holds = [...document.querySelectorAll("[data-hold]")];
let rfb = null;

export function beginKeys() {
  for (const button of document.querySelectorAll("[data-keys]")) button.addEventListener("click", () => press(button.dataset.keys.split(" ")));
  for (const button of holds) button.addEventListener("click", () => hold(button, button.getAttribute("aria-pressed") !== "true"));
  addEventListener("keydown", pressed, { capture: true });
  screen.addEventListener("keyup", ({ key }) => { if (!MODIFIER_KEYS.includes(key)) letGo(); }, { capture: true });
  screen.addEventListener("pointerdown", () => addEventListener("pointerup", () => setTimeout(letGo, 50), { once: true, capture: true }), { capture: true, passive: true });
  return (made) => {
    rfb = made;
    for (const button of holds) button.setAttribute("aria-pressed", "false");
  };
}

function known(name) {
  const [symbol, code] = MODIFIERS[name] ?? [`XK_${name}`, null];
  return [KeyTable[symbol], code];
}

// All down in this order and up in the other, as a hand does it.
function press(names) {
  const keys = names.map(known);
  for (const [keysym, code] of keys) rfb?.sendKey(keysym, code, true);
  for (const [keysym, code] of keys.reverse()) rfb?.sendKey(keysym, code, false);
  letGo();
}

function hold(button, isHeld) {
  button.setAttribute("aria-pressed", String(isHeld));
  rfb?.sendKey(...known(button.dataset.hold), isHeld);
}

// The modifiers that were held for one key.
export function letGo() {
  for (const button of holds) if (button.getAttribute("aria-pressed") === "true") hold(button, false);
}

// The ways into the desktop and out of it, for those who have a keyboard only: Tab belongs to the program in it.
function pressed(event) {
  if (event.target === screen && event.key === "Enter") {
    event.preventDefault();
    event.stopPropagation();
    rfb?.focus({ preventScroll: true });
  } else if (event.ctrlKey && event.altKey && event.shiftKey && MODIFIER_KEYS.includes(event.key) && screen.contains(event.target)) {
    rfb?.blur();
    for (const [keysym, code] of Object.keys(MODIFIERS).map(known)) rfb?.sendKey(keysym, code, false);
    focusBar();
  }
}
