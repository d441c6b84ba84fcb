// The live face of a Traceability.  All rules are here from the start; choosing hides those that do not fit.

const KEYS = { "data-lm-suppress-shortcuts": "true" };
const COLUMNS = ["rule", "what it asks", "clause", "level", "basis", "editions", "code", "vectors", "tests", "notebooks"];

function make(tag, attributes = {}, ...children) {
  const element = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) element.setAttribute(name, value);
  element.append(...children);
  return element;
}

function choice(name, options) {
  const select = make("select", { "aria-label": name, ...KEYS }, ...options.map(([value, text]) => make("option", { value }, text)));
  return [select, make("label", {}, name, select)];
}

const each = (values) => [["", "all"], ...[...new Set(values)].sort().map((value) => [value, value])];

function lineOf(row) {
  const cells = [row.clause, row.level, row.basis, row.editions.join(", "), row.code, row.vectors, row.tests, row.notebooks];
  // JupyterLab finds the place that a link names by the second of the two.
  return make("tr", { id: row.id, "data-jupyter-id": row.id }, make("th", { scope: "row" }, row.id), make("td", { class: "wide" }, row.says),
    ...cells.map((text) => make("td", {}, text)));
}

function tableOf(caption, heads, rows) {
  const head = make("thead", {}, make("tr", {}, ...heads.map((name) => make("th", { scope: "col" }, name))));
  return make("table", {}, make("caption", {}, caption), head, make("tbody", {}, ...rows));
}

function render({ model, el }) {
  const rows = model.get("rows"), orphans = model.get("orphans");
  const words = make("input", { type: "search", "aria-label": "words", size: 16, ...KEYS });
  const [clause, ofClause] = choice("clause", [["", "all"], ...model.get("clauses")]);
  const [level, ofLevel] = choice("level", each(rows.map((row) => row.level)));
  const [basis, ofBasis] = choice("basis", each(rows.map((row) => row.basis)));
  const [edition, ofEdition] = choice("edition", each(rows.flatMap((row) => row.editions)));
  const lacking = new Map(orphans.filter(({ kind }) => kind.startsWith("rules")).map(({ kind, ids }) => [kind, ids]));
  const [missing, ofMissing] = choice("what is missing", [["", "whatever"], ...[...lacking].map(([kind, ids]) => [kind, `${kind} (${ids.length})`])]);
  const again = make("button", { type: "button", ...KEYS }, "Show all");
  const bar = make("div", { class: "bar", role: "group", "aria-label": "Which rules" },
    make("label", {}, "words", words), ofClause, ofLevel, ofBasis, ofEdition, ofMissing, again);
  const status = make("p", { role: "status" });

  const lines = new Map(rows.map((row) => [row, lineOf(row)]));
  const texts = new Map(rows.map((row) => [row, Object.values(row).join(" ").toLowerCase()]));
  const matrix = make("div", { class: "box", tabindex: "0", role: "region", "aria-label": "Rules and where they are", ...KEYS },
    tableOf("Rules and where they are; those that lack something come first", COLUMNS, [...lines.values()]));
  const without = orphans.map(({ kind, ids, meaning }) =>
    make("tr", {}, make("th", { scope: "row" }, kind), make("td", {}, String(ids.length)), make("td", { class: "wide" }, ids.join(", ") || "–"), make("td", { class: "wide" }, meaning)));
  const lonely = make("div", { class: "box", tabindex: "0", role: "region", "aria-label": "What has no counterpart", ...KEYS },
    tableOf("What has no counterpart", ["what", "how many", "which", "why that may be so"], without));

  const sift = () => {
    const asked = words.value.toLowerCase().split(/\s+/).filter(Boolean);
    const only = missing.value === "" ? null : new Set(lacking.get(missing.value));
    const fits = (row) => (!clause.value || row.clause === clause.value) && (!level.value || row.level === level.value)
      && (!basis.value || row.basis === basis.value) && (!edition.value || row.editions.includes(edition.value))
      && (!only || only.has(row.id)) && asked.every((word) => texts.get(row).includes(word));
    let count = 0;
    for (const [row, line] of lines) {
      line.hidden = !fits(row);
      count += !line.hidden;
    }
    status.textContent = `${count} of ${rows.length} rules.`;
  };
  for (const field of [words, clause, level, basis, edition, missing]) field.addEventListener("input", sift);
  again.onclick = () => {
    words.value = "";
    for (const select of [clause, level, basis, edition, missing]) select.value = "";
    sift();
  };
  const root = make("div", { class: "iec63119 iec63119-listing iec63119-traceability" }, bar, status, matrix, make("details", { open: "" }, make("summary", {}, "What has no counterpart"), lonely));
  el.append(root);
  sift();
}

export default { render };
