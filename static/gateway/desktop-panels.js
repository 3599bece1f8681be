// The toolbar and its panels: one is open at a time, Escape and a press beside it close it, and the bar can be put away.
"use strict";
import { keep, kept } from "./desktop-kept.js";

const tools = document.getElementById("tools"), grip = document.getElementById("unhide"), hide = document.getElementById("hide");
let openButton = null;

function isTyping() {
  return document.body.hasAttribute("data-typing");
}

function panelOf(button) {
  return document.getElementById(button.getAttribute("aria-controls"));
}

export function beginPanels() {
  for (const button of document.querySelectorAll("[aria-controls][aria-expanded]"))
    button.addEventListener("click", () => (button === openButton ? shut(true) : open(button)));
  for (const button of document.querySelectorAll("[data-close]")) button.addEventListener("click", () => shut(true));
  // Whoever types by a phone's keyboard keeps it while pressing a key here.
  for (const type of ["pointerdown", "mousedown"])
    document.addEventListener(type, (event) => { if (isTyping() && event.target.closest("button")) event.preventDefault(); }, { capture: true });
  document.addEventListener("pointerdown", pressed, { capture: true, passive: true });
  hide.addEventListener("click", () => putAway(true, true));
  grip.addEventListener("click", () => putAway(false, true));
  if (kept().hidden) putAway(true, false);
}

function open(button) {
  shut(false);
  openButton = button;
  const panel = panelOf(button);
  panel.hidden = false;
  button.setAttribute("aria-expanded", "true");
  panel.addEventListener("keydown", escaped);
  panel.dispatchEvent(new Event("opened"));
  if (isTyping()) return;
  const first = panel.querySelector("input:checked, textarea, .btn") ?? panel.querySelector("button");
  first.focus({ preventScroll: true });
}

export function shut(isGivenBack) {
  if (!openButton) return;
  const button = openButton, panel = panelOf(button);
  openButton = null;
  panel.hidden = true;
  panel.removeEventListener("keydown", escaped);
  button.setAttribute("aria-expanded", "false");
  panel.dispatchEvent(new Event("closed"));
  if (isGivenBack && !isTyping()) button.focus();
}

function escaped(event) {
  if (event.key !== "Escape" || event.defaultPrevented) return;
  event.preventDefault();
  shut(true);
}

// The files stay open, since one drags from elsewhere and works on; the others were for a moment.
function pressed({ target }) {
  if (!openButton || panelOf(openButton).classList.contains("side")) return;
  if (!panelOf(openButton).contains(target) && !openButton.contains(target)) shut(false);
}

function putAway(isAway, isAsked) {
  shut(false);
  tools.hidden = isAway;
  grip.hidden = !isAway;
  if (!isAsked) return;
  keep({ hidden: isAway });
  (isAway ? grip : hide).focus();
}

// Where the keyboard lands that leaves the desktop.
export function focusBar() {
  (tools.hidden ? grip : tools.querySelector("a, button:not([hidden])")).focus();
}
