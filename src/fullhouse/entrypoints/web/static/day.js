// The run sheet: live rows, keys, tickets by camera, search while typing. The page is complete without it.
"use strict";

const all = (selector, act, root = document) => root.querySelectorAll(selector).forEach(act);
const fragmentOf = (html) => document.createRange().createContextualFragment(html);
const sheetOf = () => document.querySelector("[data-sheet]");
const ROW = "[data-parties] > tr";
let source;
let loading;
let busy = 0;

// Rows are chosen by the arrow keys: one of them can be reached by Tab, and stays it
const rows = () => [...document.querySelectorAll(ROW)].filter((row) => row.checkVisibility());
const choose = (row, focus = true) => {
  all(`${ROW}[tabindex="0"]`, (other) => { other.tabIndex = -1; });
  if (!row) return;
  row.tabIndex = 0;
  if (focus) row.focus();
};
const dress = (root) => all(ROW, (row) => { row.tabIndex = -1; }, root);

// What changed, as the server has rendered it
const place = ({ key, slot, html, before }) => {
  const old = document.getElementById(`p-${key}`);
  const body = document.querySelector(`#s-${CSS.escape(slot)} [data-parties]`);
  if (!old && (!body || document.querySelector("[data-find] #q").value || sheetOf().elements.show)) return;
  const template = document.createElement("template");
  template.innerHTML = html;
  const row = template.content.firstElementChild;
  const had = old && old.contains(document.activeElement);
  row.tabIndex = old ? old.tabIndex : -1;
  row.classList.add("changed");
  setTimeout(() => row.classList.remove("changed"), 1500);
  if (old) old.remove();
  const next = before && document.getElementById(`p-${before}`);
  body.insertBefore(row, next && next.parentNode === body ? next : null);
  body.closest(".arrival").classList.remove("bare");
  if (had) row.focus();
};
const text = (selector, value, root = document) => all(selector, (it) => { it.textContent = value; }, root);
const width = (bar, percent) => bar && bar.querySelector(".fill").setAttribute("width", percent);
const apply = (change) => {
  if (change.reload) return refresh();
  (change.rows || []).forEach(place);
  (change.gone || []).forEach((key) => {
    const row = document.getElementById(`p-${key}`);
    if (!row) return;
    if (row.contains(document.activeElement)) step(row, 1);
    row.remove();
  });
  (change.tallies || []).forEach(({ slot, tally }) => {
    const section = document.getElementById(`s-${slot}`);
    if (!section) return;
    text("[data-tally]", tally.text, section);
    text("[data-sold]", tally.sold, section);
    width(section.querySelector(".bar.expected"), tally.expected_percent);
    width(section.querySelector(".bar.arrived"), tally.arrived_percent);
    section.classList.toggle("bare", !section.querySelector(ROW));
  });
  if (change.expected === undefined && change.arrived === undefined) return;
  text("[data-expected]", change.expected || 0);
  text("[data-arrived]", change.arrived || 0);
  width(document.querySelector(".tally .bar.arrived"), change.arrived_percent || 0);
  document.querySelectorAll("[data-shows] a").forEach((link, n) => {
    if (!document.querySelector("[data-find] #q").value) link.textContent = change.filters[n];
  });
};

// The sheet anew, in place: what is typed elsewhere on the page, the scroll and the row stay
const load = async (url) => {
  loading?.abort();
  loading = new AbortController();
  try {
    const answer = await fetch(url, { signal: loading.signal });
    if (!answer.ok) return void location.assign(url);
    const page = new DOMParser().parseFromString(await answer.text(), "text/html");
    if (!page.querySelector("[data-sheet]")) return void location.assign(url);
    const key = document.activeElement.closest?.(ROW)?.id;
    const open = document.querySelector("details.past")?.open;
    for (const part of ["[data-sheet]", "[data-shows]", ".tally"]) {
      const [old, fresh] = [document.querySelector(part), page.querySelector(part)];
      if (old && fresh) old.replaceWith(fresh);
    }
    const past = document.querySelector("details.past");
    if (past && open) past.open = true;
    begin();
    choose(document.getElementById(key) || rows()[0], Boolean(key));
    history.replaceState(null, "", url);
  } catch (error) {
    if (error.name !== "AbortError") offline(true);
  }
};
const refresh = () => load(location.pathname + location.search);

const offline = (is) => {
  const old = document.querySelector(".offline");
  if (old) old.hidden = !is;
  else if (is) {
    const note = document.createElement("p");
    note.className = "offline";
    note.setAttribute("role", "status");
    note.textContent = sheetOf().dataset.textOffline;
    sheetOf().before(note);
  }
};

const listen = () => {
  source?.close();
  const url = sheetOf().dataset.changes;
  if (!url) return;
  source = new EventSource(url);
  source.addEventListener("open", () => offline(false));
  source.addEventListener("message", (event) => apply(JSON.parse(event.data)));
  source.addEventListener("error", () => {
    offline(true);
    if (source.readyState === EventSource.CLOSED) setTimeout(refresh, 15000 * (1 + Math.random()));
  });
};

const show = (html) => document.querySelector("[data-bar]").replaceChildren(fragmentOf(html));

const send = async (form, button, answered) => {
  const fields = new URLSearchParams(new FormData(form, button));
  busy += 1;
  try {
    const answer = await fetch(form.action, { method: "POST", body: fields, headers: { "x-fragment": "1" } });
    if (!answer.ok) throw new Error(answer.status);
    await answered(answer);
  } catch {
    form.dataset.plain = "yes";
    form.requestSubmit(button);
  } finally {
    busy -= 1;
  }
};

