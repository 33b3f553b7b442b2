// Forms: nothing is sent twice, the first error takes the focus, a mistake is said at once,
// and what was typed survives a lost session. Without this file forms still work.
(() => {
  "use strict";

  const reader = document.body.dataset.reader || "";
  const DRAFT = `draft:${reader}:`;
  const TYPED = "textarea, input[type=text], input[type=email], input[type=tel], input[type=datetime-local], select";

  // --- sent once -------------------------------------------------------------------------------
  // The button is not disabled: a disabled one would not send its own name and value.
  document.addEventListener("submit", (event) => {
    const form = event.target;
    if (form.method !== "post" || event.defaultPrevented) return;
    if (form.ariaBusy === "true") {
      event.preventDefault();
      event.stopImmediatePropagation();
      return;
    }
    form.ariaBusy = "true";
  }, true);

  const release = (root) => root.querySelectorAll("form[aria-busy]").forEach((form) => form.removeAttribute("aria-busy"));
  window.addEventListener("pageshow", () => release(document));
  document.addEventListener("htmx:afterRequest", () => release(document));

  // --- errors ----------------------------------------------------------------------------------
  const showErrors = (root) => {
    const summary = root.querySelector("[data-errors]");
    if (summary) summary.focus();
  };

  const fault = (control) => {
    const { validity, dataset } = control;
    if (validity.valueMissing && dataset.missing) return dataset.missing;
    return !validity.valid && !validity.valueMissing && dataset.invalid ? dataset.invalid : "";
  };

  const say = (control, sentence) => {
    const id = `${control.id}-error`;
    let note = document.getElementById(id);
    if (!sentence) {
      if (note) note.remove();
      control.removeAttribute("aria-invalid");
      return;
    }
    if (!note) {
      note = Object.assign(document.createElement("p"), { id, className: "field-error" });
      control.before(note);
      control.setAttribute("aria-describedby", `${control.getAttribute("aria-describedby") || ""} ${id}`.trim());
    }
    note.textContent = sentence;
    control.setAttribute("aria-invalid", "true");
  };

  // said when a field is left that was typed in, taken back with the repair
  const touched = new WeakSet();
  document.addEventListener("focusout", ({ target }) => {
    if (touched.has(target) && target.matches("[data-missing], [data-invalid]")) say(target, fault(target));
  });
  document.addEventListener("input", ({ target }) => {
    touched.add(target);
    if (target.matches?.("[aria-invalid]") && target.validity.valid) say(target, "");
  });

  // --- drafts ----------------------------------------------------------------------------------
  // Kept in this tab only, per person; signing out empties the storage (Clear-Site-Data).
  const drafted = (form) => form && form.method === "post" && (form.dataset.keep || form.querySelector("textarea"));
  const keyOf = (form) => `${DRAFT}${form.dataset.keep || ""}${new URL(form.action).pathname}`;
  const controlsOf = (form) => [...form.querySelectorAll(TYPED)].filter((c) => c.name && !c.name.startsWith("_"));

  const keep = (form) => {
    const typed = Object.fromEntries(controlsOf(form).map((c) => [c.name, c.value]));
    sessionStorage.setItem(keyOf(form), JSON.stringify(typed));
  };

  const untouched = (control) => {
    if (control.tagName === "SELECT") return [...control.options].every((o) => o.selected === o.defaultSelected || !control.value);
    return control.value === control.defaultValue;
  };

  const restore = (form) => {
    const kept = sessionStorage.getItem(keyOf(form));
    if (!kept || form.querySelector("[aria-invalid]") || document.querySelector("[data-errors]")) return;
    const typed = JSON.parse(kept);
    const back = controlsOf(form).filter((c) => c.name in typed && typed[c.name] !== c.value && untouched(c));
    back.forEach((control) => { control.value = typed[control.name]; });
    if (back.some((control) => control.tagName === "TEXTAREA")) {
      const note = Object.assign(document.createElement("p"), { className: "field-help", textContent: document.body.dataset.draftNote });
      note.setAttribute("role", "status");
      form.prepend(note);
    }
  };

  document.addEventListener("input", ({ target }) => {
    if (target.matches?.(TYPED) && drafted(target.form)) keep(target.form);
  });

  // A form that was taken leads to another page: its draft has done its work. The sign-in and an
  // error are no such pages: there the draft waits for the reader to come back.
  const SENT = "draft-sent";
  document.addEventListener("submit", ({ target }) => {
    if (drafted(target)) sessionStorage.setItem(SENT, keyOf(target));
  });
  const settle = () => {
    // a page without a reader is the sign-in: what was sent last did not arrive, its draft stays
    if (!reader) Object.keys(sessionStorage).filter((key) => /^draft:\d+:sent$/.test(key)).forEach((key) => sessionStorage.removeItem(key));
    const sent = sessionStorage.getItem(SENT);
    sessionStorage.removeItem(SENT);
    const isTaken = reader && !document.querySelector("[data-errors], [data-failed]");
    if (sent && isTaken) sessionStorage.removeItem(sent);
  };

  settle();
  document.querySelectorAll("form").forEach((form) => { if (drafted(form)) restore(form); });
  showErrors(document);
  document.addEventListener("htmx:afterSwap", ({ detail }) => showErrors(detail.elt));
})();
