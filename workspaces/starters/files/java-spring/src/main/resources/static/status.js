const shown = document.getElementById("status");

fetch("/api/status")
  .then((answer) => answer.json())
  .then(({ status, framework, version }) => {
    shown.textContent = `${status} (${framework} ${version})`;
  })
  .catch((error) => {
    shown.textContent = String(error);
  });
