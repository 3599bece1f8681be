// Sends files to a workspace: two at a time, each with its progress and a way to stop it; what is there is not replaced unasked.
"use strict";
window.uploads = (() => {
  const AT_ONCE = 2;
  const LARGE = 4 * 1024 * 1024;  // worth a question before, since browsers send all of it before they hear that it may not be
  const form = document.querySelector("[data-upload]");
  const panel = document.getElementById("uploads");
  if (!form || !panel) return { add() {} };
  const words = (name) => document.getElementById("upload-words").content.querySelector(`[data-${name}]`).textContent;
  const waiting = [];
  let going = 0, done = 0, all = 0, forAll = "", asking = Promise.resolve();

  // A name is UTF-8 here; the folder part is already in the form's own address, byte by byte.
  function address(path, overwrite, check = "") {
    const url = new URL(form.action);
    const folder = url.search.match(/[?&]path=([^&]*)/)[1];
    const name = path.split("/").map(encodeURIComponent).join("/");
    return `${url.pathname}?path=${folder ? `${folder}/` : ""}${name}${overwrite ? "&overwrite=1" : ""}${check && `&check=${check}`}`;
  }

  function row(path) {
    const item = document.getElementById("upload-row").content.firstElementChild.cloneNode(true);
    item.querySelector(".upload-name").textContent = path;
    item.querySelector("[data-cancel-name]").textContent = ` ${path}`;
    panel.querySelector(".items").append(item);
    return item;
  }

  function say(job, word, wrong = false) {
    const said = job.item.querySelector("[data-said]");
    said.textContent = word;
    said.classList.toggle("wrong", wrong);
  }

  function over(job, word, wrong = false) {
    job.state = "over";
    say(job, word, wrong);
    for (const part of ["[data-cancel]", "progress"]) job.item.querySelector(part).hidden = true;
    done += 1;
    tell();
  }

  function tell() {
    const summary = panel.querySelector("[data-summary]");
    summary.textContent = summary.dataset.going.replace("%done", done).replace("%all", all);
    const idle = done === all;
    panel.querySelector("[data-clear]").hidden = !idle;
    panel.toggleAttribute("data-busy", !idle);
    if (idle) htmx.trigger("#files", "refresh");
  }

  // One question at a time, since two uploads may find something in their place at once.
  function ask(path) {
    const dialog = document.getElementById("replace");
    asking = asking.then(() => forAll || new Promise((resolve) => {
      dialog.querySelector("[data-replace-name]").textContent = path;
      dialog.querySelector("[data-replace-all]").checked = false;
      dialog.returnValue = "";
      dialog.addEventListener("close", () => {
        const answer = dialog.returnValue === "replace" ? "replace" : "skip";
        if (dialog.querySelector("[data-replace-all]").checked) forAll = answer;
        resolve(answer);
      }, { once: true });
      dialog.showModal();
    }));
    return asking;
  }

  async function send(job, overwrite) {
    if (job.file.size > LARGE) {
      const checked = await transfer(job, address(job.path, overwrite, job.file.size), "");
      if (checked.status !== 204 || job.state === "cancelled") return checked;
    }
    return transfer(job, address(job.path, overwrite), job.file);
  }

  function transfer(job, to, body) {
    return new Promise((resolve) => {
      const request = new XMLHttpRequest();
      job.request = request;
      request.open("PUT", to);
      request.setRequestHeader("X-CSRFToken", form.querySelector("[name=csrfmiddlewaretoken]").value);
      request.setRequestHeader("Accept", "application/json");
      request.setRequestHeader("Content-Type", "application/octet-stream");
      request.upload.addEventListener("progress", (event) => {
        if (event.total) job.item.querySelector("progress").value = event.loaded / event.total;
        say(job, `${Math.floor(100 * (event.total ? event.loaded / event.total : 1))} %`);
      });
      request.addEventListener("loadend", () => resolve(request));
      request.send(body);
    });
  }

  function answer(request) {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return {};
    }
  }

  async function run(job) {
    job.state = "going";
    let request = await send(job, forAll === "replace");
    if (job.state === "cancelled") return over(job, words("cancelled"));
    if (request.status === 409 && answer(request).code === "FILE_EXISTS") {
      if (await ask(job.path) === "skip") return over(job, words("skipped"));
      if (job.state === "cancelled") return over(job, words("cancelled"));
      request = await send(job, true);
      if (job.state === "cancelled") return over(job, words("cancelled"));
    }
    if (request.status !== 201) return over(job, answer(request).error || words(request.status === 413 ? "large" : "broken"), true);
    return over(job, words("done"));
  }

  async function next() {
    while (going < AT_ONCE && waiting.length) {
      const job = waiting.shift();
      if (job.state === "over") continue;
      going += 1;
      run(job).finally(() => { going -= 1; next(); });
    }
  }

  panel.addEventListener("click", (event) => {
    if (event.target.closest("[data-clear]")) {
      panel.querySelector(".items").replaceChildren();
      panel.hidden = true;
      all = done = 0;
      forAll = "";
    }
  });
  window.addEventListener("beforeunload", (event) => { if (done < all) event.preventDefault(); });

  // `entries`: pairs of a file and its path below the folder that is shown.
  function add(entries) {
    if (!entries.length) return;
    panel.hidden = false;
    for (const { file, path } of entries) {
      const job = { file, path, item: row(path), state: "waiting" };
      all += 1;
      say(job, words("waiting"));
      job.item.querySelector("[data-cancel]").addEventListener("click", () => {
        if (job.state === "waiting") return over(job, words("cancelled"));
        job.state = "cancelled";
        job.request?.abort();
        return undefined;
      });
      waiting.push(job);
    }
    tell();
    next();
  }

  return { add };
})();
