// What all scripts of a page share: values that travel as scripts, for a page that is opened from a file can load nothing
// else; and the theme of the page, told to the pictures as JupyterLab tells it.

const iec63119 = (() => {
  const values = new Map();

  // A value by its name: the promise of it, and how that is kept.
  function valueOf(name) {
    if (!values.has(name)) {
      const one = { asked: false };
      one.promise = new Promise((keep, fail) => Object.assign(one, { keep, fail }));
      values.set(name, one);
    }
    return values.get(name);
  }

  const receive = (name, value) => valueOf(name).keep(value);

  function load(name) {
    const one = valueOf(name);
    if (!one.asked) {
      one.asked = true;
      const script = document.createElement("script");
      script.src = `${document.documentElement.dataset.content_root ?? "./"}_static/data/${name}.js`;
      script.onerror = () => one.fail(new Error(`${name}.js did not come`));
      document.head.append(script);
    }
    return one.promise.then(unpack);
  }

  // What is packed is unpacked once.
  const unpacked = new WeakMap();
  function unpack(value) {
    if (!value?.gzip) return value;
    if (!unpacked.has(value)) unpacked.set(value, unzip(value));
    return unpacked.get(value);
  }

  async function unzip({ gzip, ...others }) {
    const bytes = Uint8Array.from(atob(gzip), (letter) => letter.charCodeAt(0));
    const unzipped = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("gzip"));
    return { ...(await new Response(unzipped).json()), ...others };
  }

  // How a face follows fields that its view sifts by: what of them stands in the address, and back.
  const sifted = (names) => {
    const field = (box, name) => box.querySelector(`[aria-label="${name}"]`);
    return {
      watch(box, moved) {
        box.addEventListener("input", moved);
        box.addEventListener("click", ({ target }) => { if (target.textContent === "Show all") moved(); });
      },
      place: (_, box) => Object.fromEntries(names.map((name) => [name, field(box, name).value]).filter(([, told]) => told)),
      open(_, asked, box) {
        for (const name of names) field(box, name).value = asked[name] ?? "";
        field(box, names[0]).dispatchEvent(new Event("input"));
      },
    };
  };

  return { receive, load, unpack, sifted, faces: {} };
})();

(() => {
  const dark = matchMedia("(prefers-color-scheme: dark)");
  const tell = () => {
    const theme = document.body.dataset.theme ?? "auto";
    const isLight = theme === "auto" ? !dark.matches : theme === "light";
    document.body.dataset.jpThemeLight = String(isLight);
  };
  new MutationObserver(tell).observe(document.body, { attributes: true, attributeFilter: ["data-theme"] });
  dark.addEventListener("change", tell);
  tell();
})();
