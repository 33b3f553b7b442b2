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

document.addEventListener("click", (event) => {
  const details = event.target.closest(".compose > summary")?.parentElement;
  if (details && !details.open) {
    for (const other of details.parentElement.querySelectorAll(":scope > details[open]")) {
      other.open = false;
    }
    requestAnimationFrame(() => focusFirst(details));
  }
});
