// Cards are dragged onto groups, and the pages that ask about a group open over the list. Both also go without.
"use strict";
(() => {
  const all = (selector) => Array.from(document.querySelectorAll(selector));
  const list = () => document.querySelector("[data-list]");
  let dragged = [];
  let missed = false;
  let listed = false;
  let due = null;

  function refresh(wait = 200) {
    if (due) return;
    due = setTimeout(() => {
      due = null;
      if (list()) htmx.trigger(list(), "refresh");
    }, wait);
  }

  // -- dragging; by the card, not by what is to be clicked or marked in it
  document.addEventListener("pointerdown", ({ target, pointerType }) => {
    const card = target.closest("[data-movable]");
    if (!card) return;
    const onControl = target.closest("button, input, summary, .menu-list, .reason, .btn");
    card.draggable = pointerType !== "touch" && !onControl && all("[data-drop]").length > 0;
  });
  document.addEventListener("dragstart", (event) => {
    const card = event.target.closest?.("[data-movable]");
    if (!card || event.target !== card) return;
    const id = card.dataset.workspace;
    const chosen = all("[data-movable] .pick input:checked").map((box) => box.value);
    dragged = chosen.includes(id) ? chosen : [id];
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", card.querySelector("h2").textContent);
    // Not before the browser has its picture of the card.
    setTimeout(() => {
      document.body.classList.add("dragging");
      for (const one of dragged) document.getElementById(`card-${one}`)?.classList.add("dragged");
    });
  });
  const over = (event) => (dragged.length ? event.target.closest?.("[data-drop]") : null);
  document.addEventListener("dragover", (event) => {
    const target = over(event);
    for (const one of all(".drop-here")) if (one !== target) one.classList.remove("drop-here");
    if (!target) return;
    event.preventDefault();
    event.dataTransfer.dropEffect = "move";
    target.classList.add("drop-here");
  });
  document.addEventListener("drop", (event) => {
    const target = over(event);
    if (!target) return;
    event.preventDefault();
    const values = { id: dragged, to: target.dataset.drop, csrfmiddlewaretoken: token() };
    htmx.ajax("POST", document.getElementById("groups").dataset.move, { target: "#moved", swap: "innerHTML", values });
    ended();
  });
  document.addEventListener("dragend", ended);

  function ended() {
    if (!dragged.length) return;
    dragged = [];
    document.body.classList.remove("dragging");
    for (const one of all(".dragged, .drop-here")) one.classList.remove("dragged", "drop-here");
    if (missed) refresh();
    missed = false;
  }

  const token = () => document.querySelector("[name=csrfmiddlewaretoken]").value;

  // -- a card that is replaced under the pointer would end its journey
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, target } = event.detail;
    listed = Boolean(target?.matches?.("[data-list]"));
    if (dragged.length) {
      event.detail.shouldSwap = false;
      missed = true;
    } else if (xhr.status === 404 && target?.closest?.("[data-workspace]")) {
      refresh(600);  // it is gone, and the numbers beside the groups are others
    }
  });

  // -- a card that says it is in another group by now may belong elsewhere
  const groups = new Map();
  function look() {
    let moved = false;
    const now = new Map(all("[data-movable]").map((card) => [card.dataset.workspace, card.dataset.group]));
    for (const [id, group] of now) if (groups.has(id) && groups.get(id) !== group) moved = true;
    groups.clear();
    for (const [id, group] of now) groups.set(id, group);
    return moved;
  }
  document.addEventListener("htmx:afterSwap", () => {
    if (look() && !listed) refresh();
    centre();
  });

  // -- on a phone the groups are one row: where one is stands in its middle
  let row = null;
  function centre() {
    const current = document.querySelector(".groups [aria-current]");
    if (row === document.getElementById("groups") || !current) return;
    row = document.getElementById("groups");
    row.scrollLeft = current.offsetLeft - (row.clientWidth - current.offsetWidth) / 2;
  }

  // -- the page of a link, in a dialog
  document.addEventListener("click", async (event) => {
    const link = event.target.closest("a[data-dialog]");
    if (!link || event.button || event.metaKey || event.ctrlKey || event.shiftKey || event.altKey) return;
    event.preventDefault();
    const menu = link.closest("details.menu");
    if (menu) {
      menu.querySelector("summary").focus();  // where the focus is to come back to
      menu.open = false;
    }
    const part = await fetched(link.href);
    if (part) opened(part); else location.assign(link.href);
  });

  async function fetched(address) {
    try {
      const answer = await fetch(address);
      if (!answer.ok) return null;
      return new DOMParser().parseFromString(await answer.text(), "text/html").querySelector("[data-dialog-part]");
    } catch {
      return null;
    }
  }

  function opened(part) {
    const dialog = document.createElement("dialog"), title = document.createElement("h2");
    title.id = "dialog-title";
    title.textContent = part.querySelector("h1").textContent;
    part.querySelector("h1").replaceWith(title);
    part.classList.remove("panel");
    dialog.className = "dialog";
    dialog.setAttribute("aria-labelledby", title.id);
    dialog.append(part);
    dialog.addEventListener("click", (event) => {
      if (event.target !== dialog && !event.target.closest("[data-close]")) return;
      event.preventDefault();
      dialog.close();
    });
    dialog.addEventListener("close", () => dialog.remove());
    document.body.append(dialog);
    dialog.showModal();
  }

  look();
  centre();
})();
