// The calendar: a slot opens at the side, bookings are dragged, keys go from time to time.
// Every link and form works without it.
"use strict";

const root = document.querySelector("[data-calendar]");
const side = document.querySelector("[data-side]");
const grid = () => document.querySelector("[data-grid]");
const chips = () => [...document.querySelectorAll("[data-chip], .big-day")];
let opened;

const pageOf = async (answer) => new DOMParser().parseFromString(await answer.text(), "text/html");

const mark = () => chips().forEach((chip) => {
  if (!chip.dataset.chip) return;
  if (chip.dataset.chip === opened) chip.setAttribute("aria-current", "true");
  else chip.removeAttribute("aria-current");
});

// The panel of an answer; anything else is a page of its own
const show = (page, url) => {
  const panel = page.querySelector("[data-slot-panel]");
  if (!panel) return void location.assign(url);
  const title = panel.querySelector("h1");
  if (title) {
    const smaller = document.createElement("h2");
    smaller.id = title.id;
    smaller.tabIndex = -1;
    smaller.textContent = title.textContent;
    title.replaceWith(smaller);
  }
  const back = panel.querySelector(".back");
  back.lastChild.textContent = root.dataset.textClose;
  back.addEventListener("click", (event) => {
    event.preventDefault();
    close();
  });
  side.replaceChildren(panel);
  side.hidden = false;
  opened = panel.dataset.slotPanel;
  mark();
  panel.querySelectorAll(".drag-hint").forEach((hint) => { hint.hidden = !matchMedia("(pointer: fine)").matches; });
  (panel.querySelector("#note") || panel.querySelector("#slot-title")).focus({ preventScroll: false });
};

const open = async (url) => show(await pageOf(await fetch(url)), url);
const close = () => {
  side.hidden = true;
  side.replaceChildren();
  const chip = document.querySelector(`[data-chip="${CSS.escape(opened || "")}"]`);
  opened = undefined;
  mark();
  chip?.focus();
};

// The figures of the calendar after a change
const refresh = async () => {
  const page = await pageOf(await fetch(location.href));
  const fresh = page.querySelector("[data-grid]");
  if (fresh) grid().replaceWith(fresh);
  mark();
};

const send = async (url, fields) => {
  const answer = await fetch(url, { method: "POST", body: new URLSearchParams(fields) });
  show(await pageOf(answer), answer.url);
  await refresh();
};

document.addEventListener("click", (event) => {
  const chip = event.target.closest("[data-chip]");
  if (!chip || event.metaKey || event.ctrlKey || event.shiftKey) return;
  event.preventDefault();
  open(chip.href).catch(() => location.assign(chip.href));
});

side.addEventListener("submit", (event) => {
  event.preventDefault();
  const form = event.target;
  delete form.dataset.sent;
  send(form.action, new FormData(form, event.submitter)).catch(() => form.submit());
});

// Dragging: only times of the same offering with room take a booking
let dragged;
const fits = (chip) => dragged && chip.dataset.of === dragged.offering
  && Number(chip.dataset.room) >= dragged.size && chip.dataset.chip !== opened;
const over = (chip) => {
  document.querySelectorAll(".chip.over").forEach((other) => other !== chip && other.classList.remove("over"));
  chip?.classList.add("over");
};
side.addEventListener("dragstart", (event) => {
  const row = event.target.closest("[data-drag]");
  if (!row) return;
  const panel = row.closest("[data-slot-panel]");
  dragged = { ref: row.dataset.drag, size: Number(row.dataset.size), offering: panel.dataset.offering };
  event.dataTransfer.setData("text/plain", dragged.ref);
  event.dataTransfer.effectAllowed = "move";
  root.classList.add("moving");
  chips().forEach((chip) => chip.classList.toggle("fits", Boolean(chip.dataset.chip && fits(chip))));
});
document.addEventListener("dragover", (event) => {
  const chip = event.target.closest?.("[data-chip]");
  if (!chip || !fits(chip)) return over(null);
  event.preventDefault();
  over(chip);
});
document.addEventListener("drop", (event) => {
  const chip = event.target.closest?.("[data-chip]");
  if (!chip || !fits(chip)) return;
  event.preventDefault();
  const url = new URL(chip.href);
  const fields = new URLSearchParams(url.search);
  fields.set("ref", dragged.ref);
  send(`${url.pathname}/move`, fields);
});
document.addEventListener("dragend", () => {
  dragged = undefined;
  root.classList.remove("moving");
  over(null);
});

// Keys: arrows between times and days, Escape closes the side
const beside = (chip, by) => {
  const columns = [...document.querySelectorAll(".column, .big-month tr")];
  const own = chip.closest(".column, .big-month tr");
  const within = [...own.querySelectorAll("[data-chip], .big-day")];
  const other = columns[columns.indexOf(own) + by];
  const list = other ? [...other.querySelectorAll("[data-chip], .big-day")] : [];
  return list[Math.min(within.indexOf(chip), list.length - 1)];
};
document.addEventListener("keydown", (event) => {
  if (event.altKey || event.ctrlKey || event.metaKey) return;
  if (event.key === "Escape" && !side.hidden) return close();
  const chip = event.target.closest?.("[data-chip], .big-day");
  if (!chip) return;
  const list = chips();
  const along = (by) => list[list.indexOf(chip) + by];
  const isMonth = chip.classList.contains("big-day");
  const next = {
    ArrowDown: () => (isMonth ? beside(chip, 1) : along(1)),
    ArrowUp: () => (isMonth ? beside(chip, -1) : along(-1)),
    ArrowRight: () => (isMonth ? along(1) : beside(chip, 1)),
    ArrowLeft: () => (isMonth ? along(-1) : beside(chip, -1)),
  }[event.key]?.();
  if (!next) return;
  event.preventDefault();
  next.focus();
});

document.querySelectorAll(".offering-choice").forEach((form) => {
  form.querySelector("button").hidden = true;
  form.addEventListener("change", () => form.submit());
});

if (innerWidth < 900) document.querySelector(".columns:not(.one) .column.today")?.scrollIntoView();
