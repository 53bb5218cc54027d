import { useQuery } from "@tanstack/react-query";
import { GitCompareArrows, PanelRightOpen, Tag } from "lucide-react";
import { useState } from "react";
import { Button } from "@/components/Button";
import { Chip } from "@/components/Chip";
import { ErrorState } from "@/components/ErrorState";
import { IconButton } from "@/components/IconButton";
import { Skeleton } from "@/components/Skeleton";
import type { ModelDetail, ModelVersion } from "@/lib/api";
import { openComparison } from "@/lib/desk";
import { plural } from "@/lib/format";
import { usePersistent } from "@/lib/persist";
import { openModel, useView } from "@/lib/view";
import { DeleteMenu } from "./DeleteMenu";
import { FirstModel } from "./FirstModel";
import { History } from "./History";
import { Lineage } from "./Lineage";
import { ModelCard } from "./ModelCard";
import { type MoveRequest, PromoteDialog } from "./PromoteDialog";
import { modelQuery } from "./queries";
import { StageSection } from "./StageSection";
import { moveTo } from "./stages";
import { VersionInspector } from "./VersionInspector";
import { VersionTable } from "./VersionTable";

/** One registered model: versions, where the chosen one stands and may go, where it came from, and the record. */
export function ModelPage({ name }: { name: string }) {
  const model = useQuery(modelQuery(name));
  if (model.isError && !model.data) {
    return (
      <div className="min-w-0 flex-1">
        <ErrorState title={`${name} could not be read`} error={model.error} onRetry={() => void model.refetch()} />
      </div>
    );
  }
  if (!model.data) return <Skeleton rows={12} className="flex-1" />;
  return <LoadedModel detail={model.data} />;
}

function LoadedModel({ detail }: { detail: ModelDetail }) {
  const { model, transitions } = detail;
  const versions = [...detail.versions].sort((a, b) => b.version - a.version);
  const { modelVersion } = useView();
  const selected = versions.find((version) => version.version === modelVersion) ?? versions[0];
  const [inspectorOpen, setInspectorOpen] = usePersistent("registry.inspector", true);
  const [request, setRequest] = useState<MoveRequest | null>(null);

  const select = (version: ModelVersion) => openModel(model.name, version.version);

  return (
    <>
      <div className="flex min-w-0 flex-1 flex-col overflow-y-auto" data-testid="model-page">
        <ModelHead
          detail={detail}
          selected={selected}
          onOpenInspector={inspectorOpen ? undefined : () => setInspectorOpen(true)}
        />
        {selected ? (
          <>
            <VersionTable
              versions={versions}
              selected={selected.version}
              onSelect={select}
              onStage={(version, to) => {
                select(version);
                setRequest({ version, move: moveTo(version, to) });
              }}
            />
            <StageSection
              version={selected}
              versions={versions}
              onMove={(move) => setRequest({ version: selected, move })}
            />
            <Lineage version={selected} />
            <ModelCard model={model} />
            <History model={model.name} versions={versions} transitions={transitions} />
          </>
        ) : (
          <>
            <div className="flex max-w-3xl flex-col gap-3 p-3">
              <p className="break-words text-fg-2">
                {transitions.length > 0
                  ? `${model.name} has no version any more; what stood in which stage is kept below.`
                  : `${model.name} is registered, but no version has been logged to it yet.`}
              </p>
              <FirstModel name={model.name} />
            </div>
            <ModelCard model={model} />
            {transitions.length > 0 && <History model={model.name} versions={versions} transitions={transitions} />}
          </>
        )}
      </div>
      {selected && inspectorOpen && (
        <VersionInspector name={model.name} version={selected.version} onClose={() => setInspectorOpen(false)} />
      )}
      {request && <PromoteDialog request={request} onClose={() => setRequest(null)} />}
    </>
  );
}

type HeadProps = { detail: ModelDetail; selected: ModelVersion | undefined; onOpenInspector?: () => void };

/** With which version the chosen one is compared: the one in Production, else the one before. */
export function rivalOf(selected: ModelVersion, versions: readonly ModelVersion[]): ModelVersion | undefined {
  const others = versions.filter((each) => each.version !== selected.version);
  const before = others.filter((each) => each.version < selected.version).sort((a, b) => b.version - a.version);
  return others.find((each) => each.stage === "Production") ?? before[0] ?? others[0];
}

function ModelHead({ detail, selected, onOpenInspector }: HeadProps) {
  const { model, versions } = detail;
  const rival = selected && rivalOf(selected, versions);
  return (
    <header className="flex h-12 flex-none items-center gap-3 border-line border-b bg-panel px-3">
      <div className="min-w-0">
        <div className="flex items-center gap-2 overflow-hidden">
          <h2 className="selectable truncate font-semibold text-page" data-testid="model-name">
            {model.name}
          </h2>
          {model.tags.slice(0, 3).map((tag) => (
            <Chip key={tag.key} tone="outline" icon={Tag} title={`${tag.key} = ${tag.value}`}>
              {tag.key} {tag.value}
            </Chip>
          ))}
          {model.tags.length > 3 && (
            <span
              className="text-fg-3 text-label"
              title={model.tags.map((tag) => `${tag.key} = ${tag.value}`).join("\n")}
            >
              {model.tags.length - 3} more
            </span>
          )}
        </div>
        <p className="truncate text-fg-3 text-label" title={model.description || undefined}>
          {firstLine(model.description) || plural(versions.length, "version")}
        </p>
      </div>
      <span className="ml-auto flex flex-none items-center gap-2">
        {selected && rival && (
          <Button
            icon={GitCompareArrows}
            data-testid="compare-open"
            onClick={() => openComparison(model.name, rival.version, selected.version)}
          >
            Compare v{selected.version} with v{rival.version}
          </Button>
        )}
        <DeleteMenu name={model.name} versionCount={versions.length} version={selected?.version ?? null} />
        {onOpenInspector && <IconButton icon={PanelRightOpen} label="Show version details" onClick={onOpenInspector} />}
      </span>
    </header>
  );
}

/** The card says the rest. */
const firstLine = (markdown: string) =>
  markdown
    .split("\n")
    .map((line) => line.replace(/^[#>*\s-]+/, "").trim())
    .find((line) => line !== "") ?? "";
