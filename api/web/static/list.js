// The reader's own list: ids of notes, kept in this browser alone. They leave it in nothing but the address of the page
// that shows the list, when the reader opens that. Where a browser keeps nothing there are no buttons.
const NAME = "kept-notes";
const inAddress = (address) => new URL(address, location).searchParams.getAll("note");
function kept() {
  try {
    const found = JSON.parse(localStorage.getItem(NAME));
    return Array.isArray(found) ? found.map(String) : [];
  } catch {
    return [];
  }
}
function keep(notes) {
  try {
    if (notes.length) localStorage.setItem(NAME, JSON.stringify(notes));
    else localStorage.removeItem(NAME);
  } catch {} // there is no room: the button goes on to say so
  show();
}
function show() {
  const notes = kept();
  for (const button of document.querySelectorAll("button.keep"))
    button.setAttribute("aria-pressed", notes.includes(button.dataset.note));
  for (const link of document.querySelectorAll("a.to-list"))
    link.search = new URLSearchParams(notes.map((note) => ["note", note]));
}
document.addEventListener("click", ({ target }) => {
  const button = target.closest("button.keep");
  const link = target.closest("a.remove");
  if (button) {
    const { note } = button.dataset;
    const others = kept().filter((other) => other !== note);
    keep(others.length < kept().length ? others : [...others, note]);
  } else if (link) {
    const left = inAddress(link.href);
    const gone = inAddress(location).filter((note) => !left.includes(note));
    keep(kept().filter((note) => !gone.includes(note)));
  } else if (target.closest("button.print")) print();
});
document.addEventListener("htmx:load", show); // results that came while somebody typed
addEventListener("storage", show); // another tab
addEventListener("pageshow", show); // a page that the browser has gone back to
try {
  localStorage.getItem(NAME);
  document.documentElement.classList.add("keeps");
} catch {}
show();
const asked = inAddress(location);
const list = document.querySelector("footer a.to-list");
if (location.pathname === list.pathname && !asked.length && kept().length) location.replace(list.href);
