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
  const user = await chooseStage(14, "Production");
  const confirm = (await screen.findByTestId("confirm-promote")) as HTMLButtonElement;
  expect(confirm.disabled || confirm.getAttribute("aria-disabled") === "true").toBe(true);
  expect((await row(14)).dataset.stage).toBe("None");
  await user.type(await screen.findByTestId("reason-input"), "to see what happens{Enter}");
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

it("shows what a model declares, and what a caller may leave out", async () => {
  const field = { name: "spread", elementType: "double", dims: null, optional: false, default: null };
  renderDesk(<RegistryPage />, {
    get_model_version: (args: { input: { name: string; version: number } }) => ({
      ...registryHandlers.get_model_version(args),
      signature: {
        origin: "mlmodel",
        inputs: [field, { ...field, name: "venue", optional: true }],
        outputs: [{ ...field, name: "unnamed", elementType: "int64", dims: ["-1"] }],
        params: [{ ...field, name: "top_k", elementType: "long", default: "5" }],
      },
    }),
  });
  const rows = within(await screen.findByTestId("signature-list")).getAllByRole("listitem");
  expect(rows.map((each) => each.textContent)).toEqual([
    "inspreaddouble",
    "invenueoptionaldouble",
    "outunnamedint64[-1]",
    "paramtop_klong= 5",
  ]);
  expect(screen.getByText("declared in MLmodel")).toBeTruthy();
});

it("says calmly why there is no signature", async () => {
  renderDesk(<RegistryPage />, {
    get_model_version: (args: { input: { name: string; version: number } }) => ({
      ...registryHandlers.get_model_version(args),
      signature: null,
      signatureNote: "This model was logged without a signature.",
    }),
  });
  expect((await screen.findByTestId("signature-note")).textContent).toContain("without a signature");
});

const lineageStep = async (key: string) => {
  const steps = within(await screen.findByTestId("lineage")).getAllByTestId("lineage-step");
  return steps.find((step) => step.dataset.step === key);
};

it("does not call a version undeployed while the endpoints could not be read", async () => {
  renderDesk(<RegistryPage />, {
    list_endpoints: () => {
      throw { kind: "unavailable", message: "the database cannot be reached", field: null, hint: null };
    },
  });
  expect((await lineageStep("endpoint"))?.textContent).not.toContain("not deployed");
  await waitFor(async () => expect((await lineageStep("endpoint"))?.textContent).toContain("not known"));
});

it("opens the logged model's files from the lineage", async () => {
  renderDesk(<RegistryPage />);
  await waitFor(async () => expect((await lineageStep("logged"))?.tagName).toBe("BUTTON"));
});

it("keeps the record of stages when no version is left", async () => {
  renderDesk(<RegistryPage />, {
    get_model: (args: { name: string }) => ({ ...registryHandlers.get_model(args), versions: [] }),
  });
  expect(await screen.findByTestId("history")).toBeTruthy();
  expect(screen.getByTestId("in-production-on")).toBeTruthy();
  expect(screen.getAllByTestId("transition-row").length).toBeGreaterThan(0);
});
