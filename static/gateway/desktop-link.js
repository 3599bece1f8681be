// The connection to the desktop: asks for the key, connects, says what happens, and connects again by itself for as long
// as somebody looks. `told(state, detail)` is called at each change.
"use strict";
import { Desktop } from "./desktop-rfb.js";

const WAITS = [300, 1000, 2000, 4000, 8000, 15000];  // ms before each further try, a fifth more or less
const STARTS_EVERY = 1000, ANSWERS_IN = 10000;
const JSON_PLEASE = { headers: { accept: "application/json" }, cache: "no-store" };

// How long to wait before try number `tries`, which counts from 0.
export function waitBefore(tries, chance = Math.random()) {
  return WAITS[Math.min(tries, WAITS.length - 1)] * (0.8 + 0.4 * chance);
}

export class Link {
  constructor(target, told, made) {
    Object.assign(this, { target, told, made, rfb: null, tries: 0, timer: 0, isTrying: false, isOver: false });
    addEventListener("online", () => this.now());
    addEventListener("offline", () => !this.rfb && this.told("offline"));
    document.addEventListener("visibilitychange", () => document.visibilityState === "visible" && this.now());
    addEventListener("pagehide", () => this.cut());
    addEventListener("pageshow", ({ persisted }) => persisted && this.now());
  }

  // At once, unless it is connected or trying.
  now() {
    if (this.rfb || this.isTrying || this.isOver) return;
    clearTimeout(this.timer);
    this.try();
  }

  // What is there is given up, and it connects anew: the line may hang without a word.
  cut() {
    this.rfb?.disconnect();
  }

  async try() {
    this.isTrying = true;
    const answer = await ask("/desktop.json");
    this.isTrying = false;
    if (this.isOver) return;
    const { status, body } = answer;
    if (status === 200 && body.key) this.connect(body);
    else if ([401, 403, 404].includes(status)) this.end();
    else if (body.code === "WORKSPACE_NOT_RUNNING") this.again("resting", body);
    else this.again(navigator.onLine ? (status >= 500 && !this.wasOpen ? "waking" : "lost") : "offline");
  }

  connect({ key, app, title }) {
    const address = new URL("/socket", location.href);
    address.protocol = address.protocol.replace("http", "ws");
    const socket = new WebSocket(address, ["binary"]);
    this.rfb = new Desktop(this.target, socket, { shared: true, credentials: { password: key } });
    const rfb = this.rfb;
    rfb.background = "transparent";
    rfb.addEventListener("connect", () => {
      this.tries = 0;
      this.wasOpen = true;
      this.told("open", { title });
      if (app === "starting") this.watchStart();
      else this.told("there");
    });
    rfb.addEventListener("disconnect", () => {
      this.rfb = null;
      this.told("closed", { canvas: rfb.canvas });
      if (!this.isOver) this.again(this.wasOpen ? "lost" : "waking");
    });
    this.made(rfb, socket);
  }

  again(state, detail = {}) {
    this.told(state, detail);
    clearTimeout(this.timer);
    if (document.visibilityState !== "visible") return;  // it goes on when somebody looks again
    this.timer = setTimeout(() => this.try(), waitBefore(this.tries));
    this.tries += 1;
  }

  end() {
    this.isOver = true;
    this.told("ended");
  }

  // The screen is there before the application's window is.
  async watchStart() {
    for (const rfb = this.rfb; this.rfb === rfb;) {
      const { status, body } = await ask("/desktop.json");
      if (this.rfb !== rfb) return;
      if (status === 200) this.told(body.app === "starting" ? "starting" : "there", body);
      if (status === 200 && body.app !== "starting") return;
      await new Promise((go) => setTimeout(go, STARTS_EVERY));
    }
  }
}

// Status 0 when there was no answer.
async function ask(path) {
  try {
    const answer = await fetch(path, { ...JSON_PLEASE, signal: AbortSignal.timeout(ANSWERS_IN) });
    return { status: answer.status, body: await answer.json().catch(() => ({})) };
  } catch {
    return { status: 0, body: {} };
  }
}
