import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { DeployModal } from "./DeployModal";

const open = (name: string, version: number) => {
  const onClose = vi.fn();
  renderDesk(<DeployModal name={name} version={version} onClose={onClose} />);
  return { user: userEvent.setup(), onClose };
};

const result = () => screen.findByTestId("deploy-result", {}, { timeout: 5000 });

it("says which gate refused, against which limit, and that nothing changed", async () => {
  const { user } = open("regime-hmm-fx", 10);
  await user.click(await screen.findByTestId("deploy-confirm"));
  const banner = await result();
  expect(banner.dataset.verdict).toBe("fail");
  expect(banner.textContent).toContain("Refused: Latency p99, single stream 9.71 ms > 5 ms");
  expect(banner.textContent).toContain("Nothing was changed. v13 is still live.");
  const failed = screen.getAllByTestId("gate-row").filter((row) => row.dataset.verdict === "fail");
  expect(failed.map((row) => row.dataset.gate)).toEqual(["latency_p99"]);
  expect(screen.getByTestId("deploy-confirm")).toBeTruthy();
});

it("asks for an explicit tick where golden outputs are missing, and deploys with it", async () => {
  const { user } = open("regime-hmm-fx", 7);
  const tick = await screen.findByRole("checkbox", { name: "Deploy without golden outputs" });
  await user.click(await screen.findByTestId("deploy-confirm"));
  expect((await result()).dataset.verdict).toBe("inconclusive");
  await user.click(tick);
  expect(screen.getByTestId("deploy-confirm").hasAttribute("disabled")).toBe(true);
  await user.type(screen.getByTestId("waiver-input"), "no outputs logged yet");
  await user.click(screen.getByTestId("deploy-confirm"));
  await waitFor(async () => expect((await result()).dataset.verdict).toBe("pass"), { timeout: 5000 });
});

it("walks the six steps and ends live, driven by the keyboard alone", async () => {
  const { user, onClose } = open("carry-gru-g10", 8);
  await screen.findByTestId("plan-table");
  await waitFor(() => expect(screen.getByTestId("deploy-confirm").hasAttribute("disabled")).toBe(false));
  await user.type(screen.getByTestId("reason-input"), "candidate");
  await user.keyboard("{Control>}{Enter}{/Control}");
  expect((await result()).textContent).toContain("v8 is live on carry-gru-g10-staging");
  // the plan stays the one that was agreed to: from v7 to v8
  expect(screen.getByTestId("plan-table").textContent).toContain("Versionv7v8");
  expect(screen.getAllByTestId("deploy-step").map((step) => step.dataset.state)).toEqual(Array(6).fill("done"));
  await user.keyboard("{Control>}{Enter}{/Control}");
  expect(onClose).toHaveBeenCalled();
});

it("does not offer what the stage machine forbids", async () => {
  open("regime-hmm-fx", 12);
  expect((await screen.findByTestId("deploy-blocked")).textContent).toContain("stands in Production");
  expect(screen.getByTestId("deploy-confirm").hasAttribute("disabled")).toBe(true);
});
