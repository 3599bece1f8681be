// Asks how far the workspace is, and opens it once it answers. It never starts one: when it was stopped meanwhile,
// the page that says so takes over.
"use strict";

const page = document.getElementById("wait");
const bar = document.getElementById("bar");
const step = document.getElementById("step");
const every = Number(page.dataset.every);

function enter() {
  const here = location.pathname + location.search;
  if (here === page.dataset.next) location.reload();
  else location.replace(page.dataset.next);
}

function show(progress) {
  if (bar) bar.value = progress.percent;
  if (step && progress.step && step.textContent !== progress.step) step.textContent = progress.step;
}

async function look() {
  try {
    const answer = await fetch("/_spaces/state", { headers: { accept: "application/json" }, cache: "no-store" });
    if (answer.ok) {
      const progress = await answer.json();
      if (progress.ready) return enter();
      show(progress);
      if (!progress.waiting && !page.dataset.quiet) return location.replace(page.dataset.wait);
    } else if (answer.status === 401 || answer.status === 404) {
      return enter();
    }
  } catch {
    // The site is away for a moment; ask again.
  }
  setTimeout(look, every);
}

setTimeout(look, every);
