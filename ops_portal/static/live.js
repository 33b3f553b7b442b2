// Live pages: clocks tick between two answers of the server, a part that replaces itself never takes
// away what the reader is typing in or looking at, and hidden pages ask for nothing.
//
//   <span data-due="2026-03-09T07:30:00Z" data-state="on_track">38 min left</span>
//
// The server alone knows support time. A clock ticks here only while all the time to its due instant
// counts, which shows in the words themselves: they hold exactly the time from now to then.
(() => {
  "use strict";

  const RUNNING = new Set(["on_track", "attention"]);
  const THIN = "\u202f";
  const calm = window.matchMedia("(prefers-reduced-motion: reduce)");
  const skew = Date.now() - Date.parse(document.body.dataset.now || new Date().toISOString());

  // the same words as web/filters.py: duration
  const words = (seconds) => {
    const hours = Math.floor(seconds / 3600);
    const minutes = Math.floor((seconds % 3600) / 60);
    if (hours) return `${hours}${THIN}h${minutes ? THIN + String(minutes).padStart(2, "0") : ""}`;
    return minutes ? `${minutes}${THIN}min` : `${seconds}${THIN}s`;
  };

  const leftOf = (clock) => Math.floor((Date.parse(clock.dataset.due) - (Date.now() - skew)) / 1000);

  // seconds pass on the way from the server: the words may be a moment older
  const shown = (clock, left) => [0, 1, 2, 3].map((late) => words(left + late)).find((text) => clock.textContent.startsWith(text));

  const tick = () => {
    for (const clock of document.querySelectorAll("[data-due]")) {
      if (!RUNNING.has(clock.dataset.state)) continue;
      const left = leftOf(clock);
      if (left < 0) continue;
      clock.said ??= shown(clock, left);
      if (!clock.said) continue;
      const now = words(left);
      if (now === clock.said) continue;
      clock.textContent = clock.textContent.replace(clock.said, now);
      clock.said = now;
    }
  };

  // whoever wants little motion gets a new word once in a minute
  let beat = 0;
  setInterval(() => {
    beat += 1;
    if (!document.hidden && (!calm.matches || beat % 60 === 0)) tick();
  }, 1000);

  // --- parts that replace themselves -----------------------------------------------------------
  const isPolling = (detail) => detail.requestConfig.triggeringEvent === undefined;
  const isBusy = (part) => {
    const here = document.activeElement;
    const types = part.contains(here) && here.matches("input, textarea, select, [contenteditable]");
    return types || part.querySelector("details[open]") !== null;
  };

  document.addEventListener("htmx:beforeRequest", (event) => {
    if (document.hidden && isPolling(event.detail)) event.preventDefault();
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) tick();
  });

  // the focus stays on the same link of a list that was replaced under it
  let focused = null;
  document.addEventListener("htmx:beforeSwap", ({ detail }) => {
    if (detail.requestConfig.verb === "get" && isPolling(detail) && isBusy(detail.target)) detail.shouldSwap = false;
    focused = document.activeElement?.closest("a[data-row-link]")?.getAttribute("href");
  });
  document.addEventListener("htmx:afterSettle", () => {
    if (!focused || document.activeElement !== document.body) return;
    const same = document.querySelector(`a[data-row-link][href="${CSS.escape(focused)}"]`);
    if (same) same.focus({ preventScroll: true });
    focused = null;
  });
})();
