// When a workshop opens, by the clock of who looks: the server does not know in which part of the world that is.
"use strict";
(() => {
  function show(root) {
    for (const time of root.querySelectorAll("time[data-local]")) {
      const at = new Date(time.dateTime);
      if (Number.isNaN(at.getTime())) continue;
      time.textContent = at.toLocaleString(document.documentElement.lang, { dateStyle: "full", timeStyle: "short" });
      time.parentElement.hidden = false;
    }
  }

  document.addEventListener("htmx:afterSettle", () => show(document));
  show(document);
})();
