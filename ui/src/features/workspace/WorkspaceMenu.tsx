import { useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import {
  Boxes,
  ChevronsUpDown,
  Copy,
  FolderOpen,
  FolderPlus,
  HardDrive,
  type LucideIcon,
  Trash2,
  Users,
} from "lucide-react";
import { useState } from "react";
import { Button, Chip, Dialog, Menu, type MenuEntry, toast } from "@/components";
import { api, type WorkspaceCard, type WorkspaceList, type WorkspaceStatus } from "@/lib/api";
import { copyText } from "@/lib/clipboard";
import { openConnect, openSwitch, openWorkspaces } from "@/lib/desk";
import { workspaceQuery } from "@/lib/queries";
import { workspacesQuery } from "./queries";
import { KIND_WORD } from "./words";

const iconOf = (kind: WorkspaceCard["kind"]): LucideIcon => (kind === "team" ? Users : HardDrive);

/** Which workspace this is, and the others: one click opens another in this window. */
export function WorkspaceMenu() {
  const { data: workspace } = useQuery(workspaceQuery());
  const { data: list } = useQuery(workspacesQuery());
  const client = useQueryClient();
  const [deleting, setDeleting] = useState(false);
  // What is wanted has a name also while it cannot be opened.
  const current = list?.workspaces.find((card) => card.current);
  const name = workspace?.name ?? current?.name;
  const kind = workspace?.kind ?? current?.kind;
  if (name === undefined || kind === undefined) return null;
  const demo = workspace?.kind === "demo";
  const addFolder = async () => {
    try {
      const folder = await api.pickWorkspaceFolder();
      if (!folder) return;
      const id = await api.addLocalWorkspace(folder);
      await client.refetchQueries({ queryKey: workspacesQuery().queryKey });
      openSwitch(id);
    } catch (error) {
      toast.error("The folder was not added", error);
    }
  };
  const entries: MenuEntry[] = [
    ...switcher(list),
    { label: "Connect team workspace…", icon: Users, testId: "connect-team", onSelect: () => openConnect(null) },
    { label: "Open a folder as workspace…", icon: FolderPlus, onSelect: () => void addFolder() },
    { label: "Manage workspaces…", icon: Boxes, testId: "manage-workspaces", onSelect: openWorkspaces },
    ...(workspace ? ofThisOne(workspace) : []),
  ];
  if (demo)
    entries.push("separator", {
      label: "Delete demo workspace",
      icon: Trash2,
      danger: true,
      testId: "delete-demo",
      onSelect: () => setDeleting(true),
    });
  const Icon = iconOf(kind);
  return (
    <>
      <Menu
        align="end"
        minWidth={264}
        entries={entries}
        trigger={
          <button
            type="button"
            data-testid="workspace-menu"
            data-kind={kind}
            aria-label={`Workspace ${name}, ${KIND_WORD[kind]}`}
            className="flex h-6 min-w-16 items-center gap-1.5 overflow-hidden whitespace-nowrap rounded px-2 hover:bg-hover"
          >
            <Icon size={14} className="flex-none text-fg-3" aria-hidden />
            <span className="min-w-0 max-w-40 truncate font-medium">{name}</span>
            {demo ? (
              <Chip tone="accent" data-testid="demo-label">
                Demo
              </Chip>
            ) : (
              name !== KIND_WORD[kind] && <span className="text-fg-3">{KIND_WORD[kind]}</span>
            )}
            <ChevronsUpDown size={12} className="flex-none text-fg-3" aria-hidden />
          </button>
        }
      />
      {demo && workspace && (
        <DeleteDemo open={deleting} onClose={() => setDeleting(false)} dataDir={workspace.dataDir} />
      )}
    </>
  );
}

/** The end of a path, which tells two workspaces of one name apart. */
const shortPlace = (location: string) => {
  const parts = location.split(/[\\/]/);
  return parts.length > 3 ? `…/${parts.slice(-2).join("/")}` : location;
};

/** The others first: what this menu is opened for. */
function switcher(list: WorkspaceList | undefined): MenuEntry[] {
  if (!list) return [];
  const namesake = (card: WorkspaceCard) =>
    list.workspaces.some((other) => other.id !== card.id && other.name === card.name);
  return [
    { heading: "Workspaces" },
    ...list.workspaces.map(
      (card): MenuEntry => ({
        label: card.name,
        icon: iconOf(card.kind),
        detail: card.missing ? "Folder is gone" : namesake(card) ? shortPlace(card.location) : KIND_WORD[card.kind],
        checked: card.current,
        disabled: card.missing,
        testId: "workspace-entry",
        onSelect: () => {
          if (!card.current) openSwitch(card.id);
        },
      }),
    ),
    "separator",
  ];
}

function ofThisOne(workspace: WorkspaceStatus): MenuEntry[] {
  return [
    "separator",
    {
      heading:
        workspace.kind === "team"
          ? `${workspace.storeEngine} and S3`
          : `${workspace.storeEngine} in ${workspace.dataDir}`,
    },
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
