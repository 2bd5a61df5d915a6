// Type-ahead: titles, labels and official numbers that begin as the text in the search box does. Only of one short line:
// nothing of a longer text is sent. A text box of its own role, with a list beside it, since not every box can be a combobox.
const SHORTEST = 2;
const LONGEST = 60;
const WAIT = 150;
const { said, label, opens } = document.querySelector("script[data-said]").dataset;
const typed = document.getElementById("q");
const reader = document.documentElement.lang;
const list = document.createElement("ul");
const status = document.createElement("p");
let asking = new AbortController();
let waiting;
let active = null;

Object.assign(list, { id: "suggestions", className: "suggestions", hidden: true, role: "listbox", ariaLabel: label });
Object.assign(status, { className: "hidden", role: "status" }); // there before it speaks, else it is not heard
typed.parentElement.append(list);
typed.form.parentElement.append(status);
typed.setAttribute("aria-autocomplete", "list");
typed.setAttribute("aria-controls", list.id);

function close() {
  clearTimeout(waiting);
  asking.abort();
  list.hidden = true;
  list.replaceChildren();
  status.textContent = "";
  move(null);
}
function move(option) {
  active?.setAttribute("aria-selected", "false");
  active = option;
  if (!active) return typed.removeAttribute("aria-activedescendant");
  active.setAttribute("aria-selected", "true");
  active.scrollIntoView({ block: "nearest" });
  typed.setAttribute("aria-activedescendant", active.id);
}
async function ask() {
  const text = typed.value.trim();
  close();
  if (text.length < SHORTEST || typed.value.length > LONGEST || /[\r\n]/.test(typed.value)) return;
  asking = new AbortController();
  const { signal } = asking;
  try {
    const answer = await fetch(`/${reader}/suggest`, { signal, method: "POST", body: new URLSearchParams({ q: text }) });
    if (!answer.ok) return;
    const { suggestions } = await answer.json();
    if (!signal.aborted && document.activeElement === typed) show(suggestions);
  } catch {} // without an answer there are no suggestions
}
function show(suggestions) {
  list.replaceChildren(...suggestions.map(shown));
  list.hidden = !suggestions.length;
  status.textContent = said.split("|")[suggestions.length];
}
function shown({ text, kind, lang, note_id }, place) {
  const option = Object.assign(document.createElement("li"), { id: `suggestion-${place}`, role: "option" });
  option.setAttribute("aria-selected", "false");
  option.append(Object.assign(document.createElement("span"), { textContent: text, lang: lang ?? "" }));
  if (kind === "title") {
    option.dataset.note = note_id;
    option.append(" ", Object.assign(document.createElement("span"), { className: "small", textContent: opens }));
  }
  return option;
}
function take(option) {
  const { note } = option.dataset;
  const text = option.firstChild.textContent;
  close();
  if (note) return location.assign(`/${reader}/notes/${note}`);
  typed.value = text;
  typed.form.requestSubmit();
}

typed.addEventListener("input", () => {
  close();
  waiting = setTimeout(ask, WAIT);
});
typed.addEventListener("blur", close);
typed.addEventListener(
  "keydown",
  (event) => {
    if (event.isComposing || event.ctrlKey || event.metaKey || event.altKey || event.shiftKey) return;
    if (list.hidden) {
      if (event.key === "ArrowDown") ask();
      return;
    }
    if (event.key === "ArrowDown") move(active ? active.nextSibling : list.firstChild);
    else if (event.key === "ArrowUp") move(active ? active.previousSibling : list.lastChild);
    else if (event.key === "Escape") close();
    else if (event.key === "Enter" && active) take(active);
    else return;
    event.preventDefault();
    event.stopImmediatePropagation();
  },
  true, // before what else listens for keys of the box
);
list.addEventListener("mousedown", (event) => event.preventDefault()); // the focus stays in the box
list.addEventListener("click", (event) => {
  const option = event.target.closest("[role=option]");
  if (option) take(option);
});
typed.form.addEventListener("submit", close);
