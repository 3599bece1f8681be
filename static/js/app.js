// What every page does on top of plain forms and links. Nothing here is needed for anything to work.
"use strict";
(() => {
  const all = (selector, root = document) => Array.from(root.querySelectorAll(selector));
  const messages = () => document.getElementById("messages");

  function say(templateId) {
    const template = document.getElementById(templateId);
    if (!template || !messages() || messages().querySelector(`[data-said="${templateId}"]`)) return;
    const message = template.content.firstElementChild.cloneNode(true);
    message.dataset.said = templateId;
    messages().append(message);
    enhance(message);
  }

  // Buttons that need a script are hidden until there is one; those that are only needed without one go.
  function enhance(root) {
    for (const button of all("[data-copy], [data-dismiss], [data-reveal], [data-generate]", root)) button.hidden = false;
    for (const button of all("[data-no-js]", root)) button.hidden = true;
    const locale = document.documentElement.lang;
    for (const time of all("time[datetime]", root)) {
      const at = new Date(time.dateTime);
      if (!Number.isNaN(at.getTime())) time.title = at.toLocaleString(locale, { dateStyle: "long", timeStyle: "medium" });
    }
  }

  // -- menus close when something else is meant
  document.addEventListener("click", (event) => {
    for (const menu of all("details.menu[open]")) if (!menu.contains(event.target)) menu.open = false;
    const dismiss = event.target.closest("[data-dismiss]");
    if (dismiss) dismiss.closest(".message").remove();
  });
  document.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    for (const menu of all("details.menu[open]")) {
      menu.open = false;
      if (menu.contains(document.activeElement)) menu.querySelector("summary").focus();
    }
  });

  // A menu whose entry was chosen has done its work. The focus stays on what opened it, which is there after the swap too.
  document.addEventListener("htmx:beforeRequest", (event) => {
    const menu = event.target.closest("form")?.closest("details.menu");
    if (!menu) return;
    menu.querySelector("summary").focus();
    menu.open = false;
  });

  // -- copy
  document.addEventListener("click", async (event) => {
    const button = event.target.closest("[data-copy]");
    if (!button) return;
    const text = document.getElementById(button.dataset.copy).textContent.trim();
    const label = button.querySelector("[data-copy-label]");
    try {
      await navigator.clipboard.writeText(text);
    } catch {
      const range = document.createRange();  // not a secure origin: mark the text, so that Ctrl+C takes it
      range.selectNodeContents(document.getElementById(button.dataset.copy));
      getSelection().removeAllRanges();
      getSelection().addRange(range);
      return;
    }
    const before = label.textContent;
    label.textContent = label.dataset.done;
    setTimeout(() => { label.textContent = before; }, 2000);
  });

  // -- light and dark: the cookie is what the server reads, so the next page comes in the right colours
  document.addEventListener("submit", (event) => {
    const form = event.target.closest("[data-theme-form]");
    if (!form || !event.submitter) return;
    event.preventDefault();
    const theme = event.submitter.value;
    const secure = location.protocol === "https:" ? "; Secure" : "";
    document.cookie = `spaces_theme=${theme}; Path=/; Max-Age=${theme ? 31536000 : 0}; SameSite=Lax${secure}`;
    if (theme) document.documentElement.dataset.theme = theme;
    else delete document.documentElement.dataset.theme;
    for (const button of all("button", form)) button.setAttribute("aria-pressed", String(button === event.submitter));
  });

  // -- a plain form is sent once, however often it is clicked
  document.addEventListener("submit", (event) => {
    if (event.defaultPrevented || event.target.method !== "post" || event.target.hasAttribute("hx-post")) return;
    if (event.target.dataset.sent) { event.preventDefault(); return; }
    event.target.dataset.sent = "1";
    for (const button of all("button", event.target)) button.setAttribute("aria-disabled", "true");
  });
  window.addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of all("form[data-sent]")) {
      delete form.dataset.sent;
      for (const button of all("button", form)) button.removeAttribute("aria-disabled");
    }
  });

  // -- how long until another code may be asked for
  for (const button of all("[data-countdown]")) {
    const text = document.querySelector("[data-countdown-text]");
    const until = Date.now() + 1000 * Number(button.dataset.countdown);
    const tick = () => {
      const left = Math.ceil((until - Date.now()) / 1000);
      button.disabled = text.hidden = false;
      if (left <= 0) { text.hidden = true; return; }
      button.disabled = true;
      text.querySelector("[data-seconds]").textContent = left;
      setTimeout(tick, 1000);
    };
    tick();
  }

  // -- htmx: menus stay open over a refresh, what is gone leaves, and what went wrong is said
  const open = new Set();
  document.addEventListener("htmx:beforeSwap", (event) => {
    const { xhr, requestConfig, target } = event.detail;
    const asked = requestConfig.elt;
    open.clear();
    if (target) for (const details of all("details[open][id]", target)) open.add(details.id);
    if (xhr.status === 404 && requestConfig.verb === "get" && asked.closest("[data-workspace]")) {
      event.detail.shouldSwap = false;
      gone(asked.closest("[data-workspace]"));
    } else if (xhr.status >= 400 && !xhr.getResponseHeader("HX-Retarget")) {
      event.detail.shouldSwap = false;
      say("failed");
    }
  });
  document.addEventListener("htmx:afterSwap", (event) => {
    for (const id of open) {
      const details = document.getElementById(id);
      if (details) details.open = true;
    }
    open.clear();
    enhance(event.target);
  });
  document.addEventListener("htmx:sendError", () => say("offline"));
  document.addEventListener("htmx:afterOnLoad", () => messages()?.querySelector('[data-said="offline"]')?.remove());

  function gone(element) {
    if ("page" in element.dataset) { location.assign(element.dataset.page || "/workspaces/"); return; }
    element.classList.add("leaving");
    setTimeout(() => {
      element.remove();
      const list = document.querySelector("[data-list]");
      if (list && !list.querySelector("[data-workspace]")) htmx.trigger(list, "refresh");
    }, 320);
  }

  enhance(document);
  document.querySelector('[aria-invalid="true"]')?.focus();  // what was refused is where to go on, and is read out
})();
