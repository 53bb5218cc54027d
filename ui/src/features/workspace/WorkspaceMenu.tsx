import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { ChevronsUpDown, Copy, FolderOpen, HardDrive, Trash2 } from "lucide-react";
import { useState } from "react";
import { Button, Chip, Dialog, Menu, type MenuEntry, toast } from "@/components";
import { api, type WorkspaceStatus } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { workspaceQuery } from "@/lib/queries";

const KIND: Record<WorkspaceStatus["kind"], string> = { local: "Local", demo: "Demo", team: "Team" };

/** Which workspace this is. A demo workspace says so and can be deleted here. */
export function WorkspaceMenu() {
  const { data: workspace } = useQuery(workspaceQuery());
  const [deleting, setDeleting] = useState(false);
  if (!workspace) return null;
  const demo = workspace.kind === "demo";
  const entries: MenuEntry[] = [
    { heading: `${workspace.storeEngine} in ${workspace.dataDir}` },
    {
      label: "Copy data folder",
      icon: Copy,
      onSelect: () =>
        void copyText(workspace.dataDir).then(() =>
          toast.ok({ title: "Data folder copied", detail: workspace.dataDir }),
        ),
    },
    {
      label: "Open logs folder",
      icon: FolderOpen,
      onSelect: () => void api.openLogsFolder().catch((error) => toast.error("The logs folder did not open", error)),
    },
  ];
  if (demo)
    entries.push("separator", {
      label: "Delete demo workspace",
      icon: Trash2,
      danger: true,
      testId: "delete-demo",
      onSelect: () => setDeleting(true),
    });
  return (
    <>
      <Menu
        align="end"
        entries={entries}
        trigger={
          <button
            type="button"
            data-testid="workspace-menu"
            aria-label={`Workspace ${workspace.name}, ${KIND[workspace.kind]}`}
            className="flex h-6 min-w-16 items-center gap-1.5 overflow-hidden whitespace-nowrap rounded px-2 hover:bg-hover"
          >
            <HardDrive size={14} className="flex-none text-fg-3" aria-hidden />
            <span className="min-w-0 max-w-40 truncate font-medium">{workspace.name}</span>
            {demo ? (
              <Chip tone="accent" data-testid="demo-label">
                Demo
              </Chip>
            ) : (
              workspace.name !== KIND[workspace.kind] && <span className="text-fg-3">{KIND[workspace.kind]}</span>
            )}
            <ChevronsUpDown size={12} className="flex-none text-fg-3" aria-hidden />
          </button>
        }
      />
      {demo && <DeleteDemo open={deleting} onClose={() => setDeleting(false)} dataDir={workspace.dataDir} />}
    </>
  );
}

function DeleteDemo({ open, onClose, dataDir }: { open: boolean; onClose: () => void; dataDir: string }) {
  const client = useQueryClient();
  const remove = useMutation({
    mutationFn: () => api.deleteDemoWorkspace(),
    onSuccess: async () => {
      onClose();
      await client.resetQueries();
      toast.ok({ title: "Demo workspace deleted", detail: "Your own workspace is open." });
    },
    onError: (error) => toast.error("The demo workspace was not deleted", error),
  });
  return (
    <Dialog
      open={open}
      onClose={onClose}
      title="Delete demo workspace"
      width={560}
      data-testid="delete-demo-dialog"
      footNote="Your own workspace is not touched."
      footer={
        <>
          <Button size={28} onClick={onClose} kbd="Esc">
            Cancel
          </Button>
          <Button size={28} variant="danger" icon={Trash2} busy={remove.isPending} onClick={() => remove.mutate()}>
            Delete demo workspace
          </Button>
        </>
      }
    >
      <div className="flex flex-col gap-2 p-4 text-fg-2">
        <p>Its runs, models and endpoints were made by the example script and go away for good.</p>
        <p className="mono selectable break-all">{dataDir}</p>
      </div>
    </Dialog>
  );
}
