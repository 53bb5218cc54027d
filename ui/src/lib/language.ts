// WebKitGTK under LANG=C reports navigator.language "C", which no Intl accepts: uPlot throws at import.
// Imported before anything that formats; the shell cleans LANG too, this is the second lock.
function usable(language: string): boolean {
  try {
    new Intl.NumberFormat(language);
    return true;
  } catch {
    return false;
  }
}

if (!usable(navigator.language)) {
  Object.defineProperty(navigator, "language", { configurable: true, value: "en-US" });
  Object.defineProperty(navigator, "languages", { configurable: true, value: ["en-US"] });
}

export {};
