import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { BenchmarkPanel } from "./BenchmarkPanel";

it("claims a percentile only with its bound, and refuses the rest in rows of their own", async () => {
  renderDesk(<BenchmarkPanel name="regime-hmm-fx" version={14} />);
  const user = userEvent.setup();
  await user.click(screen.getByRole("radio", { name: "2 s" }));
  await user.click(screen.getByTestId("benchmark-run"));
  const rows = await screen.findAllByTestId("percentile-row", {}, { timeout: 8000 });
  const refused = rows.filter((row) => row.dataset.refused === "true");
  expect(refused.map((row) => row.textContent)).toEqual([
    "p99.9—refused: needs 6,636 samples, has 4,800No claim",
    "p99.99—refused: needs 66,400 samples, has 4,800No claim",
  ]);
  const p99 = rows.find((row) => row.textContent?.startsWith("p991"));
  expect(p99 && within(p99).getByText("1.04 to 1.23 ms")).toBeTruthy();
  expect(screen.getByTestId("placement").textContent).toContain("61 of 61");
});

it("cancels, and says that nothing was kept", async () => {
  renderDesk(<BenchmarkPanel name="regime-hmm-fx" version={14} />);
  const user = userEvent.setup();
  await user.click(screen.getByTestId("benchmark-run"));
  await user.click(await screen.findByTestId("benchmark-cancel"));
  expect(await screen.findByText(/Cancelled; nothing was kept/, {}, { timeout: 5000 })).toBeTruthy();
  expect(screen.queryByTestId("benchmark-error")).toBeNull();
});
