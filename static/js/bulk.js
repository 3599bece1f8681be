// What is chosen in the list stays chosen while its cards are fetched anew, and the bar says how many that are.
"use strict";
(() => {
  const chosen = new Set();
  const bar = () => document.getElementById("bulk");
  const boxes = () => Array.from(document.querySelectorAll('input[name="id"][form="bulk"]'));

  function show() {
    const form = bar();
    if (!form) { chosen.clear(); return; }
    const found = boxes(), here = new Set(found.map((box) => box.value));
    for (const id of chosen) if (!here.has(id)) chosen.delete(id);  // what cannot be seen is not stopped by mistake
    const all = form.querySelector("#pick-all").checked, page = form.querySelector("#pick-page");
    for (const box of found) {
      box.checked = all || chosen.has(box.value);
      box.disabled = all;
    }
    page.checked = all || (found.length > 0 && chosen.size === found.length);
    page.indeterminate = !page.checked && chosen.size > 0;
    page.disabled = all || !found.length;
    const count = all ? Number(form.dataset.total) : chosen.size;
    form.querySelector("[data-pick-page]").hidden = false;
    form.querySelector("[data-idle]").hidden = count > 0;
    form.querySelector("[data-chosen]").hidden = count === 0;
    form.querySelector("[data-chosen] b").textContent = String(count);
    form.classList.add("bulk-ready");
    form.classList.toggle("bulk-on", count > 0);
  }

  document.addEventListener("change", ({ target }) => {
    if (!bar()) return;
    if (target.id === "pick-page") {
      for (const box of boxes()) if (target.checked) chosen.add(box.value); else chosen.delete(box.value);
    } else if (target.form === bar() && target.name === "id") {
      if (target.checked) chosen.add(target.value); else chosen.delete(target.value);
    } else if (target.id !== "pick-all") {
      return;
    }
    show();
  });
  document.addEventListener("htmx:afterSwap", show);

  // -- panels of bulk actions follow the workspaces; many that change at once are one question
  let due = null;
  document.addEventListener("live:heard", ({ detail }) => {
    if (detail.type !== "workspace" || due) return;
    due = setTimeout(() => {
      due = null;
      for (const panel of document.querySelectorAll("[data-batch]")) htmx.trigger(panel, "refresh");
    }, 500);
  });

  for (const box of boxes()) if (box.checked) chosen.add(box.value);  // as the browser has kept it over a reload
  show();
})();
