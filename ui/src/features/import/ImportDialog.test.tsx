import { screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, it, vi } from "vitest";
import { renderDesk } from "@/mock/desk/render";
import { previewImport } from "@/mock/import";
import { ImportDialog } from "./ImportDialog";
import { EMPTY_FORM, inputOf, told } from "./words";

const open = () => {
  const onClose = vi.fn();
  renderDesk(<ImportDialog open onClose={onClose} />);
  return { user: userEvent.setup(), onClose };
};

it("looks first, then brings, then tells what stayed behind", async () => {
  const { user, onClose } = open();
  expect(screen.getByTestId("import-look").hasAttribute("disabled")).toBe(true);
  await user.type(screen.getByTestId("import-from"), "http://mlflow:5000{Enter}");
  const preview = await screen.findByTestId("import-preview");
  expect(preview.textContent).toContain("203 runs");
  expect(screen.getByTestId("import-notes").textContent).toContain("its runs are added to it");
  await user.click(screen.getByTestId("import-start"));
  const report = await screen.findByTestId("import-report");
  expect(report.textContent).toContain("202 imported, 1 left out");
  expect(screen.getByTestId("import-problems").textContent).toContain("s3://bucket/far");
  await user.click(screen.getByTestId("import-done"));
  expect(onClose).toHaveBeenCalled();
});

it("looks again when the source changes", async () => {
  const { user } = open();
  await user.click(screen.getByTestId("import-pick"));
  await waitFor(() => expect(screen.getByTestId("import-from")).toHaveProperty("value", "/home/quant/mlruns"));
  await user.click(screen.getByTestId("import-look"));
  await screen.findByTestId("import-preview");
  await user.click(screen.getByTestId("import-models-only"));
  expect(screen.queryByTestId("import-preview")).toBeNull();
  expect(screen.getByTestId("import-look")).toBeDefined();
});

it("brings only the experiments that are named, and looks again when the names change", async () => {
  const asked = vi.fn();
  const user = userEvent.setup();
  renderDesk(<ImportDialog open onClose={() => {}} />, {
    preview_import: ({ input }) => {
      asked(input.experiments);
      return previewImport(input);
    },
  });
  await user.type(screen.getByTestId("import-from"), "/data/mlruns");
  await user.type(screen.getByTestId("import-experiments"), " fx/carry{Enter}{Enter}trends{Enter}trends");
  await user.click(screen.getByTestId("import-look"));
  await screen.findByTestId("import-preview");
  expect(asked).toHaveBeenCalledWith(["fx/carry", "trends"]);
  await user.type(screen.getByTestId("import-experiments"), "2");
  expect(screen.queryByTestId("import-preview")).toBeNull();
});

it("sends a login to a server only", () => {
  const form = { ...EMPTY_FORM, username: "ann", password: "secret" };
  expect(inputOf({ ...form, from: "/data/mlruns" }).login).toBeNull();
  expect(inputOf({ ...form, from: " https://mlflow:5000 " })).toMatchObject({
    from: "https://mlflow:5000",
    login: { username: "ann", password: "secret", token: "" },
    noArtifacts: false,
    experiments: [],
  });
  expect(told({ brought: 0, updated: 0, unchanged: 0, leftOut: 0 })).toBe("none");
});
