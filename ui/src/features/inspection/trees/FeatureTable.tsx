import { useMemo } from "react";
import type { EnsembleSummary, FollowedRow } from "@/lib/api";
import { EMPTY, formatInteger, plural } from "@/lib/format";
import { VirtualRows } from "../VirtualRows";
import { formatValue } from "./words";

type Props = { ensemble: EnsembleSummary; followed: FollowedRow | null; nameOf: (feature: number) => string };

/** How often each feature is asked for; with a row followed, what the row has there. */
export function FeatureTable({ ensemble, followed, nameOf }: Props) {
  const most = Math.max(1, ...ensemble.features.map((use) => use.splits));
  const unused = ensemble.featuresNeeded - ensemble.features.length;
  const passed = useMemo(() => (followed ? passedBy(followed) : 0), [followed]);
  const columns = `minmax(0,1fr) 72px ${followed ? "" : "44px "}112px${followed ? " 64px" : ""}`;
  return (
    <section className="flex min-h-0 flex-1 flex-col" data-testid="tree-features">
      <div className="flex h-9 flex-none items-center gap-2 px-4">
        <h3 className="font-semibold text-head">Features</h3>
        <span className="tnum truncate text-fg-3 text-label">
          {plural(ensemble.features.length, "feature")} tested
          {unused > 0 && `, ${unused} never`}
          {followed && `; this row passed ${plural(passed, "split")}`}
        </span>
      </div>
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
            {!followed && <span className="text-right">Trees</span>}
            <span className="text-right">Thresholds</span>
            {followed && <span className="text-right">Row</span>}
          </>
        }
      >
        {(use) => (
          <>
            <span className="selectable truncate" title={`${nameOf(use.feature)}, feature ${use.feature}`}>
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
            {!followed && <span className="text-right text-fg-2">{use.trees}</span>}
            <span
              className="truncate text-right text-fg-2"
              title={`from ${use.thresholdMin ?? EMPTY} to ${use.thresholdMax ?? EMPTY}`}
            >
              {use.thresholdMin === use.thresholdMax
                ? formatValue(use.thresholdMin)
                : `${formatShort(use.thresholdMin)} … ${formatShort(use.thresholdMax)}`}
            </span>
            {followed && (
              <span className="truncate text-right" title={String(followed.features[use.feature] ?? "missing")}>
                {followed.features[use.feature] == null ? "NaN" : formatValue(followed.features[use.feature])}
              </span>
            )}
          </>
        )}
      </VirtualRows>
      <p className="flex-none border-line-2 border-t px-4 py-2 text-fg-3 text-label">
        {ensemble.hasHitRates
          ? "The file holds hit rates of its nodes, shown on each node. It holds no gain: ONNX has no place for it."
          : "The file holds neither gain nor counts of training rows, so none are shown; a split count says how often a feature is asked for, not how much it helps."}
      </p>
    </section>
  );
}

const formatShort = (value: number | null | undefined) => formatValue(value, 3);

const passedBy = (followed: FollowedRow) => followed.path.trees.reduce((sum, tree) => sum + tree.splits.length, 0);
