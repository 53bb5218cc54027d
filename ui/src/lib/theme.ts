// Theme: dark until the user chooses. "system" follows the OS; it is a choice of its own, because a WebView with no
// desktop settings reports "light" whether or not anyone asked for it.
import { useSyncExternalStore } from "react";
import { api } from "./api";
import { persistent } from "./persist";

export type Theme = "dark" | "light";
export const themeChoice = persistent<Theme | "system">("theme", "dark");

const osLight = () => window.matchMedia?.("(prefers-color-scheme: light)");

export function currentTheme(): Theme {
  const choice = themeChoice.get();
  if (choice !== "system") return choice;
  return osLight()?.matches ? "light" : "dark";
}

function apply(): void {
  const theme = currentTheme();
  document.documentElement.dataset.theme = theme;
  // The menu bar and dialogs are the system's; a shell that cannot tell it leaves them as they are.
  api.setWindowTheme(theme).catch((cause) => console.warn("the window keeps its theme", cause));
}

export function startTheme(): void {
  apply();
  themeChoice.subscribe(apply);
  osLight()?.addEventListener("change", apply);
}

export function toggleTheme(): void {
  themeChoice.set(currentTheme() === "dark" ? "light" : "dark");
}

export const followSystemTheme = () => themeChoice.set("system");

function subscribe(listener: () => void): () => void {
  const stop = themeChoice.subscribe(listener);
  osLight()?.addEventListener("change", listener);
  return () => {
    stop();
    osLight()?.removeEventListener("change", listener);
  };
}

export const useTheme = () => useSyncExternalStore(subscribe, currentTheme);
