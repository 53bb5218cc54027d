import { render, screen, waitFor } from "@testing-library/react";
import userEvent from "@testing-library/user-event";
import { expect, test } from "vitest";
import type { ArtifactRef } from "@/lib/api";
import { renderDesk } from "@/mock/desk/render";
import { readImage, readTable, readText } from "@/mock/files";
import { Markdown } from "../Markdown";
import { ArtifactViewer } from "./ArtifactViewer";
import { framed, hasScript } from "./framed";
import { jsonRows, openAtFirst, parseJson } from "./jsonRows";

const file = (path: string): ArtifactRef => ({ owner: { kind: "run", runId: "r" }, path });

test("a page is framed under a policy that stands before everything of its own", () => {
  const page = framed("<!DOCTYPE html><script>steal()</script>");
  expect(
    page.startsWith('<!DOCTYPE html><meta http-equiv="Content-Security-Policy" content="default-src \'none\';'),
  ).toBe(true);
  expect(page.indexOf("Content-Security-Policy")).toBeLessThan(page.indexOf("<script>"));
  expect(framed("<p>bare</p>").startsWith("<!doctype html><meta")).toBe(true);
  expect([hasScript("<script src=x>"), hasScript("<b onclick = 'x'>"), hasScript("<p>scripts</p>")]).toEqual([
    true,
    true,
    false,
  ]);
});

test("the frame runs no script and says that there is one", async () => {
  renderDesk(<ArtifactViewer file={file("exposures.html")} />);
  const frame = await screen.findByTestId("html-frame");
  expect(frame.getAttribute("sandbox")).toBe("");
  expect(screen.getByText(/scripts; they do not run here/)).toBeTruthy();
});

test("JSON folds, and NaN is told by name", () => {
  const value = { a: [1, 2], b: "x", deep: { deeper: { deepest: null } } };
  const names = jsonRows(value, openAtFirst(value)).map((row) => row.path);
  expect(names).toEqual(["", "/a", "/a/0", "/a/1", "/b", "/deep", "/deep/deeper"]);
  expect(jsonRows(value, new Set())).toHaveLength(1);
  expect(parseJson('{"ic": NaN}')).toEqual({ problem: "it holds NaN, which JSON has no number for" });
  expect(parseJson("[1]")).toEqual({ value: [1] });
});

test("Markdown makes elements, and HTML in it stays text", () => {
  const text =
    '# Title\n\n**bold** <img src=x onerror="x()"> [link](javascript:alert(1))\n\n<script>x()</script>\n\n|a|\n|-|\n|1|\n';
  const { container } = render(<Markdown text={text} />);
  expect(container.querySelector("h3")?.textContent).toBe("Title");
  expect(container.querySelector("strong")?.textContent).toBe("bold");
  expect(container.querySelectorAll("img, script, a")).toHaveLength(0);
  expect(container.textContent).toContain("<script>x()</script>");
  expect(container.querySelector("td")?.textContent).toBe("1");
});

test("a viewer that could not read asks again on a click", async () => {
  const user = userEvent.setup();
  let broken = true;
  const sometimes =
    <Args,>(read: (args: Args) => unknown) =>
    (args: Args) => {
      if (broken) throw { kind: "io", message: "the disk did not answer", field: null, hint: null };
      return read(args);
    };
  for (const path of ["metrics.csv", "confusion.svg", "config.json", "report.md", "exposures.html", "model/MLmodel"]) {
    broken = true;
    const { unmount } = renderDesk(<ArtifactViewer file={file(path)} />, {
      read_artifact_text: sometimes(({ input }: { input: Parameters<typeof readText>[0] }) => readText(input)),
      read_artifact_table: sometimes(({ input }: { input: Parameters<typeof readTable>[0] }) => readTable(input)),
      read_artifact_image: sometimes(({ file: of }: { file: ArtifactRef }) => readImage(of)),
    });
    const again = await screen.findByRole("button", { name: "Try again" });
    broken = false;
    await user.click(again);
    await waitFor(() => expect(screen.queryByTestId("error-state")).toBeNull());
    unmount();
  }
});

test("what is no JSON is offered as its source only", async () => {
  const read = (text: string) => ({
    read_artifact_text: () => ({ text, toByte: text.length, sizeBytes: text.length, lossy: false }),
  });
  const { unmount } = renderDesk(<ArtifactViewer file={file("config.json")} />, read('{"ic": NaN}'));
  expect(await screen.findByText(/Not valid JSON/)).toBeTruthy();
  expect(screen.queryByRole("radio", { name: "Tree" })).toBeNull();
  unmount();
  renderDesk(<ArtifactViewer file={file("config.json")} />, read('{"ic": 1}'));
  expect(await screen.findByTestId("json-tree")).toBeTruthy();
  expect(screen.getByRole("radio", { name: "Tree" })).toBeTruthy();
});

test("the next page of a table that failed waits for a click", async () => {
  const user = userEvent.setup();
  let asked = 0;
  renderDesk(<ArtifactViewer file={file("metrics.csv")} />, {
    read_artifact_table: ({ input }: { input: Parameters<typeof readTable>[0] }) => {
      if (input.cursor === null) return { ...readTable({ ...input, rowsMax: 5 }), next: "5" };
      asked += 1;
      if (asked === 1) throw { kind: "io", message: "the disk did not answer", field: null, hint: null };
      return { ...readTable(input), next: null };
    },
  });
  const again = await screen.findByTestId("table-retry");
  expect(asked).toBe(1);
  await user.click(again);
  await waitFor(() => expect(screen.queryByTestId("table-retry")).toBeNull());
  expect(screen.getByTestId("table-rows").textContent).toContain("505");
});

test("a table says how much of it was read, and a pickle why it stays shut", async () => {
  const user = userEvent.setup();
  const { unmount } = renderDesk(<ArtifactViewer file={file("metrics.csv")} />);
  expect((await screen.findByTestId("table-rows")).textContent).toBe("500 of more rows read");
  await user.click(screen.getByRole("radio", { name: "Source" }));
  expect(await screen.findByText("1,201 lines, all read")).toBeTruthy();
  unmount();
  renderDesk(<ArtifactViewer file={file("scaler.pkl")} />);
  expect(await screen.findByText(/reading a pickle can run code/)).toBeTruthy();
});
