// Where a participant's panel is: in the free part of the editor's title bar, or in a corner above its status bar.
"use strict";

const PLACES = ["top", "right", "left"];
export const NARROW = 700;

// The place after `at`, of those that there are.
export function placeAfter(at, pill) {
  const next = PLACES[(PLACES.indexOf(at) + 1) % PLACES.length];
  return next === "top" && !room(pill) ? "right" : next;
}

// Where the free part of the title bar ends that is wide enough, or null. Its buttons keep to the right of their box.
function room(pill) {
  if (window.innerWidth < NARROW || matchMedia("(pointer: coarse)").matches) return null;
  const kept = document.querySelector("[data-seat-room]")?.getBoundingClientRect();  // our own bar of a desktop's page
  if (kept) return kept.width < pill.offsetWidth + 24 ? null : { right: window.innerWidth - kept.right + 12, top: kept.top + (kept.height - 26) / 2 };
  const bar = document.querySelector(".part.titlebar"), center = bar?.querySelector(".command-center, .titlebar-center");
  const buttons = [...(bar?.querySelectorAll(".titlebar-right .action-item") ?? [])].map((item) => item.getBoundingClientRect());
  const [first] = buttons.filter(({ width }) => width).sort((one, two) => one.left - two.left);
  if (!first || !center || bar.offsetHeight < 28) return null;
  const from = Math.max(center.getBoundingClientRect().right, window.innerWidth / 2);
  if (first.left - from < pill.offsetWidth + 24) return null;
  return { right: window.innerWidth - first.left + 12, top: bar.getBoundingClientRect().top + (bar.offsetHeight - 26) / 2 };
}

// Put it where it is wanted, "" for the best place.
export function placeAt(wanted, dock, pill) {
  if (document.visibilityState !== "visible") return;
  const free = room(pill);
  const at = wanted && (wanted !== "top" || free) ? wanted : free ? "top" : "right";
  const where = {
    top: () => ({ top: `${free.top}px`, right: `${free.right}px`, bottom: "auto", left: "auto" }),
    right: () => ({ top: "auto", right: "18px", bottom: "34px", left: "auto" }),
    left: () => ({ top: "auto", right: "auto", bottom: "34px", left: window.innerWidth < NARROW ? "8px" : "60px" }),
  }[at]();
  if (dock.dataset.at !== at) dock.dataset.at = at;
  for (const [side, value] of Object.entries(where)) if (dock.style[side] !== value) dock.style[side] = value;
}
