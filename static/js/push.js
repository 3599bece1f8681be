// Choosing and dropping files and whole folders for seats, and sending them with their paths. Without this, a plain form of files does.
"use strict";
(() => {
  const form = document.querySelector("[data-push]");
  if (!form) return;
  const part = (name) => form.querySelector(`[data-${name}]`);
  const chosen = new Map();
  for (const element of form.querySelectorAll("[data-needs-js]")) element.hidden = false;
  for (const element of form.querySelectorAll("[data-no-js]")) element.remove();

  function size(bytes) {
    return bytes < 1024 * 1024 ? `${Math.ceil(bytes / 1024)} kB` : `${(bytes / 1024 / 1024).toFixed(1)} MB`;
  }

  function wrong(text) {
    const place = part("wrong");
    place.textContent = text;
    place.hidden = !text;
  }

  function total() {
    let sum = 0;
    for (const file of chosen.values()) sum += file.size;
    return sum;
  }

  function show() {
    const list = part("list-of-files"), summary = part("summary");
    part("chosen").hidden = !chosen.size;
    summary.textContent = summary.dataset.words.replace("%n", chosen.size).replace("%size", size(total()));
    list.replaceChildren(...Array.from(chosen.keys(), (path) => {
      const item = document.createElement("li");
      item.textContent = path;
      return item;
    }));
    const words = part("wrong").dataset;
    wrong(total() > Number(form.dataset.mostBytes) ? words.large : chosen.size > Number(form.dataset.mostFiles) ? words.many : "");
  }

  function add(entries) {
    for (const { file, path } of entries) chosen.set(path, file);
    show();
  }

  form.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (button) document.getElementById(`choose-${button.dataset.choose}`).click();
    if (event.target.closest("[data-clear]")) {
      chosen.clear();
      show();
    }
  });
  form.addEventListener("change", (event) => {
    if (event.target.name === "numbers" || event.target.matches("[data-chooser]") === false) return;
    add(Array.from(event.target.files, (file) => ({ file, path: file.webkitRelativePath || file.name })));
    event.target.value = "";
  });
  for (const field of document.querySelectorAll('input[name="numbers"]')) {
    field.addEventListener("input", () => {
      if (field.value) field.form.querySelector('[name="which"][value="chosen"]').checked = true;
    });
  }

  // -- dropping, anywhere on the page
  async function below(entry) {
    if (entry.isFile) return new Promise((resolve) => {
      entry.file((file) => resolve([{ file, path: entry.fullPath.slice(1) }]), () => resolve([]));
    });
    const reader = entry.createReader(), found = [];
    const read = () => new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
    for (let some = await read(); some.length; some = await read()) {  // browsers give a hundred at a time
      for (const one of some) found.push(...await below(one));
    }
    return found;
  }
  const carriesFiles = (event) => event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
  let depth = 0;
  const mark = () => document.body.classList.toggle("dropping", depth > 0);
  document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; mark(); } });
  document.addEventListener("dragleave", (event) => { if (carriesFiles(event)) { depth = Math.max(0, depth - 1); mark(); } });
  document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
  document.addEventListener("drop", async (event) => {
    if (!carriesFiles(event)) return;
    event.preventDefault();
    depth = 0;
    mark();
    const items = Array.from(event.dataTransfer.items).filter((item) => item.kind === "file");
    // All must be asked for before the first wait: after it the browser takes them back.
    const parts = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
    for (const { entry, file } of parts) add(entry ? await below(entry) : file ? [{ file, path: file.name }] : []);
  });

  // -- sending
  function answer(request) {
    try {
      return JSON.parse(request.responseText);
    } catch {
      return {};
    }
  }
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    event.stopPropagation();
    const words = part("wrong").dataset, bar = part("sending"), button = form.querySelector(".actions button");
    if (!chosen.size) return wrong(words.none);
    if (total() > Number(form.dataset.mostBytes)) return wrong(words.large);
    if (chosen.size > Number(form.dataset.mostFiles)) return wrong(words.many);
    const data = new FormData(form);
    data.append("paths", JSON.stringify(Array.from(chosen.keys())));
    for (const file of chosen.values()) data.append("files", file, "f");
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    request.setRequestHeader("Accept", "application/json");
    request.upload.addEventListener("progress", (sent) => { if (sent.total) bar.value = sent.loaded / sent.total; });
    request.addEventListener("loadend", () => {
      bar.hidden = true;
      button.disabled = false;
      const said = answer(request);
      if (request.status === 201) location.assign(said.url);
      else wrong(said.error || words.broken);
    });
    wrong("");
    bar.hidden = false;
    button.disabled = true;
    request.send(data);
    return undefined;
  }, true);
})();
