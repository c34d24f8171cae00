/** The page's style. All of it is here: the page's policy allows no other and no `style` attribute. */
export const htmlStyle = `
:root { color-scheme: light dark; --page: #fff; --panel: #f6f7f9; --text: #1b1f24; --quiet: #59606b; --line: #8b93a0; --link: #0b57a8;
  --box: #fff; --built: #d7f0dd; --built-line: #2f7d46; --queued: #d9e8fb; --queued-line: #2b62a8; --tag: #fdf2cf; --tag-line: #7d5b0e;
  --blocked: #f9dcd9; --blocked-line: #a5372c; --unknown: #e7e7ea; --unknown-line: #5f6068; --chosen: #b4308f; }
@media screen and (prefers-color-scheme: dark) {
  :root { --page: #14171b; --panel: #1c2026; --text: #e7eaee; --quiet: #a5adb8; --line: #727b88; --link: #8cc0ff;
    --box: #14171b; --built: #16331f; --built-line: #6fcf8b; --queued: #14293f; --queued-line: #7fb4f5; --tag: #35290b; --tag-line: #e2b94f;
    --blocked: #401916; --blocked-line: #f28b80; --unknown: #2a2b30; --unknown-line: #b0b2bb; --chosen: #ff8fdc; }
}
* { box-sizing: border-box; }
html { font: 15px/1.45 system-ui, sans-serif; background: var(--page); color: var(--text); }
body { margin: 0; height: 100vh; display: grid; grid-template-rows: auto minmax(0, 1fr); }
header { padding: .75rem 1rem; border-bottom: 1px solid var(--line); }
h1 { font-size: 1.2rem; margin: 0; }
header p { margin: .2rem 0 0; color: var(--quiet); }
h1, h2, p, li, code, a, text { unicode-bidi: isolate; overflow-wrap: anywhere; }
form { display: flex; flex-wrap: wrap; gap: .5rem 1rem; align-items: center; margin-top: .6rem; }
form[hidden] { display: none; }
input[type=search] { font: inherit; padding: .3rem .5rem; width: 20rem; max-width: 100%; color: inherit; background: var(--page);
  border: 1px solid var(--line); border-radius: 4px; }
fieldset { border: 0; margin: 0; padding: 0; display: flex; flex-wrap: wrap; gap: .25rem .9rem; }
legend { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); }
fieldset label { display: inline-flex; gap: .3rem; align-items: center; }
main { display: grid; grid-template-columns: minmax(0, 1fr) minmax(18rem, 28rem); min-height: 0; }
#images { overflow: auto; }
#why { overflow: auto; padding: .5rem 1rem 2rem; background: var(--panel); border-left: 1px solid var(--line); }
a { color: var(--link); }
:focus-visible { outline: 3px solid var(--chosen); outline-offset: 1px; }
article { display: none; scroll-margin-top: 1rem; }
article:target { display: block; }
article:focus-visible { outline: none; }
#why:has(article:target) .hint { display: none; }
h2 { font-size: 1.1rem; margin: .5rem 0; }
h2 span { font-weight: normal; }
h3 { font-size: .95rem; margin: 1rem 0 .25rem; }
ul, ol { margin: 0; padding-left: 1.3rem; }
code { font-size: .88em; }
.state { display: flex; gap: .5rem; align-items: center; font-weight: 600; }
.shapes { position: absolute; }
.shape { flex: none; }
.quiet { color: var(--quiet); }
#graph { display: block; }
#graph text { font: 12px system-ui, sans-serif; fill: var(--text); }
#graph .name { font-weight: 600; font-size: 13px; }
#graph .wave { fill: var(--quiet); font-weight: 600; }
#graph [hidden] { display: none; }
#graph a { cursor: pointer; outline: none; }
#graph rect { fill: var(--box); stroke: var(--line); stroke-width: 1.5; }
#graph .outside rect { stroke-dasharray: 3 3; }
.edge { fill: none; stroke: var(--line); stroke-width: 1.3; }
.edge.chosen { stroke: var(--chosen); stroke-width: 2.6; }
.arrow { fill: var(--line); fill: context-stroke; stroke: none; }
.built { --fill: var(--built); --stroke: var(--built-line); }
.queued { --fill: var(--queued); --stroke: var(--queued-line); }
.tag-missing { --fill: var(--tag); --stroke: var(--tag-line); }
.blocked { --fill: var(--blocked); --stroke: var(--blocked-line); }
.unknown { --fill: var(--unknown); --stroke: var(--unknown-line); }
#graph a > rect { fill: var(--fill); stroke: var(--stroke); }
#graph a:hover > rect { stroke-width: 3; }
#graph a[aria-current] > rect, #graph a:focus-visible > rect { stroke: var(--chosen); stroke-width: 3; }
#graph a:focus-visible > rect { stroke-dasharray: 8 3; }
symbol { fill: var(--fill); stroke: var(--stroke); stroke-width: 2; overflow: visible; }
.mark { fill: none; stroke-linecap: round; stroke-linejoin: round; }
.dashed { stroke-dasharray: 4 2.5; }
@media (max-width: 50rem) {
  main { grid-template-columns: minmax(0, 1fr); grid-template-rows: minmax(0, 3fr) minmax(0, 2fr); }
  #why { border-left: 0; border-top: 1px solid var(--line); }
}
@media (forced-colors: active) {
  #graph rect { fill: Canvas; stroke: CanvasText; }
  #graph text { fill: CanvasText; }
  symbol { fill: Canvas; stroke: CanvasText; }
  .edge { stroke: CanvasText; }
  #graph a[aria-current] > rect, #graph a:focus-visible > rect, .edge.chosen { stroke: Highlight; }
}
@media print {
  body, main { display: block; height: auto; }
  form, .hint { display: none; }
  #images, #why { overflow: visible; border: 0; padding: 0; background: none; }
  #graph { max-width: 100%; height: auto; }
  article { display: block; break-inside: avoid; border-top: 1px solid var(--line); margin-top: .75rem; }
  article.out { display: none; }
  :root { print-color-adjust: exact; }
}
`;
