// Passwords: show what is typed, make one up.
"use strict";
(() => {
  const ALPHABET = "abcdefghjkmnpqrstuvwxyz23456789";  // as in workspaces/views/detail.py

  function group(length) {
    let text = "";
    while (text.length < length) {
      const [byte] = crypto.getRandomValues(new Uint8Array(1));
      if (byte < 256 - (256 % ALPHABET.length)) text += ALPHABET[byte % ALPHABET.length];  // none more likely than another
    }
    return text;
  }

  function show(input, visible) {
    input.type = visible ? "text" : "password";
    for (const button of document.querySelectorAll(`[data-reveal="${input.id}"]`)) button.setAttribute("aria-pressed", String(visible));
  }

  document.addEventListener("click", (event) => {
    const reveal = event.target.closest("[data-reveal]");
    if (reveal) {
      const input = document.getElementById(reveal.dataset.reveal);
      show(input, input.type === "password");
    }
    const generate = event.target.closest("[data-generate]");
    if (generate) {
      const input = document.getElementById(generate.dataset.generate);
      input.value = [group(4), group(4), group(4)].join("-");
      show(input, true);
      input.focus();
    }
  });
})();
