import { screen, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { BenchmarkBench } from "./BenchmarkBench";

const VERSION = { name: "regime-hmm-fx", version: 14 };

async function measured(setup: (user: ReturnType<typeof userEvent.setup>) => Promise<void>) {
  renderDesk(<BenchmarkBench source={VERSION} />);
  const user = userEvent.setup();
  await setup(user);
  await user.click(screen.getByTestId("benchmark-run"));
  return screen.findAllByTestId("percentile-row", {}, { timeout: 8000 });
}

const retype = async (user: ReturnType<typeof userEvent.setup>, id: string, text: string) => {
  await user.clear(screen.getByTestId(id));
  await user.type(screen.getByTestId(id), text);
};

it("claims a percentile only with its bound, and refuses the rest in rows of their own", async () => {
  const rows = await measured((user) => retype(user, "benchmark-samples", "4800"));
  const refused = rows.filter((row) => row.dataset.refused === "true");
  expect(refused.map((row) => row.textContent)).toEqual([
    "p99.9—refused: needs 6636 samples, has 4800No claim",
    "p99.99—refused: needs 66381 samples, has 4800No claim",
  ]);
  const p99 = rows.find((row) => row.textContent?.startsWith("p991"));
  expect(p99 && within(p99).getByText("1.04 to 1.23 ms")).toBeTruthy();
  expect(screen.getByTestId("placement").textContent).toContain("61 of 61");
  expect(screen.getByTestId("benchmark-claim").textContent).toContain("Not claimed: p99.9, p99.99.");
});

it("compares with another version in turns, percentile by percentile", async () => {
  const rows = await measured(async (user) => {
    await user.click(screen.getByTestId("benchmark-against"));
    await user.click(await screen.findByRole("option", { name: "v12" }));
  });
  expect(rows[3]?.textContent).toContain("Faster");
  expect(screen.getByTestId("benchmark-claim").dataset.verdict).toBe("pass");
  expect(screen.getByTestId("benchmark-claim").textContent).toContain("faster than v12 by 0.146 ms");
  expect(screen.getByTestId("benchmark-against-card").textContent).toContain("60 pairs of 166 samples");
});

it("says what a field needs before anything runs", async () => {
  renderDesk(<BenchmarkBench source={{ path: "/models/alpha.onnx" }} />);
  const user = userEvent.setup();
  await retype(user, "benchmark-samples", "0");
  expect(screen.getByRole("alert").textContent).toBe("A whole number from 1 to 2,000,000");
  expect(screen.getByTestId<HTMLButtonElement>("benchmark-run").disabled).toBe(true);
});

it("cancels, and says that nothing was kept", async () => {
  renderDesk(<BenchmarkBench source={VERSION} />);
  const user = userEvent.setup();
  await user.click(screen.getByTestId("benchmark-run"));
  await user.click(await screen.findByTestId("benchmark-cancel"));
  expect(await screen.findByText(/Cancelled; nothing was kept/, {}, { timeout: 5000 })).toBeTruthy();
  expect(screen.queryByTestId("benchmark-error")).toBeNull();
});
