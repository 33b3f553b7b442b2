// Keys of the desk and the command palette. Both read the page: `data-key="r"` is pressed by r,
// `data-go="d"` by g then d, `data-palette` stands in the palette; rows are `data-row`.
// Single keys never work inside a text field, and not at all for those who switched them off.
(() => {
  "use strict";

  const TYPING = "input:not([type=checkbox], [type=radio], [type=button], [type=submit]), textarea, select, [contenteditable]";
  const GO_MS = 1500;
  const isOn = document.body.dataset.shortcuts === "on";
  const palette = document.querySelector("[data-palette-dialog]");
  const help = document.querySelector("[data-keys-dialog]");
  const visible = (element) => element && element.checkVisibility({ visibilityProperty: true });
  const firstSeen = (selector) => [...document.querySelectorAll(selector)].find(visible);

  // a fold opens and its first field takes the focus, a field takes it, all else is pressed
  const use = (element) => {
    const fold = element.closest("details");
    if (fold) fold.open = true;
    const field = element.matches("summary") ? [...fold.querySelectorAll(TYPING)].find(visible) : element;
    (field || element).focus();
    if (!element.matches(`summary, ${TYPING}`)) element.click();
  };

  // --- rows ------------------------------------------------------------------------------------
  const move = (step) => {
    const rows = [...document.querySelectorAll("[data-row]")].filter(visible);
    if (!rows.length) return;
    const here = rows.findIndex((row) => row.contains(document.activeElement));
    const next = here < 0 ? 0 : Math.min(rows.length - 1, Math.max(0, here + step));
    const link = rows[next].querySelector("[data-row-link], a");
    link?.focus();
    rows[next].scrollIntoView({ block: "nearest" });
  };

  // --- palette ---------------------------------------------------------------------------------
  const input = palette?.querySelector("input");
  const list = palette?.querySelector("ul");
  const none = palette?.querySelector(".palette-none");
  const plain = (text) => text.normalize("NFD").replace(/\p{M}/gu, "").toLowerCase();
  let found = [];

  const commands = () => {
    const seen = new Set();
    return [...document.querySelectorAll("[data-key], [data-palette], [data-go], .frame-nav a")]
      .map((element) => ({ element, label: (element.dataset.palette || element.ariaLabel || element.textContent).trim().replace(/\s+/g, " "), key: element.dataset.key || (element.dataset.go ? `g ${element.dataset.go}` : "") }))
      .filter(({ label }) => label && !seen.has(label) && seen.add(label));
  };

  // whatever is typed can also be looked for among the tickets
  const searches = (words) => {
    const { find, findWords } = palette.dataset;
    if (!words || !find) return [];
    return [{ label: findWords.replace("{words}", () => words), url: `${find}?q=${encodeURIComponent(words)}` }];
  };

  const select = (place) => {
    const items = [...list.children];
    items.forEach((item, i) => item.setAttribute("aria-selected", String(i === place)));
    if (items[place]) {
      input.setAttribute("aria-activedescendant", items[place].id);
      items[place].scrollIntoView({ block: "nearest" });
    } else input.removeAttribute("aria-activedescendant");
  };

  const fill = () => {
    const asked = plain(input.value);
    const fitting = commands().filter(({ label }) => plain(label).includes(asked));
    found = [...fitting, ...searches(input.value.trim())];
    list.replaceChildren(...found.map(({ label, key }, i) => {
      const item = Object.assign(document.createElement("li"), { id: `palette-${i}`, textContent: label });
      item.setAttribute("role", "option");
      if (key && isOn) item.append(Object.assign(document.createElement("kbd"), { textContent: key }));
      item.addEventListener("click", () => run(i));
      return item;
    }));
    none.hidden = fitting.length > 0;
    select(0);
  };

  const run = (place) => {
    palette.close();
    if (found[place]?.url) location.assign(found[place].url);
    else if (found[place]) use(found[place].element);
  };

  const openPalette = () => {
    if (!palette || palette.open) return;
    input.value = "";
    palette.showModal();
    fill();
  };

  input?.addEventListener("input", fill);
  input?.addEventListener("keydown", (event) => {
    const place = [...list.children].findIndex((item) => item.ariaSelected === "true");
    const steps = { ArrowDown: 1, ArrowUp: -1 };
    if (event.key in steps) select((place + steps[event.key] + found.length) % (found.length || 1));
    else if (event.key === "Enter") run(place);
    else return;
    event.preventDefault();
  });
  for (const dialog of [palette, help]) {
    dialog?.addEventListener("click", (event) => { if (event.target === dialog) dialog.close(); });
  }
  document.querySelectorAll("[data-open-palette]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", openPalette);
  });

  // --- keys ------------------------------------------------------------------------------------
  const SINGLE = {
    "?": () => help?.showModal(),
    "/": () => firstSeen("[data-search]")?.focus(),
    j: () => move(1),
    k: () => move(-1),
  };
  let goUntil = 0;

  const press = (key) => {
    if (goUntil > Date.now()) {
      goUntil = 0;
      const target = document.querySelector(`[data-go="${CSS.escape(key)}"]`);
      if (target) target.click();
      return Boolean(target);
    }
    if (key === "g") {
      goUntil = Date.now() + GO_MS;
      return true;
    }
    if (SINGLE[key]) {
      SINGLE[key]();
      return true;
    }
    const target = /^[a-z]$/.test(key) && document.querySelector(`[data-key="${key}"]`);
    if (target) use(target);
    return Boolean(target);
  };

  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      openPalette();
      return;
    }
    const isHeld = event.ctrlKey || event.metaKey || event.altKey || event.isComposing;
    if (!isOn || isHeld || document.querySelector("dialog[open]") || event.target.closest(TYPING)) return;
    if (press(event.key)) event.preventDefault();
  });

  // a menu closes when the reader goes elsewhere
  document.addEventListener("click", ({ target }) => {
    document.querySelectorAll("details.menu[open]").forEach((menu) => { if (!menu.contains(target)) menu.open = false; });
  });
  document.addEventListener("keydown", ({ key }) => {
    if (key !== "Escape") return;
    const menu = document.activeElement?.closest("details.menu[open]");
    if (!menu) return;
    menu.open = false;
    menu.querySelector("summary").focus();
  });
})();
