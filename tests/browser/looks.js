// What a page must keep, measured in the page itself. Returns sentences about what is wrong; none is well.
() => {
  const problems = [];
  const shown = (element) =>
    element.checkVisibility({ visibilityProperty: true, opacityProperty: true, contentVisibilityAuto: true }) &&
    !element.closest(".visually-hidden, .skip") && element.getBoundingClientRect().width > 1;
  const say = (element) => {
    const text = (element.textContent || element.id || element.name || "").trim().replace(/\s+/g, " ").slice(0, 40);
    return `<${element.localName}${element.className?.baseVal === undefined && element.className ? `.${element.className}` : ""}> “${text}”`;
  };

  // -- nothing sticks out to the side
  const width = document.documentElement.clientWidth;
  if (document.documentElement.scrollWidth > width) {
    const wide = [...document.querySelectorAll("body *")].filter((e) => shown(e) && e.getBoundingClientRect().right > width + 1);
    problems.push(`${document.documentElement.scrollWidth} px wide in a window of ${width}: ${wide.slice(0, 3).map(say)}`);
  }

  // -- headings and labels
  const titles = [...document.querySelectorAll("h1")].filter(shown);
  if (titles.length !== 1) problems.push(`${titles.length} h1`);
  if (!document.title.trim() || !document.documentElement.lang) problems.push("no title or no language");
  for (const input of document.querySelectorAll("input:not([type=hidden]), select, textarea"))
    if (!input.labels.length && !input.ariaLabel) problems.push(`no label: ${say(input)}`);
  for (const control of document.querySelectorAll("a[href], button, summary"))
    if (!control.textContent.trim() && !control.ariaLabel) problems.push(`no name: ${control.outerHTML.slice(0, 80)}`);
  const ids = [...document.querySelectorAll("[id]")].map((element) => element.id);
  const twice = ids.filter((id, at) => ids.indexOf(id) !== at);
  if (twice.length) problems.push(`ids twice: ${twice}`);

  // -- contrast of text, WCAG 2.2, 1.4.3: a pixel of canvas reads every notation of colours
  const context = Object.assign(document.createElement("canvas"), { width: 1, height: 1 }).getContext("2d", { willReadFrequently: true });
  const read = (colour) => {
    context.clearRect(0, 0, 1, 1);
    context.fillStyle = colour;
    context.fillRect(0, 0, 1, 1);
    const [r, g, b, a] = context.getImageData(0, 0, 1, 1).data;
    return [r, g, b, a / 255];
  };
  const over = (top, below, alpha = top[3]) => [0, 1, 2].map((at) => top[at] * alpha + below[at] * (1 - alpha)).concat(1);
  const background = (element) => {
    if (!element) return read(getComputedStyle(document.body).colorScheme.includes("dark") ? "Canvas" : "white");
    const style = getComputedStyle(element), own = read(style.backgroundColor);
    const below = own[3] === 1 && style.opacity === "1" ? own : background(element.parentElement);
    return over(own, below, own[3] * Number(style.opacity));
  };
  const luminance = (colour) => {
    const [r, g, b] = colour.map((part) => (part / 255 <= 0.04045 ? part / 255 / 12.92 : ((part / 255 + 0.055) / 1.055) ** 2.4));
    return 0.2126 * r + 0.7152 * g + 0.0722 * b;
  };
  const contrast = (one, two) => {
    const [dark, light] = [luminance(one), luminance(two)].sort((a, b) => a - b);
    return (light + 0.05) / (dark + 0.05);
  };
  const opacity = (element) => (element ? Number(getComputedStyle(element).opacity) * opacity(element.parentElement) : 1);
  const check = (element, colour) => {
    const behind = background(element);
    const ratio = contrast(over(read(colour), behind, read(colour)[3] * opacity(element)), behind);
    if (ratio < 4.5) problems.push(`contrast ${ratio.toFixed(2)}: ${say(element)}`);
  };
  let texts = 0;
  const walker = document.createTreeWalker(document.body, NodeFilter.SHOW_TEXT);
  while (walker.nextNode()) {
    const element = walker.currentNode.parentElement;
    if (!walker.currentNode.data.trim() || !shown(element) || element.closest(":disabled, [aria-disabled=true], script, style, noscript, template")) continue;
    texts += 1;
    check(element, getComputedStyle(element).color);
  }
  for (const input of document.querySelectorAll("input:not([type=hidden]):not([type=radio]):not([type=checkbox]), select")) {
    if (!shown(input)) continue;
    check(input, getComputedStyle(input).color);
    if (input.placeholder) check(input, getComputedStyle(input, "::placeholder").color);
  }
  if (texts < 3) problems.push(`only ${texts} texts were looked at`);
  return problems;
}
