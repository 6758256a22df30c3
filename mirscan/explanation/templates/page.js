const index = document.querySelector("#index");
const rows = index ? [...index.querySelectorAll("tbody tr")] : [];
const view = document.querySelector("#view");

function key(row, column, numeric) {
  const said = row.cells[column].textContent;
  if (!numeric) return said;
  return said === "" ? Infinity : Number(said.replace("−", "-"));
}

function sort(head) {
  const column = head.cellIndex, numeric = "number" in head.dataset;
  const down = head.getAttribute("aria-sort") === "ascending";
  for (const other of head.parentNode.cells) other.setAttribute("aria-sort", "none");
  head.setAttribute("aria-sort", down ? "descending" : "ascending");
  const keyed = rows.map((row) => [key(row, column, numeric), row]);
  const compare = numeric ? (a, b) => a - b || 0 : new Intl.Collator("en", { numeric: true }).compare;
  keyed.sort(([a], [b]) => (down ? compare(b, a) : compare(a, b)));
  rows.splice(0, rows.length, ...keyed.map(([, row]) => row));
  rows[0].parentNode.append(...rows);
}

function filter(wanted) {
  let shown = 0;
  for (const row of rows) {
    row.hidden = !row.textContent.toLowerCase().includes(wanted);
    shown += !row.hidden;
  }
  index.querySelector("output").textContent = `${shown.toLocaleString("en")} hairpins`;
}

async function unpack(packed) {
  const bytes = Uint8Array.from(atob(packed), (letter) => letter.charCodeAt(0));
  const stream = new Blob([bytes]).stream().pipeThrough(new DecompressionStream("deflate-raw"));
  return new Response(stream).text();
}

const rowOf = (anchor) => rows.find((row) => row.querySelector("a").hash === `#${anchor}`);

async function show(anchor) {
  const packed = document.getElementById(anchor.replace("h", "d"));
  if (!packed) return;
  view.innerHTML = await unpack(packed.content.textContent);
  for (const row of rows) row.removeAttribute("aria-current");
  rowOf(anchor).setAttribute("aria-current", "true");
}

function step(by) {
  const shown = rows.filter((row) => !row.hidden);
  const at = shown.findIndex((row) => row.hasAttribute("aria-current"));
  const next = shown[Math.max(0, Math.min(shown.length - 1, at + by))];
  if (next) location.hash = next.querySelector("a").hash;
}

async function copy(button) {
  const code = button.parentNode.querySelector("code");
  getSelection().selectAllChildren(code); // where nothing may be written to the clipboard, it is selected
  try {
    await navigator.clipboard.writeText(code.textContent);
    button.textContent = "copied";
  } catch {
    button.textContent = "selected";
  }
  setTimeout(() => (button.textContent = "copy"), 2000);
}

document.addEventListener("click", ({ target }) => {
  if (target.matches(".copy")) copy(target);
});

if (index) {
  for (const button of index.querySelectorAll("th button")) {
    button.addEventListener("click", () => sort(button.parentNode));
  }
  const input = index.querySelector("input");
  input.addEventListener("input", () => filter(input.value.trim().toLowerCase()));
}
if (view) {
  for (const button of document.querySelectorAll("nav button")) {
    button.addEventListener("click", () => step(Number(button.dataset.step)));
  }
  const current = () => show((location.hash || rows[0].querySelector("a").hash).slice(1));
  addEventListener("hashchange", current);
  await current();
}
