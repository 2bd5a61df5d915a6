// "/" puts the cursor in the search box. An emptied box leaves the results as they are.
document.addEventListener("keydown", (event) => {
  const typing = event.target.closest("input, textarea, select, [contenteditable]");
  if (event.key !== "/" || typing || event.ctrlKey || event.metaKey || event.altKey) return;
  event.preventDefault();
  document.getElementById("q").focus();
});
document.addEventListener("htmx:configRequest", (event) => {
  if (!document.getElementById("q").value.trim()) event.preventDefault();
});
