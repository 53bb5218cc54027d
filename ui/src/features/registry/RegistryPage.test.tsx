import { screen, waitFor, within } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it } from "vitest";
import { registryHandlers } from "@/mock/desk/registry";
import { renderDesk } from "@/mock/desk/render";
import { RegistryPage } from "./RegistryPage";

const row = async (version: number) => {
  const rows = await screen.findAllByTestId("version-row");
  const found = rows.find((each) => each.dataset.version === String(version));
  if (!found) throw new Error(`no row for v${version}`);
  return found;
};

async function chooseStage(version: number, stage: string) {
  const user = userEvent.setup();
  await user.click(within(await row(version)).getByTestId("stage-menu"));
  await user.click(await screen.findByTestId(`stage-option-${stage.toLowerCase()}`));
  return user;
}

it("shows the server's refusal of an illegal move, with the legal ones, and leaves the stage alone", async () => {
  renderDesk(<RegistryPage />);
  await chooseStage(14, "Production");
  const refusal = await screen.findByTestId("illegal-move-error");
  expect(refusal.dataset.kind).toBe("illegal_move");
  expect(refusal.textContent).toContain(
    "a version in None cannot move to Production; legal moves: Staging (Promote), Archived (Archive)",
  );
  expect((await row(14)).dataset.stage).toBe("None");
});

it("asks for a reason, then moves, and the history keeps both", async () => {
  renderDesk(<RegistryPage />);
  const user = userEvent.setup();
  await user.click(await screen.findByTestId("promote-staging"));
  await user.type(await screen.findByTestId("reason-input"), "holds out of sample{Enter}");
  await waitFor(async () => expect((await row(14)).dataset.stage).toBe("Staging"));
  const newest = (await screen.findAllByTestId("transition-row"))[0];
  expect(newest?.textContent).toContain("v14 to Staging");
  expect(newest?.textContent).toContain("holds out of sample");
});

it("keeps the dialog open and says that nothing changed when the server refuses a lit move", async () => {
  renderDesk(<RegistryPage />, {
    promote_model_version: () => {
      throw { kind: "conflict", message: "v13 was moved by another client meanwhile.", field: null, hint: null };
    },
  });
  const user = await chooseStage(13, "None");
  await user.click(await screen.findByTestId("confirm-promote"));
  const refusal = await screen.findByTestId("illegal-move-error");
  expect(refusal.textContent).toContain("Nothing was changed");
  expect(refusal.textContent).toContain("moved by another client");
});

it("lights only the moves that the server calls legal", async () => {
  renderDesk(<RegistryPage />);
  const user = userEvent.setup();
  await user.click(await row(12));
  const lit = () =>
    [...screen.getByTestId("stage-diagram").querySelectorAll("[data-lit=true]")].map((arrow) =>
      arrow.getAttribute("data-move"),
    );
  await waitFor(() => expect(lit().sort()).toEqual(["Production>Archived", "Production>Staging"]));
});

it("takes an alias from another version only when told to, and gives it back", async () => {
  renderDesk(<RegistryPage />);
  const user = userEvent.setup();
  const chips = () => screen.queryAllByTestId("alias-chip").map((chip) => chip.textContent);
  const holder = async () => {
    const { model } = registryHandlers.get_model({ name: "regime-hmm-fx" });
    return model.aliases.find((each) => each.alias === "champion")?.version ?? null;
  };
  await waitFor(() => expect(chips()).toEqual(["@challenger"]));
  await user.type(screen.getByTestId("alias-input"), "@champion{Enter}");
  const asked = await screen.findByTestId("alias-take");
  expect(asked.textContent).toContain("v12 holds @champion now.");
  expect(await holder()).toBe(12);
  await user.click(within(asked).getByTestId("confirm"));
  await waitFor(() => expect(chips()).toEqual(["@challenger", "@champion"]));
  const toast = await screen.findByTestId("toast");
  expect(toast.textContent).toContain("@champion moved from v12 to v14");
  await user.click(within(toast).getByRole("button", { name: "Undo" }));
  await waitFor(async () => expect(await holder()).toBe(12));
});

it("removes an alias with a way back", async () => {
  renderDesk(<RegistryPage />);
  const user = userEvent.setup();
  const chips = () => screen.queryAllByTestId("alias-chip").map((chip) => chip.textContent);
  await user.click(await screen.findByTestId("alias-remove"));
  await waitFor(() => expect(chips()).toEqual([]));
  const toast = await screen.findByTestId("toast");
  expect(toast.textContent).toContain("@challenger removed from v14");
  await user.click(within(toast).getByRole("button", { name: "Undo" }));
  await waitFor(() => expect(chips()).toEqual(["@challenger"]));
});

it("names the version in Production now", async () => {
  renderDesk(<RegistryPage />);
  expect((await screen.findByTestId("stood-in-production")).textContent).toContain("v12");
});

it("teaches how to register when nothing is registered", async () => {
  renderDesk(<RegistryPage />, {}, true);
  expect((await screen.findByTestId("first-model-snippet")).textContent).toContain("registered_model_name");
});
