// The script of all pages. Every page is complete without it; it adds live remaining places, the
// countdown of a hold, and the theme switch.
"use strict";

const every = (selector, act) => document.querySelectorAll(selector).forEach(act);

// The theme switch. The choice is stored in a cookie, so that the server renders it at once.
every("[data-theme-switch]", (button) => {
  const root = document.documentElement;
  const system = window.matchMedia("(prefers-color-scheme: dark)");
  const dark = () => (root.dataset.theme || (system.matches ? "dark" : "light")) === "dark";
  const name = () => button.setAttribute("aria-label", dark() ? button.dataset.nameLight : button.dataset.nameDark);
  button.addEventListener("click", () => {
    root.dataset.theme = dark() ? "light" : "dark";
    const [prefix, secure] = location.protocol === "https:" ? ["__Host-", "; secure"] : ["", ""];
    document.cookie = `${prefix}theme=${root.dataset.theme}; path=/; max-age=31536000; samesite=lax${secure}`;
    name();
  });
  name();
  button.hidden = false;
});

// Times are the venue's. Who is somewhere else is told so, by the clocks as they are now.
every("[data-zone]", (note) => {
  const offset = (timeZone) => {
    const format = new Intl.DateTimeFormat("en", { timeZone, timeZoneName: "longOffset" });
    return format.formatToParts(new Date()).find((part) => part.type === "timeZoneName").value;
  };
  try {
    note.hidden = offset(note.dataset.zone) === offset(undefined);
  } catch {
    // A browser that does not know the zone
  }
});

// The countdown of a hold, in its last hour: before, its end is easier to read. Screen readers get the
// text of the page and the end, not every second.
every("[data-until]", (place) => {
  const text = place.querySelector("[data-countdown]");
  const end = Date.parse(place.dataset.until);
  text.setAttribute("aria-live", "off");
  const tick = () => {
    const left = Math.max(0, Math.ceil((end - Date.now()) / 1000));
    if (left > 3600) return;
    const clock = `${Math.floor(left / 60)}:${String(left % 60).padStart(2, "0")}`;
    text.textContent = left ? place.dataset.textLeft.replace("{left}", clock) : place.dataset.textEnded;
    if (left) return;
    text.setAttribute("aria-live", "assertive");
    clearInterval(timer);
  };
  const timer = setInterval(tick, 1000);
  tick();
});

