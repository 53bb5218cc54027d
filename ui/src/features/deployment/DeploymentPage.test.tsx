import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { DeploymentPage } from "./DeploymentPage";

const card = async (endpoint: string) => {
  const found = (await screen.findAllByTestId("endpoint-card")).find((each) => each.dataset.endpoint === endpoint);
  if (!found) throw new Error(`no card for ${endpoint}`);
  return found;
};

it("rolls back with one click, and offers none where no earlier version has run", async () => {
  renderDesk(<DeploymentPage />);
  const user = userEvent.setup();
  const before = await card("regime-hmm-fx-staging");
  const from = before.dataset.version;
  await user.click(within(before).getByTestId("rollback-endpoint"));
  await waitFor(async () => expect((await card("regime-hmm-fx-staging")).dataset.version).not.toBe(from));
});

it("stops after one question and starts again", async () => {
  renderDesk(<DeploymentPage />);
  const user = userEvent.setup();
  await user.click(within(await card("carry-gru-g10-staging")).getByTestId("stop-endpoint"));
  await user.click(await screen.findByTestId("confirm-stop"));
  await waitFor(async () => expect((await card("carry-gru-g10-staging")).dataset.state).toBe("stopped"));
  await user.click(within(await card("carry-gru-g10-staging")).getByTestId("start-endpoint"));
  await waitFor(async () => expect((await card("carry-gru-g10-staging")).dataset.state).toBe("running"));
});

it("refuses a p99 from too few requests instead of showing a number", async () => {
  renderDesk(<DeploymentPage />);
  expect((await card("carry-gru-g10-staging")).textContent).toMatch(/refused: needs 662 samples, has \d+/);
});

it("says what to do when nothing runs", async () => {
  renderDesk(<DeploymentPage />, {}, true);
  expect((await screen.findByTestId("empty-state")).textContent).toContain("Register a model version first");
});
