// The quality of the picture: chosen by hand and remembered, or by the line, which is measured while somebody looks.
"use strict";
import { keep, kept, text, write } from "./desktop-kept.js";
import { LEVELS, next, START } from "./desktop-line.js";

const EVERY = 4000, GONE_AFTER = 8000;
const BUSY = 64 * 1024;  // bytes of one run below which its speed says nothing
const PAUSE = 60;  // ms without a byte that end a run
const now = document.getElementById("quality-now"), line = document.getElementById("line");
const inputs = [...document.querySelectorAll("[name=quality]")];
let choice = kept().quality in LEVELS ? kept().quality : "auto", state = START, rfb = null, silent = 0, run = null, best = null, rate = null;

export function beginQuality(cut) {
  for (const input of inputs) {
    input.checked = input.value === choice;
    input.addEventListener("change", () => { choice = input.value; keep({ quality: choice }); show(); });
  }
  setInterval(() => measure(cut), EVERY);
  return (made, socket) => {
    rfb = made;
    run = best = null;
    rfb.addEventListener("connect", () => measure(cut));
    socket.addEventListener("message", ({ data }) => count(data.byteLength ?? 0));
    show();
  };
}

// The fastest run of bytes since the last measurement is the nearest to what the line can.
function count(bytes) {
  const at = performance.now();
  if (!run || at - run.last > PAUSE) run = { from: at, last: at, bytes: 0 };
  else run.bytes += bytes;  // the first of a run came before it began
  run.last = at;
  const took = run.last - run.from;
  if (run.bytes >= BUSY && took > 0) best = Math.max(best ?? 0, (1000 * run.bytes) / took);
  if (took > EVERY) run = null;
}

async function measure(cut) {
  if (!rfb || document.visibilityState !== "visible") return;
  const from = performance.now(), asked = rfb;
  try {
    await fetch("/healthz", { cache: "no-store", signal: AbortSignal.timeout(GONE_AFTER) });
    silent = 0;
  } catch {
    silent += 1;
    // A line that hangs is not closed for minutes. Twice without an answer it is taken for lost.
    if (silent === 2 && asked === rfb) { silent = 0; rfb = null; cut(); }
    return;
  }
  state = next(state, { rtt: Math.round(performance.now() - from), rate: best });
  rate = best ?? rate;
  best = null;
  show();
}

function show() {
  const level = choice === "auto" ? state.level : choice;
  document.body.dataset.quality = level;
  if (rfb) Object.assign(rfb, LEVELS[level]);
  write(now, text({ sharp: "nowSharp", balanced: "nowBalanced", light: "nowLight" }[state.level]));
  if (!state.rtts.length) return;
  const number = new Intl.NumberFormat(document.documentElement.lang, { maximumFractionDigits: 1 });
  const values = { rtt: state.rtts.at(-1), rate: number.format((rate ?? 0) / 1e6) };
  write(line, text(rate ? "line" : "lineRtt", values));
}
