// Full screen of the whole page, so that the toolbar and notices stay. Where the browser can, it then hands over the keys
// that it keeps otherwise (Escape held down leaves).
"use strict";

export function beginScreen() {
  const buttons = [...document.querySelectorAll("[data-full]")];
  if (!document.fullscreenEnabled) {
    for (const button of buttons) button.hidden = true;
    return;
  }
  for (const button of buttons) button.addEventListener("click", toggle);
  document.addEventListener("fullscreenchange", () => {
    for (const button of buttons) button.setAttribute("aria-pressed", String(Boolean(document.fullscreenElement)));
    if (!document.fullscreenElement) navigator.keyboard?.unlock?.();
  });
}

async function toggle() {
  try {
    if (document.fullscreenElement) return await document.exitFullscreen();
    await document.documentElement.requestFullscreen({ navigationUI: "hide" });
    await navigator.keyboard?.lock?.();
  } catch { /* the browser said no: the page stays as it is */ }
}
