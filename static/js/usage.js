// Draws what a workspace uses. Asks every two seconds while somebody may look, and keeps the last five minutes in this tab.
"use strict";
(() => {
  const EVERY = 2000, LONGEST_WAIT = 30000, PATIENCE = 10000;
  const KEPT = 5 * 60 * 1000;
  const GAP = 10000;  // two points that are further apart are not joined: nobody looked in between
  const WIDTH = 300, HEIGHT = 100;  // of the viewBox
  const LEAST = { disk: 64 * 1024, network: 16 * 1024 };  // so that a few bytes are not drawn as a mountain
  const SERIES = {
    cpu: ["cpu"], memory: ["memory"], disk: ["block_read", "block_write"], network: ["network_rx", "network_tx"],
  };
  const language = document.documentElement.lang;
  let points = [], before = null, wait = EVERY, timer = 0, asking = false;

  const root = () => document.querySelector("[data-usage]");
  const key = () => `usage:${root().dataset.usage}`;
  const span = () => 1000 * Number(root().dataset.span) || KEPT;

  // -- words
  const number = (value, digits) => value.toLocaleString(language, { maximumFractionDigits: digits });
  const percent = (share) => share.toLocaleString(language, { style: "percent", maximumFractionDigits: share < 0.1 ? 1 : 0 });
  function size(bytes) {
    const units = ["B", "KB", "MB", "GB", "TB"];  // of 1024 each, as everywhere on these pages
    let at = 0;
    while (bytes >= 1000 && at < units.length - 1) { bytes /= 1024; at += 1; }
    return `${number(bytes, at && bytes < 10 ? 1 : 0)} ${units[at]}`;
  }

  // -- figures: totals become rates
  function point(answer) {
    const { stats } = answer;
    const made = { at: Date.now(), cpu: answer.cpu_share, memory: stats.memory_usage_bytes, limit: stats.memory_limit_bytes, pids: stats.pids };
    const seconds = before ? (answer.at - before.at) / 1000 : 0;
    for (const name of [...SERIES.disk, ...SERIES.network]) {
      const grown = before ? stats[`${name}_bytes`] - before.stats[`${name}_bytes`] : 0;
      made[name] = seconds > 0 && grown > 0 ? grown / seconds : 0;
    }
    before = answer;
    return made;
  }

  function ceiling(chart, shown) {
    const last = shown.at(-1);
    if (chart === "cpu") return 1;
    if (chart === "memory") return (last && last.limit) || 1;
    const most = Math.max(LEAST[chart], ...shown.flatMap((one) => SERIES[chart].map((name) => one[name])));
    return 2 ** Math.ceil(Math.log2(most));
  }

  // -- drawing
  function path(shown, name, top, now, wide) {
    const parts = [];
    let drawn = "", began = 0, previous = null;
    const x = (one) => (WIDTH * (1 - (now - one.at) / wide)).toFixed(1);
    const y = (one) => (HEIGHT - 2 - (HEIGHT - 6) * Math.min(1, one[name] / top)).toFixed(1);
    const close = () => { if (previous) parts.push({ drawn, began, ended: x(previous) }); };
    for (const one of shown) {
      if (previous && one.at - previous.at <= GAP) drawn += `L${x(one)} ${y(one)}`;
      else { close(); began = x(one); drawn = `M${began} ${y(one)}`; }
      previous = one;
    }
    close();
    return parts;
  }

  function draw() {
    const holder = root();
    if (!holder) return;
    const now = Date.now(), wide = span();
    const shown = points.filter((one) => now - one.at <= wide);
    for (const chart of holder.querySelectorAll("[data-chart]")) {
      const kind = chart.dataset.chart, top = ceiling(kind, shown);
      for (const name of SERIES[kind]) {
        const parts = path(shown, name, top, now, wide);
        chart.querySelector(`[data-line="${name}"]`).setAttribute("d", parts.map((part) => part.drawn).join(""));
        const area = chart.querySelector(`[data-area="${name}"]`);
        if (area) area.setAttribute("d", parts.map((part) => `${part.drawn}L${part.ended} ${HEIGHT}L${part.began} ${HEIGHT}Z`).join(""));
      }
      const label = chart.querySelector("[data-top]");
      if (label) label.textContent = kind === "cpu" ? percent(1) : size(top) + (kind === "memory" ? "" : "/s");
    }
    write(holder, shown.at(-1));
  }

  function write(holder, last) {
    if (!last) return;
    const words = {
      cpu: percent(last.cpu), memory: size(last.memory), limit: size(last.limit), pids: number(last.pids, 0),
    };
    for (const name of [...SERIES.disk, ...SERIES.network]) words[name] = `${size(last[name])}/s`;
    words.disk = `${size(last.block_read + last.block_write)}/s`;
    words.network = `${size(last.network_rx + last.network_tx)}/s`;
    for (const place of holder.querySelectorAll("[data-value]")) place.textContent = words[place.dataset.value];
  }

  // -- asking
  async function ask() {
    const holder = root();
    if (!holder || asking || document.visibilityState !== "visible") return;
    asking = true;
    try {
      const answer = await fetch(holder.dataset.url, {
        headers: { Accept: "application/json" }, redirect: "error", signal: AbortSignal.timeout(PATIENCE),
      });
      if (answer.status === 404) return;  // it is gone, and the page says so itself
      if (!answer.ok) throw new Error(String(answer.status));
      take(await answer.json());
      wait = EVERY;
    } catch {
      wait = Math.min(LONGEST_WAIT, wait * 2);
      root()?.classList.add("is-stale");
    } finally {
      asking = false;
    }
    clearTimeout(timer);
    timer = setTimeout(ask, wait);
  }

  function take(answer) {
    const holder = root();
    if (!holder) return;
    holder.classList.remove("is-stale");
    for (const part of holder.querySelectorAll("[data-measured]")) part.hidden = (part.dataset.measured === "yes") !== answer.measured;
    if (holder.dataset.shows && (holder.dataset.shows === "yes") !== answer.measured) htmx.trigger(holder.closest("[data-page]"), "refresh");
    if (!answer.measured) { before = null; return; }
    points.push(point(answer));
    points = points.filter((one) => Date.now() - one.at <= KEPT);
    try { sessionStorage.setItem(key(), JSON.stringify(points)); } catch { /* full or forbidden: then only this page has them */ }
    draw();
  }

  function begin() {
    if (!root()) return;
    try { points = JSON.parse(sessionStorage.getItem(key())) || []; } catch { points = []; }
    draw();
    ask();
  }

  document.addEventListener("visibilitychange", () => { if (document.visibilityState === "visible") { clearTimeout(timer); draw(); ask(); } });
  document.addEventListener("htmx:afterSwap", draw);
  begin();
})();
