import { useQuery } from "@tanstack/react-query";
import { Box, RadioTower, Search, Trash2 } from "lucide-react";
import { useState } from "react";
import { IconButton, TextInput } from "@/components";
import { EndpointStatus } from "@/components/EndpointStatus";
import { ExperimentsTree, RunsCount, RunsList } from "@/features/tracking";
import { ServerCard } from "@/features/workspace";
import { cx } from "@/lib/cx";
import { formatInteger } from "@/lib/format";
import { endpointsQuery, experimentsQuery, modelsQuery } from "@/lib/queries";
import { openEndpoint, openExperiment, openModel, openTrash, useView } from "@/lib/view";
import { PanelNote, PanelSection } from "./PanelSection";
import { useOpenExperiment } from "./useOpenExperiment";

const ROW = "flex h-6 w-full items-center gap-[7px] whitespace-nowrap px-2.5 text-left focus-visible:-outline-offset-1";
const tone = (active: boolean) => (active ? "row-active text-fg" : "text-fg-2 hover:bg-hover hover:text-fg");

// Until the first answer nothing is known, so nothing is said: neither "0" nor what an empty list would say.
const NONE: never[] = [];
const UNREAD = "Could not be read.";

/** Server, experiments, runs, models, endpoints: always one click away. */
export function LeftPanel() {
  return (
    <aside aria-label="Workspace" data-testid="left-panel" className="flex h-full min-w-0 flex-col bg-panel">
      <ServerCard />
      <div className="flex min-h-0 flex-1 flex-col overflow-y-auto overflow-x-hidden">
        <Experiments />
        <Runs />
        <Models />
        <Endpoints />
      </div>
    </aside>
  );
}

function Experiments() {
  const { data: experiments = NONE, isPending, isLoadingError } = useQuery(experimentsQuery());
  const { tab, trash } = useView();
  const open = useOpenExperiment();
  const [search, setSearch] = useState<string | null>(null);
  return (
    <PanelSection
      id="experiments"
      title="Experiments"
      count={isPending || isLoadingError ? null : formatInteger(experiments.length)}
      rows={experiments.length}
      action={
        experiments.length > 0 && (
          <IconButton
            icon={Search}
            iconSize={12}
            size={20}
            label="Find an experiment"
            pressed={search !== null}
            onClick={() => setSearch(search === null ? "" : null)}
            className="ml-1"
          />
        )
      }
      foot={
        !isPending && (
          <button
            type="button"
            data-testid="panel-trash"
            onClick={openTrash}
            className={cx(ROW, tone(tab === "training" && trash))}
          >
            <Trash2 size={14} className="text-fg-3" aria-hidden />
            <span className="truncate">Trash</span>
          </button>
        )
      }
    >
      {search !== null && (
        <div className="px-2 pb-1">
          <TextInput
            value={search}
            onChange={setSearch}
            autoFocus
            icon={Search}
            placeholder="Find an experiment"
            aria-label="Find an experiment"
            onKeyDown={(event) => event.key === "Escape" && setSearch(null)}
          />
        </div>
      )}
      {isPending ? null : isLoadingError ? (
        <PanelNote>{UNREAD}</PanelNote>
      ) : experiments.length === 0 ? (
        <PanelNote>Made by the first script that logs.</PanelNote>
      ) : (
        <ExperimentsTree
          experiments={experiments}
          search={search ?? ""}
          activeId={tab === "training" && !trash ? (open?.experimentId ?? null) : null}
          onOpen={openExperiment}
        />
      )}
    </PanelSection>
  );
}

function Runs() {
  const experiment = useOpenExperiment();
  const experimentId = experiment?.experimentId ?? null;
  const { isPending, isLoadingError } = useQuery(experimentsQuery());
  return (
    <PanelSection
      id="runs"
      title="Runs"
      yields
      rows={experiment?.runCount ?? 0}
      count={
        isPending || isLoadingError ? null : experimentId === null ? "0" : <RunsCount experimentId={experimentId} />
      }
    >
      {isPending ? null : experimentId === null ? (
        <PanelNote>{isLoadingError ? UNREAD : "Runs appear here within a second."}</PanelNote>
      ) : (
        <RunsList experimentId={experimentId} />
      )}
    </PanelSection>
  );
}

function Models() {
  const { data: models = NONE, isPending, isLoadingError } = useQuery(modelsQuery());
  const { tab, modelName } = useView();
  return (
    <PanelSection
      id="models"
      title="Registered models"
      count={isPending || isLoadingError ? null : formatInteger(models.length)}
      rows={models.length}
    >
      {!isPending && models.length === 0 && (
        <PanelNote>{isLoadingError ? UNREAD : "Register one from a run."}</PanelNote>
      )}
      {models.map((model) => (
        <button
          key={model.name}
          type="button"
          data-testid="panel-model"
          title={model.name}
          onClick={() => openModel(model.name)}
          className={cx(ROW, tone(tab === "registry" && modelName === model.name))}
        >
          <Box size={14} className="text-fg-3" aria-hidden />
          <span className="truncate">{model.name}</span>
          <span className="tnum ml-auto pl-2 text-fg-3 text-label">
            {model.latestVersion === null ? "—" : `v${model.latestVersion}`}
          </span>
        </button>
      ))}
    </PanelSection>
  );
}

function Endpoints() {
  const { data: endpoints = NONE, isPending, isLoadingError } = useQuery(endpointsQuery());
  const { tab, endpoint: open } = useView();
  return (
    <PanelSection
      id="endpoints"
      title="Serving endpoints"
      count={isPending || isLoadingError ? null : formatInteger(endpoints.length)}
      rows={endpoints.length}
    >
      {!isPending && endpoints.length === 0 && (
        <PanelNote>{isLoadingError ? UNREAD : "Deploy a version to start one."}</PanelNote>
      )}
      {endpoints.map((endpoint) => {
        const shown = open === endpoint.name && (tab === "monitoring" || tab === "deployment");
        return (
          <button
            key={endpoint.name}
            type="button"
            data-testid="panel-endpoint"
            title={endpoint.problem ?? endpoint.name}
            onClick={() => openEndpoint(endpoint.name, tab === "deployment" ? "deployment" : "monitoring")}
            className={cx(ROW, tone(shown))}
          >
            <RadioTower size={14} className="text-fg-3" aria-hidden />
            <span className="min-w-0 flex-1 truncate">{endpoint.name}</span>
            <span className="flex-none pl-2 text-fg-2">
              <EndpointStatus state={endpoint.state} />
            </span>
          </button>
        );
      })}
    </PanelSection>
  );
}
