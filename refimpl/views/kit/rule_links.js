// Rule ids that lead to their rule.  An id in one of our widgets, in a table or in prose becomes a button, or is a link
// already; either opens a panel over the page.  Every notebook of the page brings one model with what the panels say;
// the page itself has one panel and one pair of ears.

const ID = /\b[A-Z]{3}-[0-9]+\b/;
const PLACES = ".jp-RenderedHTMLCommon, [class*='iec63119-']";
// Nothing that can be pressed goes into what can be pressed, and what is edited is its owner's.
const LEFT_ALONE = "a, button, summary, select, textarea, input, pre, script, style, .cm-editor, .iec63119-rule-panel";
// JupyterLab puts more between the name of the notebook and the rule.
const LINKS = "a[href*='11-traceability.ipynb'][href*='#'], a[href*='13-crosswalk.ipynb'][href*='#XWK-']";
const KEYS = ["data-lm-suppress-shortcuts", "true"];
const PATIENCE_MS = 10000;
const OPENING_MS = 30000;
const PAGE = Symbol.for("iec63119.rules");

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function facts(of) {
  const list = make("dl");
  for (const [name, value] of Object.entries(of)) {
    const lines = [].concat(value).map((line) => make("li", {}, line));
    list.append(make("dt", {}, name), make("dd", {}, lines.length > 1 ? make("ul", {}, ...lines) : [].concat(value)[0] ?? "–"));
  }
  return list;
}

// What the whole page has once: the models, newest last, and the panel.
function openPage() {
  const page = { models: [], panel: make("dialog", { class: "iec63119 iec63119-rule-panel", "aria-labelledby": "iec63119-rule-title" }) };
  document.body.append(page.panel);
  page.panel.addEventListener("click", (event) => {
    if (event.target === page.panel) page.panel.close();
  });
  document.addEventListener("click", (event) => {
    const rule = ruleAt(page, event);
    if (!rule) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    show(page, rule);
  }, true);
  const watch = new MutationObserver((changes) => {
    for (const { addedNodes } of changes) addedNodes.forEach((node) => mark(page, node));
    if (page.sought) reveal(page);
  });
  watch.observe(document.body, { childList: true, subtree: true });
  return page;
}

const known = (page, rule) => page.models.findLast((model) => rule in model.get("rules"));

function ruleAt(page, { target, ctrlKey, metaKey, shiftKey }) {
  if (ctrlKey || metaKey || shiftKey || !target.closest || target.closest(".iec63119-rule-panel")) return null;
  const link = target.closest(LINKS);
  const place = link ?? target.closest(".iec63119-rule, .iec63119-rule-text");
  const rule = link ? decodeURIComponent(link.hash.slice(1)) : place?.textContent.match(ID)?.[0];
  return rule && known(page, rule) ? rule : null;
}

// Make buttons of the ids in what was added to the page.
function mark(page, added) {
  const texts = [];
  if (added.nodeType === Node.TEXT_NODE) texts.push(added);
  else if (added.nodeType === Node.ELEMENT_NODE) {
    const walk = document.createTreeWalker(added, NodeFilter.SHOW_TEXT);
    while (walk.nextNode()) texts.push(walk.currentNode);
    for (const link of added.querySelectorAll(LINKS)) link.setAttribute(...KEYS);
  }
  for (const text of texts) {
    const within = text.parentElement;
    if (!ID.test(text.data) || !within?.closest(PLACES) || within.closest(LEFT_ALONE)) continue;
    if (within.closest("svg")) markDrawn(page, within);
    else markWritten(page, text);
  }
}

// A drawing is one image to a reader who hears it; its words have the same ids.
function markDrawn(page, within) {
  if (known(page, within.textContent.match(ID)?.[0])) within.classList.add("iec63119-rule-text");
}

function markWritten(page, text) {
  const parts = text.data.split(/\b([A-Z]{3}-[0-9]+)\b/);
  const made = parts.map((part, index) => {
    if (index % 2 === 0 || !known(page, part)) return part;
    return make("button", { type: "button", class: "iec63119-rule", "aria-haspopup": "dialog", [KEYS[0]]: KEYS[1] }, part);
  });
  if (made.some((part) => part instanceof Element)) text.replaceWith(...made);
}

// A place in another notebook: `iec63119 explore` opens it beside this one; elsewhere the link is followed as it is.
function linkTo(page, notebook, rule) {
  const link = make("a", { href: `${notebook}#${rule}`, target: "_blank", [KEYS[0]]: KEYS[1] }, `Its place among all rules, in ${notebook.replace(".ipynb", "")}`);
  link.onclick = (event) => {
    page.panel.close();
    const folder = decodeURIComponent(location.pathname.match(/\/tree\/(.*\/)?[^/]*$/)?.[1] ?? "");
    const asked = new CustomEvent("iec63119:open", { cancelable: true, detail: { path: folder + notebook, id: `#${rule}` } });
    if (document.dispatchEvent(asked)) return;
    event.preventDefault();
    seek(page, rule);
  };
  return link;
}

// A notebook that has just been opened has no such place yet; when it runs, the place is another.
function seek(page, rule) {
  page.sought = rule;
  clearTimeout(page.seeking);
  page.seeking = setTimeout(() => { page.sought = null; }, OPENING_MS);
  reveal(page);
}

function reveal(page) {
  const at = `[data-jupyter-id="${page.sought}"]`;
  const place = document.querySelector(`.iec63119-traceability ${at}, .iec63119-crosswalk-rules ${at}`);
  if (!place?.getClientRects().length) return;
  page.sought = null;
  place.tabIndex = -1;
  place.scrollIntoView({ block: "center" });
  place.focus({ preventScroll: true });
}

function show(page, rule) {
  const model = known(page, rule), { panel } = page;
  const close = make("button", { type: "button", autofocus: "", [KEYS[0]]: KEYS[1] }, "Close");
  close.onclick = () => panel.close();
  const wordings = model.get("rules")[rule].flatMap(({ says, editions, ...others }) =>
    [make("p", {}, says), facts({ ...others, editions: editions.join(", ") })]);
  const places = make("div", { role: "status" }, "Looking up where it is …");
  panel.replaceChildren(make("h2", { id: "iec63119-rule-title" }, `Rule ${rule}`), ...wordings, places,
    make("p", {}, linkTo(page, model.get(rule.startsWith("XWK-") ? "crosswalk" : "notebook"), rule)), close);
  panel.dataset.rule = rule;
  if (!panel.open) panel.showModal();
  const giveUp = () => places.replaceChildren("The kernel does not say where it is; run the notebook and ask again.");
  const late = setTimeout(giveUp, PATIENCE_MS);
  page.answer = (said) => {
    if (said.rule !== panel.dataset.rule) return;
    clearTimeout(late);
    places.replaceChildren(facts(said.places));
  };
  if (!ask(page, rule)) giveUp();
}

// A notebook that was closed leaves a model that nothing can be sent to.
function ask(page, rule) {
  for (let model = known(page, rule); model; model = known(page, rule)) {
    try {
      model.send({ rule });
      return true;
    } catch {
      page.models = page.models.filter((one) => one !== model);
    }
  }
  return false;
}

function initialize({ model }) {
  const page = (globalThis[PAGE] ??= openPage());
  page.models.push(model);
  model.on("msg:custom", (said) => page.answer?.(said));
  mark(page, document.body);
  return () => {
    page.models = page.models.filter((one) => one !== model);
    if (!page.models.length) page.panel.close();
  };
}

export default { initialize };
