// The page of a participant's seats: fetched anew when something of theirs changed, but never under somebody's typing.
"use strict";
(() => {
  const seats = () => document.getElementById("seats");
  let isLate = false;

  const typing = () => {
    const field = document.activeElement;
    return field instanceof HTMLInputElement && field.type !== "hidden" && seats()?.contains(field);
  };

  document.addEventListener("live:heard", ({ detail }) => {
    if (detail.type === "seat-mine") htmx.trigger(seats(), "refresh");
  });
  document.addEventListener("htmx:beforeSwap", (event) => {
    if (event.detail.target?.id !== "seats" || !typing()) return;
    event.detail.shouldSwap = false;
    isLate = true;
  });
  document.addEventListener("focusout", () => setTimeout(() => {
    if (!isLate || typing()) return;
    isLate = false;
    htmx.trigger(seats(), "refresh");
  }, 300));  // not before the button beside the field had its click
})();
