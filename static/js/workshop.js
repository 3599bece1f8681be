// The leader's page: seats that changed are fetched anew in their place, and what is ticked stays ticked over that.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const pulse = () => document.getElementById("pulse");
  const wanted = new Set();
  const chosen = new Set();
  let due = null;

  // -- what changed: many messages in a moment are one question, and one question is asked at a time
  const LONGEST = 20000;
  let asking = false;

  function ask(number) {
    if (number) wanted.add(number);
    if (due || asking) return;
    due = setTimeout(fetchSeats, 250);
  }

  async function fetchSeats() {
    due = null;
    const part = pulse(), source = document.getElementById("asks");
    if (!part || !source) return;
    const numbers = Array.from(wanted).filter((n) => !document.querySelector(`#menu-${n}[open]`));
    for (const n of wanted) if (numbers.includes(n) || !document.getElementById(`seat-${n}`)) wanted.delete(n);
    const address = new URL(part.getAttribute("hx-get"), location.href);
    for (const n of numbers) address.searchParams.append("n", n);
    asking = true;
    try {
      const answered = htmx.ajax("GET", address.pathname + address.search, { source, swap: "none" });
      await Promise.race([answered, new Promise((done) => { setTimeout(done, LONGEST); })]);
    } catch {
      // the page says so by itself, and its next look finds what is missing
    }
    asking = false;
    if (Array.from(wanted).some((n) => !document.querySelector(`#menu-${n}[open]`))) ask();  // else by closing the menu
  }

  document.addEventListener("live:heard", ({ detail }) => {
    const here = document.querySelector("[data-workshop]");
    if (!here) return;
    const page = document.querySelector("[data-seat-page]");
    const isMine = detail.id === here.dataset.workshop;
    if (page) {
      const isIt = isMine ? !detail.number || String(detail.number) === page.dataset.seatPage : detail.id === page.dataset.of;
      if (isIt) htmx.trigger(page, "refresh");
      return;
    }
    if (detail.type === "workspace") {
      const seat = document.querySelector(`[data-seat][data-of="${CSS.escape(detail.id)}"]`);
      if (seat) ask(seat.dataset.seat);
    } else if (isMine && detail.type === "seat") {
      ask(String(detail.number));
    } else if (isMine && ["workshop", "figures"].includes(detail.type)) {
      ask();
    }
  });

  // -- a seat that is in use under the pointer, or by a menu, is left alone for now
  document.addEventListener("htmx:oobBeforeSwap", (event) => {
    const seat = event.detail.target?.closest?.("[data-seat]");
    if (seat && seat.querySelector("details[open]")) {
      event.detail.shouldSwap = false;
      wanted.add(seat.dataset.seat);
    }
  });
  document.addEventListener("toggle", (event) => {
    if (event.target.matches?.("[data-seat] details.menu") && !event.target.open && wanted.size) ask();
  }, true);

  // -- after every answer: seats that are others by now than their figures say, new ones, and what was ticked
  function look() {
    for (const seat of all("[data-seat]")) {
      const figures = seat.querySelector("[data-figures]");
      if (figures && figures.dataset.key !== seat.dataset.key) ask(seat.dataset.seat);
    }
    const seats = document.getElementById("seats");
    if (seats && pulse() && seats.dataset.count !== pulse().dataset.seats) {
      seats.dataset.count = pulse().dataset.seats;
      htmx.trigger(seats, "refresh");
    }
    const said = document.getElementById("hands-said"), words = document.getElementById("hands")?.dataset.said ?? "";
    if (said && said.textContent !== words) said.textContent = words;  // read out when there is one more, or one less
    show();
  }
  document.addEventListener("htmx:afterRequest", () => setTimeout(look));

  // -- choosing
  const boxes = () => all('input[name="seat"][form="together"]');

  function show() {
    const form = document.getElementById("together");
    if (!form) { chosen.clear(); return; }
    const found = boxes(), here = new Set(found.map((box) => box.value));
    for (const number of chosen) if (!here.has(number)) chosen.delete(number);  // what cannot be seen is left alone
    for (const box of found) box.checked = chosen.has(box.value);
    const every = form.querySelector("#pick-seats");
    every.checked = found.length > 0 && chosen.size === found.length;
    every.indeterminate = !every.checked && chosen.size > 0;
    form.querySelector("[data-pick]").hidden = false;
    form.querySelector("[data-idle]").hidden = chosen.size > 0;
    form.querySelector("[data-chosen]").hidden = chosen.size === 0;
    form.querySelector("[data-chosen] b").textContent = String(chosen.size);
    form.classList.add("together-ready");
    form.classList.toggle("together-on", chosen.size > 0);
  }

  document.addEventListener("change", ({ target }) => {
    if (target.id === "pick-seats") {
      for (const box of boxes()) if (target.checked) chosen.add(box.value); else chosen.delete(box.value);
    } else if (target.name === "seat" && target.form?.id === "together") {
      if (target.checked) chosen.add(target.value); else chosen.delete(target.value);
    } else {
      return;
    }
    show();
  });

  for (const box of boxes()) if (box.checked) chosen.add(box.value);  // as the browser has kept it over a reload
  show();
})();
