import { useEffect, useState } from "react";

export default function App() {
  const [status, setStatus] = useState("…");
  const [count, setCount] = useState(0);

  useEffect(() => {
    fetch("/api/status")
      .then((answer) => answer.json())
      .then(({ status, framework, version }) => setStatus(`${status} (${framework} ${version})`))
      .catch((error) => setStatus(String(error)));
  }, []);

  return (
    <main>
      <h1>React is running</h1>
      <p>
        Change <code>src/App.jsx</code> and save: this page follows at once.
      </p>
      <p>
        Status: <output>{status}</output>
      </p>
      <button type="button" onClick={() => setCount(count + 1)}>
        Pressed {count} times
      </button>
    </main>
  );
}
