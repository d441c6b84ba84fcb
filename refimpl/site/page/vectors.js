// All vectors to search, on a page without a kernel: a line of each is here from the start; one that is opened comes with
// its family, whole, and can be copied.

(() => {
  const { load, faces } = iec63119;
  const LONGEST = 4000;
  const FIELDS = ["words", "family", "outcome", "rule", "edition"];
  const root = document.documentElement.dataset.content_root ?? "./";

  const escaped = (text) => text.replace(/[&<>"']/g, (sign) => `&#${sign.charCodeAt(0)};`);

  faces.vectors = (value) => {
    const rules = new Set(value.rules);
    const linked = (text) => escaped(text).replace(/\b[A-Z]{3}-[0-9]+\b/g,
      (id) => (rules.has(id) ? `<a href="${root}rules.html#${id}">${id}</a>` : id));

    function part(title, said, told) {
      if (told === undefined) return `<p><b>${title}</b> ${escaped(said)}.</p>`;
      const text = JSON.stringify(told, null, 1), more = text.length - LONGEST;
      const cut = more > 0 ? `\n… ${more.toLocaleString("en")} characters more; the copy is whole` : "";
      return `<p><b>${title}</b> ${escaped(said)}:</p><pre tabindex="0">${escaped(text.slice(0, LONGEST))}${cut}</pre>`;
    }

    function laidOut(test, contexts) {
      const then = test.expectByEdition ?? Object.fromEntries(test.editions.map((edition) => [edition, test.expect]));
      const [family, name] = test.id.split("/");
      const facts = {
        rules: linked(test.rules.join(", ")),
        "how sure": `${test.basis}, ${test.level}; ${test.binding ? "binds" : "does not bind: a choice of this model decides"}`,
        clauses: escaped((test.clauses ?? []).join(", ")), flags: escaped(test.flags.join(", ")),
        source: escaped(test.source ?? ""), twin: escaped(test.twin ?? ""),
        permalink: `<a href="${root}vectors/${family}.html#${name}">${escaped(test.id)}</a> since ${escaped(test.since)}; the id is never given to another`,
      };
      const rows = Object.entries(facts).filter(([, told]) => told).map(([fact, told]) => `<dt>${fact}</dt><dd>${told}</dd>`);
      return [
        `<p>${linked(test.title)}. ${linked(test.why)}</p><dl>${rows.join("")}</dl>`,
        part("Given", test.context ?? "no context", contexts[test.context]),
        part("When", `${test.operation} is asked`, test.input),
        ...Object.entries(then).map(([edition, expected]) => part(`Then, ${edition}`, expected.outcome, expected)),
        `<p class="bar"><button type="button" data-copies="${escaped(test.id)}">Copy the vector</button> <span role="status"></span></p>`,
      ].join("\n");
    }

    const whole = (id) => load(`vectors.${id.split("/")[0]}`);
    const sifted = iec63119.sifted(FIELDS);

    return {
      ...sifted,
      begins: { packed: value },
      async asked(model, { open }) {
        const { vectors, contexts } = await whole(open);
        model.hear({ id: open, html: laidOut(vectors[open], contexts) });
      },
      watch(box, moved) {
        sifted.watch(box, moved);
        box.addEventListener("click", async ({ target }) => {
          const { copies } = target.dataset;
          if (!copies) return;
          const { vectors, contexts } = await whole(copies), test = vectors[copies];
          const told = test.context ? { ...test, context: contexts[test.context] } : test;
          const said = target.nextElementSibling;
          try {
            await navigator.clipboard.writeText(JSON.stringify(told, null, 2));
            said.textContent = "Copied.";
          } catch {
            said.textContent = "The browser did not let it be copied.";
          }
        });
      },
    };
  };
})();
