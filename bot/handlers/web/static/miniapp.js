// Inside Telegram: tell the server who Telegram says it is, so that what is sent comes into the conversation there. The
// platform's own script is not loaded: this reads what it would read, and asks nobody outside.
"use strict";

const here = /** @type {HTMLScriptElement} */ (document.currentScript ?? document.querySelector("script[data-done]"));
const me = document.getElementById("miniapp") ?? here;

/** Send the app an event. @param {string} name @param {object} [data] */
function tellApp(name, data = {}) {
  const app = /** @type {any} */ (window);
  if (app.TelegramWebviewProxy) app.TelegramWebviewProxy.postEvent(name, JSON.stringify(data));
  else if (window.parent !== window) {
    window.parent.postMessage(JSON.stringify({ eventType: name, eventData: data }), "https://web.telegram.org");
  }
}

async function begin() {
  const found = new URLSearchParams(window.location.hash.slice(1)).get("tgWebAppData");
  const told = /** @type {HTMLElement | null} */ (document.querySelector("[data-telegram]"));
  if (!found || !told || !me.dataset.session) return;
  // What is signed stands in the address no longer than it takes to read it.
  window.history.replaceState(null, "", window.location.pathname + window.location.search);
  tellApp("web_app_ready");
  tellApp("web_app_expand");
  const answer = await fetch(me.dataset.session, {
    method: "POST",
    body: new URLSearchParams({ data: found }),
    headers: { Accept: "application/json" },
  }).catch(() => null);
  told.hidden = false;
  if (!answer?.ok) {
    told.textContent = me.dataset.refused ?? "";
    return;
  }
  const { lang } = await answer.json();
  const asked = new URLSearchParams(window.location.search).get("lang");
  if (lang && !asked && lang !== document.documentElement.lang) window.location.search = `?lang=${lang}`;
}

void begin();
