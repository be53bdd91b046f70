// Dragging a row of the tree: in front of another row, or onto another parent. All of it can be done with buttons as well.
"use strict";

let dragged = null;
const form = document.getElementById("drag");
const leave = () => document.querySelectorAll(".over").forEach((one) => one.classList.remove("over"));

document.querySelectorAll("[data-row]").forEach((row) => {
  row.addEventListener("dragstart", (event) => {
    dragged = row.dataset.row;
    event.dataTransfer.effectAllowed = "move";
    event.dataTransfer.setData("text/plain", dragged);
  });
  row.addEventListener("dragend", () => { dragged = null; leave(); });
});

document.querySelectorAll("[data-row], [data-into]").forEach((place) => {
  place.addEventListener("dragover", (event) => {
    if (!dragged || place.dataset.row === dragged) return;
    event.preventDefault();
    leave();
    place.classList.add("over");
  });
  place.addEventListener("drop", (event) => {
    if (!dragged || !form) return;
    event.preventDefault();
    if (place.dataset.into) {
      window.location.assign(`/tree/${encodeURIComponent(dragged)}/move?into=${encodeURIComponent(place.dataset.into)}`);
      return;
    }
    form.elements.node.value = dragged;
    const rows = [...document.querySelectorAll("[data-row]")];
    const from = rows.findIndex((row) => row.dataset.row === dragged);
    const to = rows.indexOf(place);
    // Pulled down it lands behind the row it is dropped on, pulled up in front of it.
    const next = rows[to + 1] ? rows[to + 1].dataset.row : place.parentElement.dataset.following;
    form.elements.before.value = from < to ? next : place.dataset.row;
    form.submit();
  });
});
