#include "daybook/apps/load/report_page.hpp"

namespace daybook::load {

const char* const page_style = R"css(
:root { color-scheme: light dark; --page: #f6f5f2; --card: #fff; --ink: #1d1f24; --soft: #62676f; --edge: #e3e1dc;
  --grid: #e9e7e2;
  --good: #17693b; --good-back: #dff1e5; --bad: #a3211c; --bad-back: #fbe3e1; --note: #7a5300; --note-back: #f8ecd0;
  --c1: #2a6fc9; --c2: #d9761a; --c3: #b3326b; --c4: #7b8087; }
@media (prefers-color-scheme: dark) { :root { --page: #14161a; --card: #1d2026; --ink: #e8e8e6; --soft: #9ba1aa;
  --edge: #2d3138;
  --grid: #2a2e35; --good: #7fd8a2; --good-back: #173324; --bad: #ff9a92; --bad-back: #3d1c1b; --note: #e9c46c;
  --note-back: #362b12;
  --c1: #6ba8f5; --c2: #f2a355; --c3: #f07fb0; --c4: #8e949d; } }
* { box-sizing: border-box; }
html { -webkit-text-size-adjust: 100%; text-size-adjust: 100%; }
body { margin: 0; background: var(--page); color: var(--ink); font: 16px/1.5 system-ui, -apple-system, "Segoe UI", Roboto,
  "Helvetica Neue", Arial, sans-serif; }
main { max-width: 1160px; margin: 0 auto; padding: 28px 16px 48px; }
header { display: flex; flex-wrap: wrap; align-items: flex-start; justify-content: space-between; gap: 12px 24px;
  margin-bottom: 20px; }
h1 { font-size: 1.6rem; line-height: 1.2; margin: 0 0 4px; letter-spacing: -.01em; text-wrap: balance; }
h2 { font-size: 1rem; line-height: 1.3; margin: 0 0 2px; }
p { margin: 0; }
.soft { color: var(--soft); font-size: .9rem; overflow-wrap: anywhere; }
.verdict { border-radius: 999px; padding: 5px 14px; font-weight: 600; font-size: .9rem; background: var(--note-back);
  color: var(--note); }
.verdict.good { background: var(--good-back); color: var(--good); }
.verdict.bad { background: var(--bad-back); color: var(--bad); }
.card { background: var(--card); border: 1px solid var(--edge); border-radius: 12px; padding: 16px; min-width: 0; }
.figures { display: grid; grid-template-columns: repeat(2, minmax(0, 1fr)); gap: 12px; margin-bottom: 16px; }
.figure .soft { display: block; font-size: .82rem; line-height: 1.35; }
.figure b { display: block; font-size: 1.45rem; line-height: 1.25; font-weight: 650; letter-spacing: -.015em;
  font-variant-numeric: tabular-nums; }
.figure b small { font-size: .6em; font-weight: 500; color: var(--soft); letter-spacing: 0; }
.pair { display: grid; grid-template-columns: minmax(0, 1fr); gap: 16px; margin-bottom: 16px; }
.legend { display: flex; flex-wrap: wrap; gap: 2px 16px; margin: 2px 0 8px; padding: 0; list-style: none; font-size: .82rem;
  color: var(--soft); }
.legend li::before { content: ""; display: inline-block; width: 14px; height: 3px; border-radius: 2px;
  vertical-align: middle;
  margin-right: 6px; background: currentColor; }
.legend .c1::before { background: var(--c1); } .legend .c2::before { background: var(--c2); }
.legend .c3::before { background: var(--c3); } .legend .c4::before { background: var(--c4); }
svg { display: block; width: 100%; height: auto; overflow: visible; }
svg text { font: 15px system-ui, -apple-system, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif; fill: var(--soft);
  font-variant-numeric: tabular-nums; }
.grid path { stroke: var(--grid); stroke-width: 1; }
.line { fill: none; stroke-width: 1.8; stroke-linejoin: round; stroke-linecap: round; }
.line.c1 { stroke: var(--c1); } .line.c2 { stroke: var(--c2); } .line.c3 { stroke: var(--c3); }
.line.c4 { stroke: var(--c4); }
.area { opacity: .14; } .area.c1, .dot.c1 { fill: var(--c1); } .area.c2, .dot.c2 { fill: var(--c2); }
.area.c3, .dot.c3 { fill: var(--c3); } .area.c4, .dot.c4 { fill: var(--c4); }
.wide { margin-bottom: 16px; }
.scroll { overflow-x: auto; margin: 8px -16px -8px; padding: 0 16px 8px; }
table { border-collapse: collapse; width: 100%; font-size: .88rem; font-variant-numeric: tabular-nums; }
th, td { text-align: right; padding: 6px 0 6px 16px; border-top: 1px solid var(--edge); white-space: nowrap; }
thead th { border-top: 0; color: var(--soft); font-weight: 500; }
th:first-child, td:first-child { text-align: left; padding-left: 0; }
tbody th { font-weight: 500; }
dl { display: grid; grid-template-columns: minmax(0, 2fr) minmax(0, 3fr); gap: 6px 16px; margin: 10px 0 0;
  font-size: .88rem; }
dt { color: var(--soft); } dd { margin: 0; overflow-wrap: anywhere; }
.wrong { margin: 10px 0 0; padding-left: 20px; font-size: .88rem; overflow-wrap: anywhere; }
footer { color: var(--soft); font-size: .82rem; margin-top: 20px; }
@media (min-width: 640px) { svg text { font-size: 12px; } .figures { grid-template-columns: repeat(4, minmax(0, 1fr)); } }
@media (min-width: 900px) { .pair { grid-template-columns: repeat(2, minmax(0, 1fr)); } h1 { font-size: 1.9rem; }
  .figure b { font-size: 1.7rem; } main { padding-top: 40px; } .card { padding: 20px; } .wide { margin-bottom: 16px; }
.scroll { margin: 8px -20px -8px; padding: 0 20px 8px; } }
@media print { body { background: #fff; } .card { break-inside: avoid; } }
)css";

} // namespace daybook::load
