// Loads the page around a desktop, and the whole page once more when a part of it did not come: a browser that changes its
// network gives up what it is loading, and would show a bar that does nothing.
"use strict";
import("/_spaces/desktop-page.js").then(
  () => sessionStorage.removeItem("spaces-loads"),
  () => {
    const tries = Number(sessionStorage.getItem("spaces-loads")) + 1;
    if (tries > 5) return;
    sessionStorage.setItem("spaces-loads", String(tries));
    setTimeout(() => location.reload(), 500 * tries);
  },
);
