import { fireEvent, render, screen, within } from "@testing-library/react";
import { expect, test, vi } from "vitest";
import { DataTable } from "./DataTable";
import type { Column } from "./tableColumns";

type Row = { id: string; value: number };
const rows: Row[] = Array.from({ length: 1000 }, (_, index) => ({ id: `r${index}`, value: index }));
const columns: Column<Row>[] = [
  { id: "id", header: "Id", width: 80, pinned: true, cell: (row) => row.id },
  { id: "value", header: "Value", width: 80, align: "right", sortable: true, cell: (row) => row.value },
];

test("renders a window of the rows, not all of them", () => {
  render(<DataTable label="Rows" rows={rows} columns={columns} rowKey={(row) => row.id} rowTestId="row" />);
  const shown = screen.getAllByTestId("row");
  expect(shown.length).toBeGreaterThan(20);
  expect(shown.length).toBeLessThan(60);
  expect(screen.getByRole("grid", { name: "Rows" }).getAttribute("aria-rowcount")).toBe("1001");
});

test("the menu key opens the menu of the active row", async () => {
  render(
    <DataTable
      label="Rows"
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      activeKey="r3"
      rowMenu={(row, columnId) => [{ label: `${row.id} ${columnId}`, onSelect: () => {} }]}
    />,
  );
  fireEvent.keyDown(screen.getByRole("grid"), { key: "F10", shiftKey: true });
  expect((await screen.findByTestId("context-menu")).textContent).toBe("r3 value");
});

test("clicks, double clicks and keys move, open and act", () => {
  const onActive = vi.fn();
  const onOpen = vi.fn();
  const onKey = vi.fn(() => true);
  render(
    <DataTable
      label="Rows"
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      rowTestId="row"
      activeKey="r3"
      {...{ onActive, onOpen, onKey }}
    />,
  );
  const grid = screen.getByRole("grid");
  fireEvent.click(screen.getAllByTestId("row")[1] as HTMLElement);
  expect(onActive).toHaveBeenLastCalledWith(rows[1]);
  fireEvent.keyDown(grid, { key: "j" });
  expect(onActive).toHaveBeenLastCalledWith(rows[4]);
  fireEvent.keyDown(grid, { key: "ArrowUp" });
  expect(onActive).toHaveBeenLastCalledWith(rows[2]);
  fireEvent.keyDown(grid, { key: "End" });
  expect(onActive).toHaveBeenLastCalledWith(rows[999]);
  fireEvent.keyDown(grid, { key: "Enter" });
  expect(onOpen).toHaveBeenLastCalledWith(rows[3]);
  fireEvent.keyDown(grid, { key: "x" });
  expect(onKey).toHaveBeenLastCalledWith("x", rows[3]);
  fireEvent.keyDown(grid, { key: "j", ctrlKey: true });
  expect(onActive).toHaveBeenCalledTimes(4);
});

test("the head sorts and says so", () => {
  const onSort = vi.fn();
  render(
    <DataTable
      label="Rows"
      rows={rows}
      columns={columns}
      rowKey={(row) => row.id}
      sort={{ id: "value", desc: true }}
      onSort={onSort}
    />,
  );
  const head = screen.getByRole("columnheader", { name: /Value/ });
  expect(head.getAttribute("aria-sort")).toBe("descending");
  fireEvent.click(within(head).getByRole("button"));
  expect(onSort).toHaveBeenCalledWith("value");
});

test("an empty table shows why", () => {
  render(<DataTable label="Rows" rows={[]} columns={columns} rowKey={(row) => row.id} empty={<p>No rows</p>} />);
  expect(screen.getByText("No rows")).toBeDefined();
});
