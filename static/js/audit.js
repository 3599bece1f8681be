// New events come up by themselves while the page is looked at and the box is ticked.
"use strict";
(() => {
  const EVERY = 2500;
  let wanted = true;  // the box is new after each search

  function ready() {
    for (const label of document.querySelectorAll("[data-live]")) {
      label.hidden = false;
      label.querySelector("input").checked = wanted;
    }
  }

  // Reading details or marking text is not disturbed: what is new can wait until that is over.
  function busy() {
    const list = document.getElementById("newest");
    const marked = getSelection();
    return !marked.isCollapsed && list !== null && list.contains(marked.anchorNode);
  }

  document.addEventListener("change", (event) => {
    if (event.target.id === "live") wanted = event.target.checked;
  });
  document.addEventListener("htmx:afterSettle", ready);
  setInterval(() => {
    const tail = document.querySelector("[data-tail]");
    if (tail && wanted && document.visibilityState === "visible" && !busy()) htmx.trigger(tail, "refresh");
  }, EVERY);
  ready();
})();
