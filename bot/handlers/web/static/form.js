// The form with JavaScript: what is wrong comes into view first, and a form half filled in is not left by mistake.
"use strict";

document.getElementById("errors")?.focus();

const form = /** @type {HTMLFormElement} */ (document.getElementById("form"));
let changed = false;

form.addEventListener("input", () => {
  changed = true;
});
form.addEventListener("submit", () => {
  changed = false;
});
window.addEventListener("beforeunload", (event) => {
  if (changed) event.preventDefault();
});

// On a phone one group of questions at a time. Everything is shown when something needs to be mended.
const sections = /** @type {HTMLElement[]} */ ([...form.querySelectorAll("section.section")]);
const bar = /** @type {HTMLTemplateElement | null} */ (document.getElementById("steps-bar"));

if (bar && !document.getElementById("errors") && !window.location.hash.slice(1) && matchMedia("(max-width: 40rem)").matches) {
  form.insertBefore(bar.content, form.querySelector(".notice"));
  const back = /** @type {HTMLButtonElement} */ (form.querySelector("[data-back]"));
  const next = /** @type {HTMLButtonElement} */ (form.querySelector("[data-next]"));
  const where = /** @type {HTMLElement} */ (form.querySelector("[data-where]"));
  const line = /** @type {HTMLProgressElement} */ (form.querySelector(".steps-bar progress"));
  const rest = /** @type {HTMLElement[]} */ ([...form.querySelectorAll(".notice, .ways")]);
  let at = 0;

  const show = (/** @type {boolean} */ moved) => {
    sections.forEach((section, index) => {
      section.hidden = index !== at;
    });
    back.hidden = at === 0;
    next.hidden = at === sections.length - 1;
    for (const each of rest) each.hidden = at < sections.length - 1;
    where.textContent = (where.dataset.words ?? "").replace("##", `${sections.length}`).replace("#", `${at + 1}`);
    line.max = sections.length;
    line.value = at + 1;
    if (!moved) return;
    const title = /** @type {HTMLElement} */ (sections[at].querySelector("h2"));
    title.tabIndex = -1;
    title.focus();
  };
  back.addEventListener("click", () => {
    at -= 1;
    show(true);
  });
  next.addEventListener("click", () => {
    at += 1;
    show(true);
  });
  show(false);
}
