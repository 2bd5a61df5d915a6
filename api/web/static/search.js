// Enter asks, as in a box of one line; a text of several lines goes on.
const question = document.getElementById("q");
const LONGEST = 2000;
question.setSelectionRange(question.value.length, question.value.length); // who comes by keys goes on where it ends
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || question.value.trim().includes("\n")) return;
  event.preventDefault();
  question.form.requestSubmit();
});

// What is typed stands in no address until the reader leaves the box: it may become a case.
question.addEventListener("blur", () => {
  const { address } = document.getElementById("results").dataset;
  if (address && address !== location.pathname + location.search) history.replaceState(history.state, "", address);
});
document.addEventListener("htmx:afterSwap", () => {
  const isPrivate = "private" in document.getElementById("results").dataset;
  document.querySelector("base").target = isPrivate ? "_blank" : "_self";
});

// An emptied box asks for what its address without a question shows. A server that does not answer, or not with a page
// of ours, leaves the results as they are: then a message stands above them.
document.addEventListener("htmx:configRequest", (event) => {
  if (question.value.length > LONGEST) event.preventDefault(); // a whole incident is asked for when it is sent
  if (!question.value.trim()) delete event.detail.parameters.q;
  event.detail.headers.Accept = "text/html";
});
document.addEventListener("htmx:sendError", sayNoAnswer);
document.addEventListener("htmx:beforeSwap", (event) => {
  if (/ id="results"/.test(event.detail.serverResponse)) return;
  event.detail.shouldSwap = false;
  sayNoAnswer();
});
function sayNoAnswer() {
  const results = document.getElementById("results");
  document.getElementById("no-answer")?.remove();
  const said = document.createElement("p");
  said.id = "no-answer";
  said.className = "warning";
  said.setAttribute("role", "alert");
  said.textContent = results.dataset.noAnswer;
  results.prepend(said);
}

// A note leads back to the results from which it was opened. A text that stands in no address is kept nowhere.
addEventListener("pagehide", () => {
  const { address } = document.getElementById("results").dataset;
  const isKept = address?.includes("?") && !("private" in document.getElementById("results").dataset);
  if (isKept) sessionStorage.setItem("results", address);
  else sessionStorage.removeItem("results");
});
