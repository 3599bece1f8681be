// A participant's panel beside the editor: raise a hand, read what the leader says, see the time that is left, reset,
// download. It takes no key and no focus that is the editor's, and covers as little of it as it can. `here.js` loads it
// where the workspace is somebody's seat, with what the gateway says of it.
"use strict";
import { make, write } from "./seat-look.js";
import { ofLeader, ofParticipant } from "./seat-parts.js";
import { NARROW, placeAfter, placeAt } from "./seat-place.js";

const ADDRESS = "/_spaces/seat", KEPT = "spaces-seat";
const SPREAD = 1200;
const MINUTE = 60000, PLACES_EVERY = 3000;

let said, words, closesAt = null, view = "main", before = null, isOpen = false, wasRemade = false;
let timer = 0, stream = null, parts = null;
const queue = [];

// -- what this browser remembers: where the pill is, and what was shown once
const kept = { at: "", small: null, seen: [], warned: "" };
try {
  Object.assign(kept, JSON.parse(localStorage.getItem(KEPT) || "{}"));
} catch { /* it begins anew */ }
function keep(changes) {
  Object.assign(kept, changes);
  try {
    localStorage.setItem(KEPT, JSON.stringify(kept));
  } catch { /* a browser that keeps nothing shows it again */ }
}

export function begin(first) {
  words = first.words;
  said = first;
  parts = first.who === "leader" ? ofLeader(words) : ofParticipant(words);
  connect();
  parts.dock.lang = first.language;
  document.body.prepend(parts.host);  // first in the order of Tab, where nothing of the editor is
  take(first);
  place();
  window.addEventListener("resize", place);
  setInterval(place, PLACES_EVERY);  // the editor draws its title bar after this, and again when its layout changes
  document.addEventListener("visibilitychange", watch);
  window.addEventListener("pagehide", () => stream?.close());
  setInterval(tick, 1000);
  watch();
}

// -- asking: at once when there is news, and seldom otherwise; never while nobody sees the page
function watch() {
  clearTimeout(timer);
  stream?.close();
  stream = null;
  if (document.visibilityState !== "visible" || view === "over") return;
  if (said.who === "participant") listen();
  later(said.again);
}

function listen() {
  stream = new EventSource(`${ADDRESS}/news`);
  let wasOpen = false;
  // What was said while it was away is not said again.
  stream.addEventListener("open", () => { if (wasOpen) soon(); wasOpen = true; });
  stream.addEventListener("message", soon);
}

// Not all participants in the same moment.
function soon() {
  clearTimeout(timer);
  timer = setTimeout(ask, Math.random() * SPREAD);
}

function later(seconds) {
  clearTimeout(timer);
  const isHeard = stream?.readyState === EventSource.OPEN && seconds >= 60;
  timer = setTimeout(ask, 1000 * seconds * (isHeard ? 2 : 1) * (0.9 + Math.random() / 5));
}

async function ask() {
  later(said.again);
  if (document.visibilityState !== "visible") return;
  try {
    const answer = await fetch(ADDRESS, { headers: { accept: "application/json" }, cache: "no-store" });
    if (answer.status === 200) take(await answer.json());
    else if ([204, 401, 404].includes(answer.status)) over();
  } catch { /* the site is away for a moment */ }
}

// "" when it was done, else why not.
async function tell(what, fields) {
  try {
    const body = new URLSearchParams(fields);
    const answer = await fetch(`${ADDRESS}/${what}`, { method: "POST", body, headers: { accept: "application/json" } });
    const content = await answer.json();
    if (!answer.ok) return content.error || words.failed;
    take(content);
    return "";
  } catch {
    return words.failed;
  }
}

function take(panel) {
  said = panel;
  closesAt = panel.left === null || panel.left === undefined ? null : performance.now() + 1000 * panel.left;
  if (panel.who === "participant") {
    for (const message of [...panel.messages].reverse()) if (!kept.seen.includes(message.id)) queue.push(message);
    const all = panel.messages.map(({ id }) => id);
    keep({ seen: all });
    if (wasRemade && !panel.remade && panel.state === "running") location.reload();
    wasRemade = Boolean(panel.remade);
  }
  later(panel.again);
  render();
  tick();
  popNext();
}