// A button of a row, and the undo bar: the page stays where it is
document.addEventListener("submit", (event) => {
  const form = event.target;
  const isRow = form.matches("[data-sheet], [data-bar] form, .ticket-answer form");
  if (!isRow || form.dataset.plain || !event.submitter) return;
  if (event.submitter.name === "unbook") return;
  event.preventDefault();
  send(form, event.submitter, async (answer) => {
    const change = await answer.json();
    if (form.matches(".ticket-answer form")) form.closest("[data-answer]")?.replaceChildren();
    apply(change);
    show(change.bar || "");
  });
});

// Keys, while a row has the focus
const step = (row, by) => {
  const list = rows();
  const next = list[list.indexOf(row) + by];
  if (next) choose(next);
};
const press = (row, ...names) => {
  const button = names.map((name) => row.querySelector(`button[name="${name}"]`)).find(Boolean);
  if (button) button.form.requestSubmit(button);
};
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  const row = event.target.closest?.(ROW);
  const find = document.getElementById("q");
  if (event.key === "ArrowDown" && event.target === find) {
    event.preventDefault();
    return choose(rows()[0]);
  }
  if (!row) return;
  const onRow = event.target === row;
  const acts = {
    ArrowDown: () => step(row, 1),
    ArrowUp: () => step(row, -1),
    Home: () => choose(rows()[0]),
    End: () => choose(rows().at(-1)),
    n: () => press(row, "no-show"),
    u: () => press(row, "undo"),
    Escape: () => find?.focus(),
  };
  if (onRow) acts.Enter = acts[" "] = acts.c = () => press(row, "check-in");
  const act = acts[event.key] || acts[event.key.toLowerCase()];
  if (!act) return;
  event.preventDefault();
  act();
});
document.addEventListener("focusin", (event) => {
  const row = event.target.closest(ROW);
  if (row && row.tabIndex !== 0) choose(row, false);
});

// Search while typing: the server looks through the day
let typing = 0;
all("[data-find]", (form) => {
  const now = () => load(`${location.pathname}?${new URLSearchParams(new FormData(form))}`);
  form.querySelector("input[type=search]").addEventListener("input", () => {
    clearTimeout(typing);
    typing = setTimeout(now, 150);
  });
  form.addEventListener("submit", (event) => {
    event.preventDefault();
    clearTimeout(typing);
    now().then(() => choose(rows()[0]));
  });
});

// Another day: choosing it shows it
all(".date-jump", (form) => {
  form.querySelector("button:not([type])").hidden = true;
  form.elements.date.addEventListener("change", () => form.elements.date.value && form.submit());
});

// Tickets: by camera where the browser can read codes, by reference everywhere
all("[data-scan]", (box) => {
  const video = box.querySelector("video");
  const said = box.querySelector("[data-camera]");
  const form = box.querySelector("form");
  const field = form.elements.code;
  const say = (message) => {
    said.textContent = message;
    said.hidden = false;
  };
  let stream;
  let last = "";
  let seen = 0;
  const ask = (code) => {
    field.value = code;
    form.requestSubmit();
  };
  const look = async (reader) => {
    if (!stream) return;
    try {
      const [code] = await reader.detect(video);
      const again = code && code.rawValue === last && Date.now() - seen < 4000;
      if (code) seen = Date.now();
      if (code && !again && !busy) {
        last = code.rawValue;
        ask(last);
      }
    } catch {
      // A picture that is not ready yet
    }
    setTimeout(look, 150, reader);
  };
  const open = async () => {
    field.focus();
    if (!("BarcodeDetector" in window) || !navigator.mediaDevices) return say(box.dataset.textNone);
    try {
      const reader = new BarcodeDetector({ formats: ["qr_code"] });
      stream = await navigator.mediaDevices.getUserMedia({ video: { facingMode: "environment" } });
      video.srcObject = stream;
      video.hidden = false;
      await video.play();
      say(box.dataset.textReady);
      look(reader);
    } catch {
      say(box.dataset.textNone);
    }
  };
  const close = () => {
    stream?.getTracks().forEach((track) => track.stop());
    stream = undefined;
    video.hidden = true;
  };
  box.addEventListener("toggle", () => (box.open ? open() : close()));
  form.addEventListener("submit", (event) => {
    if (form.dataset.plain) return;
    event.preventDefault();
    send(form, event.submitter, async (answer) => {
      box.querySelector("[data-answer]").replaceChildren(fragmentOf(await answer.text()));
      field.value = "";
      navigator.vibrate?.(box.querySelector(".ticket-answer.ok") ? 80 : [80, 60, 80]);
      if (!stream) field.focus();
    });
  });
  window.addEventListener("pagehide", close);
});

// Where a details cannot show what it hides by style alone
window.addEventListener("beforeprint", () => all("details.past", (it) => { it.open = true; }));

const begin = () => {
  dress(sheetOf());
  listen();
};
if (sheetOf()) {
  begin();
  choose(document.querySelector(`${ROW}:target`) || rows()[0], false);
  const hint = document.createElement("p");
  hint.className = "keys muted small";
  hint.textContent = sheetOf().dataset.textKeys;
  if (matchMedia("(pointer: fine)").matches && rows().length) sheetOf().before(hint);
  window.addEventListener("pagehide", () => source?.close());
  window.addEventListener("pageshow", (event) => event.persisted && refresh());
}
