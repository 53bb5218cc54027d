import { useQuery } from "@tanstack/react-query";
import { ArrowLeftRight, GitCompareArrows } from "lucide-react";
import { useState } from "react";
import { Button, IconButton, Select, Sheet, Skeleton, Switch } from "@/components";
import { ErrorState } from "@/components/ErrorState";
import { closeOverlay, openComparison } from "@/lib/desk";
import { inspectDiff } from "@/lib/view";
import { CompareTable } from "./CompareTable";
import { comparisonQuery, modelQuery } from "./queries";

type Props = { name: string; left: number; right: number; onClose: () => void };

/** Two versions of a model: what was set, what was measured, what goes in and out, which files they are. */
export function CompareVersions({ name, left, right, onClose }: Props) {
  const comparison = useQuery(comparisonQuery(name, left, right));
  const model = useQuery(modelQuery(name));
  const [onlyDifferent, setOnlyDifferent] = useState(true);
  const numbers = (model.data?.versions ?? []).map((version) => version.version).sort((a, b) => b - a);
  const options = numbers.map((number) => ({ value: String(number), label: `v${number}` }));
  const pick = (value: number, onChange: (next: number) => void, label: string) => (
    <Select
      label={label}
      size={24}
      className="w-20"
      options={options}
      value={String(value)}
      onChange={(next) => onChange(Number(next))}
      data-testid={`compare-${label.toLowerCase()}`}
    />
  );
  return (
    <Sheet
      open
      onClose={onClose}
      width="min(1000px, calc(100vw - 160px))"
      title={`Compare versions of ${name}`}
      data-testid="compare-versions"
    >
      <div className="flex h-full flex-col">
        <div className="flex h-10 flex-none items-center gap-2 border-line border-b px-3">
          {pick(left, (next) => openComparison(name, next, right), "Left")}
          <IconButton icon={ArrowLeftRight} label="Swap" onClick={() => openComparison(name, right, left)} />
          {pick(right, (next) => openComparison(name, left, next), "Right")}
          {left !== right && (
            <Button
              icon={GitCompareArrows}
              data-testid="compare-diff"
              onClick={() => {
                closeOverlay();
                inspectDiff({ name, version: right }, { name, version: left });
              }}
            >
              Diff the models
            </Button>
          )}
          <span className="ml-auto">
            <Switch label="Only what differs" checked={onlyDifferent} onChange={setOnlyDifferent} />
          </span>
        </div>
        {comparison.isError && !comparison.data ? (
          <ErrorState
            title="The versions could not be compared"
            error={comparison.error}
            onRetry={() => void comparison.refetch()}
          />
        ) : comparison.data ? (
          <CompareTable comparison={comparison.data} onlyDifferent={onlyDifferent} />
        ) : (
          <Skeleton rows={16} />
        )}
      </div>
    </Sheet>
  );
}