function over() {
  view = "over";
  said = { ...said, up: false, left: null };
  closesAt = null;
  watch();
  render();
  hear(words.over);
}

// -- what its controls do
function connect() {
  const { pill, close, aside } = parts;
  pill.addEventListener("click", () => (isOpen ? shut(true) : show()));
  close.addEventListener("click", () => shut(true));
  aside.addEventListener("click", move);
  stay(parts.host, parts.root);
  if (said.who === "participant") connectMine();
}

function connectMine() {
  const { root, title, small, note, raise, lower, reset, yes, no, got } = parts;
  small.addEventListener("click", () => { keep({ small: !isSmall() }); render(); place(); });
  raise.addEventListener("click", () => handle(raise, tell("hand", { up: 1, note: note.value }), () => lower.focus()));
  lower.addEventListener("click", () => handle(lower, tell("hand", { up: 0 }), () => { note.value = ""; raise.focus(); }));
  reset.addEventListener("click", () => { view = "sure"; render(); root.getElementById("sure").focus(); });
  no.addEventListener("click", back);
  yes.addEventListener("click", () => handle(yes, tell("reset", { sure: 1 }), () => { view = "main"; render(); title.focus(); }));
  got.addEventListener("click", () => { gotIt(); giveBack(); });
}

// Keys that are pressed in here are not the editor's. And whoever had the focus before gets it back.
function stay(host, root) {
  for (const type of ["keydown", "keyup", "keypress", "paste", "copy", "cut"]) host.addEventListener(type, (event) => event.stopPropagation());
  root.addEventListener("keydown", (event) => event.key === "Escape" && escaped());
  host.addEventListener("focusin", ({ relatedTarget }) => { if (relatedTarget && relatedTarget !== host) before = relatedTarget; });
  document.addEventListener("pointerdown", ({ target }) => { if (isOpen && target !== host && !parts.note?.value) shut(false); }, { capture: true, passive: true });
}

function escaped() {
  if (view === "sure") back();
  else if (isOpen) { shut(false); parts.pill.focus(); }
  else giveBack();
}

function back() {
  view = "main";
  render();
  parts.reset.focus();
}

function show() {
  isOpen = true;
  render();
  parts.title.focus();
}

function shut(isGivenBack) {
  isOpen = false;
  if (view === "sure") view = "main";
  render();
  if (isGivenBack) giveBack();
}

function giveBack() {
  if (before?.isConnected) before.focus();
  else parts.root.activeElement?.blur();
}

async function handle(control, doing, then) {
  control.disabled = true;
  const refusal = await doing;
  control.disabled = false;
  parts.wrong.hidden = !refusal;
  write(parts.wrong, refusal);
  if (refusal) control.focus();
  else then();
}

// -- what it shows
function render() {
  const { dock, pill, card, title, says, note, page } = parts;
  dock.classList.toggle("small", isSmall());
  card.hidden = !isOpen;
  pill.setAttribute("aria-expanded", String(isOpen));
  pill.toggleAttribute("data-up", said.up);
  write(title, said.title);
  write(says, said.says);
  page.href = said.page;
  if (said.who === "leader") {
    note.hidden = !said.note;
    write(note, said.note);
  } else renderMine();
}

