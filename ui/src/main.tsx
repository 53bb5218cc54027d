import "./lib/language";
import "./styles/index.css";
import { StrictMode } from "react";
import { createRoot } from "react-dom/client";
import { App } from "./app/App";
import { startTheme } from "./lib/theme";

async function start(): Promise<void> {
  if (__MOCK__) {
    const { startMock } = await import("./mock");
    startMock();
  }
  startTheme();
  const root = document.getElementById("root");
  if (!root) throw new Error("index.html has no #root");
  createRoot(root).render(
    <StrictMode>
      <App />
    </StrictMode>,
  );
}

void start();
