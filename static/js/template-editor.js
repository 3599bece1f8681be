// Numbers the lines of the editor, marks those with a mistake, and leads from a mistake to its place.
"use strict";
(() => {
  const text = document.getElementById("yaml");
  const gutter = document.querySelector("[data-gutter]");
  const list = document.createElement("ol");
  gutter.append(list);

  const marked = (selector) => new Set(
    Array.from(document.querySelectorAll(`#check ${selector} [data-line]`), (item) => Number(item.dataset.line)));

  function number() {
    const lines = text.value.split("\n").length;
    while (list.children.length > lines) list.lastChild.remove();
    while (list.children.length < lines) {
      const item = document.createElement("li");
      item.textContent = list.children.length + 1;
      list.append(item);
    }
  }

  function mark() {
    const wrong = marked(".wrongs"), warned = marked(".warns");
    Array.from(list.children).forEach((item, index) => {
      item.classList.toggle("is-wrong", wrong.has(index + 1));
      item.classList.toggle("is-warned", warned.has(index + 1));
    });
    text.setAttribute("aria-invalid", String(wrong.size > 0));
  }

  function follow() {
    list.style.transform = `translateY(${-text.scrollTop}px)`;
  }

  function goTo(line, column) {
    const before = text.value.split("\n").slice(0, line - 1).join("\n").length + (line > 1 ? 1 : 0);
    const end = text.value.indexOf("\n", before);
    text.focus();
    text.setSelectionRange(before + column - 1, end < 0 ? text.value.length : end);
    const lineHeight = list.firstElementChild.getBoundingClientRect().height;
    text.scrollTop = Math.max(0, (line - 4) * lineHeight);
  }

  text.addEventListener("input", () => { number(); follow(); });
  text.addEventListener("scroll", follow);
  document.addEventListener("htmx:afterSwap", mark);
  document.addEventListener("click", (event) => {
    const place = event.target.closest("#check [data-line] a");
    if (!place) return;
    event.preventDefault();
    goTo(Number(place.parentElement.dataset.line), Number(place.parentElement.dataset.column));
  });

  number();
  mark();
})();
