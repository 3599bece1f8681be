import react from "@vitejs/plugin-react";
import { defineConfig, version } from "vite";

// The server's own part of the application. It grows best in a server of its own; this is enough for a first answer.
function answer(_request, response) {
  response.setHeader("Content-Type", "application/json");
  response.end(JSON.stringify({ status: "ok", framework: "Vite", version }));
}

const api = {
  name: "api",
  configureServer: (server) => void server.middlewares.use("/api/status", answer),
  configurePreviewServer: (server) => void server.middlewares.use("/api/status", answer),
};

const server = {
  host: "0.0.0.0", // reached from outside of the container
  port: 3000,
  strictPort: true, // another port would have another address
  allowedHosts: true, // this workspace's own name; who may open it is checked before a request gets here
};

export default defineConfig({ plugins: [react(), api], server, preview: server });
