// A part of a page that is drawn on the server anew whenever something in it changes.
"use strict";

const live = /** @type {HTMLElement | null} */ (document.getElementById("live"));
if (live) {
  const there = new URL(live.dataset.live ?? "", window.location.href);
  there.searchParams.set("after", live.dataset.number ?? "0");
  new EventSource(there).addEventListener("message", (event) => {
    live.innerHTML = JSON.parse(event.data).html;
  });
}
for (const each of document.querySelectorAll(".no-script-only")) /** @type {HTMLElement} */ (each).hidden = true;
