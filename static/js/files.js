// The files of a workspace on top of plain forms: dropping, choosing, selecting. Nothing here is needed for anything to work.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));

  function enhance(root) {
    for (const element of all("[data-needs-js]", root)) element.hidden = false;
    for (const element of all("[data-no-js]", root)) element.hidden = true;
    count();
  }

  // -- what is selected
  function count() {
    const form = document.getElementById("selection");
    if (!form) return;
    const boxes = all('input[name="entry"]', document);
    const chosen = boxes.filter((box) => box.checked).length;
    const words = form.querySelector("[data-count]");
    words.textContent = chosen ? words.dataset.words.replace("%n", chosen) : "";
    for (const button of all("button", form)) button.disabled = !chosen;
    const every = form.querySelector("[data-all]");
    every.checked = chosen > 0 && chosen === boxes.length;
    every.indeterminate = chosen > 0 && chosen < boxes.length;
  }
  document.addEventListener("change", (event) => {
    if (event.target.matches("[data-all]")) for (const box of all('input[name="entry"]')) box.checked = event.target.checked;
    if (event.target.matches('[data-all], input[name="entry"]')) count();
  });
  // A download leaves the page as it is, so its form may be sent again.
  document.addEventListener("submit", (event) => {
    if (event.target.id !== "selection") return;
    setTimeout(() => {
      delete event.target.dataset.sent;
      for (const button of all("button", event.target)) button.removeAttribute("aria-disabled");
    }, 1000);
  });

  // -- choosing
  document.addEventListener("click", (event) => {
    const button = event.target.closest("[data-choose]");
    if (!button) return;
    const menu = button.closest("details.menu");
    if (menu) menu.open = false;
    document.getElementById(`choose-${button.dataset.choose}`).click();
  });
  document.addEventListener("change", (event) => {
    if (!event.target.matches("[data-chooser]")) return;
    uploads.add(Array.from(event.target.files, (file) => ({ file, path: file.webkitRelativePath || file.name })));
    event.target.value = "";
  });

  // -- dropping, anywhere on the page: files, and folders with all that is in them
  function below(entry) {
    if (entry.isFile) return new Promise((resolve) => {
      entry.file((file) => resolve([{ file, path: entry.fullPath.slice(1) }]), () => resolve([]));
    });
    const reader = entry.createReader();
    const read = () => new Promise((resolve) => { reader.readEntries(resolve, () => resolve([])); });
    return (async () => {
      const found = [];
      for (let some = await read(); some.length; some = await read()) {  // browsers give a hundred at a time
        for (const one of some) found.push(...await below(one));
      }
      return found;
    })();
  }
  async function dropped(transfer) {
    const items = Array.from(transfer.items).filter((item) => item.kind === "file");
    // All must be asked for before the first wait: after it the browser takes them back.
    const parts = items.map((item) => ({ entry: item.webkitGetAsEntry?.(), file: item.getAsFile() }));
    for (const { entry, file } of parts) {
      uploads.add(entry ? await below(entry) : file ? [{ file, path: file.name }] : []);
    }
  }
  const carriesFiles = (event) => event.dataTransfer && Array.from(event.dataTransfer.types).includes("Files");
  if (document.querySelector("[data-drop]")) {
    let depth = 0;
    const show = () => document.body.classList.toggle("dropping", depth > 0);
    document.addEventListener("dragenter", (event) => { if (carriesFiles(event)) { depth += 1; show(); } });
    document.addEventListener("dragleave", (event) => { if (carriesFiles(event)) { depth = Math.max(0, depth - 1); show(); } });
    document.addEventListener("dragover", (event) => { if (carriesFiles(event)) event.preventDefault(); });
    document.addEventListener("drop", (event) => {
      if (!carriesFiles(event)) return;
      event.preventDefault();
      depth = 0;
      show();
      dropped(event.dataTransfer);
    });
  }

  // -- a text that is not saved is not left by a slip
  const text = document.querySelector("[data-text]");
  if (text) {
    const before = text.value;
    let saving = false;
    text.form.addEventListener("submit", () => { saving = true; });
    window.addEventListener("beforeunload", (event) => { if (!saving && text.value !== before) event.preventDefault(); });
    text.addEventListener("keydown", (event) => {
      if ((event.ctrlKey || event.metaKey) && event.key === "s") { event.preventDefault(); text.form.requestSubmit(); }
    });
  }

  // -- the list comes anew after an upload, and what was selected stays so
  let selected = new Set();
  document.addEventListener("htmx:beforeSwap", () => {
    selected = new Set(all('input[name="entry"]:checked').map((box) => box.value));
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const box of all('input[name="entry"]')) box.checked = box.checked || selected.has(box.value);
    enhance(event.target);
  });
  enhance(document);
})();
