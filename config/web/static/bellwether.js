// Comfort for those who have scripts: every page works without.
"use strict";

// One menu is open at a time; Escape closes it and gives the focus back.
document.querySelectorAll("nav.menu details").forEach((menu, _index, all) => {
  menu.addEventListener("toggle", () => {
    if (menu.open) all.forEach((other) => { if (other !== menu) other.open = false; });
  });
});
document.addEventListener("keydown", (event) => {
  const open = document.querySelector("nav.menu details[open]");
  if (event.key === "Escape" && open) {
    open.open = false;
    open.querySelector("summary").focus();
  }
});
document.addEventListener("click", (event) => {
  const open = document.querySelector("nav.menu details[open]");
  if (open && !open.contains(event.target)) open.open = false;
});

// "/" goes to the search.
document.addEventListener("keydown", (event) => {
  const field = document.querySelector("input[type=search]");
  const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || !field || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  field.focus();
  field.select();
});

// A second click on the button that was just pressed sends nothing again: what a form adds would be there twice, or refused
// as if somebody else had done it meanwhile. Who comes back to the page may send it anew.
document.addEventListener("submit", (event) => {
  const form = event.target;
  if (event.defaultPrevented || form.method !== "post") return;
  const pressed = event.submitter ? `${event.submitter.name}=${event.submitter.value}` : "";
  const again = form.dataset.pressed === pressed && event.timeStamp - Number(form.dataset.pressedAt) < 10000;
  if (again) event.preventDefault();
  else Object.assign(form.dataset, { pressed, pressedAt: event.timeStamp });
});
window.addEventListener("pageshow", () => document.querySelectorAll("form[data-pressed]").forEach((form) => {
  delete form.dataset.pressed;
}));
