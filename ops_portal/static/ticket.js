// The ticket page follows what others do, without taking away what is being typed.

// the forms are replaced by their own answers only, never by a poll while one of them is open
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const region = event.detail.target;
  if (region.id === "ticket-actions" && region.querySelector("form")) {
    event.detail.shouldSwap = false;
  }
});

// a stale save is answered with 409 and the page that shows both versions
document.addEventListener("htmx:beforeSwap", (event) => {
  if (event.detail.xhr.status === 409 && event.detail.serverResponse.includes("ticket-actions")) {
    event.detail.shouldSwap = true;
    event.detail.isError = false;
  }
});

// an opened form takes the focus, so that a key is followed by typing
function focusFirst(region) {
  const first = region.querySelector("[autofocus]") || region.querySelector("form :is(input, textarea, select):not([type=hidden])");
  first?.focus();
}

document.addEventListener("htmx:afterSettle", (event) => {
  const open = event.detail.target.id === "ticket-actions" && document.querySelector(".action-open");
  if (open) {
    focusFirst(open);
  }
});

// what was saved takes the focus, in the words of the history: a saved action leads away from its own
// address, a refused or previewed one stays there
document.addEventListener("htmx:afterSettle", ({ detail }) => {
  const { verb, path } = detail.requestConfig || {};
  if (verb !== "post" || !detail.xhr.responseURL || detail.xhr.responseURL.endsWith(path)) {
    return;
  }
  const entry = [...document.querySelectorAll("#ticket-history .timeline > li[id]")].at(-1);
  const said = document.querySelector("#ticket-said");
  if (document.activeElement !== document.body || !entry || !said) {
    return;
  }
  if (detail.target.closest("#ticket-compose")) {
    entry.tabIndex = -1;
    entry.focus();
    return;
  }
  said.textContent = entry.querySelector(".marker-what, .message-head > span")?.textContent.trim() || "";
  said.focus({ preventScroll: true });
});

document.addEventListener("click", (event) => {
  const details = event.target.closest(".compose > summary")?.parentElement;
  if (details && !details.open) {
    for (const other of details.parentElement.querySelectorAll(":scope > details[open]")) {
      other.open = false;
    }
    requestAnimationFrame(() => focusFirst(details));
  }
});
