// What a column of a table is, for the table and its parts.
import type { ReactNode } from "react";

export type Column<Row> = {
  id: string;
  header: ReactNode;
  /** Second line of the head: the aggregate ("best", "param"). Any column with one makes the head 34 px. */
  sub?: ReactNode;
  width: number;
  /** Takes what is left of the width; one column at most. */
  grow?: boolean;
  align?: "left" | "right";
  /** Stays at the left while the rest scrolls; pinned columns come first. */
  pinned?: boolean;
  sortable?: boolean;
  cell: (row: Row, index: number) => ReactNode;
  /** The full value, on hover. */
  title?: (row: Row) => string | undefined;
  className?: string;
};

export type Sort = { id: string; desc: boolean };

/** What stands at the left, and the part of the other columns that is in view. */
export type ColumnWindow<Row> = {
  pinned: readonly Column<Row>[];
  /** Left edge of each pinned column. */
  lefts: readonly number[];
  shown: readonly Column<Row>[];
  /** Width of the columns scrolled out at the left and at the right. */
  before: number;
  after: number;
  more: boolean;
};
