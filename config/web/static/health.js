// Comfort for those who have scripts: j and k walk the lines of the tree, o opens or closes a level.
"use strict";
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest && event.target.closest("input, textarea, select, [contenteditable]");
  if (typing || event.ctrlKey || event.metaKey || event.altKey) return;
  if (event.key !== "j" && event.key !== "k" && event.key !== "o") return;
  const lines = [...document.querySelectorAll("main [data-walk]")];
  const place = lines.indexOf(document.activeElement);
  if (event.key === "o") {
    const toggle = place >= 0 && lines[place].closest("tr").querySelector("a.toggle");
    if (toggle) toggle.click();
    return;
  }
  const next = event.key === "j" ? Math.min(place + 1, lines.length - 1) : Math.max(place - 1, 0);
  if (lines[next]) lines[next].focus();
});
