// The panel of the workspace's files: walks through folders, downloads, uploads into the one that is shown.
"use strict";
import { icon, make, text, words, write } from "./desktop-kept.js";
import { beginDrop } from "./desktop-drop.js";
import { upload } from "./desktop-upload.js";

const FILES = "/_spaces/files";
const [panel, list, where, said] = ["files", "files-list", "files-where", "files-said"].map((id) => document.getElementById(id));
const chooser = document.getElementById("files-chosen"), whole = document.getElementById("files-all");
// A folder is known by the part of an address that names it: a name need not be UTF-8, and so not what it looks like.
const ROOT = "path=";
let folder = ROOT, shown = "", asked = 0;

export function beginFiles() {
  panel.addEventListener("opened", () => look(folder));
  document.getElementById("files-again").addEventListener("click", () => look(folder));
  document.getElementById("files-choose").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    send([...chooser.files].map((file) => ({ file, path: file.name })));
    chooser.value = "";
  });
  beginDrop(send, () => (panel.hidden ? "" : shown));
}

// `entries`: pairs of a file and its path below the folder that is shown, or below the workspace's own.
function send(entries) {
  const into = panel.hidden || folder === ROOT ? ROOT : `${folder}/`;
  const address = (path) => into + path.split("/").map(encodeURIComponent).join("/");
  upload(entries.map(({ file, path }) => ({ file, path, query: address(path) })), () => { if (!panel.hidden) look(folder); });
}

async function look(query, isTaken = false) {
  asked += 1;
  const mine = asked;
  if (!list.children.length) write(said, text("looking"));
  const { answer, body } = await ask(query);
  if (mine !== asked) return;
  if (!answer) return wrong(words.listFailed);
  if (answer.status === 404 && query !== ROOT) return look(query.includes("/") ? query.slice(0, query.lastIndexOf("/")) : ROOT, true);
  if (!answer.ok) return wrong(body.message || body.error || words.listFailed);
  folder = query;
  shown = body.path.replace(/^\//, "");
  show(body);
  if (isTaken) where.querySelector("[aria-current]")?.focus();
}

async function ask(query) {
  try {
    const answer = await fetch(`${FILES}?${query}`, { headers: { accept: "application/json" }, cache: "no-store" });
    return { answer, body: await answer.json().catch(() => ({})) };
  } catch {
    return {};
  }
}

function wrong(message) {
  list.replaceChildren();
  write(said, message);
}

function show({ entries, cut }) {
  write(said, entries.length ? (cut ? text("cut") : "") : text("empty"));
  whole.href = download(folder);
  whole.hidden = !entries.length;
  const names = shown ? shown.split("/") : [], parts = folder.slice(ROOT.length).split("/");
  const steps = [[words.root, ROOT], ...names.map((name, at) => [name, ROOT + parts.slice(0, at + 1).join("/")])];
  where.replaceChildren(...steps.map(([name, query], at) => make("li", {}, step(name, query, at === steps.length - 1))));
  const sorted = [...entries].sort((one, two) => (two.type === "dir") - (one.type === "dir") || one.name.localeCompare(two.name, undefined, { numeric: true }));
  list.replaceChildren(...sorted.map(row));
}

function step(name, query, isHere) {
  const button = make("button", { type: "button", class: "link", ...(isHere ? { "aria-current": "location" } : {}) }, name);
  button.addEventListener("click", () => look(query, true));
  return button;
}

function row({ name, query, type, size, modified }) {
  const open = type === "dir" ? make("button", { type: "button", class: "name" }, icon("folder"), name) : make("span", { class: "name" }, icon("file"), name);
  if (type === "dir") open.addEventListener("click", () => look(query, true));
  const facts = [type === "dir" ? "" : bytes(size), when(modified)].filter(Boolean).join(" · ");
  const label = text("download", { name });
  const link = make("a", { class: "tool", href: download(query), download: "", title: label, "aria-label": label }, icon("download"));
  return make("li", {}, make("div", {}, open, make("small", {}, facts)), link);
}

function download(query) {
  return `${FILES}/download?${query}`;
}

function bytes(size) {
  const at = size < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(size) / 3));
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: ["byte", "kilobyte", "megabyte", "gigabyte"][at], unitDisplay: at ? "short" : "long", maximumFractionDigits: at > 1 ? 1 : 0 }).format(size / 1000 ** at);
}

function when(modified) {
  const time = new Date(modified);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}
