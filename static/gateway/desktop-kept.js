// What this browser remembers of how a person likes this desktop, and the words of the page.
"use strict";
const KEPT = "spaces-desktop";

export const words = document.getElementById("words").dataset;

// A text with what stands in braces put in.
export function text(word, values = {}) {
  return words[word].replace(/\{(\w+)\}/g, (whole, name) => values[name] ?? whole);
}

export function kept() {
  try {
    return JSON.parse(localStorage.getItem(KEPT) || "{}") ?? {};
  } catch {
    return {};  // a browser that keeps nothing begins anew
  }
}

export function keep(changes) {
  try {
    localStorage.setItem(KEPT, JSON.stringify({ ...kept(), ...changes }));
  } catch { /* it is asked again the next time */ }
}

// An element with attributes and children.
export function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

export function icon(name) {
  const svg = document.createElementNS("http://www.w3.org/2000/svg", "svg");
  const use = document.createElementNS("http://www.w3.org/2000/svg", "use");
  use.setAttribute("href", `#i-${name}`);
  svg.setAttribute("class", "icon");
  svg.setAttribute("aria-hidden", "true");
  svg.append(use);
  return svg;
}

// Only what changed, or it is read out again.
export function write(element, said) {
  if (element.textContent !== said) element.textContent = said;
}
