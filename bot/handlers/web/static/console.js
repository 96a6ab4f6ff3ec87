// The console with JavaScript: single keys, and the conversation begins at its end. All of it works without.
"use strict";

document.getElementById("problem")?.scrollIntoView({ block: "center" });

const log = document.getElementById("log");
const toEnd = () => {
  if (log) log.scrollTop = log.scrollHeight;
};
toEnd();

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

const press = (/** @type {string} */ key) => {
  const button = /** @type {HTMLButtonElement | null} */ (document.querySelector(`[data-key='${key}']`));
  button?.click();
  return button !== null;
};

const keys = /** @type {Record<string, () => boolean>} */ ({
  j: () => move(1),
  k: () => move(-1),
  r: () => goTo("answer"),
  n: () => goTo("note"),
  "/": () => goTo("search"),
  c: () => press("c"),
  b: () => press("b"),
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

// --- live: the case ---

/** A name for one sending, so that it is applied once however often it has to be tried. */
const newId = () => Array.from(crypto.getRandomValues(new Uint8Array(12)), (each) => each.toString(16).padStart(2, "0")).join("");

/** A page as it is now. */
const fetched = async (path = window.location.pathname) => {
  const answer = await fetch(path + window.location.search, { headers: { Accept: "text/html" } });
  return answer.ok && !answer.redirected ? new DOMParser().parseFromString(await answer.text(), "text/html") : null;
};

/** What was refused came back in the fields, and is nowhere else. */
const refused = document.getElementById("problem") !== null;

/** Whether something is being written in a part of the page, which then must not be taken away. */
const isWritten = (/** @type {Element | null} */ part) =>
  [...(part?.querySelectorAll("textarea, input[type='text'], input[type='date']") ?? [])].some(
    (each) => /** @type {HTMLInputElement} */ (each).value !== (refused ? "" : /** @type {HTMLInputElement} */ (each).defaultValue),
  );

/** A part of the page without what is new each time, or what has been opened on it. */
const alike = (/** @type {Element} */ part) => part.innerHTML.replace(/ (open=""|disabled=""|hidden="")|name="id" value="[^"]*"|<p class="problem"[^>]*data-problem[^>]*>[^<]*<\/p>/g, "");

const caseMain = /** @type {HTMLElement | null} */ (document.querySelector("[data-live-case]"));
const changed = document.getElementById("changed");

/** Show what else has changed: at once, or when asked to where somebody is writing. */
const renew = async (/** @type {boolean} */ asked) => {
  const page = await fetched(caseMain?.dataset.liveCase?.replace(/\/events$/, "")); // this page may answer to a POST
  const main = /** @type {HTMLElement | null} */ (page?.querySelector("[data-live-case]"));
  if (!page || !main || !caseMain) return;
  caseMain.dataset.version = main.dataset.version;
  for (const part of [".case-head", ".pane-queue", "#person"]) {
    const before = document.querySelector(part);
    const after = page.querySelector(part);
    if (!before || !after) continue;
    if (before.contains(document.activeElement)) before.addEventListener("focusout", () => renew(false), { once: true });
    else before.innerHTML = after.innerHTML;
  }
  const acts = document.getElementById("acts");
  const fresh = page.getElementById("acts");
  if (!acts || !fresh || !changed) return;
  if (!asked && alike(acts) === alike(fresh)) return;
  const field = acts.contains(document.activeElement) ? document.activeElement?.id : null;
  if (asked || !(isWritten(acts) || field === "")) {
    const open = [...acts.querySelectorAll("details[open] > summary")].map((each) => each.textContent);
    acts.innerHTML = fresh.innerHTML;
    for (const each of acts.querySelectorAll("summary")) if (open.includes(each.textContent)) each.closest("details")?.setAttribute("open", "");
    if (field) document.getElementById(field)?.focus();
    changed.hidden = true;
  } else changed.hidden = false;
};
changed?.querySelector("button")?.addEventListener("click", () => renew(true));

/** Put a message into the log, or its newer version in its place. */
const add = (/** @type {{id: number, html: string}} */ piece) => {
  if (!log) return;
  const holder = document.createElement("template");
  holder.innerHTML = piece.html;
  const there = document.getElementById(`m${piece.id}`);
  const bubble = holder.content.querySelector(".bubble");
  const [day, before] = [holder.content.querySelector(".day"), [...log.querySelectorAll(".day")].pop()];
  if (day && day.textContent === before?.textContent) day.remove(); // it stands above already
  if (there && bubble) there.replaceWith(bubble);
  else log.append(holder.content);
};

if (caseMain && log) {
  log.setAttribute("role", "log");
  const stream = new EventSource(`${caseMain.dataset.liveCase}?after=${caseMain.dataset.last ?? 0}`);
  stream.addEventListener("message", (event) => {
    const news = JSON.parse(event.data);
    const followed = log.scrollHeight - log.scrollTop - log.clientHeight < 120;
    for (const each of news.bubbles) add(each);
    if (news.bubbles.length && followed) toEnd();
    if (news.version !== caseMain.dataset.version) renew(false);
  });
}

document.addEventListener("submit", async (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form.matches("[data-ready]")) {
    event.preventDefault();
    const chosen = /** @type {HTMLSelectElement} */ (form.elements.namedItem("ready")).selectedOptions[0];
    const fill = (/** @type {string} */ id, /** @type {string} */ words) => {
      const field = /** @type {HTMLTextAreaElement | null} */ (document.getElementById(id));
      if (field) field.value = field.value.trim() ? `${field.value.trim()}\n\n${words}` : words;
    };
    fill("answer", chosen.dataset.words ?? "");
    fill("in_swedish", chosen.dataset.swedish ?? "");
    goTo("answer");
    return;
  }
  const button = /** @type {HTMLButtonElement | null} */ (event.submitter);
  if (!form.matches("[data-say]") || button?.value !== "stay") return;
  event.preventDefault();
  const fields = new FormData(form, button);
  const problem = /** @type {HTMLElement} */ (form.querySelector("[data-problem]"));
  button.disabled = true;
  try {
    const answer = await fetch(form.action, { method: "POST", body: new URLSearchParams(/** @type {any} */ (fields)), headers: { Accept: "application/json" } });
    if (answer.status === 401) return form.submit();
    const said = await answer.json();
    problem.textContent = said.problem ?? "";
    problem.hidden = !said.problem;
    if (!answer.ok) return;
    for (const each of form.querySelectorAll("textarea")) each.value = "";
    /** @type {HTMLInputElement} */ (form.elements.namedItem("id")).value = newId();
    form.querySelector("textarea")?.focus();
  } catch {
    problem.textContent = form.dataset.failed ?? "";
    problem.hidden = false;
  } finally {
    button.disabled = false;
  }
});

document.addEventListener("keydown", (event) => {
  const form = /** @type {HTMLElement} */ (event.target).closest?.("form");
  if (event.key !== "Enter" || !(event.ctrlKey || event.metaKey) || !form) return;
  const button = /** @type {HTMLButtonElement | null} */ (form.querySelector("button[type='submit']"));
  button?.click();
});

// --- live: the queue ---

const queueMain = /** @type {HTMLElement | null} */ (document.querySelector("[data-live-queue]"));
if (queueMain) {
  const renewQueue = async () => {
    const page = await fetched();
    for (const part of [".filters", ".queue", ".errors"]) {
      const before = queueMain.querySelector(part);
      const after = page?.querySelector(`#main ${part}`);
      const at = document.activeElement?.getAttribute("href");
      if (before && after) before.innerHTML = after.innerHTML;
      else if (page && Boolean(before) !== Boolean(after)) window.location.reload();
      if (before && at) /** @type {HTMLElement | null} */ (before.querySelector(`[href="${at}"]`))?.focus();
    }
  };
  let first = true;
  new EventSource(queueMain.dataset.liveQueue ?? "").addEventListener("message", () => {
    if (!first && !document.hidden) renewQueue();
    first = false;
  });
  document.addEventListener("visibilitychange", () => {
    if (!document.hidden) renewQueue();
  });
}

// --- a message to many: counted and shown while it is written ---

const compose = /** @type {HTMLFormElement | null} */ (document.getElementById("compose"));
if (compose) {
  const [reach, said, shown] = ["count", "reach-said", "shown"].map((id) => document.getElementById(id));
  let timer = 0;
  let asked = 0;
  let unsaved = "unsaved" in compose.dataset;

  /** The form's fields without its picture, and with the language and channel that are wanted. */
  const fields = (/** @type {Record<string, string>} */ wanted = {}) => {
    const found = [...new FormData(compose)].filter(([, value]) => typeof value === "string");
    return new URLSearchParams([...found.map(([name, value]) => [name, String(value)]), ...Object.entries(wanted)]);
  };

  const marks = (/** @type {Record<string, string>} */ states) => {
    for (const [tag, state] of Object.entries(states)) {
      for (const each of compose.querySelectorAll(`[data-tongue="${tag}"] > .state`)) /** @type {HTMLElement} */ (each).hidden = !each.classList.contains(state);
    }
  };

  const look = async (/** @type {Record<string, string>} */ wanted = {}) => {
    const number = ++asked;
    try {
      const answer = await fetch(compose.dataset.count ?? "", { method: "POST", body: fields(wanted), headers: { Accept: "application/json" } });
      if (!answer.ok || number !== asked) return;
      const found = await answer.json();
      const before = reach?.querySelector(".big")?.textContent;
      if (reach) reach.innerHTML = found.count;
      const now = reach?.querySelector(".big")?.textContent;
      if (said && now && now !== before) said.textContent = now; // the number alone is read out, and when it is another
      if (shown) {
        const pressed = /** @type {HTMLButtonElement | null} */ (shown.contains(document.activeElement) ? document.activeElement : null);
        shown.innerHTML = found.phone;
        if (pressed) /** @type {HTMLElement | null} */ (shown.querySelector(`button[name="${pressed.name}"][value="${pressed.value}"]`))?.focus();
      }
      marks(found.states);
    } catch {
      // no connection: the number is counted anew at the next change, or when it is saved
    }
  };

  const changes = (/** @type {Event} */ event) => {
    const field = /** @type {HTMLInputElement} */ (event.target);
    if (field.name === "tab") return event.type === "change" && look({ show: field.value });
    unsaved = true;
    const part = field.closest("details.act");
    const chosen = part?.querySelector("[data-chosen]");
    if (part && chosen) chosen.textContent = String(part.querySelectorAll(":checked").length || "");
    window.clearTimeout(timer);
    timer = window.setTimeout(look, 500);
  };
  compose.addEventListener("input", changes);
  compose.addEventListener("change", changes);
  compose.addEventListener("click", (event) => {
    const button = /** @type {HTMLButtonElement | null} */ (/** @type {HTMLElement} */ (event.target).closest("button[name='show'], button[name='on']"));
    if (!button) return;
    event.preventDefault();
    if (button.name === "show") {
      const tab = /** @type {HTMLInputElement | null} */ (document.getElementById(`tab-${button.value}`));
      if (tab) tab.checked = true;
    }
    look({ [button.name]: button.value });
  });
  compose.addEventListener("submit", () => (unsaved = false));
  window.addEventListener("beforeunload", (event) => {
    if (unsaved) event.preventDefault();
  });
  for (const link of document.querySelectorAll("#problem a")) {
    link.addEventListener("click", (event) => {
      const field = document.getElementById(link.getAttribute("href")?.slice(1) ?? "");
      const panel = field?.closest(".tab-panel");
      const tab = /** @type {HTMLInputElement | null | undefined} */ (panel?.previousElementSibling?.previousElementSibling);
      if (tab) tab.checked = true;
      if (field && goTo(field.id)) event.preventDefault();
    });
  }
}

// --- a message to many: shown anew when it begins, or somebody has said yes ---

const awaited = /** @type {HTMLElement | null} */ (document.querySelector("[data-awaited]"));
if (awaited) {
  const look = async () => {
    try {
      const page = document.hidden ? null : await fetched(awaited.dataset.at);
      const now = /** @type {HTMLElement | null | undefined} */ (page?.querySelector("[data-status]"))?.dataset.status;
      const writes = [...awaited.querySelectorAll("textarea")].some((each) => each.value.trim());
      if (now && now !== awaited.dataset.awaited && !writes) return window.location.reload();
    } catch {
      // no connection: look again in a moment
    }
    window.setTimeout(look, 2000);
  };
  window.setTimeout(look, 2000);
}

// --- a message to many: followed while it is sent ---

const followed = /** @type {HTMLElement | null} */ (document.querySelector("[data-follow]"));
if (followed) {
  const [part, heard] = [document.getElementById("progress"), document.getElementById("heard")];
  let told = -1;

  /** Take over what the page says now, where something else than numbers has changed. */
  const whole = async () => {
    const page = await fetched();
    for (const id of ["acts", "progress", "doubt", "history"]) {
      const [before, after] = [document.getElementById(id), page?.getElementById(id)];
      if (!before || !after) continue;
      const had = before.contains(document.activeElement);
      before.innerHTML = after.innerHTML;
      if (had) document.getElementById("main")?.focus();
    }
    return page?.querySelector("[data-follow]") !== null;
  };

  const follow = async () => {
    const began = performance.now();
    let goes = true;
    try {
      const page = document.hidden ? null : await fetched(followed.dataset.follow);
      const [before, after] = [part?.querySelector("[data-status]"), page?.querySelector("[data-status]")];
      if (part && before && after) {
        const [then, now] = [/** @type {HTMLElement} */ (before).dataset, /** @type {HTMLElement} */ (after).dataset];
        const at = document.activeElement?.getAttribute("aria-labelledby");
        const inside = part.contains(document.activeElement);
        part.innerHTML = after.outerHTML;
        if (inside && at) /** @type {HTMLElement | null} */ (part.querySelector(`[role="region"][aria-labelledby="${at}"]`))?.focus();
        if (then.status !== now.status) goes = await whole();
        const tenth = Math.floor(Number(now.percent) / 10);
        if (heard && (tenth !== told || then.status !== now.status)) heard.textContent = `${part.querySelector("h2")?.textContent}: ${part.querySelector(".how-far")?.textContent}`;
        told = tenth;
      }
    } catch {
      // no connection: look again in a moment
    }
    if (goes) window.setTimeout(follow, Math.max(2000, 5 * (performance.now() - began)));
  };
  window.setTimeout(follow, 2000);
}
