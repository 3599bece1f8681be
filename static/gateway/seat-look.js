// How a participant's panel beside the editor looks: its parts and their style, in a shadow of their own, so that no
// style of the page reaches them and none of theirs the page.
"use strict";

const STYLE = `
  :host { all: initial; color-scheme: light dark; position: fixed; z-index: 2147483646; inset: auto; pointer-events: none;
    font: 14px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif;
    --ink: light-dark(#1c2126, #eceae5); --quiet: light-dark(#565c64, #a9b0b8); --sheet: light-dark(#ffffff, #1d2125); --deep: light-dark(#faf8f4, #23282d); --line: light-dark(#e3dfd5, #31373e); --edge: light-dark(#8b867a, #727b85);
    --accent: light-dark(#0f6a60, #5fcfbd); --on-accent: light-dark(#ffffff, #06231f); --warn: light-dark(#7d4b00, #f2bf6a); --warn-soft: light-dark(#fcefd8, #35290f); --bad: light-dark(#ab1f2d, #ff9c9c); --busy: light-dark(#1b57a6, #8fbcff); --busy-soft: light-dark(#e4eefb, #18293f); --focus: light-dark(#0b5fd0, #8ab8ff); }
  * { box-sizing: border-box; }
  [hidden] { display: none !important; }
  .dock { position: fixed; display: flex; flex-direction: column-reverse; align-items: flex-end; gap: 8px; max-width: calc(100vw - 16px); max-height: calc(100dvh - 48px); color: var(--ink); }
  .dock[data-at="top"] { flex-direction: column; }
  .dock[data-at="left"] { align-items: flex-start; }
  .dock > :not(.hears) { pointer-events: auto; }
  p, h2, h3, ul { margin: 0; padding: 0; overflow-wrap: anywhere; }
  ul { list-style: none; }
  h2 { font-size: 16px; font-weight: 650; line-height: 1.3; }
  h3 { font-size: 14px; font-weight: 650; }
  svg { flex: none; width: 18px; height: 18px; fill: none; stroke: currentColor; stroke-width: 1.75; stroke-linecap: round; stroke-linejoin: round; }
  .hears { position: absolute; width: 1px; height: 1px; margin: -1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
  button, a { font: inherit; color: inherit; }
  :focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
  .pill { position: relative; display: inline-flex; align-items: center; gap: 7px; min-height: 32px; padding: 0 13px 0 10px; border: 1px solid var(--edge); border-radius: 99px; color: var(--ink); background: var(--sheet); font-size: 13px; font-weight: 600; white-space: nowrap; cursor: pointer; box-shadow: 0 2px 8px rgb(0 0 0 / 22%); }
  .dock[data-at="top"] .pill { min-height: 26px; font-size: 12px; box-shadow: none; }
  .pill:hover { background: var(--deep); }
  .pill svg { width: 16px; height: 16px; }
  .small .pill { padding: 0 9px; }
  .pill[data-up] { color: var(--warn); background: var(--warn-soft); border-color: var(--warn); }
  .pill[data-hurry] .time { color: var(--bad); }
  .time { font-weight: 500; }
  .dot { position: absolute; top: -3px; right: -3px; width: 12px; height: 12px; border-radius: 50%; background: var(--bad); border: 2px solid var(--sheet); }
  .card, .pop { width: min(22rem, 100vw - 16px); min-height: 0; max-height: 36rem; overflow: auto; overscroll-behavior: contain; padding: 16px; border: 1px solid var(--edge); border-radius: 14px; background: var(--sheet); box-shadow: 0 8px 32px rgb(0 0 0 / 28%); }
  .card { display: grid; gap: 14px; }
  .pop { flex: none; max-height: 45dvh; display: grid; gap: 10px; border-left: 5px solid var(--accent); }
  .pop[data-hurry] { border-left-color: var(--warn); }
  .head { display: flex; gap: 4px; align-items: flex-start; }
  .head h2 { flex: 1; min-width: 0; padding-top: 5px; }
  .quiet { color: var(--quiet); }
  .text { white-space: pre-wrap; }
  .part { display: grid; gap: 8px; padding-top: 14px; border-top: 1px solid var(--line); }
  .row { display: flex; flex-wrap: wrap; gap: 8px; }
  .icon { display: inline-grid; place-items: center; width: 32px; height: 32px; padding: 0; border: 0; border-radius: 8px; background: none; color: var(--quiet); cursor: pointer; }
  .icon:hover { background: var(--deep); color: var(--ink); }
  .btn { display: inline-flex; align-items: center; justify-content: center; gap: 7px; min-height: 36px; padding: 4px 14px; border: 1px solid var(--edge); border-radius: 8px; background: var(--sheet); font-weight: 570; text-decoration: none; cursor: pointer; }
  .btn:hover { background: var(--deep); }
  .main { border-color: var(--accent); background: var(--accent); color: var(--on-accent); }
  .main:hover { background: var(--accent); filter: brightness(1.08); }
  .danger { border-color: var(--bad); color: var(--bad); }
  .btn:disabled { opacity: 0.55; cursor: default; }
  label { font-weight: 570; }
  textarea { display: block; width: 100%; min-height: 3.4rem; padding: 7px 9px; border: 1px solid var(--edge); border-radius: 8px; background: var(--sheet); color: var(--ink); font: inherit; resize: vertical; }
  .said { display: grid; gap: 10px; max-height: 11rem; overflow: auto; }
  .said li + li { padding-top: 10px; border-top: 1px solid var(--line); }
  .links { display: grid; justify-items: start; }
  .links a, .links button { display: inline-flex; align-items: center; gap: 8px; min-height: 34px; padding: 0; border: 0; background: none; color: var(--accent); text-decoration: underline; text-underline-offset: 0.18em; cursor: pointer; }
  .wrong { color: var(--bad); font-weight: 570; }
  .up { padding: 7px 10px; border-radius: 8px; background: var(--warn-soft); }
  progress { appearance: none; display: block; width: 100%; height: 8px; border: 0; border-radius: 99px; overflow: hidden; background: var(--busy-soft); }
  progress::-webkit-progress-bar { background: var(--busy-soft); }
  progress::-webkit-progress-value { background: var(--busy); }
  progress::-moz-progress-bar { background: var(--busy); }
  @media (pointer: coarse) { .pill { min-height: 44px; } .small .pill { padding: 0 13px; } .icon { width: 44px; height: 44px; } .head h2 { padding-top: 11px; } .btn, .links a, .links button { min-height: 44px; } }
  @media (forced-colors: active) { .pill, .card, .pop, .btn { border: 1px solid; } }`;