function renderMine() {
  const { state, dot, says, looked, note, raiseText, raise, lower, help, messages, remade, bar, step, work, links, sure, gone, small, reset, pill } = parts;
  const isMain = view === "main";
  help.hidden = messages.hidden = !isMain;
  links.hidden = view === "sure";
  sure.hidden = view !== "sure";
  gone.hidden = view !== "over";
  remade.hidden = !said.remade || view === "over";
  work.hidden = reset.hidden = view === "over" || Boolean(said.remade);
  if (said.remade) {
    bar.value = said.remade.percent;
    write(step, said.remade.step);
  }
  dot.hidden = !queue.length;
  write(state, [words.open, said.up && words.hand_is_up, queue.length && words.new].filter(Boolean).join(", "));
  for (const hidden of pill.querySelectorAll(".name, .time")) hidden.classList.toggle("hears", isSmall());
  says.classList.toggle("up", said.up);
  looked.hidden = !said.looked;
  if (said.looked) write(looked, words.looked.replace("{time}", clock(said.looked.at)).replace("{name}", () => said.looked.name));
  if (parts.root.activeElement !== note) note.value = said.note || note.value;
  write(raiseText, said.up ? words.change : words.raise);
  raise.classList.toggle("main", !said.up);
  lower.classList.toggle("main", said.up);
  lower.hidden = !said.up;
  work.href = said.work;
  small.setAttribute("aria-label", isSmall() ? words.large : words.small);
  small.title = isSmall() ? words.large : words.small;
  renderMessages();
}

function renderMessages() {
  const ids = said.messages.map(({ id }) => id).join();
  if (parts.list.dataset.ids === ids && ids) return;
  parts.list.dataset.ids = ids;
  const items = said.messages.map(({ text, at }) => make("li", {}, make("p", { class: "text" }, text), make("p", { class: "quiet" }, clock(at))));
  parts.list.replaceChildren(...(items.length ? items : [make("li", { class: "quiet" }, words.no_messages)]));
}

function clock(at) {
  return new Date(at).toLocaleTimeString(said.language, { hour: "2-digit", minute: "2-digit" });
}

function isSmall() {
  return kept.small ?? window.innerWidth < NARROW;
}

// -- the time that is left, by the server's clock
function tick() {
  if (said.who !== "participant" || document.visibilityState !== "visible") return;
  const left = closesAt === null ? null : Math.max(0, closesAt - performance.now());
  const time = left === null ? "" : span(left);
  write(parts.time, left === null ? "" : left ? time : words.closed);
  parts.left.hidden = left === null;
  if (left !== null) write(parts.left, left ? words.closes.replace("{time}", time) : words.closed);
  parts.pill.toggleAttribute("data-hurry", left !== null && left <= 5 * MINUTE);
  if (left) warn(left, time);
}

function span(left) {
  const unit = (value, name) => new Intl.NumberFormat(said.language, { style: "unit", unit: name, unitDisplay: "short" }).format(value);
  const minutes = Math.ceil(left / MINUTE);
  if (left < MINUTE) return unit(Math.ceil(left / 1000), "second");
  if (minutes < 60) return unit(minutes, "minute");
  return [unit(Math.floor(minutes / 60), "hour"), ...(minutes % 60 ? [unit(minutes % 60, "minute")] : [])].join(" ");
}

// Once each, also over a reload; a new time of closing warns again.
function warn(left, time) {
  const due = words.warns_at.filter((minutes) => left <= minutes * MINUTE).at(-1);
  if (due === undefined) return;
  const closes = Math.round((Date.now() + left) / MINUTE / 2), [at, done] = kept.warned.split(":").map(Number);
  if (Math.abs(at - closes) <= 1 && done <= due) return;
  keep({ warned: `${closes}:${due}` });
  queue.unshift({ hurry: true, title: words.closes.replace("{time}", time), text: words.save });
  if (!parts.pop.hidden) parts.pop.hidden = true;
  popNext();
}

// -- what is new, once, without taking the focus
function popNext() {
  if (!parts.pop) return;
  render();
  if (!parts.pop.hidden || !queue.length) return;
  const { hurry, title, text, at } = queue[0];
  write(parts.popTitle, title || `${words.message} · ${clock(at)}`);
  write(parts.popText, text);
  parts.pop.toggleAttribute("data-hurry", Boolean(hurry));
  parts.pop.hidden = false;
  hear(`${title || words.message}: ${text}`);
}

function gotIt() {
  queue.shift();
  parts.pop.hidden = true;
  popNext();
}

function hear(text) {
  if (parts.hears) parts.hears.textContent = text;
}

function place() {
  placeAt(kept.at, parts.dock, parts.pill);
}

function move() {
  keep({ at: placeAfter(parts.dock.dataset.at, parts.pill) });
  place();
}
