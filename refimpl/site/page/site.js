// What a name means, beside it: the id of a rule, a term, an interface, an exchange.  A link to one tells it when it is
// pointed at or has the focus; in a picture, the name becomes such a link.
//
// A stored picture is an image.  Once it is near the view it is put into the page as a drawing, so that its names can lead
// somewhere; its words stay as they are.  Without a script it stays the image, with its alternative text.

(() => {
  const here = document.documentElement.dataset.content_root;
  const names = () => iec63119.load("names");
  const IDS = /\b(?:IF-\d+|X-\d+|[A-Z]{3}-\d+)\b/;
  const ROLE = /^(?:home|visited)-/;
  const SVG = "http://www.w3.org/2000/svg";

  const tip = document.createElement("div");
  tip.className = "tip";
  tip.id = "tip";
  tip.setAttribute("role", "tooltip");
  tip.hidden = true;

  const show = async (link) => {
    const { told } = await names();
    const [, says, basis] = told[link.dataset.name] ?? [];
    if (!says || !link.matches(":hover, :focus-visible")) return;
    tip.replaceChildren(says, " ", Object.assign(document.createElement("span"), { className: `basis ${basis}`, textContent: basis }));
    const box = link.getBoundingClientRect();
    tip.hidden = false;
    const left = Math.min(box.left + scrollX, scrollX + document.documentElement.clientWidth - tip.offsetWidth - 8);
    const above = box.bottom + tip.offsetHeight + 8 > innerHeight && box.top > tip.offsetHeight + 8;
    tip.style.left = `${Math.max(left, 8)}px`;
    tip.style.top = `${scrollY + (above ? box.top - tip.offsetHeight - 6 : box.bottom + 6)}px`;
    link.setAttribute("aria-describedby", tip.id);
  };
  const hide = (link) => {
    tip.hidden = true;
    link?.removeAttribute("aria-describedby");
  };

  const named = (target) => {
    const link = target.closest?.("article a[href]");
    if (!link) return null;
    const [page, place] = (link.getAttribute("href") ?? "").split("#");
    if (!link.dataset.name && /(?:^|\/)(?:rules|terms)\.html$/.test(page) && place) link.dataset.name = decodeURIComponent(place);
    return link.dataset.name ? link : null;
  };

  // The name that a text of a picture has, if it is one that the site tells of.  A line that is not in bold may be a part
  // of a longer name, so there only what is no word of every day counts.
  const nameIn = (text, { told, words }) => {
    const whole = text.textContent.trim(), id = IDS.exec(whole)?.[0] ?? "";
    const isWhole = text.getAttribute("font-weight") === "bold" || ROLE.test(whole);
    const name = (isWhole && words[whole.toLowerCase()]) || words[id.toLowerCase()] || id;
    return name in told ? name : null;
  };

  const linkNames = (drawing, known) => {
    for (const text of drawing.querySelectorAll("text")) {
      if (text.closest("a")) continue;
      const name = nameIn(text, known);
      if (!name) continue;
      const link = document.createElementNS(SVG, "a");
      link.setAttribute("href", here + known.told[name][0]);
      link.dataset.name = name;
      text.replaceWith(link);
      link.append(text);
    }
    // what has links in it is more than an image
    if (drawing.getAttribute("role") === "img" && drawing.querySelector("a")) drawing.setAttribute("role", "group");
  };

  let drawn = 0;
  const putDrawing = (image, known) => {
    const text = new TextDecoder().decode(Uint8Array.from(atob(image.src.split(",")[1]), (char) => char.charCodeAt(0)));
    const drawing = new DOMParser().parseFromString(text, "image/svg+xml").documentElement;
    if (drawing.tagName !== "svg") return;
    const own = `p${drawn += 1}-`;
    for (const style of drawing.querySelectorAll("style")) if (style.textContent.includes("prefers-color-scheme")) style.remove();
    for (const one of drawing.querySelectorAll("[id]")) one.id = own + one.id;
    for (const one of drawing.querySelectorAll("*")) {
      for (const { name, value } of [...one.attributes]) {
        if (value.includes("url(#")) one.setAttribute(name, value.replaceAll("url(#", `url(#${own}`));
        else if (name.endsWith("href") && value.startsWith("#")) one.setAttribute(name, `#${own}${value.slice(1)}`);
      }
    }
    for (const title of drawing.querySelectorAll(":scope > title, :scope > desc")) title.remove();
    drawing.setAttribute("aria-label", image.alt);
    drawing.setAttribute("role", "img");
    drawing.setAttribute("style", `${image.getAttribute("style") ?? ""};height:auto`);
    linkNames(drawing, known);
    image.parentElement.classList.add("iec63119"); // where the colours of a dark page hold
    image.replaceWith(drawing);
  };

  document.addEventListener("DOMContentLoaded", async () => {
    document.body.append(tip);
    for (const wide of document.querySelectorAll("article pre")) wide.tabIndex = 0; // the keyboard scrolls it
    document.addEventListener("mouseover", ({ target }) => named(target) && show(named(target)));
    document.addEventListener("mouseout", ({ target }) => hide(named(target)));
    document.addEventListener("focusin", ({ target }) => named(target) && show(named(target)));
    document.addEventListener("focusout", ({ target }) => hide(named(target)));
    document.addEventListener("keydown", ({ key }) => key === "Escape" && hide());

    // Paper is light.
    let theme;
    addEventListener("beforeprint", () => { theme = document.body.dataset.theme; document.body.dataset.theme = "light"; });
    addEventListener("afterprint", () => { document.body.dataset.theme = theme; });

    const images = document.querySelectorAll('.stored img[src^="data:image/svg+xml;base64,"]');
    const near = new IntersectionObserver((seen) => {
      for (const { target, isIntersecting } of seen) {
        if (!isIntersecting) continue;
        near.unobserve(target);
        names().then((known) => putDrawing(target, known));
      }
    }, { rootMargin: "400px" });
    for (const image of images) near.observe(image);

    // A live picture is drawn again and again; its names become links while nothing else is going on.
    const idle = window.requestIdleCallback ?? setTimeout;
    for (const live of document.querySelectorAll(".live")) {
      let waiting = false;
      new MutationObserver(() => {
        if (waiting) return;
        waiting = true;
        idle(async () => {
          const known = await names();
          waiting = false;
          // What a screen reader leaves out has nothing that the keyboard stops at.
          for (const drawing of live.querySelectorAll("svg")) if (!drawing.closest("[aria-hidden=true]")) linkNames(drawing, known);
        });
      }).observe(live, { childList: true, subtree: true });
    }
  });
})();
