"""Style of a page: light and dark, for wide and narrow screens."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2430; --faint: #5b6472; --grid: #d5dae2;
  --panel: #f6f8fb; --box: #eef3fa; --line: #33557f; --accent: #2f9e62;
  --skip-0: #9a5b2c; --skip-1: #2c7a4b; --skip-2: #7a3f9d;
  --skip-3: #b03a48; --skip-4: #2f6f9f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181f; --ink: #e4e8ee; --faint: #a0a9b6; --grid: #3a4350;
    --panel: #1c222b; --box: #24303f; --line: #86a9d4; --accent: #4cc184;
    --skip-0: #d79a6a; --skip-1: #67bd8b; --skip-2: #bb8ad8;
    --skip-3: #e57f8b; --skip-4: #74b4e2;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main, footer { max-width: 1240px; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 1.5rem 0 0.25rem; overflow-wrap: anywhere; }
h2 {
  font-size: 1.2rem; margin: 2.2rem 0 0.5rem; padding-top: 0.6rem;
  border-top: 1px solid var(--grid);
}
p { max-width: 75ch; overflow-wrap: anywhere; }
.banner {
  border-left: 4px solid var(--accent); background: var(--panel);
  padding: 0.5rem 0.75rem; max-width: none;
}
.tiles {
  display: grid; gap: 1rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fit, minmax(min(100%, 13rem), 1fr));
}
.tiles div {
  background: var(--panel); border-radius: 6px; padding: 0.75rem 1rem;
  min-width: 0;
}
.tiles dd { color: var(--faint); font-size: 0.85rem; }
.tiles dt + dd {
  color: var(--ink); font-size: 1.4rem; font-weight: 600; line-height: 1.4;
}
.facts {
  display: grid; gap: 0.5rem 1.5rem; margin: 1rem 0;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 17rem), 1fr));
}
.facts div { min-width: 0; }
dt { color: var(--faint); font-size: 0.8rem; }
dd { margin: 0; overflow-wrap: anywhere; }
.charts {
  display: grid; gap: 1rem 1.5rem; align-items: start;
  grid-template-columns: repeat(auto-fill, minmax(min(100%, 26rem), 1fr));
}
.charts > * { min-width: 0; }
/* No half of the page is empty. */
@media (min-width: 60rem) {
  .charts > figure:last-child:nth-child(odd) {
    grid-column: 1 / -1; display: grid; gap: 1.5rem; align-items: center;
    grid-template-columns: minmax(0, 36rem) minmax(0, 1fr);
  }
}
figure { margin: 0; min-width: 0; }
figcaption {
  color: var(--faint); font-size: 0.85rem; max-width: 75ch;
  overflow-wrap: anywhere;
}
.box { overflow-x: auto; max-width: 100%; }
svg { display: block; height: auto; }
svg text { fill: currentColor; }
svg * { stroke-linejoin: round; stroke-linecap: butt; }
.chart svg { width: 100%; max-width: 36rem; }
.chart image { image-rendering: pixelated; }
.drawings {
  display: flex; flex-wrap: wrap; gap: 1rem; align-items: flex-start;
}
.drawings > * { max-width: 100%; flex: 0 1 auto; }
.drawings > .net {
  flex: 1 1 calc(0.64 * var(--width)); max-width: min(100%, var(--width));
}
.drawings > .broad { flex: 1 1 min(100%, 34rem); }
.drawings > .broad:has(> details) { flex-basis: 100%; }
.drawing svg {
  width: var(--width); max-width: 100%; min-width: calc(0.75 * var(--width));
}
.net .drawing svg { min-width: 0; }
.beside { display: flex; flex-wrap: wrap; gap: 1rem 2rem; }
.beside > * { max-width: 100%; }
.beside > .text { flex: 1 1 20rem; }
.cell {
  display: flex; flex-wrap: wrap; gap: 1rem; align-items: center;
}
.cell > * { max-width: 100%; }
.legend {
  display: flex; flex-wrap: wrap; gap: 0.25rem 1.25rem; padding: 0;
  list-style: none; overflow-wrap: anywhere;
}
.legend span {
  display: inline-block; width: 0.8rem; height: 0.8rem; margin-right: 0.4rem;
}
table { border-collapse: collapse; font-size: 0.9rem; }
th, td {
  text-align: left; vertical-align: top; padding: 0.3rem 0.8rem 0.3rem 0;
  border-bottom: 1px solid var(--grid);
}
th { color: var(--faint); font-weight: 600; white-space: nowrap; }
.charts th, .charts td, .charts .number { white-space: normal; }
td { overflow-wrap: break-word; }
.wide { min-width: 14rem; }
td summary { margin: 0; }
.tall { max-height: 32rem; overflow: auto; }
.tall thead th { position: sticky; top: 0; background: var(--paper); }
th button {
  all: unset; cursor: pointer; color: inherit; font: inherit;
}
th button:focus-visible { outline: 2px solid var(--accent); }
th[aria-sort="ascending"] button::after { content: " \\2191"; }
th[aria-sort="descending"] button::after { content: " \\2193"; }
tr.chosen { background: var(--box); }
.tip {
  position: absolute; z-index: 1; max-width: min(26rem, 90vw);
  padding: 0.5rem 0.75rem; border: 1px solid var(--grid); border-radius: 6px;
  background: var(--paper); color: var(--ink); font-size: 0.85rem;
  white-space: pre-line; overflow-wrap: anywhere; pointer-events: none;
  box-shadow: 0 2px 8px #0003;
}
.tip[hidden] { display: none; }
.number {
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
}
@media (max-width: 40rem) {
  /* A row is a paragraph, and the headings are buttons in a line. */
  table, tbody, thead, tr, td { display: block; }
  thead { display: none; }
  tr { border-bottom: 1px solid var(--grid); padding: 0.4rem 0; }
  td, .number { text-align: left; white-space: normal; }
  td { border: 0; padding: 0; overflow-wrap: anywhere; }
  td.number { display: inline-block; margin-right: 0.9rem; }
  td::before { content: attr(data-name) " "; color: var(--faint); }
  .drawing svg { min-width: 0; }
  pre { white-space: pre-wrap; overflow-wrap: anywhere; }
  .tall thead { display: block; position: sticky; top: 0; }
  .tall thead tr {
    display: flex; flex-wrap: wrap; gap: 0.1rem 0.9rem;
    background: var(--paper);
  }
  .tall thead th { position: static; border: 0; padding: 0.15rem 0; }
}
pre {
  background: var(--panel); padding: 0.75rem; font-size: 0.85rem; margin: 0;
}
summary { cursor: pointer; margin: 0.5rem 0; }
footer { color: var(--faint); font-size: 0.85rem; padding: 2rem 1rem; }
"""
