// The console with JavaScript: single keys, and the conversation begins at its end. All of it works without.
"use strict";

document.getElementById("problem")?.scrollIntoView({ block: "center" });

const log = document.getElementById("log");
if (log) log.scrollTop = log.scrollHeight;

const dialog = /** @type {HTMLDialogElement | null} */ (document.getElementById("keys"));
const opener = /** @type {HTMLButtonElement | null} */ (document.getElementById("keys-button"));
if (dialog && opener) {
  opener.hidden = false;
  opener.addEventListener("click", () => dialog.showModal());
}

/** Open what hides a field, and put the cursor into it. */
const goTo = (/** @type {string} */ id) => {
  const field = document.getElementById(id);
  if (!field) return false;
  const hidden = /** @type {HTMLDetailsElement | null} */ (field.closest("details.act"));
  if (hidden) hidden.open = true;
  field.focus();
  return true;
};

/** The next or previous line of the queue, beginning at the one that is shown. */
const move = (/** @type {number} */ by) => {
  const lines = /** @type {HTMLElement[]} */ ([...document.querySelectorAll("[data-line]")].filter((each) => each.getClientRects().length));
  if (!lines.length) return false;
  const at = lines.findIndex((each) => each === document.activeElement);
  const from = at >= 0 ? at : lines.findIndex((each) => each.matches("[aria-current]"));
  lines[Math.max(0, Math.min(lines.length - 1, from + by))].focus();
  return true;
};

const keys = /** @type {Record<string, () => boolean>} */ ({
  j: () => move(1),
  k: () => move(-1),
  r: () => goTo("answer"),
  n: () => goTo("note"),
  "/": () => goTo("search"),
  c: () => {
    const button = /** @type {HTMLButtonElement | null} */ (document.querySelector("[data-key='c']"));
    button?.click();
    return button !== null;
  },
  "?": () => {
    dialog?.showModal();
    return dialog !== null;
  },
});

if (document.body.hasAttribute("data-keys")) {
  document.addEventListener("keydown", (event) => {
    const target = /** @type {HTMLElement} */ (event.target);
    if (event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
    if (target.matches("input, textarea, select, [contenteditable]") || dialog?.open) return;
    if (keys[event.key]?.()) event.preventDefault();
  });
}
