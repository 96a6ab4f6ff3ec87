// The chat with JavaScript: the same forms sent without a reload, and what is new streamed in. Without this script every
// form of the page works by itself.
"use strict";

/**
 * @typedef {{id: number, own: boolean, changed: boolean, html: string}} Piece
 * @typedef {{last: number, lang: string, bubbles: Piece[], now: string, plan: string, answering: string,
 *   toast?: string | null, page?: string, trouble?: string}} News
 */

const script = /** @type {HTMLScriptElement} */ (document.getElementById("chat-script"));
const base = script.dataset.base ?? "";
const log = /** @type {HTMLElement} */ (document.getElementById("log"));
const now = /** @type {HTMLElement} */ (document.getElementById("now"));
const plan = /** @type {HTMLElement} */ (document.getElementById("plan"));
const tabs = /** @type {HTMLElement} */ (document.getElementById("tabs"));
const answering = /** @type {HTMLElement} */ (document.getElementById("answering"));
const main = /** @type {HTMLElement} */ (document.getElementById("main"));
const say = /** @type {HTMLFormElement} */ (document.getElementById("say"));
const text = /** @type {HTMLTextAreaElement} */ (document.getElementById("text"));
const state = /** @type {HTMLElement} */ (document.getElementById("state"));
const jump = /** @type {HTMLButtonElement} */ (document.getElementById("jump"));
const words = /** @type {HTMLElement} */ (document.getElementById("words")).dataset;

let last = Number(script.dataset.last);
/** What is on its way, so that a double click sends it once. @type {string | null} */
let underWay = null;
let queue = Promise.resolve();
/** @type {EventSource | null} */
let stream = null;

/** A name for one sending, so that it is applied once however often it has to be tried. */
function newId() {
  return Array.from(crypto.getRandomValues(new Uint8Array(12)), (each) => each.toString(16).padStart(2, "0")).join("");
}

/** @param {string} [said] @param {boolean} [trouble] */
function tell(said = "", trouble = false) {
  state.textContent = said;
  state.classList.toggle("trouble", trouble);
}

/** Where the conversation ends: the foot of the page below it need not be seen. */
function end() {
  return main.offsetTop + main.offsetHeight - window.innerHeight;
}

function atEnd() {
  return window.scrollY > end() - 160;
}

function toEnd() {
  window.scrollTo({ top: end(), behavior: "instant" });
  jump.hidden = true;
}

/**
 * Put what is new on the page. The same piece may come twice, by the answer and by the stream.
 * @param {News} news
 */
function show(news) {
  if (news.page) {
    leave(news.page);
    return;
  }
  if (news.lang && news.lang !== document.documentElement.lang) {
    window.location.replace(`${base}/#now`);
    window.location.reload();
    return;
  }
  const followed = atEnd() || news.bubbles.some((each) => each.own);
  for (const each of news.bubbles) add(each);
  if (news.last >= last) {
    last = news.last;
    renew(now, news.now);
    renew(plan, news.plan);
    answering.innerHTML = news.answering;
    tabs.hidden = false;
    main.classList.remove("alone");
    main.querySelector(".hello nav")?.remove();
    place();
  }
  if (!news.bubbles.length) return;
  if (followed) toEnd();
  else jump.hidden = false;
}

/** @param {Piece} piece */
function add(piece) {
  const there = document.getElementById(`m${piece.id}`);
  if (there && piece.changed) {
    const holder = document.createElement("template");
    holder.innerHTML = piece.html;
    const bubble = holder.content.querySelector(".bubble");
    if (bubble) there.replaceWith(bubble);
  }
  if (there) return;
  // One's own words are not read out again by screen readers.
  log.setAttribute("aria-live", piece.own ? "off" : "polite");
  const after = [...log.querySelectorAll(".bubble")].find((each) => Number(each.id.slice(1)) > piece.id);
  const holder = document.createElement("template");
  holder.innerHTML = piece.html;
  log.insertBefore(holder.content, after ?? log.querySelector(".typing"));
  if (piece.own) requestAnimationFrame(() => requestAnimationFrame(() => log.setAttribute("aria-live", "polite")));
}

/**
 * Change a region; whoever had the focus in it keeps their place there.
 * @param {HTMLElement} region @param {string} html
 */
function renew(region, html) {
  const focused = region.contains(document.activeElement) ? /** @type {HTMLElement} */ (document.activeElement) : null;
  const value = focused instanceof HTMLButtonElement ? focused.value : null;
  const scrolled = region.querySelector(".choices")?.scrollTop ?? 0;
  region.innerHTML = html;
  const choices = region.querySelector(".choices");
  if (focused === null) return;
  const same = value && /** @type {HTMLElement | null} */ (region.querySelector(`button[value="${CSS.escape(value)}"]`));
  if (same) {
    if (choices) choices.scrollTop = scrolled;
    same.focus({ preventScroll: true });
  } else {
    region.focus({ preventScroll: true });
  }
}

