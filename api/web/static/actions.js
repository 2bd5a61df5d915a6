// The buttons of a note's page: copy its link or citation, which is said for screen readers, too.
const said = document.querySelector("[data-copied]");
for (const button of document.querySelectorAll("[data-copy]")) {
  button.hidden = !navigator.clipboard; // which browsers give to HTTPS and to the own machine only
  button.addEventListener("click", async () => {
    said.textContent = ""; // else the same word would not be said again
    await navigator.clipboard.writeText(button.dataset.copy);
    said.textContent = said.dataset.copied;
  });
}

// Back to the results from which the note was opened, in this tab (search.js).
const results = sessionStorage.getItem("results");
if (results?.startsWith("/") && !results.startsWith("//")) {
  const back = document.getElementById("back");
  back.href = results;
  back.hidden = false;
}
