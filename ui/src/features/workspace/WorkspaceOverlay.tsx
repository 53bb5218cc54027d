import { useQuery } from "@tanstack/react-query";
import { Dialog, ErrorState } from "@/components";
import { closeOverlay, type Overlay } from "@/lib/desk";
import { ConnectDialog } from "./ConnectDialog";
import { ManageDialog } from "./ManageDialog";
import { workspacesQuery } from "./queries";
import { SwitchDialog } from "./SwitchDialog";

const ABOUT_WORKSPACES: ReadonlySet<Overlay["kind"]> = new Set(["workspaces", "connect", "switch"]);

/** The dialogs about workspaces; each needs the list first. */
export function WorkspaceOverlay({ overlay }: { overlay: Overlay }) {
  const { data: list, error, refetch } = useQuery(workspacesQuery());
  if (!list && error && ABOUT_WORKSPACES.has(overlay.kind))
    return (
      <Dialog open onClose={closeOverlay} title="Workspaces" width={560} data-testid="workspaces-unread">
        <ErrorState title="The list of workspaces could not be read" error={error} onRetry={() => void refetch()} />
      </Dialog>
    );
  if (!list) return null;
  const card = (id: string) => list.workspaces.find((each) => each.id === id) ?? null;
  if (overlay.kind === "workspaces") return <ManageDialog onClose={closeOverlay} />;
  if (overlay.kind === "connect")
    return (
      <ConnectDialog
        key={overlay.id ?? "new"}
        card={overlay.id === null ? null : card(overlay.id)}
        onClose={closeOverlay}
      />
    );
  if (overlay.kind !== "switch") return null;
  const target = card(overlay.id);
  return target && <SwitchDialog key={overlay.id} card={target} onClose={closeOverlay} />;
}
