// Parts of a page that the server sends again as they change, and times in the viewer's own zone.
"use strict";

{
  const live = document.querySelector("[data-stream]");
  const zone = Intl.DateTimeFormat().resolvedOptions().timeZone;
  const language = document.documentElement.lang;
  const day = new Intl.DateTimeFormat(language, { weekday: "short", day: "numeric", month: "short", hour: "numeric", minute: "2-digit" });
  const hour = new Intl.DateTimeFormat(language, { hour: "numeric", minute: "2-digit" });

  const localise = (root) => {
    root.querySelectorAll("time[datetime]").forEach((it) => { it.textContent = day.format(new Date(it.dateTime)); });
    root.querySelectorAll("[data-at]").forEach((it) => { it.textContent = hour.format(new Date(it.dataset.at)); });
  };

  // What somebody has opened, ticked or has the focus in stays so
  const place = (id, html) => {
    const old = document.getElementById(id);
    if (!old) return;
    const template = document.createElement("template");
    template.innerHTML = html;
    const fresh = template.content.firstElementChild;
    localise(fresh);
    const open = [...old.querySelectorAll("details")].map((it) => it.open);
    [...fresh.querySelectorAll("details")].forEach((it, n) => { it.open = Boolean(open[n]); });
    const ticked = (root) => [...root.querySelectorAll("input[type=checkbox][name]")];
    const kept = new Set(ticked(old).filter((it) => it.checked).map((it) => it.name));
    ticked(fresh).forEach((it) => { it.checked = kept.has(it.name); });
    const places = (root) => [...root.querySelectorAll("a, button, input, summary, [tabindex]")];
    const at = places(old).indexOf(document.activeElement);
    old.replaceWith(fresh);
    if (at >= 0) places(fresh)[at]?.focus();
    fresh.dispatchEvent(new CustomEvent("placed", { bubbles: true }));
  };

  const note = document.createElement("p");
  const offline = (is) => { note.hidden = !is; };

  const listen = () => {
    const source = new EventSource(live.dataset.stream + location.search);
    source.addEventListener("open", () => offline(false));
    source.addEventListener("message", (event) => {
      for (const [id, html] of Object.entries(JSON.parse(event.data).parts)) place(id, html);
    });
    source.addEventListener("error", () => {
      offline(true);
      if (source.readyState === EventSource.CLOSED) setTimeout(listen, 3000 * (1 + Math.random()));
    });
    addEventListener("pagehide", () => source.close());
  };

  if (live) {
    note.className = "offline";
    note.setAttribute("role", "status");
    note.textContent = live.dataset.textOffline;
    note.hidden = true;
    live.prepend(note);
    listen();
  }
  localise(document);
  document.querySelectorAll("[data-zone-text]").forEach((it) => { it.textContent = it.dataset.zoneText.replace("{zone}", zone); });
}
