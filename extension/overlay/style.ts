/** The look of the warnings. Contrast at least 4.5:1 in both colour schemes. */
export const STYLE = `
* { box-sizing: border-box; margin: 0; padding: 0; }
.stack {
  --ink: #1c2430; --soft: #4a5565; --card: #ffffff; --line: #dfe3e8; --tint: #f5f7f9; --press: #e8ecf0; --focus: #1d4ed8; --accent: #47607f;
  font: 15px/1.45 system-ui, -apple-system, "Segoe UI", Roboto, "Noto Sans", sans-serif; color: var(--ink);
  display: flex; flex-direction: column; gap: 10px; max-height: calc(var(--room) + 28px); overflow: hidden auto;
  overscroll-behavior: contain; scrollbar-width: thin; margin: -6px -16px -22px; padding: 6px 16px 22px; pointer-events: none;
}
.stack > * { pointer-events: auto; }
.card {
  flex: none; position: relative; background: var(--card); border: 1px solid var(--line); border-inline-start: 5px solid var(--accent);
  border-radius: 12px; padding: 14px 16px 14px; overflow-wrap: anywhere;
  box-shadow: 0 1px 2px rgb(15 23 42 / 12%), 0 10px 28px rgb(15 23 42 / 18%); animation: arrive .22s ease-out;
}
.stack:has(> .card:only-child) { overflow: visible; max-height: var(--room); margin: 0; padding: 0; }
.stack > .card:only-child { display: flex; flex-direction: column; flex: 0 1 auto; min-height: 0; }
.stack > .card:only-child > .more { overflow: hidden auto; min-height: 0; overscroll-behavior: contain; scrollbar-width: thin; }
.card.warn { --accent: #b45309; }
.card.urgent, .card.block { --accent: #b3261e; }
.card.crisis { --accent: #0b6078; }
.card.over { --accent: #6b7686; }
header { display: flex; align-items: center; gap: 8px; margin-block-end: 8px; font-size: 13px; }
.logo { width: 22px; height: 22px; flex: none; }
.logo path { fill: none; stroke: #fff; stroke-width: 1.7; stroke-linecap: round; stroke-linejoin: round; }
.logo path:first-child { fill: var(--accent); stroke: var(--accent); }
.kind { font-weight: 650; color: var(--accent); }
.brand { color: var(--soft); }
.brand::before { content: "·"; margin-inline-end: 8px; }
h2 { font-size: 17px; line-height: 1.3; font-weight: 650; letter-spacing: -.005em; }
h3 { font-size: 13px; font-weight: 650; color: var(--soft); margin-block-end: 2px; }
.body { margin-block-start: 5px; }
.more > * { margin-block-start: 12px; }
.advice ul { padding-inline-start: 19px; }
.advice li + li { margin-block-start: 3px; }
.advice li::marker { color: var(--accent); }
.resources { list-style: none; background: var(--tint); border-radius: 8px; padding: 4px 12px; }
.resources li { display: flex; flex-wrap: wrap; justify-content: space-between; gap: 2px 12px; padding: 7px 0; }
.resources li + li { border-block-start: 1px solid var(--line); }
.contact { font-weight: 650; font-variant-numeric: tabular-nums; }
a { color: inherit; text-underline-offset: 2px; }
.buttons { display: flex; flex-wrap: wrap; gap: 8px; margin-block-start: 14px; }
button, select { font: inherit; font-size: 14px; color: inherit; border-radius: 8px; cursor: pointer; }
.primary, .plain { min-height: 36px; padding: 6px 13px; border: 1px solid var(--line); background: var(--card); }
.primary { background: var(--ink); border-color: var(--ink); color: var(--card); font-weight: 600; padding-inline: 18px; }
.plain:hover { background: var(--press); }
.primary:hover { opacity: .88; }
.buttons .primary { flex: 1 1 100%; }
.compact .buttons .plain, .buttons:has(.plain) .primary { flex: none; }
.text { border: 0; background: none; color: var(--soft); padding: 5px 8px; margin-inline-start: -8px; text-decoration: underline; text-decoration-color: var(--line); text-underline-offset: 3px; }
.text:hover { background: var(--press); color: var(--ink); }
.text + .text { margin-inline: auto -8px; }
.link { background: none; border: 0; padding: 4px 0; text-decoration: underline; text-underline-offset: 2px; color: var(--soft); }
.link:hover { color: var(--ink); }
.close { margin-inline-start: auto; width: 30px; height: 30px; margin-block: -5px; margin-inline-end: -7px; border: 0; background: none; display: grid; place-items: center; }
.close:hover { background: var(--press); }
.close svg { width: 18px; fill: none; stroke: var(--soft); stroke-width: 2; stroke-linecap: round; }
:focus-visible { outline: 3px solid var(--focus); outline-offset: 2px; }
.snooze { border: 0; display: grid; gap: 2px; }
.snooze legend { font-weight: 650; margin-block-end: 4px; }
.snooze label { display: flex; gap: 9px; align-items: center; padding: 5px 0; }
.snooze input { width: 17px; height: 17px; accent-color: var(--accent); }
.snooze select { margin-block-start: 8px; padding: 7px 10px; background: var(--card); border: 1px solid var(--line); }
.compact { padding-block: 11px; }
.compact header { margin-block-end: 4px; }
.compact h2 { font-size: 15px; }
.compact .body { display: none; }
.compact .buttons { margin-block-start: 8px; }
.compact .plain { min-height: 30px; padding-block: 3px; }
.rest { align-self: flex-end; flex: none; background: var(--card); box-shadow: 0 2px 10px rgb(15 23 42 / 18%); }
@keyframes arrive { from { opacity: 0; transform: translateY(-6px); } }
@media (prefers-reduced-motion: reduce) { .card { animation: none; } }
@media (prefers-color-scheme: dark) {
  .stack { --ink: #e9edf2; --soft: #aab4c0; --card: #1d232b; --line: #38414c; --tint: #262e38; --press: #303945; --focus: #8ab4ff; --accent: #8fa8c8; }
  .card { box-shadow: 0 10px 30px rgb(0 0 0 / 55%); }
  .card.warn { --accent: #f0a34a; }
  .card.urgent, .card.block { --accent: #ff8a80; }
  .card.crisis { --accent: #6cc5dd; }
  .card.over { --accent: #9aa5b1; }
  .logo path { stroke: #1d232b; }
}
@media (prefers-contrast: more) { .card { border-color: var(--ink); } .plain { border-color: var(--ink); } }
@media (forced-colors: active) { .card { border: 2px solid CanvasText; } }
`;
