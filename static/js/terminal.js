// A terminal of a workspace. The shell goes on in the workspace; this shows it, and comes back when the line was cut.
"use strict";
(() => {
  const FIRST_WAIT = 500, LONGEST_WAIT = 10000, PING_EVERY = 30000;
  const ACKNOWLEDGE_AFTER = 32 * 1024;  // bytes shown; the keeper stops at 256 KiB under way
  const MOST_UNSEEN = 128 * 1024;  // bytes taken while nobody looks, since browsers let hidden pages work but seldom
  const PIECE = 64 * 1024;
  const KEYS = { escape: "\x1b", tab: "\t", left: "D", up: "A", down: "B", right: "C" };
  const COLOURS = ["black", "red", "green", "yellow", "blue", "magenta", "cyan", "white"];

  const nonce = document.querySelector("[data-terminal-nonce]")?.nonce;

  // The page allows no inline styles. What xterm.js makes of them is let through by the page's nonce and by CSSOM.
  function allowStyles() {
    const create = document.createElement.bind(document);
    document.createElement = (name, options) => {
      const element = create(name, options);
      if (String(name).toLowerCase() === "style") element.nonce = nonce;
      return element;
    };
    HTMLSpanElement.prototype.setAttribute = function setAttribute(name, value) {
      if (name === "style") this.style.cssText = value;
      else Element.prototype.setAttribute.call(this, name, value);
    };
  }

  const kept = {
    get: (name) => { try { return localStorage.getItem(`spaces_terminal_${name}`); } catch { return null; } },
    set: (name, value) => { try { localStorage.setItem(`spaces_terminal_${name}`, value); } catch { /* private mode */ } },
  };

  async function begin(root) {
    const data = root.dataset;
    const [{ Terminal }, { FitAddon }, { WebLinksAddon }, { Unicode11Addon }] = await Promise.all(
      [data.script, data.scriptFit, data.scriptLinks, data.scriptWide].map((url) => import(url)));
    const find = (selector) => root.querySelector(selector);
    const words = find("[data-words]").dataset;
    const screen = find("[data-screen]");
    const follow = (event, uri) => { if (/^https?:\/\//i.test(uri)) window.open(uri, "_blank", "noopener,noreferrer"); };

    // -- what is shown
    const terminal = new Terminal({
      allowProposedApi: true, cursorBlink: true, fontSize: Number(kept.get("size")) || 15, scrollback: 10000,
      minimumContrastRatio: 4.5, macOptionIsMeta: true, screenReaderMode: kept.get("reader") === "1",
      linkHandler: { activate: follow, allowNonHttpProtocols: false },
    });
    const fit = new FitAddon();
    terminal.loadAddon(fit);
    terminal.loadAddon(new WebLinksAddon(follow));
    terminal.loadAddon(new Unicode11Addon());
    terminal.unicode.activeVersion = "11";
    root.terminal = terminal;

    const probe = document.createElement("span");
    probe.hidden = true;
    root.append(probe);
    function colour(name) {
      probe.style.color = `var(--term-${name})`;
      return getComputedStyle(probe).color;
    }
    function dress() {
      probe.style.fontFamily = "var(--mono)";
      terminal.options.fontFamily = getComputedStyle(probe).fontFamily;
      const theme = { background: colour("bg"), foreground: colour("text"), cursor: colour("cursor"),
        cursorAccent: colour("bg"), selectionBackground: colour("selection") };
      COLOURS.forEach((name, number) => {
        theme[name] = colour(number);
        theme[`bright${name[0].toUpperCase()}${name.slice(1)}`] = colour(number + 8);
      });
      terminal.options.theme = theme;
    }
    dress();
    new MutationObserver(dress).observe(document.documentElement, { attributes: true, attributeFilter: ["data-theme"] });
    matchMedia("(prefers-color-scheme: dark)").addEventListener("change", dress);
    terminal.open(screen);
    terminal.textarea.setAttribute("aria-label", data.label);

    // -- the line
    let name = data.name, socket = null, wait = FIRST_WAIT, retry = 0, over = false, resting = false;
    let replaying = false, replayLeft = 0, unseen = 0, shown = 0, underWay = 0, sticky = false, names = [name];
    const isOpen = () => socket?.readyState === WebSocket.OPEN;
    const say = (message) => { if (isOpen()) socket.send(JSON.stringify(message)); };

    function banner(text, { link, button } = {}) {
      find("[data-banner]").hidden = !text;
      find("[data-banner-text]").textContent = text || "";
      const anchor = find("[data-banner-link]"), press = find("[data-banner-button]");
      anchor.hidden = !link;
      if (link) [anchor.textContent, anchor.href] = link;
      press.hidden = !button;
      if (button) [press.textContent, press.onclick] = button;
    }

    function connect() {
      clearTimeout(retry);
      over = resting = false;
      const scheme = location.protocol === "https:" ? "wss" : "ws";
      const query = new URLSearchParams({ flow: "ack", name, cols: terminal.cols, rows: terminal.rows });
      const own = socket = new WebSocket(`${scheme}://${location.host}${data.socket}?${query}`);
      own.binaryType = "arraybuffer";
      own.onmessage = (event) => {
        if (own !== socket) return;
        if (typeof event.data === "string") heard(JSON.parse(event.data));
        else print(new Uint8Array(event.data));
      };
      own.onclose = (event) => { if (own === socket) closed(event); };
    }

    function disconnect() {
      const old = socket;
      socket = null;
      old?.close(1000);
    }

    function heard(message) {
      if (message.type === "attached") {
        wait = FIRST_WAIT;
        banner(message.lasting ? "" : words.simple);
        terminal.reset();
        shown = underWay = unseen = 0;
        replayLeft = message.replay;
        replaying = replayLeft > 0;
        if (replaying) terminal.resize(message.cols, message.rows);  // lines break where they did
        else settle();
      } else if (message.type === "terminals") {
        if (message.renamed?.from === name) name = message.renamed.to;
        else if (message.name) name = message.name;
        names = message.names;
        drawTabs();
      } else if (message.type === "ended") {
        over = true;
      }
    }

    function print(bytes) {
      if (document.hidden && (unseen += bytes.length) > MOST_UNSEEN) {  // it goes on faster when nobody takes it
        resting = true;
        disconnect();
        return;
      }
      const own = socket;
      underWay += 1;
      terminal.write(bytes, () => {
        underWay -= 1;
        if (own !== socket) return;
        shown += bytes.length;
        if (shown >= ACKNOWLEDGE_AFTER || !underWay) {
          say({ type: "ack", bytes: shown });
          shown = 0;
        }
        if (replaying && (replayLeft -= bytes.length) <= 0) {
          replaying = false;
          settle();
        }
      });
    }

    // The window has the size that fits, and the shell hears of it.
    function settle() {
      const { cols, rows } = terminal;
      fit.fit();
      if (terminal.cols === cols && terminal.rows === rows) tellSize(terminal);
      root.dataset.ready = name;
    }
    const tellSize = ({ cols, rows }) => { if (!replaying) say({ type: "resize", cols, rows }); };

    function closed(event) {
      socket = null;
      delete root.dataset.ready;
      if (event.code === 1000 && over) banner(words.ended, { button: [words.again, startAnew] });
      else if (event.code === 4401) banner(words.signedOut, { link: [words.signingIn, `${data.signIn}?next=${encodeURIComponent(location.pathname)}`] });
      else if (event.code === 4404 || event.code === 4403) banner(words.gone);
      else if (event.code === 4429) banner(words.many, { button: [words.retry, connect] });
      else if (event.code === 4409) asleep(event.reason);
      else comeBack();
    }

    function asleep(reason) {
      if (root.closest(".terminal-page")) location.reload();  // that page says what to do about it
      else banner(reason || words.asleep, { button: [words.retry, connect] });
    }

    function comeBack() {
      if (wait > FIRST_WAIT || !navigator.onLine) banner(words.connecting, { button: [words.retry, connect] });
      retry = setTimeout(connect, wait * (0.75 + Math.random() / 2));
      wait = Math.min(LONGEST_WAIT, wait * 2);
    }

    function startAnew() {
      terminal.reset();
      banner("");
      connect();
      terminal.focus();
    }

    setInterval(() => say({ type: "ping" }), PING_EVERY);
    window.addEventListener("online", () => { if (!socket && !over) connect(); });
    document.addEventListener("visibilitychange", () => {
      unseen = 0;
      if (!document.hidden && resting) connect();
    });

    // -- what is typed
    terminal.onData((text) => {
      if (replaying) return;  // an answer to what was asked long ago
      if (sticky && text.length === 1) text = String.fromCharCode(text.toUpperCase().charCodeAt(0) & 31);
      if (sticky) stick(false);
      for (let at = 0; at < text.length; at += PIECE) say({ type: "input", data: text.slice(at, at + PIECE) });
    });
    terminal.onBinary((text) => { if (isOpen()) socket.send(Uint8Array.from(text, (char) => char.charCodeAt(0))); });
    terminal.onResize(tellSize);
    terminal.onTitleChange((title) => { root.title = title; });
    terminal.parser.registerOscHandler(52, (text) => {
      const encoded = text.slice(text.indexOf(";") + 1);
      if (kept.get("clipboard") === "1" && !replaying && encoded !== "?") {
        try {
          copy(new TextDecoder().decode(Uint8Array.from(atob(encoded), (char) => char.charCodeAt(0))));
        } catch { /* not what a program may say */ }
      }
      return true;
    });
    terminal.attachCustomKeyEventHandler((event) => {
      if (event.type !== "keydown" || !event.ctrlKey || !event.shiftKey) return true;
      if (event.code === "KeyC" && terminal.hasSelection()) {
        event.preventDefault();
        copy(terminal.getSelection());
        return false;
      }
      if (event.code === "KeyE") {
        event.preventDefault();
        find("[data-tabs] [aria-current]").focus();
        return false;
      }
      return event.code !== "KeyV";  // the browser pastes
    });

    function copy(text) {
      if (navigator.clipboard?.writeText) navigator.clipboard.writeText(text).catch(() => document.execCommand("copy"));
      else document.execCommand("copy");
    }
    async function paste() {
      try {
        terminal.paste(await navigator.clipboard.readText());
      } catch {
        banner(words.noClipboard);
        setTimeout(() => { if (isOpen()) banner(""); }, 6000);
      }
    }

    // -- terminals of the workspace
    const pageOf = (which) => `${data.page}?name=${encodeURIComponent(which)}`;
    function drawTabs() {
      const listed = names.includes(name) ? names : [...names, name];
      find("[data-tabs]").replaceChildren(...listed.map((which) => {
        const link = document.createElement("a");
        link.href = pageOf(which);
        link.textContent = which;
        if (which === name) link.setAttribute("aria-current", "page");
        link.addEventListener("click", (event) => {
          if (event.ctrlKey || event.metaKey || event.shiftKey) return;
          event.preventDefault();
          turnTo(which);
        });
        return link;
      }));
      if (root.closest(".terminal-page")) history.replaceState(null, "", pageOf(name));
    }
    function turnTo(which) {
      disconnect();
      delete root.dataset.ready;
      name = which;
      terminal.reset();
      drawTabs();
      connect();
      terminal.focus();
    }
    function free() {
      let number = 1;
      while (names.includes(String(number))) number += 1;
      return String(number);
    }
    function ask(dialog, then) {
      dialog.returnValue = "";
      dialog.onclose = () => {
        if (dialog.returnValue === "ok") then();
        terminal.focus();
      };
      dialog.showModal();
    }

    // -- buttons
    function enlarge(by) {
      terminal.options.fontSize = Math.max(8, Math.min(32, terminal.options.fontSize + by));
      kept.set("size", terminal.options.fontSize);
      fit.fit();
    }
    function toggle(button, what) {
      const on = kept.get(what) !== "1";
      kept.set(what, on ? "1" : "");
      button.setAttribute("aria-pressed", String(on));
      if (what === "reader") terminal.options.screenReaderMode = on;
    }
    const deeds = {
      new: () => turnTo(free()),
      paste,
      larger: () => enlarge(1),
      smaller: () => enlarge(-1),
      full: () => (document.fullscreenElement ? document.exitFullscreen() : root.requestFullscreen?.()),
      reader: (button) => toggle(button, "reader"),
      clipboard: (button) => toggle(button, "clipboard"),
      rename: () => {
        const input = find("[data-rename] input");
        input.value = name;
        ask(find("[data-rename]"), () => say({ type: "rename", name, to: input.value.trim() }));
      },
      close: () => ask(find("[data-close]"), () => say({ type: "close", name })),
    };
    root.addEventListener("click", (event) => {
      const button = event.target.closest("[data-do]");
      if (!button) return;
      root.querySelector(".terminal-menu").open = false;
      deeds[button.dataset.do](button);
      if (!["rename", "close"].includes(button.dataset.do)) terminal.focus();
    });
    for (const what of ["reader", "clipboard"]) find(`[data-do="${what}"]`).setAttribute("aria-pressed", String(kept.get(what) === "1"));

    function stick(on) {
      sticky = on;
      find('[data-key="ctrl"]').setAttribute("aria-pressed", String(on));
    }
    find("[data-keys]").addEventListener("pointerdown", (event) => event.preventDefault());  // the keyboard stays
    find("[data-keys]").addEventListener("click", (event) => {
      const key = event.target.closest("[data-key]")?.dataset.key;
      if (!key) return;
      if (key === "ctrl") stick(!sticky);
      else if (KEYS[key].length === 1 && KEYS[key] >= "A" && KEYS[key] <= "D") terminal.input(`\x1b${terminal.modes.applicationCursorKeysMode ? "O" : "["}${KEYS[key]}`);
      else terminal.input(KEYS[key]);
      terminal.focus();
    });

    fit.fit();
    let waiting = 0;
    new ResizeObserver(() => {
      clearTimeout(waiting);
      waiting = setTimeout(() => { if (!replaying && screen.isConnected) fit.fit(); }, 100);
    }).observe(screen);
    drawTabs();
    connect();
    terminal.focus();
  }

  function beginAll(within) {
    for (const root of within.querySelectorAll("[data-terminal]:not([data-begun])")) {
      root.dataset.begun = "1";
      begin(root);
    }
    for (const button of within.querySelectorAll("[data-terminal-open]")) {
      button.hidden = false;
      button.onclick = () => {
        const panel = button.closest("section");
        panel.append(panel.querySelector("template").content.cloneNode(true));
        panel.querySelector("[data-terminal-hint]").hidden = true;
        button.remove();
        beginAll(panel);
      };
    }
  }
  allowStyles();
  beginAll(document);
  document.addEventListener("htmx:afterSettle", () => beginAll(document));
})();
