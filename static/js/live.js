// Hears over one websocket what changed and has htmx fetch it again. When the socket is away, unsettled rows are polled.
"use strict";
(() => {
  const FIRST_WAIT = 1000, LONGEST_WAIT = 30000;
  let wait = FIRST_WAIT;
  let wasOpen = false;
  const due = new Map();

  // Many messages in a moment are one refresh: a workspace that starts changes several times a second.
  function refresh(selector) {
    if (due.has(selector)) return;
    due.set(selector, setTimeout(() => {
      due.delete(selector);
      for (const element of document.querySelectorAll(selector)) htmx.trigger(element, "refresh");
    }, 150));
  }

  function heard(message) {
    document.dispatchEvent(new CustomEvent("live:heard", { detail: message }));
    if (message.type === "workspace") {
      const card = `[data-workspace="${CSS.escape(message.id)}"]`;
      refresh(document.querySelector(card) ? card : "[data-list]");  // one that is not here may be new
    } else if (message.type === "groups") {
      refresh("[data-list]");
    } else if (message.type === "images") {
      refresh("[data-images]");
    } else if (message.type === "engine") {
      refresh("[data-engine]");
    }
  }

  function listen() {
    const socket = new WebSocket(`${location.protocol === "https:" ? "wss" : "ws"}://${location.host}/ws/live`);
    socket.addEventListener("open", () => {
      wait = FIRST_WAIT;
      if (wasOpen) for (const what of ["[data-list]", "[data-page]", "[data-images]", "[data-engine]"]) refresh(what);
      wasOpen = true;
    });
    socket.addEventListener("message", (event) => heard(JSON.parse(event.data)));
    socket.addEventListener("close", (event) => {
      if (event.code === 4401) return;  // signed out; the next click leads to the sign-in page
      setTimeout(listen, wait * (0.75 + Math.random() / 2));  // not all pages in the same moment
      wait = Math.min(LONGEST_WAIT, wait * 2);
    });
  }

  listen();
})();
