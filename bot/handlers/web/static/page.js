// On every page: leave quickly, close open menus, print.
"use strict";

for (const link of document.querySelectorAll("[data-exit]")) {
  link.addEventListener("click", (event) => {
    event.preventDefault();
    document.documentElement.hidden = true;
    // The page left is replaced, so that "back" does not lead here.
    window.location.replace(/** @type {HTMLAnchorElement} */ (link).href);
  });
}

for (const button of document.querySelectorAll("[data-print]")) {
  /** @type {HTMLElement} */ (button).hidden = false;
  button.addEventListener("click", () => window.print());
}

const menus = /** @type {NodeListOf<HTMLDetailsElement>} */ (document.querySelectorAll("details.menu"));

document.addEventListener("keydown", (event) => {
  for (const menu of menus) {
    if (event.key === "Escape" && menu.open) {
      menu.open = false;
      menu.querySelector("summary")?.focus();
    }
  }
});

document.addEventListener("click", (event) => {
  for (const menu of menus) {
    if (!menu.contains(/** @type {Node} */ (event.target))) menu.open = false;
  }
});
