// "/" leads to the search box: to that of the page, else to the search page's. A reader can switch it off on the help
// page, because a key alone can be hit by accident or by speech input (WCAG 2.1.4); this browser remembers it.
const KEY = "shortcut-off";
const box = document.getElementById("q");
const choice = document.getElementById("shortcut");
let on = true;
try {
  on = localStorage.getItem(KEY) === null;
} catch {} // a browser that keeps nothing: the choice holds until the page is left
if (box && on) box.setAttribute("aria-keyshortcuts", "/");
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input:not([type=checkbox]), textarea, select, [contenteditable]");
  if (!on || event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  if (box) box.focus();
  else document.querySelector("a.site").click();
});
if (choice) {
  choice.checked = on;
  choice.closest("[hidden]").hidden = false;
  choice.addEventListener("change", () => {
    on = choice.checked;
    try {
      if (on) localStorage.removeItem(KEY);
      else localStorage.setItem(KEY, "");
    } catch {}
  });
}
