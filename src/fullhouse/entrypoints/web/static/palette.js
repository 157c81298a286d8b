// The command palette of the staff area: `/` focuses the search of the page or opens the places and
// actions, Ctrl+K opens them everywhere, `?` shows the keys. Every one of them is a link elsewhere, too.
"use strict";

// In a block of its own: the scripts of the calendar and of the run sheet have names of their own
{
  const palette = document.querySelector("[data-palette]");
  const keys = document.querySelector("[data-keys]");
  const typed = palette.querySelector("input");
  const count = palette.querySelector("[data-count]");
  const entries = [...palette.querySelectorAll("[data-entry]")];
  const plain = (text) => text.normalize("NFKD").replace(/\p{M}/gu, "").toLowerCase();
  const shown = () => entries.filter((entry) => !entry.hidden);

  const narrow = () => {
    const words = plain(typed.value).split(/\s+/);
    entries.forEach((entry) => {
      entry.hidden = !words.every((word) => plain(entry.textContent).includes(word));
    });
    count.textContent = count.dataset.count.replace("{n}", shown().length);
  };
  const open = (dialog) => {
    if (document.querySelector("dialog[open]")) return;
    document.querySelectorAll(":popover-open").forEach((menu) => menu.hidePopover());
    typed.value = "";
    narrow();
    dialog.showModal();
  };

  const isTyping = (target) => target.isContentEditable || target.closest?.("input:not([type=checkbox], [type=radio]), textarea, select");
  document.addEventListener("keydown", (event) => {
    if ((event.ctrlKey || event.metaKey) && event.key.toLowerCase() === "k") {
      event.preventDefault();
      return open(palette);
    }
    if (event.altKey || event.ctrlKey || event.metaKey || isTyping(event.target)) return;
    if (event.key === "?") open(keys);
    else if (event.key === "/" && !document.querySelector("dialog[open]")) {
      const search = document.querySelector("main input[type=search]");
      if (search?.checkVisibility()) search.focus();
      else open(palette);
    } else return;
    event.preventDefault();
  });

  typed.addEventListener("input", narrow);
  palette.addEventListener("keydown", (event) => {
    const list = [typed, ...shown().map((entry) => entry.querySelector("a"))];
    const at = list.indexOf(document.activeElement);
    const next = { ArrowDown: list[at + 1], ArrowUp: list[at - 1] }[event.key];
    if (next && at >= 0) {
      event.preventDefault();
      next.focus();
    } else if (event.key === "Enter" && at === 0 && typed.value && list[1]) {
      event.preventDefault();
      list[1].click();
    }
  });
  palette.addEventListener("click", (event) => {
    if (event.target === palette) palette.close();
  });
  document.querySelectorAll("[data-open-palette]").forEach((button) => {
    button.hidden = false;
    button.addEventListener("click", () => open(palette));
  });
}
