// What a participant's panel is made of, and what somebody sees who leads and looks in.
"use strict";
import { button, drawing, iconButton, make, shadow } from "./seat-look.js";

export function ofParticipant(words) {
  const { host, root } = shadow();
  const name = make("span", { class: "name" }, words.seat), time = make("span", { class: "time" });
  const state = make("span", { class: "hears" }), dot = make("span", { class: "dot", hidden: true });
  const pill = make("button", { type: "button", class: "pill", "aria-expanded": "false", title: words.open }, drawing("hand"), name, time, state, dot);
  const small = iconButton(words.small, "small"), aside = iconButton(words.aside, "aside"), close = iconButton(words.close, "close");
  const title = make("h2", { id: "title", tabindex: "-1" });
  const left = make("p", { class: "quiet left" }), wrong = make("p", { class: "wrong", role: "alert", hidden: true });
  const says = make("p", { role: "status" }), looked = make("p", { class: "quiet", hidden: true });
  const note = make("textarea", { id: "note", maxlength: words.note_most, rows: 2 });
  const raise = button("btn main", "", "hand"), lower = button("btn", words.lower, "");
  const raiseText = make("span");
  raise.append(raiseText);
  const help = make("section", { class: "part" }, make("h3", {}, words.help), looked, says, make("label", { for: "note" }, words.question), note, make("div", { class: "row" }, raise, lower));
  const list = make("ul", { class: "said", tabindex: "0", "aria-label": words.messages });
  const messages = make("section", { class: "part" }, make("h3", {}, words.messages), list);
  const step = make("p", { class: "quiet" }), bar = make("progress", { max: 100, "aria-label": words.remade });
  const remade = make("section", { class: "part" }, make("h3", {}, words.remade), bar, step);
  const work = make("a", {}, drawing("download"), words.work), page = make("a", { target: "_blank", rel: "noopener" }, drawing("page"), words.page);
  const reset = button("", words.reset, "reset");
  const links = make("section", { class: "part links" }, work, page, reset);
  const yes = button("btn danger", words.reset_yes, "reset"), no = button("btn main", words.reset_no, "");
  const sure = make("section", { class: "part" }, make("h3", { id: "sure", tabindex: "-1" }, words.reset_title), make("p", {}, words.reset_text), make("div", { class: "row" }, no, yes));
  const gone = make("section", { class: "part" }, make("h3", {}, words.over), make("p", {}, words.over_more));
  const card = make("section", { class: "card", id: "card", role: "dialog", "aria-labelledby": "title", hidden: true }, make("div", { class: "head" }, title, small, aside, close), left, wrong, remade, sure, gone, help, messages, links);
  const popTitle = make("h3", { id: "pop-title" }), popText = make("p", { class: "text" }), got = button("btn main", words.got_it, "");
  const pop = make("section", { class: "pop", role: "group", "aria-labelledby": "pop-title", hidden: true }, popTitle, popText, make("div", { class: "row" }, got));
  const hears = make("div", { class: "hears", role: "status" });
  const dock = make("div", { class: "dock" }, pill, card, pop, hears);
  root.append(dock);
  pill.setAttribute("aria-controls", "card");
  return { host, root, dock, pill, time, state, dot, card, title, left, wrong, says, looked, note, raise, raiseText, lower, help, list, messages, step, bar, remade, work, page, reset, links, sure, gone, pop, popTitle, popText, hears, small, reset, aside, close, yes, no, got };
}

export function ofLeader(words) {
  const { host, root } = shadow();
  const pill = make("button", { type: "button", class: "pill", "aria-expanded": "false" }, drawing("hand"), make("span", { class: "name" }, words.looking));
  const title = make("h2", { id: "title", tabindex: "-1" }), says = make("p", { role: "status" }), note = make("p", { class: "text up" });
  const aside = iconButton(words.aside, "aside"), close = iconButton(words.close, "close");
  const page = make("a", {}, drawing("page"), words.workshop);
  const card = make("section", { class: "card", id: "card", role: "dialog", "aria-labelledby": "title", hidden: true }, make("div", { class: "head" }, title, aside, close), says, note, make("section", { class: "part links" }, page));
  const dock = make("div", { class: "dock" }, pill, card);
  root.append(dock);
  return { host, root, dock, pill, card, title, says, note, page, aside, close };
}
