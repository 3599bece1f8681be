// Parts of a page that are fetched anew every so many seconds (`data-refresh`), as long as somebody may look at them.
"use strict";
(() => {
  const due = new Map();

  function tick() {
    if (document.visibilityState !== "visible") return;
    const now = Date.now();
    for (const part of document.querySelectorAll("[data-refresh]")) {
      const key = part.id;
      if (!due.has(key)) due.set(key, now + 1000 * Number(part.dataset.refresh));
      if (now < due.get(key)) continue;
      due.set(key, now + 1000 * Number(part.dataset.refresh));
      htmx.trigger(part, "again");  // not "refresh", which what is around it listens to
    }
  }

  document.addEventListener("visibilitychange", tick);
  setInterval(tick, 1000);
})();
