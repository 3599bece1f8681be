// Files and folders that are dropped anywhere on the page, also onto an app in a frame of the same origin.
"use strict";
import { text, words } from "./desktop-kept.js";

const sheet = document.getElementById("drop"), said = document.getElementById("drop-said");
const LEFT_AFTER = 150;
let timer = 0;

// `send` gets pairs of a file and its path; `folder` says where they would go.
export function beginDrop(send, folder) {
  const over = (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "copy";
    if (sheet.hidden) said.textContent = folder() ? text("drop", { folder: folder() }) : words.dropRoot;
    sheet.hidden = false;
    clearTimeout(timer);
  };
  // Between two elements it leaves one and enters the next; only out of the window nothing follows.
  const leave = () => { clearTimeout(timer); timer = setTimeout(() => { sheet.hidden = true; }, LEFT_AFTER); };
  const drop = async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    event.stopPropagation();
    sheet.hidden = true;
    send(await found(event.dataTransfer));
  };
  const watch = (view) => {
    for (const [type, does] of [["dragenter", over], ["dragover", over], ["dragleave", leave], ["drop", drop]]) view.addEventListener(type, does, { capture: true });
  };
  watch(window);
  const frame = document.getElementById("app");
  frame?.addEventListener("load", () => {
    try {
      watch(frame.contentWindow);
    } catch { /* it went to another origin, which takes its own drops */ }
  });
}

function carriesFiles({ dataTransfer }) {
  return dataTransfer && [...dataTransfer.types].includes("Files");
}

async function found(transfer) {
  const items = [...transfer.items].filter(({ kind }) => kind === "file");
  // All must be asked for before the first wait: after it the browser takes them back.
  const parts = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
  const lists = await Promise.all(parts.map(({ entry, file }) => (entry ? below(entry) : file ? [{ file, path: file.name }] : [])));
  return lists.flat();
}

// The files of an entry, with all that is in it when it is a folder.
async function below(entry) {
  if (entry.isFile) {
    return new Promise((resolve) => {
      entry.file((file) => resolve([{ file, path: entry.fullPath.replace(/^\//, "") }]), () => resolve([]));
    });
  }
  const reader = entry.createReader(), all = [];
  const read = () => new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
  for (let some = await read(); some.length; some = await read()) {  // browsers give a hundred at a time
    for (const one of some) all.push(...await below(one));
  }
  return all;
}
