// How large the remote screen is and how it is shown here. All who look see one screen, so only the window that was used
// last asks for a size; in any other window, and where it is larger than the window, the picture is scaled.
"use strict";
import { kept, keep } from "./desktop-kept.js";

const USED_AFTER = 250, SETTLED_AFTER = 900;
const LEFT_FOR = 5000;  // ms for which a window that lost the size leaves it, or two who help each other would fight over it
const screen = document.getElementById("screen"), move = document.getElementById("move"), moveRow = document.getElementById("move-row");
const sizes = [...document.querySelectorAll("[name=size]")];
let rfb = null, isOurs = true, isTyping = false, timer = 0, lost = -LEFT_FOR, isActual = kept().size === "actual";

export function beginSize(isViewOnly) {
  for (const input of sizes) {
    input.checked = (input.value === "actual") === isActual;
    input.addEventListener("change", () => { isActual = input.value === "actual"; keep({ size: input.value }); show(); });
  }
  move.addEventListener("change", show);
  new ResizeObserver(() => requestAnimationFrame(show)).observe(screen);
  if (isViewOnly) isOurs = false;
  else listen();
  return (made) => {
    rfb = made;
    rfb.resizeSession = isOurs;
    rfb.scaleViewport = true;
    rfb.addEventListener("clippingviewport", show);
    new MutationObserver(changed).observe(rfb.canvas, { attributeFilter: ["width", "height"] });
  };
}

function listen() {
  // After the button was let go: a screen that changes its size under a drag ends it somewhere else. (noVNC puts an element
  // of its own over the page meanwhile.)
  let isDown = false;
  screen.addEventListener("pointerdown", () => { isDown = true; }, { capture: true, passive: true });
  addEventListener("pointerup", () => { if (isDown) setTimeout(used, USED_AFTER); isDown = false; }, { capture: true, passive: true });
  for (const type of ["keydown", "wheel"]) screen.addEventListener(type, used, { capture: true, passive: true });
  addEventListener("focus", () => setTimeout(take, USED_AFTER));
}

function used() {
  if (performance.now() - lost > LEFT_FOR) take();
}

function take() {
  if (isTyping || (isOurs && (!rfb || rfb.isOurSize))) return;
  clearTimeout(timer);
  isOurs = true;
  if (rfb) rfb.resizeSession = true;
}

// Somebody else's window was used, when the screen got another size and kept it.
function changed() {
  show();
  clearTimeout(timer);
  timer = setTimeout(() => {
    if (!rfb || !isOurs || rfb.isOurSize || isTyping) return;
    isOurs = rfb.resizeSession = false;
    lost = performance.now();
    show();
  }, SETTLED_AFTER);
}

function show() {
  if (!rfb) return;
  const isClipped = isActual && !rfb.isActualSize;
  if (rfb.clipViewport !== isClipped) rfb.clipViewport = isClipped;
  const isScaled = !isActual && !rfb.isActualSize;
  if (rfb.scaleViewport !== isScaled) rfb.scaleViewport = isScaled;
  moveRow.hidden = !rfb.clippingViewport;
  rfb.dragViewport = rfb.clippingViewport && (move.checked || rfb.viewOnly);
}

// While the keyboard of a phone takes half of the window, the screen keeps its size.
export function whileTyping(isOn) {
  isTyping = isOn;
  if (rfb) rfb.resizeSession = isOurs && !isOn;
}
