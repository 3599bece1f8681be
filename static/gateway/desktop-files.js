// The panel of the workspace's files: walks through folders, downloads, uploads into the one that is shown.
"use strict";
import { icon, make, text, words, write } from "./desktop-kept.js";
import { beginDrop } from "./desktop-drop.js";
import { upload } from "./desktop-upload.js";

const FILES = "/_spaces/files";
const [panel, list, where, said] = ["files", "files-list", "files-where", "files-said"].map((id) => document.getElementById(id));
const chooser = document.getElementById("files-chosen"), whole = document.getElementById("files-all");
let folder = "", asked = 0;

export function beginFiles() {
  panel.addEventListener("opened", () => look(folder));
  document.getElementById("files-again").addEventListener("click", () => look(folder));
  document.getElementById("files-choose").addEventListener("click", () => chooser.click());
  chooser.addEventListener("change", () => {
    send([...chooser.files].map((file) => ({ file, path: file.name })));
    chooser.value = "";
  });
  beginDrop(send, () => (panel.hidden ? "" : folder));
}

// `entries`: pairs of a file and its path below the folder that is shown, or below the workspace's own.
function send(entries) {
  const into = panel.hidden ? "" : folder;
  upload(entries.map(({ file, path }) => ({ file, path: into ? `${into}/${path}` : path })), () => { if (!panel.hidden) look(folder); });
}

async function look(path, isTaken = false) {
  asked += 1;
  const mine = asked;
  if (!list.children.length) write(said, text("looking"));
  const { answer, body } = await ask(path);
  if (mine !== asked) return;
  if (!answer) return wrong(words.listFailed);
  if (answer.status === 404 && path) return look(path.split("/").slice(0, -1).join("/"), true);
  if (!answer.ok) return wrong(body.message || body.error || words.listFailed);
  folder = body.path ?? path;
  show(body.entries);
  if (isTaken) where.querySelector("[aria-current]")?.focus();
}

async function ask(path) {
  try {
    const answer = await fetch(`${FILES}?path=${encodeURIComponent(path)}`, { headers: { accept: "application/json" }, cache: "no-store" });
    return { answer, body: await answer.json().catch(() => ({})) };
  } catch {
    return {};
  }
}

function wrong(message) {
  list.replaceChildren();
  write(said, message);
}

function show(entries) {
  write(said, entries.length ? "" : text("empty"));
  whole.href = download(folder);
  whole.hidden = !entries.length;
  showWhere();
  const sorted = [...entries].sort((one, two) => (two.type === "dir") - (one.type === "dir") || one.name.localeCompare(two.name, undefined, { numeric: true }));
  list.replaceChildren(...sorted.map(row));
}

function showWhere() {
  const parts = folder ? folder.split("/") : [];
  const steps = [[words.root, ""], ...parts.map((name, at) => [name, parts.slice(0, at + 1).join("/")])];
  where.replaceChildren(...steps.map(([name, path], at) => make("li", {}, step(name, path, at === steps.length - 1))));
}

function step(name, path, isHere) {
  const button = make("button", { type: "button", class: "link", ...(isHere ? { "aria-current": "location" } : {}) }, name);
  button.addEventListener("click", () => look(path, true));
  return button;
}

function row({ name, path, type, size, modified }) {
  const open = type === "dir" ? make("button", { type: "button", class: "name" }, icon("folder"), name) : make("span", { class: "name" }, icon("file"), name);
  if (type === "dir") open.addEventListener("click", () => look(path, true));
  const facts = [type === "dir" ? "" : bytes(size), when(modified)].filter(Boolean).join(" · ");
  const label = text("download", { name });
  const link = make("a", { class: "tool", href: download(path), download: "", title: label, "aria-label": label }, icon("download"));
  return make("li", {}, make("div", {}, open, make("small", {}, facts)), link);
}

function download(path) {
  return `${FILES}/download?path=${encodeURIComponent(path)}`;
}

function bytes(size) {
  const at = size < 1000 ? 0 : Math.min(3, Math.floor(Math.log10(size) / 3));
  return new Intl.NumberFormat(document.documentElement.lang, { style: "unit", unit: ["byte", "kilobyte", "megabyte", "gigabyte"][at], unitDisplay: at ? "short" : "long", maximumFractionDigits: at > 1 ? 1 : 0 }).format(size / 1000 ** at);
}

function when(modified) {
  const time = new Date(typeof modified === "number" ? 1000 * modified : modified);
  return Number.isNaN(time.getTime()) ? "" : time.toLocaleString(document.documentElement.lang, { dateStyle: "medium", timeStyle: "short" });
}
