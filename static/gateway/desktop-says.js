// The card over the picture that says what happens when there is none: calm, in words, with a button where one helps.
"use strict";
import { text, write } from "./desktop-kept.js";

const says = document.getElementById("says");
const [title, more, button] = [says.querySelector("h2"), says.querySelector("p"), says.querySelector("button")];
const AFTER = 1200;  // ms: what is over sooner is not worth a word
let timer = 0, press = () => {};

says.hidden = true;  // from now on it is known what happens
says.classList.remove("late");
button.addEventListener("click", () => press());

export function hush() {
  clearTimeout(timer);
  timer = 0;
  says.hidden = true;
}

// `later`: only when it lasts, so that a short break of the line is no fright.
export function say(word, { values = {}, action = "", does = () => {}, later = false, busy = true } = {}) {
  clearTimeout(timer);
  timer = 0;
  if (later && says.hidden) {
    timer = setTimeout(() => show(word, values, action, does, busy), AFTER);
  } else show(word, values, action, does, busy);
}

function show(word, values, action, does, busy) {
  says.hidden = false;
  says.toggleAttribute("data-busy", busy);
  write(title, text(word, values));
  write(more, `${word}More` in document.getElementById("words").dataset ? text(`${word}More`, values) : "");
  button.hidden = !action;
  if (action) write(button, text(action));
  press = does;
}
