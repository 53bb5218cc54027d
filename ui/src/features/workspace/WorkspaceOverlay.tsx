import { useQuery } from "@tanstack/react-query";
import { closeOverlay, type Overlay } from "@/lib/desk";
import { ConnectDialog } from "./ConnectDialog";
import { ManageDialog } from "./ManageDialog";
import { workspacesQuery } from "./queries";
import { SwitchDialog } from "./SwitchDialog";

/** The dialogs about workspaces; each needs the list first. */
export function WorkspaceOverlay({ overlay }: { overlay: Overlay }) {
  const { data: list } = useQuery(workspacesQuery());
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
