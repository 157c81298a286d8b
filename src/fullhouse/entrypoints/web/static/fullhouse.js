// The one script of the public pages. Every page is complete without it; it adds what moves:
// remaining places as they change, the countdown of a hold, the colours' switch.
"use strict";

const every = (selector, act) => document.querySelectorAll(selector).forEach(act);

// The colours' switch. The choice is kept in a cookie, so that the server paints it from the start.
every("[data-theme-switch]", (button) => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const name = () => button.setAttribute("aria-label", dark() ? button.dataset.nameLight : button.dataset.nameDark);
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    document.cookie = `theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax`;
    name();
  });
  name();
  button.hidden = false;
});

// How long the places are held. Read out by the page's text at the start, shown by the second.
every("[data-until]", (place) => {
  const text = place.querySelector("[data-countdown]");
  const end = Date.parse(place.dataset.until);
  text.setAttribute("aria-live", "off");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    text.textContent = left ? place.dataset.wordsLeft.replace("{left}", clock) : place.dataset.wordsEnded;
    if (left) return;
    text.setAttribute("aria-live", "assertive");
    clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
});

// What is left, as it changes elsewhere.
every("[data-live]", (list) => {
  const words = list.dataset;
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const party = Number(words.partySize);
  const announce = document.querySelector("[data-announce]");
  const form = (n) => plural.select(n).replace(/^./, (letter) => letter.toUpperCase());
  const phrase = (name, n) => words[name + form(n)].replace("{n}", n);
  const spoken = new Map();
  let speaking = 0;

  const say = (row, remaining) => {
    const told = remaining ? phrase("changed", remaining) : words.changedFull;
    spoken.set(row.dataset.slot, told.replace("{time}", row.dataset.time));
    if (speaking) return;
    speaking = setTimeout(() => {
      announce.textContent = [...spoken.values()].slice(0, 3).join(" ");
      spoken.clear();
      speaking = 0;
    }, 1500);
  };

  const show = ({ id, remaining }) => {
    const row = list.querySelector(`[data-slot="${CSS.escape(String(id))}"]`);
    if (!row || row.dataset.remaining === String(remaining)) return;
    const known = row.dataset.remaining !== undefined;
    row.dataset.remaining = remaining;
    if (row.classList.contains("closed") || row.classList.contains("past")) return;
    const capacity = Number(row.dataset.capacity) || 1;
    const few = remaining <= Math.max(3, Math.floor(capacity / 5));
    const text = row.querySelector("[data-left]");
    const before = text.textContent;
    if (remaining <= 0) text.textContent = words.full;
    else if (remaining < party) text.textContent = phrase("tooFew", remaining);
    else text.textContent = phrase(few ? "last" : "left", remaining);
    row.classList.remove("free", "few", "full");
    row.classList.add(remaining < party ? "full" : few ? "few" : "free");
    row.querySelector(".bar .fill").setAttribute("width", Math.max(0, Math.min(100, (100 * remaining) / capacity)));
    if (!known && before === text.textContent) return;
    row.classList.add("changed");
    setTimeout(() => row.classList.remove("changed"), 1500);
    say(row, Math.max(0, remaining));
  };

  let source;
  const listen = () => {
    source = new EventSource(words.live);
    source.addEventListener("message", (event) => JSON.parse(event.data).slots.forEach(show));
  };
  window.addEventListener("pagehide", () => source.close());
  window.addEventListener("pageshow", (event) => event.persisted && listen());
  listen();
});

// The number of people: a change shows the times for it at once.
every("[data-party]", (form) => {
  form.querySelector("input[name=party]").addEventListener("change", () => form.requestSubmit());
});

// A form is sent once: a second press of the button waits for the answer to the first.
every("form[data-once]", (form) => {
  form.addEventListener("submit", (event) => {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
});

every("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

every("[data-gone-at]", (bar) => {
  setTimeout(() => bar.remove(), Math.min(2 ** 31 - 1, Math.max(0, Date.parse(bar.dataset.goneAt) - Date.now())));
});

every("form[data-submit]", (form) => form.requestSubmit());
every("[data-focus]", (summary) => summary.focus());
