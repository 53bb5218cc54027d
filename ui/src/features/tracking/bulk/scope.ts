import type { RunScope } from "@/lib/api";

/** What a bulk action can be asked for: the checked runs, or all that the filter finds. */
export type BulkTarget = {
  experimentId: string;
  filter: string;
  checked: readonly string[];
  /** All that match, loaded or not. */
  total: number;
};

export type Reach = "checked" | "all";

export const scopeOf = (target: BulkTarget, reach: Reach): RunScope =>
  reach === "checked"
    ? { kind: "chosen", runIds: [...target.checked] }
    : { kind: "matching", experimentId: target.experimentId, filter: target.filter };

export const countOf = (target: BulkTarget, reach: Reach) =>
  reach === "checked" ? target.checked.length : target.total;

export const firstReach = (target: BulkTarget): Reach => (target.checked.length > 0 ? "checked" : "all");
