"""Style of a page: light and dark, for wide and narrow screens."""

STYLE = """
:root {
  color-scheme: light dark;
  --paper: #ffffff; --ink: #1d2430; --faint: #5b6472; --grid: #d5dae2;
  --panel: #f6f8fb; --box: #eef3fa; --line: #33557f;
  --skip-0: #9a5b2c; --skip-1: #2c7a4b; --skip-2: #7a3f9d;
  --skip-3: #b03a48; --skip-4: #2f6f9f;
}
@media (prefers-color-scheme: dark) {
  :root {
    --paper: #14181f; --ink: #e4e8ee; --faint: #a0a9b6; --grid: #3a4350;
    --panel: #1c222b; --box: #24303f; --line: #86a9d4;
    --skip-0: #d79a6a; --skip-1: #67bd8b; --skip-2: #bb8ad8;
    --skip-3: #e57f8b; --skip-4: #74b4e2;
  }
}
* { box-sizing: border-box; }
body {
  margin: 0; background: var(--paper); color: var(--ink);
  font: 16px/1.5 system-ui, "Segoe UI", Roboto, "DejaVu Sans", sans-serif;
}
main, footer { max-width: 1200px; margin: 0 auto; padding: 0 1rem; }
h1 { font-size: 1.7rem; margin: 1.5rem 0 0.25rem; overflow-wrap: anywhere; }
h2 {
  font-size: 1.2rem; margin: 2.2rem 0 0.5rem; padding-top: 0.6rem;
  border-top: 1px solid var(--grid);
}
p { max-width: 75ch; overflow-wrap: anywhere; }
.lead { font-size: 1.1rem; margin-top: 0; }
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
.drawings > * { max-width: 100%; }
.drawing svg {
  width: var(--width); max-width: 100%; min-width: calc(0.75 * var(--width));
}
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
td { overflow-wrap: break-word; }
.wide { min-width: 14rem; }
td summary { margin: 0; }
.number {
  text-align: right; font-variant-numeric: tabular-nums; white-space: nowrap;
}
pre {
  background: var(--panel); padding: 0.75rem; font-size: 0.85rem; margin: 0;
}
summary { cursor: pointer; margin: 0.5rem 0; }
footer { color: var(--faint); font-size: 0.85rem; padding: 2rem 1rem; }
"""
