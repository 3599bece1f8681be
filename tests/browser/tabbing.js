// From here on every element that takes the focus is noted, and whether that shows. `tabbing()` says what is wrong.
() => {
  const wanted = () => {
    const all = document.querySelectorAll("a[href], button, input:not([type=hidden]), select, textarea, summary");
    return [...all].filter((element) =>
      !element.disabled && element.checkVisibility({ visibilityProperty: true }) && !(element.type === "radio" && !element.checked));
  };
  const seen = new Map();
  document.addEventListener("focusin", ({ target }) => {
    const outlined = [target, ...(target.labels || [])].some((element) => {
      const style = getComputedStyle(element), box = element.getBoundingClientRect();
      return style.outlineStyle !== "none" && parseFloat(style.outlineWidth) >= 2 && box.width > 1;
    });
    if (!seen.has(target)) seen.set(target, outlined);
  });
  window.tabbing = () => {
    const name = (element) => element.outerHTML.replace(/\s+/g, " ").slice(0, 110);
    const missed = wanted().filter((element) => !seen.has(element)).map((element) => `not reached: ${name(element)}`);
    const unseen = [...seen].filter(([, outlined]) => !outlined).map(([element]) => `no outline: ${name(element)}`);
    return [...missed, ...unseen];
  };
  document.activeElement.blur();
  window.getSelection().removeAllRanges();
  return wanted().length + 3 * document.querySelectorAll("input[type=date]").length;  // it stops at day, month, year and picture
}
