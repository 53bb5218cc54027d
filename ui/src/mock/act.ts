// Acts on the mocked window after it has painted, so that a picture can show a state: ?do=click:[data-testid=x]&do=key:j
import { emit } from "@tauri-apps/api/event";

const wait = (ms: number) => new Promise((resolve) => setTimeout(resolve, ms));

function fire(kind: string, target: string): void {
  if (kind === "key") {
    const parts = target.split("+");
    const key = parts.pop() ?? "";
    const event = new KeyboardEvent("keydown", { key, ctrlKey: parts.includes("Ctrl"), bubbles: true });
    (document.activeElement ?? window).dispatchEvent(event);
    return;
  }
  const [selector = "", text] = target.split("=>");
  if (kind === "emit") {
    void emit(selector, JSON.parse(text ?? "null"));
    return;
  }
  const element = document.querySelector<HTMLElement>(selector);
  if (!element) {
    console.warn("nothing to act on", selector);
    return;
  }
  if (kind === "click") element.click();
  else if (kind === "menu")
    element.dispatchEvent(
      new MouseEvent("contextmenu", { bubbles: true, cancelable: true, clientX: 700, clientY: 300 }),
    );
  else if (kind === "open") element.dispatchEvent(new MouseEvent("dblclick", { bubbles: true }));
  else if (kind === "focus") element.focus();
  else if (kind === "type" && element instanceof HTMLInputElement) {
    Object.getOwnPropertyDescriptor(HTMLInputElement.prototype, "value")?.set?.call(element, text ?? "");
    element.dispatchEvent(new Event("input", { bubbles: true }));
    element.focus();
  } else if (kind === "hover") {
    const box = element.getBoundingClientRect();
    const at = { bubbles: true, clientX: box.left + box.width * 0.66, clientY: box.top + box.height * 0.4 };
    for (const name of ["mouseover", "mouseenter", "mousemove"]) element.dispatchEvent(new MouseEvent(name, at));
  }
}

export async function act(steps: readonly string[]): Promise<void> {
  if (steps.length > 0) await wait(1500);
  for (const step of steps) {
    const [kind = "", ...rest] = step.split(":");
    fire(kind, rest.join(":"));
    await wait(400);
  }
}
