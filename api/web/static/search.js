// Enter asks, as in a box of one line; a text of several lines goes on.
const question = document.getElementById("q");
question.addEventListener("keydown", (event) => {
  if (event.key !== "Enter" || event.shiftKey || event.isComposing || question.value.trim().includes("\n")) return;
  event.preventDefault();
  question.form.requestSubmit();
});

// An emptied box asks for what its address without a question shows. A server that does not answer, or not with a page
// of ours, leaves the results as they are: then a message stands above them.
document.addEventListener("htmx:configRequest", (event) => {
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
