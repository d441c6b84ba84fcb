"use strict";
// Shows only what is searched for.  Nothing here reads or writes HTML.
document.documentElement.classList.add("scripted");

const filter = document.getElementById("filter");
const shown = document.getElementById("shown");
const rows = [...document.querySelectorAll("[data-verdict]")];
const texts = new Map(rows.map((row) => [row, row.textContent.toLowerCase()]));
const sections = [...document.querySelectorAll("section[data-family]")];
const folds = [...document.querySelectorAll("details.passed")];

function fits(row, wanted, words) {
  const named = ["verdict", "family", "edition"].every((name) => !wanted[name] || wanted[name] === row.dataset[name]);
  return named && words.every((word) => texts.get(row).includes(word));
}

function show() {
  const wanted = Object.fromEntries(new FormData(filter));
  const words = wanted.text.toLowerCase().split(/\s+/).filter(Boolean);
  const narrowed = words.length > 0 || wanted.verdict || wanted.family || wanted.edition;
  let number = 0;
  for (const row of rows) {
    row.hidden = !fits(row, wanted, words);
    number += row.hidden ? 0 : 1;
  }
  for (const part of [...folds, ...sections]) part.hidden = !part.querySelector("[data-verdict]:not([hidden])");
  for (const fold of folds) fold.open = Boolean(narrowed);
  shown.textContent = `${number} of ${rows.length} shown`;
}

filter.addEventListener("input", show);
filter.addEventListener("submit", (event) => event.preventDefault());
show();