// Remaining places, live.
every("[data-live]", (list) => {
  const texts = list.dataset;
  const plural = new Intl.PluralRules(document.documentElement.lang);
  const party = Number(texts.partySize);
  const announce = document.querySelector("[data-announce]");
  const form = (n) => plural.select(n).replace(/^./, (letter) => letter.toUpperCase());
  const phrase = (name, n) => texts[name + form(n)].replace("{n}", n);
  const announcements = new Map();
  let timer = 0;

  const announceChange = (row, remaining) => {
    const text = remaining ? phrase("changed", remaining) : texts.changedFull;
    announcements.set(row.dataset.slot, text.replace("{time}", row.dataset.time));
    if (timer) return;
    timer = setTimeout(() => {
      announce.textContent = [...announcements.values()].slice(0, 3).join(" ");
      announcements.clear();
      timer = 0;
    }, 1500);
  };

  const isFew = (remaining, capacity) => remaining <= Math.min(9, Math.max(3, Math.floor(capacity / 5)));
  const leftText = (remaining, few) => {
    if (remaining <= 0) return texts.full;
    if (remaining < party) return phrase("tooFew", remaining);
    return phrase(few ? "last" : "left", remaining);
  };

  // The opened row: its form makes way when it has become useless, and comes back with the places.
  // Not after going back to it: the places that this guest holds are not among those that are left.
  const showInForm = (row, remaining) => {
    const gone = row.querySelector("[data-gone]");
    if (!gone || sessionStorage.getItem("held") === row.dataset.slot) return;
    const useless = (row.dataset.step === "places") === (remaining < party);
    const left = row.querySelector("[data-left]");
    if (left) left.textContent = leftText(remaining, isFew(remaining, Number(row.dataset.capacity) || 1));
    gone.hidden = !useless;
    if (row.dataset.step === "places") row.querySelector("form").hidden = useless;
  };

  const show = ({ id, remaining }) => {
    const row = list.querySelector(`[data-slot="${CSS.escape(String(id))}"]`);
    if (!row || row.dataset.remaining === String(remaining)) return;
    const known = row.dataset.remaining !== undefined;
    row.dataset.remaining = remaining;
    if (row.classList.contains("closed") || row.classList.contains("past")) return;
    if (row.dataset.step) {
      showInForm(row, remaining);
      if (known) announceChange(row, Math.max(0, remaining));
      return;
    }
    const capacity = Number(row.dataset.capacity) || 1;
    const few = isFew(remaining, capacity);
    const text = row.querySelector("[data-left]");
    const before = text.textContent;
    text.textContent = leftText(remaining, few);
    row.classList.remove("free", "few", "full");
    row.classList.add(remaining < party ? "full" : few ? "few" : "free");
    row.querySelector(".bar .fill").setAttribute("width", Math.max(0, Math.min(100, (100 * remaining) / capacity)));
    if (!known && before === text.textContent) return;
    row.classList.add("changed");
    setTimeout(() => row.classList.remove("changed"), 1500);
    announceChange(row, Math.max(0, remaining));
  };

  // Without a stream, because too many pages have one, the page asks now and then, each at its own
  // times and not sooner than it is told; after a few times it tries for a stream again.
  let source;
  let asking = 0;
  const askLater = (times, seconds) => {
    asking = setTimeout(times ? () => ask(times - 1) : listen, 1000 * seconds * (1 + Math.random()));
  };
  const ask = async (times) => {
    let seconds = 5;
    try {
      if (!document.hidden) {
        const response = await fetch(texts.counts);
        if (response.ok) (await response.json()).slots.forEach(show);
        else seconds = Math.max(seconds, Number(response.headers.get("Retry-After")) || 60);
      }
    } catch {
      // Offline: the next time may do
    }
    if (source.readyState === EventSource.CLOSED && asking) askLater(times, seconds);
  };
  const listen = () => {
    source = new EventSource(texts.live);
    source.addEventListener("message", (event) => JSON.parse(event.data).slots.forEach(show));
    source.addEventListener("error", () => {
      if (source.readyState === EventSource.CLOSED) askLater(6, 2);
    });
  };
  window.addEventListener("pagehide", () => {
    source.close();
    clearTimeout(asking);
    asking = 0;
  });
  window.addEventListener("pageshow", (event) => event.persisted && listen());
  listen();
});

every("[data-step=places]", (row) => {
  row.querySelector("form").addEventListener("submit", () => sessionStorage.setItem("held", row.dataset.slot));
});

// The number of people: a change shows the times for it at once.
every("[data-party]", (form) => {
  form.addEventListener("change", () => form.requestSubmit());
});

// Lists: select all rows of the page; arrow keys go from row to row.
const enhanceLists = (root) => {
const within = (selector, act) => root.querySelectorAll(selector).forEach(act);
within("[data-select-all]", (label) => {
  const boxes = label.closest("form").querySelectorAll(".pick input");
  label.querySelector("input").addEventListener("change", (event) => {
    boxes.forEach((box) => { box.checked = event.target.checked; });
  });
  label.hidden = false;
});
within("[data-rows]", (table) => {
  table.addEventListener("keydown", (event) => {
    const step = { ArrowDown: "nextElementSibling", ArrowUp: "previousElementSibling" }[event.key];
    const row = event.target.closest("tbody tr");
    const cell = event.target.closest("td");
    const following = step && row && row[step];
    if (!following) return;
    event.preventDefault();
    following.cells[cell.cellIndex].querySelector("a, input").focus();
  });
});
};
enhanceLists(document);
document.addEventListener("placed", (event) => enhanceLists(event.target));

