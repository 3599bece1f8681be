// The form for a new workspace: whoever chooses a repository finds its fields open.
"use strict";
document.addEventListener("change", ({ target }) => {
  if (target.name === "starter" && target.value === "git-clone") document.getElementById("repository-part").open = true;
});
