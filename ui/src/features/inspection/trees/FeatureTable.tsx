import { Rows3, Square } from "lucide-react";
import { useMemo } from "react";
import { Button } from "@/components/Button";
import { ErrorLine } from "@/components/ErrorLine";
import { type EnsembleSummary, type FollowedRow, isCancelled } from "@/lib/api";
import { EMPTY, formatInteger, formatPercent, plural } from "@/lib/format";
import { VirtualRows } from "../VirtualRows";
import type { CoverState } from "./cover";
import { formatValue } from "./words";

type Props = {
  ensemble: EnsembleSummary;
  followed: FollowedRow | null;
  counted: CoverState;
  nameOf: (feature: number) => string;
};

/** How often each feature is asked for; with a row followed, what the row has there. */
export function FeatureTable({ ensemble, followed, counted, nameOf }: Props) {
  const most = Math.max(1, ...ensemble.features.map((use) => use.splits));
  const unused = ensemble.featuresNeeded - ensemble.features.length;
  const passed = useMemo(() => (followed ? passedBy(followed) : 0), [followed]);
  const shares = useMemo(() => passShares(counted.cover), [counted.cover]);
  const last = followed || shares;
  // Five columns are too many for the pane: a feature's range is in its title as well.
  const ranged = !(followed && shares);
  const columns = `minmax(0,1fr) 72px ${last ? "" : "44px "}${shares ? "60px " : ""}${ranged ? "112px" : ""}${followed ? " 64px" : ""}`;
  return (
    <section className="flex min-h-0 flex-1 flex-col" data-testid="tree-features">
      <div className="flex h-9 flex-none items-center gap-2 px-4">
        <h3 className="font-semibold text-head">Features</h3>
        <span className="tnum truncate text-fg-3 text-label">
          {plural(ensemble.features.length, "feature")} tested
          {unused > 0 && `, ${unused} never`}
        </span>
        <span className="ml-auto flex-none">
          {counted.busy ? (
            <Button icon={Square} onClick={counted.cancel}>
              {counted.progress ?? "Counting"}
            </Button>
          ) : (
            <Button icon={Rows3} data-testid="cover-start" onClick={counted.start}>
              Count rows…
            </Button>
          )}
        </span>
      </div>
      {counted.error && !isCancelled(counted.error) && (
        <div className="px-4">
          <ErrorLine title="The rows could not be counted" error={counted.error} />
        </div>
      )}
      <VirtualRows
        rows={ensemble.features}
        label="Features"
        columns={columns}
        rowKey={(use) => String(use.feature)}
        empty="No tree tests anything: each is a single leaf."
        head={
          <>
            <span>Feature</span>
            <span className="text-right">Splits</span>
            {!last && <span className="text-right">Trees</span>}
            {shares && <span className="text-right">Cover</span>}
            {ranged && <span className="text-right">Thresholds</span>}
            {followed && <span className="text-right">Row</span>}
          </>
        }
      >
        {(use) => (
          <>
            <span
              className="selectable truncate"
              title={`${nameOf(use.feature)}, feature ${use.feature}, thresholds from ${use.thresholdMin ?? EMPTY} to ${use.thresholdMax ?? EMPTY}`}
            >
              {nameOf(use.feature)}
            </span>
            <span className="relative text-right">
              <span
                className="absolute inset-y-1 left-0 rounded-[1px] bg-run-1/30"
                style={{ width: `${(use.splits / most) * 100}%` }}
                aria-hidden
              />
              <span className="relative">{formatInteger(use.splits)}</span>
            </span>
            {!last && <span className="text-right text-fg-2">{use.trees}</span>}
            {shares && <span className="text-right">{formatPercent(shares.get(use.feature) ?? 0)}</span>}
            {ranged && (
              <span
                className="truncate text-right text-fg-2"
                title={`from ${use.thresholdMin ?? EMPTY} to ${use.thresholdMax ?? EMPTY}`}
              >
                {use.thresholdMin === use.thresholdMax
                  ? formatValue(use.thresholdMin)
                  : `${formatShort(use.thresholdMin)} … ${formatShort(use.thresholdMax)}`}
              </span>
            )}
            {followed && (
              <span className="truncate text-right" title={String(followed.features[use.feature] ?? "missing")}>
                {followed.features[use.feature] == null ? "NaN" : formatValue(followed.features[use.feature])}
              </span>
            )}
          </>
        )}
      </VirtualRows>
      <p className="flex-none border-line-2 border-t px-4 py-2 text-fg-3 text-label">
        {followed && `This row passed ${plural(passed, "split")}. `}
        {counted.cover
          ? `Cover: of all splits that ${formatInteger(counted.cover.rows)} rows of ${counted.cover.fileName} passed, the share that asked for the feature. `
          : ""}
        {ensemble.hasHitRates
          ? "The file holds hit rates of its nodes, shown on each node. It holds no gain: ONNX has no place for it."
          : "The file holds neither gain nor counts of training rows, so none are shown; a split count says how often a feature is asked for, not how much it helps."}
      </p>
    </section>
  );
}

const formatShort = (value: number | null | undefined) => formatValue(value, 3);

/** Of all splits that the rows passed, the share of each feature. */
function passShares(cover: CoverState["cover"]): Map<number, number> | null {
  if (!cover) return null;
  const all = cover.features.reduce((sum, each) => sum + each.passes, 0);
  return new Map(cover.features.map((each) => [each.feature, all === 0 ? 0 : each.passes / all]));
}

const passedBy = (followed: FollowedRow) => followed.path.trees.reduce((sum, tree) => sum + tree.splits.length, 0);
