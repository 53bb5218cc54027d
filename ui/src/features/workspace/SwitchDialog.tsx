import { useQuery } from "@tanstack/react-query";
import { ArrowRightLeft } from "lucide-react";
import { useEffect, useRef } from "react";
import { Button, Dialog, ErrorState, Skeleton } from "@/components";
import { ErrorLine } from "@/components/ErrorLine";
import { api, type WorkspaceCard } from "@/lib/api";
import { keys } from "@/lib/cache";
import { workspaceQuery } from "@/lib/queries";
import { Endings, endings } from "./endings";
import { useSwitch, workspacesQuery } from "./queries";
import { VaultNote } from "./VaultNote";

type Props = { card: WorkspaceCard; onClose: () => void };

/** Opens another workspace: at once when nothing runs and nothing is locked, else it asks first. */
export function SwitchDialog({ card, onClose }: Props) {
  const { data: here } = useQuery(workspaceQuery());
  const { data: list } = useQuery(workspacesQuery());
  const running = useQuery({
    queryKey: keys.activity(),
    queryFn: () => api.workspaceActivity(),
    gcTime: 0,
    staleTime: 0,
  });
  const { data: activity } = running;
  const change = useSwitch();
  const locked = card.kind === "team" && list !== undefined && list.vault.state === "locked";
  const ends = activity ? endings(activity) : null;
  const begun = useRef(false);

  const start = () => {
    begun.current = true;
    change.mutate(card);
  };
  const quiet = ends?.length === 0 && list !== undefined && !locked;
  useEffect(() => {
    if (quiet && !begun.current) start();
  });

  return (
    <Dialog
      open
      onClose={onClose}
      title={`Open ${card.name}`}
      icon={<ArrowRightLeft size={16} className="flex-none text-accent" aria-hidden />}
      width={520}
      data-testid="switch-dialog"
      footNote={
        <span className="leading-4">
          {here ? `${here.name} stays open until ${card.name} can be.` : "Nothing is changed by opening it."}
        </span>
      }
      footer={
        <>
          <Button size={28} kbd="Esc" onClick={onClose}>
            Cancel
          </Button>
          <Button
            size={28}
            variant="primary"
            icon={ArrowRightLeft}
            busy={change.isPending}
            disabled={locked || ends === null}
            data-testid="switch-confirm"
            onClick={start}
          >
            {change.error ? "Try again" : `Open ${card.name}`}
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-3 p-4">
        {change.error && <ErrorLine title={`${card.name} could not be opened`} error={change.error} />}
        {locked && list && <VaultNote vault={list.vault} />}
        {ends === null && running.isError ? (
          <ErrorState
            inline
            title="What runs here could not be read"
            error={running.error}
            onRetry={() => void running.refetch()}
          />
        ) : ends === null ? (
          <Skeleton rows={2} />
        ) : ends.length > 0 ? (
          <div data-testid="switch-endings">
            <p className="font-medium">Closing {here?.name ?? "this workspace"} ends what runs in it:</p>
            <Endings lines={ends} />
          </div>
        ) : (
          !change.error && !locked && <p className="text-fg-2">Opening {card.location}…</p>
        )}
      </div>
    </Dialog>
  );
}
