"""The one script of a page: it sorts tables and shows what a dot stands for.

A page is complete without it. It changes nothing but the order of rows and one
box, into which it puts text only.
"""

SCRIPT = """
"use strict";
const rows = new Map();
for (const row of document.querySelectorAll("tr[data-trial]"))
  rows.set(row.dataset.trial, row);

// Numbers come before other texts, and "-" comes last.
function valueOf(row, column) {
  const text = row.cells[column].textContent;
  const number = Number(text.replace(/[,%]/g, ""));
  return text === "-" ? null : Number.isNaN(number) ? text : number;
}
function compared(a, b) {
  if (typeof a === typeof b) return a < b ? -1 : a > b ? 1 : 0;
  return typeof a === "number" ? -1 : 1;
}
function sort(table, column, falling) {
  const body = table.tBodies[0];
  const keyed = [...body.rows].map(row => [valueOf(row, column), row]);
  keyed.sort(([a], [b]) =>
    a === null || b === null ? (a === null) - (b === null)
      : falling ? compared(b, a) : compared(a, b));
  body.append(...keyed.map(([, row]) => row));
  for (const head of table.tHead.rows[0].cells)
    head.removeAttribute("aria-sort");
  table.tHead.rows[0].cells[column].setAttribute(
    "aria-sort", falling ? "descending" : "ascending");
  // A page that reloads itself stays sorted.
  try {
    sessionStorage.setItem(location.pathname, `${column} ${Number(falling)}`);
  } catch { }
}
for (const button of document.querySelectorAll("th button")) {
  const head = button.parentElement;
  button.onclick = () => sort(
    button.closest("table"), head.cellIndex,
    head.getAttribute("aria-sort") === "ascending" ||
      !head.hasAttribute("aria-sort") && head.classList.contains("number") &&
      head.cellIndex > 0);
}
try {
  const kept = sessionStorage.getItem(location.pathname);
  const table = document.querySelector("tr[data-trial]")?.closest("table");
  const [column, falling] = (kept ?? "").split(" ").map(Number);
  if (kept && table?.tHead.rows[0].cells[column])
    sort(table, column, falling === 1);
} catch { }

const tip = document.createElement("div");
tip.className = "tip";
tip.hidden = true;
document.body.append(tip);
const REACH = 14;
function nearest(picture, event) {
  let found = null, least = REACH * REACH;
  for (const dot of picture.querySelectorAll("use[data-trial]")) {
    const box = dot.getBoundingClientRect();
    const x = box.x + box.width / 2 - event.clientX;
    const y = box.y + box.height / 2 - event.clientY;
    if (x * x + y * y < least && rows.has(dot.dataset.trial)) {
      least = x * x + y * y;
      found = dot;
    }
  }
  return found;
}
function show(dot, event) {
  tip.hidden = !dot;
  if (!dot) return;
  tip.textContent = [...rows.get(dot.dataset.trial).cells]
    .filter(cell => cell.textContent !== "-")
    .map(cell => `${cell.dataset.name} ${cell.textContent}`).join("\\n");
  const width = document.documentElement.clientWidth;
  const left = Math.min(event.clientX + 12, width - tip.offsetWidth - 8);
  const below = event.clientY + 14 + tip.offsetHeight < innerHeight;
  tip.style.left = `${Math.max(8, left) + scrollX}px`;
  tip.style.top = `${scrollY + event.clientY +
    (below ? 14 : -tip.offsetHeight - 10)}px`;
}
for (const picture of document.querySelectorAll("svg")) {
  if (!picture.querySelector("use[data-trial]")) continue;
  picture.onpointermove = event => show(nearest(picture, event), event);
  picture.onpointerleave = () => show(null);
  picture.onclick = event => {
    const dot = nearest(picture, event);
    if (!dot) return;
    if (event.pointerType === "touch") return show(dot, event);
    const row = rows.get(dot.dataset.trial);
    for (const other of rows.values()) other.classList.remove("chosen");
    row.classList.add("chosen");
    row.scrollIntoView({block: "center"});
  };
}
"""
