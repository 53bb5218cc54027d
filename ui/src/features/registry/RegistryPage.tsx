import { useQuery } from "@tanstack/react-query";
import { Boxes } from "lucide-react";
import { useEffect } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorState } from "@/components/ErrorState";
import { Skeleton } from "@/components/Skeleton";
import { openModel, useView } from "@/lib/view";
import { FirstModel } from "./FirstModel";
import { ModelList } from "./ModelList";
import { ModelPage } from "./ModelPage";
import { modelsQuery } from "./queries";

/** The Registry tab: every model at the left, the chosen one with its versions, stages and history beside it. */
export function RegistryPage() {
  const models = useQuery(modelsQuery());
  const { modelName } = useView();
  const known = models.data ?? [];
  const chosen = known.find((model) => model.name === modelName) ?? known[0];

  // The view remembers a model that may have been deleted since: the first one stands in and is remembered instead.
  useEffect(() => {
    if (chosen && chosen.name !== modelName) openModel(chosen.name);
  }, [chosen, modelName]);

  if (models.isError && !models.data) {
    return <ErrorState title="Models could not be read" error={models.error} onRetry={() => void models.refetch()} />;
  }
  if (models.isPending) return <Skeleton rows={20} rowHeight={32} />;
  if (!chosen) {
    return (
      <EmptyState
        icon={Boxes}
        title="No model is registered yet"
        detail="Log a model with a name from any training script; its first version appears here at once."
      >
        <FirstModel />
      </EmptyState>
    );
  }
  return (
    <div className="@container flex min-h-0 min-w-0 flex-1" data-testid="registry-page">
      <ModelList models={known} selected={chosen.name} onSelect={(name) => openModel(name)} />
      <ModelPage key={chosen.name} name={chosen.name} />
    </div>
  );
}
