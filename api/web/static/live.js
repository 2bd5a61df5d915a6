// Where notes are indexed as they are saved: loads the page anew when the index is another than the page was made from,
// where it stands, and says above it what is wrong with notes. While somebody types nothing is loaded.
const EVERY = 300;
const state = document.currentScript.dataset.state;
let known = "[]";
async function look() {
  try {
    const answer = await fetch("/live");
    if (answer.ok) {
      const now = await answer.json();
      const typing = document.activeElement?.matches("#q, textarea");
      if (now.state !== state && !typing && !document.querySelector("[data-private]")) return location.reload();
      if (JSON.stringify(now.problems) !== known) show(now.problems);
    }
  } catch {} // the server is starting again: ask later
  setTimeout(look, EVERY);
}
function show(problems) {
  known = JSON.stringify(problems);
  document.getElementById("live")?.remove();
  if (!problems.length) return;
  const box = document.createElement("section");
  box.id = "live";
  box.className = "warning";
  box.setAttribute("role", "status");
  const list = document.createElement("ul");
  for (const problem of problems) list.append(Object.assign(document.createElement("li"), { textContent: problem }));
  box.append(list);
  document.getElementById("main").prepend(box);
}
look();
