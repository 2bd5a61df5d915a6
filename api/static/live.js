// Where notes are indexed as they are saved: loads the page anew when the index has changed, where it stands, and says
// above it what is wrong with notes. What is being typed into the search box is kept: then nothing is loaded.
const EVERY = 300;
let state = null;
let told = "[]";
async function look() {
  try {
    const answer = await (await fetch("/live")).json();
    const typing = document.activeElement && document.activeElement.id === "q";
    if (state !== null && answer.state !== state && !typing) return location.reload();
    if (!typing) state = answer.state;
    if (JSON.stringify(answer.problems) !== told) show(answer.problems);
  } catch {} // the server is starting again: ask later
  setTimeout(look, EVERY);
}
function show(problems) {
  told = JSON.stringify(problems);
  document.getElementById("live")?.remove();
  if (!problems.length) return;
  const box = document.createElement("section");
  box.id = "live";
  box.className = "warning";
  box.setAttribute("role", "status");
  const list = document.createElement("ul");
  for (const one of problems) list.append(Object.assign(document.createElement("li"), { textContent: one }));
  box.append(list);
  document.getElementById("main").prepend(box);
}
look();
