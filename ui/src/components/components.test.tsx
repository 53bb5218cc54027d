import { fireEvent, render, screen } from "@testing-library/react";
import { beforeEach, expect, test, vi } from "vitest";
import { resetPersistent } from "@/lib/persist";
import { Checkbox } from "./Checkbox";
import { tokenize } from "./Code";
import { ErrorState } from "./ErrorState";
import { Segmented } from "./Segmented";
import { sparklinePath } from "./Sparkline";
import { Split } from "./Split";

beforeEach(resetPersistent);

test("a splitter moves by keyboard, stays in its limits and resets", () => {
  render(<Split id="t" label="Width" initial={248} min={220} max={360} start={<i />} end={<i />} />);
  const handle = screen.getByRole("separator", { name: "Width" });
  const width = () => Number(handle.getAttribute("aria-valuenow"));
  fireEvent.keyDown(handle, { key: "ArrowRight" });
  expect(width()).toBe(256);
  fireEvent.keyDown(handle, { key: "ArrowRight", shiftKey: true });
  expect(width()).toBe(288);
  fireEvent.keyDown(handle, { key: "End" });
  fireEvent.keyDown(handle, { key: "ArrowRight" });
  expect(width()).toBe(360);
  fireEvent.keyDown(handle, { key: "Home" });
  expect(width()).toBe(220);
  fireEvent.doubleClick(handle);
  expect(width()).toBe(248);
  expect(localStorage.getItem("drydock.split.t")).toBe("248");
});

test("arrow keys move a segmented choice around", () => {
  const onChange = vi.fn();
  const options = [
    { value: "a", label: "A" },
    { value: "b", label: "B" },
  ];
  render(<Segmented label="Choice" options={options} value="b" onChange={onChange} />);
  fireEvent.keyDown(screen.getByRole("radiogroup"), { key: "ArrowRight" });
  expect(onChange).toHaveBeenCalledWith("a");
  expect(screen.getByRole("radio", { name: "B" }).getAttribute("aria-checked")).toBe("true");
});

test("a mixed checkbox checks; it never opens the row it stands in", () => {
  const onChange = vi.fn();
  const onRow = vi.fn();
  render(
    // biome-ignore lint/a11y/noStaticElementInteractions: stands for a row
    // biome-ignore lint/a11y/useKeyWithClickEvents: stands for a row
    <div onClick={onRow}>
      <Checkbox label="All" checked="mixed" onChange={onChange} />
    </div>,
  );
  fireEvent.click(screen.getByRole("checkbox", { name: "All" }));
  expect(onChange.mock.calls[0]?.[0]).toBe(true);
  expect(onRow).not.toHaveBeenCalled();
});

test("an error says what failed, why, and what to do", () => {
  const onRetry = vi.fn();
  render(
    <ErrorState
      title="Runs could not be read"
      error={{ kind: "io", message: "The disk is full.", field: null, hint: "Free some space." }}
      safe="Nothing was changed."
      onRetry={onRetry}
    />,
  );
  const alert = screen.getByRole("alert");
  for (const text of ["Runs could not be read", "The disk is full.", "Free some space.", "Nothing was changed."])
    expect(alert.textContent).toContain(text);
  fireEvent.click(screen.getByRole("button", { name: "Try again" }));
  expect(onRetry).toHaveBeenCalled();
  expect(screen.getByRole("button", { name: "Copy details" })).toBeDefined();
});

test("code keeps every character while it is coloured", () => {
  const code = 'with mlflow.start_run(run_name="hi"):  # go\n    log("ic", 0.05)\n';
  const tokens = tokenize(code, "python");
  expect(tokens.map((token) => token.text).join("")).toBe(code);
  expect(tokens.filter((token) => token.kind !== "plain").map((token) => token.text)).toEqual([
    "with",
    '"hi"',
    "# go",
    '"ic"',
    "0.05",
  ]);
});

test("a sparkline breaks its line at a gap", () => {
  expect(sparklinePath([1, null, 1, 1], 30, 12)).toBe("M0.0 1.0M20.0 1.0L30.0 1.0");
});