/** Dots while an answer is on its way: for the eye only, screen readers hear of it when it takes long. */
function typing() {
  const dots = document.createElement("div");
  dots.className = "typing";
  dots.setAttribute("aria-hidden", "true");
  dots.textContent = "•••";
  log.append(dots);
}

/** The conversation is forgotten: show the receipt instead of this page. @param {string} html */
function leave(html) {
  stream?.close();
  const page = new DOMParser().parseFromString(html, "text/html");
  document.title = page.title;
  document.body.replaceChildren(...page.body.childNodes);
}

/**
 * Send a form when what was sent before it has arrived: the stream may show an answer before the post has ended.
 * @param {FormData} data
 */
function send(data) {
  const what = JSON.stringify([...data].filter(([name]) => name !== "id"));
  if (what === underWay) return;
  underWay = what;
  const next = () => deliver(data).finally(() => {
    if (underWay === what) underWay = null;
  });
  queue = queue.then(next, next);
}

/**
 * Send a form until it has arrived; the page keeps what was written until then.
 * @param {FormData} data
 */
async function deliver(data) {
  data.set("after", String(last));
  data.set("id", newId());
  document.body.classList.add("busy");
  const slow = setTimeout(() => tell(words.waiting), 700);
  const dots = setTimeout(typing, 150);
  try {
    for (let tries = 0; ; tries += 1) {
      const answer = await post(data);
      if (answer.status === 413) {
        tell(words.large, true);
        return;
      }
      if (answer.news && answer.status < 400) {
        tell(answer.news.toast ?? "");
        if (data.has("text") && data.get("text") === text.value) text.value = "";
        show(answer.news);
        listen();
        return;
      }
      const passing = [0, 429, 502, 503, 504].includes(answer.status);
      if (!passing && (answer.status < 500 || tries > 1)) {
        tell(words.failed, true);
        return;
      }
      tell(answer.status === 429 ? words.fast : words.retry, true);
      await new Promise((done) => setTimeout(done, Math.min(8000, 500 * 2 ** tries)));
    }
  } finally {
    clearTimeout(slow);
    clearTimeout(dots);
    log.querySelector(".typing")?.remove();
    if (state.textContent === words.waiting) tell();
    document.body.classList.remove("busy");
  }
}

/** @param {FormData} data @returns {Promise<{status: number, news: News | null}>} */
async function post(data) {
  try {
    const response = await fetch(`${base}/chat`, { method: "POST", body: data, headers: { Accept: "application/json" } });
    return { status: response.status, news: response.ok ? await response.json() : null };
  } catch {
    return { status: 0, news: null };
  }
}

/** Listen for what is new; the browser comes back by itself after a lost connection, from where it was. */
function listen() {
  if (stream && stream.readyState !== EventSource.CLOSED) return;
  stream = new EventSource(`${base}/chat/events?after=${last}`);
  stream.onmessage = (event) => show(JSON.parse(event.data));
}

/** Sharing one's place needs the device's help, so the button stands there only with this script. */
function place() {
  const form = /** @type {HTMLElement | null} */ (now.querySelector("[data-place]"));
  if (form) form.hidden = !("geolocation" in navigator);
}

document.addEventListener("submit", (event) => {
  const form = /** @type {HTMLFormElement} */ (event.target);
  if (form !== say && !("send" in form.dataset)) return;
  event.preventDefault();
  const data = new FormData(form, event.submitter);
  if (form === say && !String(data.get("text")).trim()) {
    text.focus();
    return;
  }
  if (!("place" in form.dataset)) {
    send(data);
    return;
  }
  navigator.geolocation.getCurrentPosition(
    (found) => {
      data.set("place", `${found.coords.latitude},${found.coords.longitude}`);
      send(data);
    },
    () => tell(words.noplace, true),
    { timeout: 15000, maximumAge: 60000 },
  );
});

text.addEventListener("keydown", (event) => {
  // Enter sends where there is a real keyboard; on a phone it begins a new line.
  if (event.key === "Enter" && !event.shiftKey && !event.isComposing && matchMedia("(pointer: fine)").matches) {
    event.preventDefault();
    say.requestSubmit();
  }
});

jump.addEventListener("click", toEnd);
window.addEventListener("scroll", () => atEnd() && (jump.hidden = true), { passive: true });
window.addEventListener("pagehide", () => stream?.close());
window.addEventListener("pageshow", (event) => event.persisted && window.location.reload());

place();
if (script.dataset.live === "yes") {
  listen();
  if (!window.location.hash || window.location.hash === "#now") toEnd();
}
