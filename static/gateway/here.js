// Loaded by the page of an app in a workspace. Tells the gateway when a person uses the page, at most once a minute, and
// tells that person when the workspace is about to be put to rest, or was. Never asks while nobody can see the page.
"use strict";
(() => {
  const ADDRESS = "/_spaces/here";
  const MINUTE = 60000, SOON = 5000, LOOKS_EVERY = 700, BESIDE_AFTER = 1000;
  const USES = ["pointerdown", "pointermove", "keydown", "wheel", "touchstart", "input", "click", "drop"];
  const JSON_PLEASE = { accept: "application/json" };

  // Every websocket of this page brings it, so that the gateway knows which of them need no guessing.
  const isSecure = location.protocol === "https:";
  document.cookie = `${isSecure ? "__Host-" : ""}spaces_here=1; Path=/; SameSite=Lax${isSecure ? "; Secure" : ""}`;

  // -- somebody is there
  let reported = 0, pointer = null;
  const watched = new WeakSet();

  function noticed(event) {
    // Not what scripts make, nor what a book on the keyboard does, nor a page that moves under a still pointer.
    if (!event.isTrusted || event.repeat || (event.type === "pointermove" && !moved(event))) return;
    if (Date.now() - reported >= MINUTE) use(shown?.notice.does === "keep" ? "?keep" : "");
  }

  function moved({ screenX, screenY }) {
    const before = pointer;
    pointer = { screenX, screenY };
    return before !== null && Math.abs(screenX - before.screenX) + Math.abs(screenY - before.screenY) > 2;
  }

  async function use(how) {
    reported = Date.now();
    try {
      const answer = await fetch(`${ADDRESS}${how}`, { method: "POST", headers: JSON_PLEASE });
      if (answer.status === 204) hide();
      else if (answer.ok) take(await answer.json());
      return answer.ok;
    } catch {
      reported -= MINUTE - SOON;  // the site is away for a moment
      return false;
    }
  }

  // Frames of other origins cannot be looked into, and a window that is replaced is another one.
  function watch(view) {
    try {
      if (watched.has(view.document)) return;
      watched.add(view.document);
      for (const type of USES) view.addEventListener(type, noticed, { capture: true, passive: true });
      view.addEventListener("load", ({ target }) => target.tagName === "IFRAME" && watch(target.contentWindow), true);
      for (const frame of view.document.querySelectorAll("iframe")) watch(frame.contentWindow);
    } catch {
      return;
    }
  }

  // -- what is to be said
  let timer = 0, shown = null, waking = false;

  async function ask() {
    clearTimeout(timer);
    if (document.visibilityState !== "visible") return;
    later(MINUTE);
    if (!shown && Date.now() - reported < MINUTE) return;
    try {
      const answer = await fetch(ADDRESS, { headers: JSON_PLEASE, cache: "no-store" });
      if (answer.ok) take(await answer.json());
    } catch {
      return;  // the site is away for a moment
    }
  }

  function take(said) {
    later(1000 * said.again);
    if (waking) return;
    if (said.notice) show(said);
    else hide();
  }

  function later(wait) {
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  async function keep() {
    if (!(await use("?keep"))) say(shown.notice.failed);
  }

  async function start() {
    const { state, notice } = shown;
    waking = true;
    banner.button.disabled = true;
    say(notice.busy);
    const refusal = await wake(notice).catch(() => notice.failed);
    waking = false;
    banner.button.disabled = false;
    if (refusal) return say(refusal);
    reported = Date.now();
    hide();
    // What was frozen connects again by itself; of what was stopped, nothing remembers this page.
    if (state !== "paused") location.reload();
  }

  // Afterwards it answers: "", or why it does not.
  async function wake(notice) {
    const asked = await fetch("/_spaces/start", { method: "POST", redirect: "manual", headers: JSON_PLEASE });
    if (asked.type !== "opaqueredirect") return (await asked.json()).error || notice.failed;
    for (;;) {
      const answer = await fetch("/_spaces/state", { headers: JSON_PLEASE, cache: "no-store" });
      const progress = await answer.json();
      if (progress.ready) return "";
      if (!answer.ok || !progress.waiting) return progress.error || notice.failed;
      await new Promise((go) => setTimeout(go, LOOKS_EVERY));
    }
  }

  // -- the banner, in a shadow of its own so that no style of the page reaches it
  const STYLE = `
    :host { all: initial; color-scheme: light dark; position: fixed; z-index: 2147483647; inset: 2.75rem 0 auto; display: grid; justify-items: center; pointer-events: none; }
    section { pointer-events: auto; box-sizing: border-box; width: min(40rem, 100vw - 2rem); display: flex; flex-wrap: wrap; align-items: center; gap: 0.75rem 1.25rem; padding: 0.875rem 1.125rem;
      font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, sans-serif; color: light-dark(#1c2126, #eceae5); background: light-dark(#ffffff, #1d2125);
      border: 1px solid light-dark(#8b867a, #727b85); border-radius: 14px; box-shadow: 0 8px 32px rgb(0 0 0 / 28%); }
    div { flex: 1 1 16rem; min-width: 0; overflow-wrap: anywhere; }
    p { margin: 0; }
    strong { font-weight: 650; }
    p + p { color: light-dark(#565c64, #a9b0b8); }
    p:empty { display: none; }
    button { flex: none; min-height: 2.75rem; padding: 0.5rem 1.25rem; border: 0; border-radius: 9px; font: inherit; font-weight: 600; cursor: pointer; color: light-dark(#ffffff, #06231f); background: light-dark(#0f6a60, #5fcfbd); }
    button:hover { filter: brightness(1.08); }
    button:disabled { opacity: 0.6; cursor: default; }
    button:focus-visible { outline: 3px solid light-dark(#0b5fd0, #8ab8ff); outline-offset: 2px; }`;
  let banner = null, focused = null;

  function make() {
    const host = document.createElement("spaces-here");
    const root = host.attachShadow({ mode: "open" });
    const sheet = new CSSStyleSheet();
    sheet.replaceSync(STYLE);  // not a style element, which the page's policy may forbid
    root.adoptedStyleSheets = [sheet];
    const box = document.createElement("section"), words = document.createElement("div");
    const [title, text] = [document.createElement("p"), document.createElement("p")];
    const strong = document.createElement("strong"), button = document.createElement("button");
    title.append(strong);
    words.append(title, text);
    box.append(words, button);
    button.type = "button";
    button.addEventListener("click", () => (shown.notice.does === "keep" ? keep() : start()));
    for (const type of ["keydown", "keyup", "keypress"]) host.addEventListener(type, (event) => event.stopPropagation());
    root.append(box);
    return { host, box, title: strong, text, button };
  }

  function show(said) {
    banner ??= make();
    const isNew = !banner.host.isConnected || shown?.state !== said.state;
    shown = said;
    const { title, text, action, at, does, calls } = said.notice;
    banner.box.lang = said.language;
    banner.box.setAttribute("role", does === "keep" ? "status" : "alert");
    if (!banner.host.isConnected) document.body.prepend(banner.host);
    const time = new Date(at).toLocaleTimeString(said.language, { hour: "2-digit", minute: "2-digit" });
    write(banner.title, title.replace("{time}", time));
    if (isNew) write(banner.text, text);
    write(banner.button, action);
    if (isNew && calls && document.hasFocus()) {
      focused = document.activeElement;
      banner.button.focus();
    }
  }

  function say(text) {
    if (banner) write(banner.text, text);
  }

  function write(element, text) {
    if (element.textContent !== text) element.textContent = text;  // or it is read out again
  }

  function hide() {
    shown = null;
    if (!banner?.host.isConnected) return;
    const had = [banner.host, document.body].includes(document.activeElement);  // a button at work has lost it
    banner.host.remove();
    if (had) focused?.focus();
    focused = null;
  }

  // -- what belongs beside the page: the panel of a workshop's seat, where this is one
  async function beside() {
    try {
      const answer = await fetch("/_spaces/seat?words", { headers: JSON_PLEASE, cache: "no-store" });
      if (answer.status === 200) (await import("/_spaces/seat.js")).begin(await answer.json());
    } catch {
      return;  // the site is away for a moment; the next page load asks again
    }
  }

  watch(window);
  document.addEventListener("visibilitychange", ask);
  // A page that lost its app says so, and what there is to say of it is said at once.
  addEventListener("spaces-look", () => { reported = 0; ask(); });
  later(SOON);
  setTimeout(beside, BESIDE_AFTER);
})();
