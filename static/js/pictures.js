// Small pictures of running desktops: asked for only while they are in view, one after the other, and kept when a part
// of the page is fetched anew.
"use strict";
(() => {
  const STALE = 30000;  // what is older is no picture of now any more
  const LONGEST = 60000, ANSWER = 8000;
  const OVER = new Set([401, 403, 404]);
  const isCostly = matchMedia("(prefers-reduced-data: reduce)").matches || navigator.connection?.saveData === true;
  const known = new Map();  // what there is of each address
  const inView = new Set();
  let isAsking = false, timer = 0;

  const watcher = new IntersectionObserver((entries) => {
    for (const { target, isIntersecting } of entries) {
      if (isIntersecting) inView.add(target); else inView.delete(target);
    }
    next();
  });

  // -- which are here; the picture of one that is fetched anew moves into the new place, so nothing flickers
  function look() {
    for (const image of document.querySelectorAll("[data-picture]")) {
      const one = known.get(image.dataset.picture);
      if (one?.image === image) continue;
      if (one && !one.image.isConnected) { image.replaceWith(one.image); continue; }
      if (one) forget(one);
      known.set(image.dataset.picture, { image, address: image.dataset.picture, etag: "", at: 0, due: 0, misses: 0 });
      watcher.observe(image);
    }
    for (const one of known.values()) if (!one.image.isConnected) forget(one);
  }

  function forget(one) {
    watcher.unobserve(one.image);
    inView.delete(one.image);
    known.delete(one.address);
  }

  // -- the one that is due first, unless nobody looks
  function next() {
    clearTimeout(timer);
    if (isAsking || document.visibilityState !== "visible") return;
    const here = Array.from(known.values()).filter((one) => inView.has(one.image));
    if (!here.length) return;
    const first = here.reduce((soonest, one) => (one.due < soonest.due ? one : soonest));
    const wait = first.due - Date.now();
    if (wait > 0) { timer = setTimeout(next, Math.min(wait, LONGEST)); return; }
    isAsking = true;
    ask(first).then((isThere) => {
      isAsking = false;
      later(first, isThere);
      next();
    });
  }

  function later(one, isThere) {
    const every = 1000 * Number(one.image.dataset.every) * (isCostly ? 6 : 1);
    one.misses = isThere ? 0 : one.misses + 1;
    if (isThere) one.at = Date.now();
    else if (Date.now() - one.at > STALE) hide(one);
    one.due = one.isOver ? Infinity : Date.now() + Math.min(Math.max(LONGEST, every), every * 2 ** Math.max(0, one.misses - 1));
  }

  function hide(one) {
    one.image.removeAttribute("src");
    one.etag = "";
  }

  // Whether it is as it is now on the page afterwards.
  async function ask(one) {
    try {
      const headers = one.etag ? { "If-None-Match": one.etag } : {};
      const answer = await fetch(one.address, {
        headers, cache: "no-store", redirect: "manual", signal: AbortSignal.timeout(ANSWER),
      });
      if (answer.status === 304) return true;
      if (OVER.has(answer.status) || answer.type === "opaqueredirect") {  // it is gone, or we are signed out
        one.isOver = true;
        hide(one);
      }
      if (answer.status !== 200) return false;
      const data = await dataOf(await answer.blob());
      const tried = new Image();
      tried.src = data;
      await tried.decode();
      one.image.src = data;
      one.etag = answer.headers.get("ETag") ?? "";
      return true;
    } catch {
      return false;  // the next time, perhaps
    }
  }

  function dataOf(blob) {
    return new Promise((done, failed) => {
      const reader = new FileReader();
      reader.addEventListener("load", () => done(reader.result));
      reader.addEventListener("error", () => failed(reader.error));
      reader.readAsDataURL(blob);
    });
  }

  document.addEventListener("visibilitychange", next);
  new MutationObserver(look).observe(document.body, { childList: true, subtree: true });
  look();
})();
