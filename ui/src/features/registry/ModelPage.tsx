import { useQuery } from "@tanstack/react-query";
import { PanelRightOpen, Tag } from "lucide-react";
import { useState } from "react";
import { Chip } from "@/components/Chip";
import { ErrorState } from "@/components/ErrorState";
import { IconButton } from "@/components/IconButton";
import { Skeleton } from "@/components/Skeleton";
import type { ModelDetail, ModelVersion } from "@/lib/api";
import { plural } from "@/lib/format";
import { usePersistent } from "@/lib/persist";
import { openModel, useView } from "@/lib/view";
import { History } from "./History";
import { Lineage } from "./Lineage";
import { type MoveRequest, PromoteDialog } from "./PromoteDialog";
import { modelQuery } from "./queries";
import { StageSection } from "./StageSection";
import { useStageMove } from "./useStageMove";
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
  const stageMove = useStageMove();

  const select = (version: ModelVersion) => {
    stageMove.clear();
    openModel(model.name, version.version);
  };

  return (
    <>
      <div className="flex min-w-0 flex-1 flex-col overflow-y-auto" data-testid="model-page">
        <ModelHead detail={detail} onOpenInspector={inspectorOpen ? undefined : () => setInspectorOpen(true)} />
        {selected ? (
          <>
            <VersionTable
              versions={versions}
              selected={selected.version}
              onSelect={select}
              onStage={(version, to) => {
                select(version);
                const legal = version.legalMoves.find((move) => move.to === to);
                if (legal) setRequest({ version, move: legal });
                else void stageMove.attempt(version, to);
              }}
            />
            <StageSection
              version={selected}
              versions={versions}
              refusal={stageMove.refusal}
              onDismiss={stageMove.clear}
              onMove={(move) => setRequest({ version: selected, move })}
            />
            <Lineage version={selected} />
            <History model={model.name} versions={versions} transitions={transitions} />
          </>
        ) : (
          <p className="p-3 text-fg-2">{model.name} is registered, but no version has been logged to it yet.</p>
        )}
      </div>
      {selected && inspectorOpen && (
        <VersionInspector name={model.name} version={selected.version} onClose={() => setInspectorOpen(false)} />
      )}
      {request && <PromoteDialog request={request} onClose={() => setRequest(null)} />}
    </>
  );
}

function ModelHead({ detail, onOpenInspector }: { detail: ModelDetail; onOpenInspector?: () => void }) {
  const { model, versions } = detail;
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
          {model.description || plural(versions.length, "version")}
        </p>
      </div>
      {onOpenInspector && (
        <IconButton icon={PanelRightOpen} label="Show version details" onClick={onOpenInspector} className="ml-auto" />
      )}
    </header>
  );
}