const DRAWINGS = {
  hand: "M7.5 12.5V6.2a1.45 1.45 0 0 1 2.9 0v4.6M10.4 10.8V4.7a1.45 1.45 0 0 1 2.9 0v6.1M13.3 11V6a1.45 1.45 0 0 1 2.9 0v6M16.2 12V9a1.45 1.45 0 0 1 2.9 0v5.2c0 4-2.6 6.8-6.4 6.8-2.9 0-4.6-1.4-6-4l-2.2-3.9a1.5 1.5 0 0 1 2.5-1.6l1.4 1.8",
  close: "m6 6 12 12M18 6 6 18",
  aside: "M4 12h16M8 8l-4 4 4 4M16 8l4 4-4 4",
  small: "M5 12h14",
  download: "M12 4v11M7.5 10.5 12 15l4.5-4.5M5 19.5h14",
  page: "M14 5h5v5M19 5l-8 8M17 14v5H5V7h5",
  reset: "M5 12a7 7 0 1 0 2.2-5.1M5 4.5v4h4",
};

export function drawing(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const path = document.createElementNS("http://www.w3.org/2000/svg", "path");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  path.setAttribute("d", DRAWINGS[name]);
  svg.append(path);
  return svg;
}

// An element with attributes and children; an attribute that is false is left out.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) if (value !== false) element.setAttribute(name, value === true ? "" : value);
  element.append(...children);
  return element;
}

export function button(look, text, picture, ...more) {
  return make("button", { type: "button", class: look }, ...(picture ? [drawing(picture)] : []), text, ...more);
}

export function iconButton(words, picture) {
  return make("button", { type: "button", class: "icon", title: words, "aria-label": words }, drawing(picture));
}

// The element that the page gets, and the root of what is in its shadow.
export function shadow() {
  const host = document.createElement("spaces-seat");
  const root = host.attachShadow({ mode: "open" });
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);  // not a style element, which the page's policy may forbid
  root.adoptedStyleSheets = [sheet];
  return { host, root };
}

export function write(element, text) {
  if (element.textContent !== text) element.textContent = text;  // or it is read out again
}
