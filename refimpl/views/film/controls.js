// The controls that all films have in common; it stands before the script of each.

// What has the focus must itself say that JupyterLab is not to take its keys.
const KEYS = { "data-lm-suppress-shortcuts": "true" };

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

// Scrolls a box, and nothing around it, until a part of it is in sight beneath what sticks to its top.
function keepInSight(box, part, stuck = 0) {
  const outer = box.getBoundingClientRect(), inner = part.getBoundingClientRect();
  const above = inner.top - outer.top - stuck, below = inner.bottom - outer.top - box.clientHeight;
  if (above < 0) box.scrollTop += above;
  else if (below > 0) box.scrollTop += below;
}

// Does something once what was changed so far is painted.
function afterPaint(deed) {
  requestAnimationFrame(() => setTimeout(deed));
}

// Does something as soon as a part is on the page, and again whenever its size changes.
function atEachSize(part, deed) {
  const watch = new ResizeObserver(deed);
  watch.observe(part);
  return () => watch.disconnect();
}

// A control that changes nothing here stays where it is, reached by keyboard, and says why.
function silence(control, why) {
  control.setAttribute("aria-disabled", Boolean(why));
  control.title = why;
}

function button(text, label, deed) {
  const made = make("button", { type: "button", "aria-label": label, ...KEYS }, text);
  made.onclick = deed;
  return made;
}

function fill(select, options, value) {
  const told = JSON.stringify(options);
  if (select.dataset.options !== told) {
    select.dataset.options = told;
    select.replaceChildren(...Object.entries(options).map(([id, text]) => make("option", { value: id }, text)));
  }
  pick(select, value);
}

// A browser looks through all forms of a page once a menu is set, even to what it shows.
function pick(select, value) {
  if (select.value !== value) select.value = value;
}

function write(part, text) {
  if (part.textContent !== text) part.textContent = text;
}

// A menu for each label, and behind it the reason why it changes nothing where it does not.
function menus(labels, choose) {
  const selects = {}, reasons = {}, bar = [];
  for (const [name, label] of Object.entries(labels)) {
    selects[name] = make("select", { "aria-label": label, ...KEYS });
    selects[name].onchange = () => choose(name, selects[name].value);
    reasons[name] = make("small");
    bar.push(make("label", {}, label, selects[name], reasons[name]));
  }
  const show = (silent) => {
    for (const [name, select] of Object.entries(selects)) {
      select.disabled = name in silent;
      write(reasons[name], select.disabled ? `(${silent[name]})` : "");
    }
  };
  return { selects, bar, showSilent: show };
}

// A drawing whose heads stay in sight while its steps scroll; `go` is called with the number of a step that is clicked.
function film(go) {
  const heads = make("div", { class: "heads", "aria-hidden": "true" }), arrows = make("div", { class: "arrows" });
  const drawing = make("div", { class: "drawing", tabindex: "0", role: "group", "aria-label": "Arrows", ...KEYS }, heads, arrows);
  drawing.onclick = (event) => {
    const row = event.target.closest("[data-step]");
    if (row) go(Number(row.dataset.step));
  };
  const draw = (model) => {
    heads.innerHTML = model.get("heads");
    arrows.innerHTML = model.get("rows");
  };
  // Marks one step, fades those from another on, and writes where everybody stands.
  const mark = (current, later, phases) => {
    for (const [index, row] of arrows.querySelectorAll("[data-step]").entries()) {
      row.classList.toggle("current", index === current);
      row.classList.toggle("later", index >= later);
    }
    for (const phase of heads.querySelectorAll("[data-entity]")) write(phase, phases[phase.dataset.entity]);
  };
  const scroll = () => {
    const current = arrows.querySelector(".current");
    if (!current) return;
    keepInSight(drawing, current, heads.offsetHeight);
    const box = drawing.getBoundingClientRect(), words = current.querySelector(".words, .event text").getBoundingClientRect();
    if (words.left < box.left || words.right > box.right) drawing.scrollLeft += (words.left + words.right - box.left - box.right) / 2;
  };
  // The words above it stand there as long as the drawing is wider than its box.
  const sign = make("p", { class: "sideways", "aria-hidden": "true" }, "Wider than the page: scroll sideways →");
  const box = make("div", { class: "film" }, sign, drawing);
  const showSign = () => { sign.hidden = drawing.scrollWidth <= drawing.clientWidth; };
  return { box, draw, mark, scroll, showSign };
}

function copyable(label) {
  const text = make("pre", { tabindex: "0", ...KEYS });
  const copy = button("Copy", label, () => {
    getSelection().selectAllChildren(text);
    navigator.clipboard?.writeText(text.textContent);
  });
  return { text, copy };
}
