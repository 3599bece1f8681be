// Sends files into the workspace: two at a time, each with its progress and a way to stop it. What is there is not replaced
// unasked.
"use strict";
import { icon, make, text, words, write } from "./desktop-kept.js";

const AT_ONCE = 2;
const LARGE = 4 * 1024 * 1024;  // worth a question before, since browsers send all of it before they hear that it may not be
const [panel, title, dialog] = ["uploads", "uploads-title", "replace"].map((id) => document.getElementById(id));
const list = panel.querySelector("ul"), close = document.getElementById("uploads-close"), all = document.getElementById("replace-all");
const waiting = [];
const READ_IN = 8000;  // ms, after which what went well is put away
let jobs = [], leaves = 0, going = 0, forAll = "", asking = Promise.resolve();

close.addEventListener("click", clear);
addEventListener("beforeunload", (event) => { if (jobs.some(({ isOver }) => !isOver)) event.preventDefault(); });

// `files`: each with its path as it is shown, and the part of an address that names it. `then` is called when nothing is
// left to send.
export function upload(files, then) {
  if (!files.length) return;
  if (jobs.every(({ isOver }) => isOver)) clear();
  clearTimeout(leaves);
  panel.hidden = false;
  for (const { file, path, query } of files) {
    const job = { file, path, query, then, isOver: false, request: null, ...row(path) };
    job.stop.addEventListener("click", () => stop(job));
    jobs.push(job);
    waiting.push(job);
  }
  tell();
  go();
}

function clear() {
  if (jobs.some(({ isOver }) => !isOver)) return;
  jobs = [];
  forAll = "";
  list.replaceChildren();
  panel.hidden = true;
}

function row(path) {
  const said = make("small", {}, words.waiting), bar = make("progress", { max: "1", value: "0", "aria-label": path });
  const label = text("cancel", { name: path }), stop = make("button", { type: "button", class: "tool", title: label, "aria-label": label }, icon("close"));
  list.append(make("li", {}, make("div", {}, make("span", { class: "name" }, path), said, bar), stop));
  return { said, bar, stop };
}

function go() {
  while (going < AT_ONCE && waiting.length) {
    const job = waiting.shift();
    if (job.isOver) continue;
    going += 1;
    run(job).finally(() => { going -= 1; go(); });
  }
}

async function run(job) {
  let answer = await send(job, forAll === "replace");
  if (told(answer).code === "FILE_EXISTS" && !job.isOver) {
    if ((await ask(job.path)) !== "replace") return over(job, "skipped");
    if (!job.isOver) answer = await send(job, true);
  }
  if (job.isOver) return undefined;
  if (answer.status >= 200 && answer.status < 300) return over(job, "done");
  return over(job, "", told(answer).message || told(answer).error || words[answer.status === 413 ? "tooLarge" : "uploadFailed"]);
}

async function send(job, isReplaced) {
  const address = `/_spaces/files/upload?${job.query}${isReplaced ? "&replace=1" : ""}`;
  if (job.file.size > LARGE) {
    const checked = await post(job, `${address}&check=${job.file.size}`, "");
    if (checked.status !== 204 || job.isOver) return checked;
  }
  return post(job, address, job.file);
}

function post(job, address, body) {
  return new Promise((resolve) => {
    const request = new XMLHttpRequest();  // fetch does not say how much went
    job.request = request;
    request.open("POST", address);
    request.setRequestHeader("Accept", "application/json");
    request.setRequestHeader("Content-Type", "application/octet-stream");
    request.upload.addEventListener("progress", ({ loaded, total }) => {
      if (job.isOver || !body) return;
      job.bar.value = total ? loaded / total : 1;
      write(job.said, `${Math.floor(100 * job.bar.value)} %`);
    });
    request.addEventListener("loadend", () => resolve(request));
    request.send(body);
  });
}

function told({ responseText }) {
  try {
    return JSON.parse(responseText);
  } catch {
    return {};
  }
}

function stop(job) {
  if (job.isOver) return;
  over(job, "cancelled");
  job.request?.abort();
}

function over(job, word, wrong = "") {
  job.isOver = true;
  write(job.said, wrong || words[word]);
  job.said.classList.toggle("wrong", Boolean(wrong));
  job.bar.hidden = job.stop.hidden = true;
  job.isDone = word === "done";
  tell();
  if (!jobs.every(({ isOver }) => isOver)) return;
  if (jobs.every(({ isDone }) => isDone)) leaves = setTimeout(() => { if (!panel.matches(":hover, :focus-within")) clear(); }, READ_IN);
  job.then();
}

function tell() {
  const left = jobs.filter(({ isOver }) => !isOver).length;
  const done = jobs.filter(({ isDone }) => isDone).length;
  write(title, text(left ? "uploading" : "uploaded", { done: left ? jobs.length - left : done, all: jobs.length }));
  close.hidden = left > 0;
}

// One question at a time, since two files may find something in their place at once.
function ask(path) {
  asking = asking.then(() => forAll || new Promise((resolve) => {
    document.getElementById("replace-name").textContent = path;
    all.checked = false;
    dialog.returnValue = "";
    dialog.addEventListener("close", () => {
      const answer = dialog.returnValue === "replace" ? "replace" : "skip";
      if (all.checked) forAll = answer;
      resolve(answer);
    }, { once: true });
    dialog.showModal();
  }));
  return asking;
}
