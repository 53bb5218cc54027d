import { useQuery } from "@tanstack/react-query";
import { ChartGantt } from "lucide-react";
import { type ReactNode, useState } from "react";
import { EmptyState } from "@/components/EmptyState";
import { ErrorLine } from "@/components/ErrorLine";
import { ProgressBar } from "@/components/ProgressBar";
import { Segmented } from "@/components/Segmented";
import { isCancelled, type Provider, type TaskProgress } from "@/lib/api";
import { workspaceQuery } from "@/lib/queries";
import { signal, useSignal } from "@/lib/signal";
import { ProfileForm } from "./ProfileForm";
import { ProfileResult } from "./ProfileResult";
import { type ProfileSettings, useKept, useProfile } from "./queries";
import { SweepPane } from "./SweepPane";
import type { InspectSource } from "./source";
import { PROVIDERS } from "./words";

const WARM_UP_RUNS = 10;

const MODES = [
  { value: "profile", label: "One setting" },
  { value: "sweep", label: "Sweep" },
] as const;
type Mode = (typeof MODES)[number]["value"];

const mode = signal<Mode>("profile");

/** Where the time of a run goes, and what other settings would cost. */
export function ProfileBench({ source }: { source: InspectSource }) {
  const shown = useSignal(mode);
  const providers = useProviders();
  const head = (
    <div className="px-3 pt-3">
      <Segmented label="What is measured" stretch options={MODES} value={shown} onChange={mode.set} />
    </div>
  );
  const pane = { source, providers, head };
  return (
    <div className="flex h-full min-h-0" data-testid="profile-bench">
      {shown === "sweep" ? <SweepPane {...pane} /> : <ProfilePane {...pane} />}
    </div>
  );
}

type Props = { source: InspectSource; providers: readonly Provider[]; head: ReactNode };

function ProfilePane({ source, providers, head }: Props) {
  const kept = useKept(source);
  const profile = useProfile(source);
  const hasExample = "name" in source;
  const [settings, setSettings] = useState<ProfileSettings>({
    providers: ["cpu"],
    threads: 1,
    optimisation: "all",
    rows: hasExample ? null : 1,
    runs: 100,
    warmUpRuns: WARM_UP_RUNS,
  });
  const cancelled = profile.isError && isCancelled(profile.error);
  return (
    <>
      <aside className="w-66 flex-none overflow-y-auto overflow-x-hidden border-line border-r">
        {head}
        <ProfileForm
          settings={settings}
          providers={providers}
          hasExample={hasExample}
          running={profile.isPending}
          again={kept !== undefined}
          onChange={setSettings}
          onRun={() => profile.mutate(settings)}
          onCancel={profile.cancel}
        />
      </aside>
      <div className="flex min-h-0 min-w-0 flex-1 flex-col">
        {profile.isPending && <Running progress={profile.progress} />}
        {cancelled && <p className="px-3 pt-3 text-fg-2">Cancelled; nothing was kept of that run.</p>}
        {profile.isError && !cancelled && (
          <div className="p-3 pb-1">
            <ErrorLine
              title="The profile did not finish"
              error={profile.error}
              onDismiss={profile.reset}
              data-testid="profile-error"
            />
          </div>
        )}
        {kept ? (
          <ProfileResult report={kept} source={source} stale={profile.isPending} />
        ) : (
          !profile.isPending &&
          !profile.isError && (
            <EmptyState
              icon={ChartGantt}
              title="Not profiled yet"
              detail="The model runs in a worker of its own with the runtime's profiler on; each node's time is joined to the nodes of the file, and what no node accounts for is told."
            />
          )
        )}
      </div>
    </>
  );
}

/** What the library was built with, in the order of preference; whether it works shows when a model is loaded. */
function useProviders(): readonly Provider[] {
  const { data } = useQuery(workspaceQuery());
  const built = data?.runtime.providers ?? [];
  const known = (Object.keys(PROVIDERS) as Provider[]).filter((each) => built.includes(PROVIDERS[each]));
  return known.length > 0 ? known : ["cpu"];
}

const sentence = (step: string) => step.charAt(0).toUpperCase() + step.slice(1);

function Running({ progress }: { progress: TaskProgress | null }) {
  return (
    <div className="flex-none px-3 pt-3" data-testid="profile-progress">
      <p className="tnum flex justify-between pb-1.5">
        <span className="font-medium">{sentence(progress?.step ?? "starting")}</span>
        <span className="text-fg-2">{progress?.detail}</span>
      </p>
      <ProgressBar label="Profile" fraction={progress?.fraction ?? null} />
    </div>
  );
}
