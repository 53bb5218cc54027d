// Theme: follows the OS until the user chooses; dark where the OS says nothing.
import { useSyncExternalStore } from "react";
import { persistent } from "./persist";

export type Theme = "dark" | "light";
export const themeChoice = persistent<Theme | null>("theme", null);

const osLight = () => window.matchMedia?.("(prefers-color-scheme: light)");

export function currentTheme(): Theme {
  return themeChoice.get() ?? (osLight()?.matches ? "light" : "dark");
}

function apply(): void {
  document.documentElement.dataset.theme = currentTheme();
}

export function startTheme(): void {
  apply();
  themeChoice.subscribe(apply);
  osLight()?.addEventListener("change", apply);
}

export function toggleTheme(): void {
  themeChoice.set(currentTheme() === "dark" ? "light" : "dark");
}

function subscribe(listener: () => void): () => void {
  const stop = themeChoice.subscribe(listener);
  osLight()?.addEventListener("change", listener);
  return () => {
    stop();
    osLight()?.removeEventListener("change", listener);
  };
}

export const useTheme = () => useSyncExternalStore(subscribe, currentTheme);