// Search as one types: the results of the same page are put in the place of those that are shown. The
// last text wins; without an answer the button does it.
every("[data-search]", (form) => {
  let timer = 0;
  let asked = 0;
  const search = async () => {
    const values = [...new FormData(form)].filter(([, value]) => value);
    const url = `${form.getAttribute("action")}?${new URLSearchParams(values)}`;
    const mine = (asked += 1);
    try {
      const response = await fetch(url, { headers: { accept: "text/html" } });
      const found = new DOMParser().parseFromString(await response.text(), "text/html").getElementById(form.dataset.search);
      if (!response.ok || !found || mine !== asked) return;
      document.getElementById(form.dataset.search).replaceWith(found);
      history.replaceState(null, "", url);
      enhanceLists(found);
    } catch {
      // Offline: the button says so
    }
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(search, 250);
  });
});

// A form is sent once: a second press of the button waits for the answer to the first.
every("form[data-once]", (form) => {
  form.addEventListener("submit", (event) => {
    if (event.submitter?.formTarget) return;  // shown in a frame, and not saved
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "yes";
  });
  window.addEventListener("pageshow", () => delete form.dataset.sent);
});

// In set-up: the time zone of this device, if it is one of the country.
every(".set-up #zone", (zone) => {
  const here = Intl.DateTimeFormat().resolvedOptions().timeZone;
  if (!zone.value && [...zone.options].some((one) => one.value === here)) zone.value = here;
});

// Copies a text that can be selected as well; browsers allow it on https and on this machine alone.
every("[data-copy]", (button) => {
  button.hidden = !navigator.clipboard;
  button.addEventListener("click", async () => {
    await navigator.clipboard.writeText(document.getElementById(button.dataset.copy).textContent);
    button.textContent = button.dataset.copied;
  });
});

// The preview beside a form follows what is typed: the form is asked for it as its button would, without
// its files. Where something is missing or wrong, the last one stays.
every("form[data-preview]", (form) => {
  let timer = 0;
  let asked = 0;
  const follow = async () => {
    const mine = (asked += 1);
    const fields = new URLSearchParams([...new FormData(form)].filter(([, value]) => typeof value === "string"));
    fields.set("step", "preview");
    const answer = await fetch(form.getAttribute("action"), { method: "POST", body: fields }).catch(() => null);
    if (!answer?.ok || mine !== asked) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    every("[data-follows]", (part) => {
      const now = page.getElementById(part.id);
      if (now && now.innerHTML !== part.innerHTML) part.innerHTML = now.innerHTML;
    });
  };
  form.addEventListener("input", () => {
    clearTimeout(timer);
    timer = setTimeout(follow, 400);
  });
});

every("[data-print]", (button) => {
  button.hidden = false;
  button.addEventListener("click", () => window.print());
});

// Loads the page again, which is not what a link to it does: it would only scroll. What was typed
// into a form that could not be taken is kept by the browser, which sends it again.
every("[data-reload]", (button) => {
  button.hidden = false;
  button.addEventListener("click", (event) => {
    event.preventDefault();
    location.reload();
  });
});

every("form[data-submit]", (form) => form.requestSubmit());
every("[data-focus]", (summary) => summary.focus());

// What goes on by itself: the part of the page is loaded anew, so many seconds later, while it is
// looked at and until the server says that it is over.
every("[data-refresh]", (part) => {
  const refresh = async () => {
    if (document.hidden) return;
    const answer = await fetch(location.href).catch(() => null);
    if (!answer?.ok && answer?.status !== 410) return;
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    const now = page.querySelector("main .stack");
    if (now && now.innerHTML !== part.innerHTML) part.innerHTML = now.innerHTML;
    if (!now?.matches("[data-refresh]")) clearInterval(timer);
  };
  const timer = setInterval(refresh, (part.dataset.refresh || 3) * 1000);
});
