import { screen } from "@testing-library/react";
import { expect, it } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { MonitoringPage } from "./MonitoringPage";

it("shows every endpoint, and refuses the p99 that has too few requests", async () => {
  renderDesk(<MonitoringPage />);
  const cards = await screen.findAllByTestId("monitoring-endpoint");
  expect(cards.map((card) => card.dataset.endpoint)).toEqual(["regime-hmm-fx-staging", "carry-gru-g10-staging"]);
  expect((await screen.findByTestId("p99-refused")).textContent).toMatch(/^p99 refused: needs 662 samples, has \d+$/);
});

it("says how to ask an endpoint when there is none", async () => {
  renderDesk(<MonitoringPage />, {}, true);
  expect((await screen.findByTestId("empty-state")).textContent).toContain("/invocations");
});
