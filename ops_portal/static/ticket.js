// The ticket page follows what others do, without taking away what is being typed.

function isBusy(region) {
  if (region.contains(document.activeElement) && document.activeElement.matches("input, textarea, select")) {
    return true;
  }
  return [...region.querySelectorAll("input, textarea")].some(
    (field) => field.type !== "hidden" && field.offsetParent && (field.type === "checkbox" || field.type === "radio"
      ? field.checked !== field.defaultChecked
      : field.value !== field.defaultValue),
  );
}

// a poll never replaces the forms while one of them is in use; an answer to a form of theirs does
document.addEventListener("htmx:oobBeforeSwap", (event) => {
  const region = event.detail.target;
  if (region.id === "ticket-actions" && isBusy(region)) {
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
document.addEventListener("click", (event) => {
  const details = event.target.closest("details.action > summary, details.compose > summary")?.parentElement;
  if (details && !details.open) {
    requestAnimationFrame(() => details.querySelector("form :is(input, textarea, select):not([type=hidden])")?.focus());
  }
});
