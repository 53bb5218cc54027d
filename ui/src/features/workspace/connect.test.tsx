import { fireEvent, screen, waitFor, within } from "@testing-library/react";
import { expect, test } from "vitest";
import { type Activity, type CheckStep, DrydockError, type WorkspaceCard } from "@/lib/api";
import { setConnection, shouldRetry } from "@/lib/connection";
import { installMock, mockHandlers } from "@/mock";
import { renderDesk } from "@/mock/desk/render";
import { listWorkspaces } from "@/mock/workspaces";
import { ConnectDialog } from "./ConnectDialog";
import { verdict } from "./checks";
import { EMPTY_FORM, formOf, isAddress, missing, toInput, withAddress } from "./connectForm";
import { endings } from "./endings";
import { WorkspaceOverlay } from "./WorkspaceOverlay";

const step = (id: CheckStep["id"], state: CheckStep["state"], sentence = ""): CheckStep => ({
  id,
  state,
  sentence,
  fault: null,
  tookMs: 1,
});

test("a pasted address fills what it names and leaves the rest", () => {
  const address = {
    host: "db",
    port: 6432,
    database: "desk",
    user: "quant",
    password: "p",
    tls: "require",
    caFile: null,
  } as const;
  const form = withAddress({ ...EMPTY_FORM, bucket: "models", databaseCa: "/ca.pem" }, address);
  expect(form).toMatchObject({ host: "db", port: "6432", name: "desk", bucket: "models", databaseCa: "/ca.pem" });
  expect(isAddress(" postgresql://u@h/d")).toBe(true);
  expect(isAddress("postgres.example")).toBe(false);
});

test("the form says what is missing before anything is sent", () => {
  expect(Object.keys(missing(EMPTY_FORM))).toEqual(["name", "host", "database", "user", "endpoint", "bucket"]);
  const form = {
    ...EMPTY_FORM,
    name: "d",
    host: "h",
    database: "d",
    user: "u",
    endpoint: "s3",
    bucket: "b",
    port: "0",
  };
  expect(missing(form)).toEqual({ port: "1 to 65535", endpoint: "Begins with https:// or http://" });
  expect(toInput({ ...form, port: "5432", replica: " " }, null).place.database.replica).toBeNull();
});

test("editing a connection keeps the team's stage policy", () => {
  const place = toInput({ ...EMPTY_FORM, stagePolicy: "open" }, null).place;
  expect(place.stagePolicy).toBe("open");
  const card: WorkspaceCard = {
    id: "fx",
    name: "FX",
    kind: "team",
    location: "desk on db:5432",
    port: null,
    current: false,
    removable: true,
    missing: false,
    team: place,
  };
  expect(toInput(formOf(card), card.id).place.stagePolicy).toBe("open");
});

test("one sentence says what to mend", () => {
  expect(verdict([], false)).toBeNull();
  expect(verdict([step("databaseLogin", "running")], true)).toBeNull();
  const failed = [step("databaseLogin", "failed", "The password is wrong."), step("storageKeys", "passed")];
  expect(verdict(failed, false)).toMatchObject({ tone: "bad", sentence: "The password is wrong." });
  const both = [...failed, step("storageBucket", "failed", "No bucket.")];
  expect(verdict(both, false)?.title).toBe("The database and the storage cannot be used like this");
  expect(verdict([step("databaseLogin", "passed")], false)?.tone).toBe("ok");
  expect(verdict([step("databaseSchema", "warned")], false)?.title).toBe("It works, with one thing to know");
});

test("what ends with a workspace is named", () => {
  const activity: Activity = {
    endpoints: ["a", "b"],
    tasks: ["Benchmark of regime v2"],
    client: "mlflow-python-client/3.17.0",
  };
  expect(endings(activity)).toHaveLength(3);
  expect(endings(activity)[0]).toContain("a, b stop answering");
  expect(endings(activity)[1]).toBe("Benchmark of regime v2 is cancelled.");
  expect(endings({ endpoints: [], tasks: [], client: null })).toEqual([]);
});

test("reads wait while the database is lost, and fail at once in a local workspace", () => {
  installMock(mockHandlers());
  const gone = new DrydockError({ kind: "unavailable", message: "gone", field: null, hint: null });
  const wrong = new DrydockError({ kind: "invalid", message: "no", field: null, hint: null });
  const lost = { state: "lost", answeredAtMs: 1, retryAtMs: 2, problem: null } as const;
  setConnection({ ...lost, state: "local" });
  expect(shouldRetry(0, gone)).toBe(false);
  setConnection(lost);
  expect(shouldRetry(100, gone)).toBe(true);
  expect(shouldRetry(0, wrong)).toBe(false);
  setConnection({ ...lost, state: "connected" });
  expect(shouldRetry(1, gone)).toBe(true);
  expect(shouldRetry(9, gone)).toBe(false);
});

test("a list of workspaces that cannot be read says so where a dialog was asked for", async () => {
  let broken = true;
  renderDesk(<WorkspaceOverlay overlay={{ kind: "workspaces" }} />, {
    list_workspaces: () => {
      if (broken) throw { kind: "io", message: "the file is damaged", field: null, hint: null };
      return listWorkspaces(false, false);
    },
  });
  const dialog = await screen.findByTestId("workspaces-unread");
  expect(dialog.textContent).toContain("the file is damaged");
  broken = false;
  fireEvent.click(within(dialog).getByRole("button", { name: "Try again" }));
  expect(await screen.findByTestId("manage-dialog")).toBeTruthy();
});

test("the dialog shows each verdict, and asks for what is missing", async () => {
  renderDesk(<ConnectDialog card={null} onClose={() => {}} />);
  const dialog = await screen.findByTestId("connect-dialog");
  fireEvent.click(within(dialog).getByTestId("connect-test"));
  expect(await within(dialog).findByText("The bucket for artifacts is missing")).toBeTruthy();
  const fill = (field: string, value: string) =>
    fireEvent.change(within(dialog).getByTestId(`connect-${field}`), { target: { value } });
  fireEvent.paste(within(dialog).getByTestId("connect-host"), {
    clipboardData: { getData: () => "postgres://quant:secret@db.fx.example/drydock" },
  });
  await waitFor(() => expect((within(dialog).getByTestId("connect-user") as HTMLInputElement).value).toBe("quant"));
  fill("endpoint", "https://minio.fx.example:9000");
  fill("bucket", "models");
  fill("storageCa", "/ca.pem");
  fireEvent.click(within(dialog).getByTestId("connect-test"));
  const verdictLine = await within(dialog).findByTestId("check-verdict");
  expect(verdictLine.dataset.tone).toBe("bad");
  const rows = within(dialog).getAllByTestId("check-row");
  expect(rows).toHaveLength(15);
  expect(rows.filter((row) => row.dataset.state === "failed").map((row) => row.dataset.fault)).toEqual([
    "wrongHostName",
  ]);
});
