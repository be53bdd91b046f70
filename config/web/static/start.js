// Comfort on the first steps: a long list is narrowed while one types. Without scripts the whole list is there.
"use strict";

document.addEventListener("input", (event) => {
  const field = event.target.closest("[data-filter]");
  if (!field) return;
  const words = field.value.toLowerCase();
  field.closest("fieldset").querySelectorAll(".picks li").forEach((line) => {
    line.hidden = !line.textContent.toLowerCase().includes(words) && !line.querySelector(":checked");
  });
});

function showFilters() {
  document.querySelectorAll(".filter[hidden]").forEach((field) => { field.hidden = false; });
}
showFilters();
document.addEventListener("htmx:afterSwap", showFilters);
