// The leader's workshops: the list follows what happens, and times are the reader's own instead of UTC.
"use strict";
(() => {
  let due = 0;
  document.addEventListener("live:heard", (event) => {
    if (event.detail.type !== "workshop" && event.detail.type !== "seat") return;
    clearTimeout(due);
    due = setTimeout(() => {
      const list = document.querySelector("[data-workshops]");
      if (list && !list.querySelector("details[open]")) htmx.trigger(list, "refresh");
    }, 300);
  });

  const two = (number) => String(number).padStart(2, "0");
  const text = (year, month, day, hour, minute) => `${year}-${two(month)}-${two(day)}T${two(hour)}:${two(minute)}`;
  const local = (at) => text(at.getFullYear(), at.getMonth() + 1, at.getDate(), at.getHours(), at.getMinutes());
  const utc = (at) => text(at.getUTCFullYear(), at.getUTCMonth() + 1, at.getUTCDate(), at.getUTCHours(), at.getUTCMinutes());
  const is = (at) => !Number.isNaN(at.getTime());

  // What stands in a field is the reader's time; what is sent is UTC, as it is without a script.
  for (const form of document.querySelectorAll("form[data-utc-form]")) {
    const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
    for (const field of form.querySelectorAll("input[data-utc]")) {
      const at = new Date(`${field.value}Z`);
      if (field.value && is(at)) field.value = local(at);
      const hint = form.querySelector(`[data-zone="${field.name}"]`);
      if (hint) hint.textContent = zone;
    }
    form.addEventListener("formdata", (event) => {
      for (const field of form.querySelectorAll("input[data-utc]")) {
        const at = new Date(field.value);
        if (field.value && is(at)) event.formData.set(field.name, utc(at));
      }
    });
  }
})();
