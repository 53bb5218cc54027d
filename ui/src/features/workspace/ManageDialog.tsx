import { useQuery } from "@tanstack/react-query";
import { ArrowRightLeft, Check, Pencil, Plug, Trash2, Users } from "lucide-react";
import { useState } from "react";
import { Button, Chip, Dialog, Field, IconButton, TextInput } from "@/components";
import { ErrorLine } from "@/components/ErrorLine";
import { api, type WorkspaceCard } from "@/lib/api";
import { openConnect, openSwitch } from "@/lib/desk";
import { useListChange, workspacesQuery } from "./queries";
import { VaultNote } from "./VaultNote";
import { KIND_WORD } from "./words";

/** Every workspace that is known: open, rename, its port, its connection, off the list. */
export function ManageDialog({ onClose }: { onClose: () => void }) {
  const { data: list } = useQuery(workspacesQuery());
  const [editing, setEditing] = useState<string | null>(null);
  const [leaving, setLeaving] = useState<string | null>(null);
  return (
    <Dialog
      open
      onClose={onClose}
      title="Workspaces"
      sub={list && `${list.workspaces.length} known on this machine`}
      width={680}
      data-testid="manage-dialog"
      footNote={<span className="truncate">Taking one off the list deletes nothing that it holds.</span>}
      footer={
        <Button size={28} variant="primary" icon={Users} onClick={() => openConnect(null)}>
          Connect team workspace
        </Button>
      }
    >
      {list?.problem && <p className="selectable px-4 pt-3 text-bad">{list.problem}</p>}
      <ul className="flex flex-col">
        {list?.workspaces.map((card) => (
          <li key={card.id} data-testid="workspace-row" className="border-line-2 border-b px-4 py-2.5">
            <Row
              card={card}
              onEdit={() => setEditing(editing === card.id ? null : card.id)}
              onLeave={() => setLeaving(leaving === card.id ? null : card.id)}
            />
            {editing === card.id && <Edit card={card} onDone={() => setEditing(null)} />}
            {leaving === card.id && <Leave card={card} onDone={() => setLeaving(null)} />}
          </li>
        ))}
      </ul>
      {list?.workspaces.some((card) => card.kind === "team") && (
        <div className="px-4 py-3">
          <VaultNote vault={list.vault} />
        </div>
      )}
    </Dialog>
  );
}

type RowProps = { card: WorkspaceCard; onEdit: () => void; onLeave: () => void };

function Row({ card, onEdit, onLeave }: RowProps) {
  return (
    <div className="flex items-center gap-2">
      <span className="w-4 flex-none">
        {card.current && <Check size={14} className="text-accent" aria-label="open now" />}
      </span>
      <div className="min-w-0 flex-1">
        <p className="flex items-center gap-2">
          <span className="truncate font-medium">{card.name}</span>
          <Chip tone={card.kind === "local" ? "outline" : "accent"}>{KIND_WORD[card.kind]}</Chip>
          {card.missing && <Chip tone="warn">Folder is gone</Chip>}
        </p>
        <p className="mono selectable truncate text-fg-3 text-label" title={card.location}>
          {card.location}
          {card.port !== null && ` · port ${card.port}`}
        </p>
      </div>
      {!card.current && (
        <Button icon={ArrowRightLeft} disabled={card.missing} onClick={() => openSwitch(card.id)}>
          Open
        </Button>
      )}
      <IconButton icon={Pencil} label="Rename, or set its port" onClick={onEdit} data-testid="workspace-edit" />
      <IconButton
        icon={Plug}
        label={card.kind === "team" ? "Edit the connection" : "A local workspace needs no connection"}
        disabled={card.kind !== "team"}
        onClick={() => openConnect(card.id)}
      />
      <IconButton
        icon={Trash2}
        label={card.current ? "It is open" : card.removable ? "Take off the list" : "Your own workspace stays"}
        disabled={!card.removable || card.current}
        onClick={onLeave}
        data-testid="workspace-forget"
      />
    </div>
  );
}

function Edit({ card, onDone }: { card: WorkspaceCard; onDone: () => void }) {
  const [name, setName] = useState(card.name);
  const [port, setPort] = useState(card.port === null ? "" : String(card.port));
  const change = useListChange(api.changeWorkspace);
  const wrongPort = port !== "" && !(Number.isInteger(Number(port)) && Number(port) > 0 && Number(port) < 65_536);
  return (
    <form
      className="mt-2.5 ml-6"
      onSubmit={(event) => {
        event.preventDefault();
        if (!wrongPort)
          change.mutate({ id: card.id, name, port: port === "" ? null : Number(port) }, { onSuccess: onDone });
      }}
    >
      {change.error && <ErrorLine title="Nothing was changed" error={change.error} onDismiss={change.reset} />}
      <div className="flex items-start gap-2">
        <Field label="Name" className="min-w-0 flex-1">
          {(control) => (
            <TextInput {...control} size={28} value={name} onChange={setName} data-testid="workspace-name" autoFocus />
          )}
        </Field>
        <Field
          label="Port of its tracking server"
          className="w-48"
          error={wrongPort ? "1 to 65535" : null}
          hint={card.current ? "Counts from its next opening on." : undefined}
        >
          {(control) => (
            <TextInput
              {...control}
              size={28}
              mono
              value={port}
              placeholder="5000"
              onChange={setPort}
              data-testid="workspace-port"
            />
          )}
        </Field>
        <Button
          type="submit"
          size={28}
          className="mt-[22px]"
          busy={change.isPending}
          disabled={name.trim() === "" || wrongPort}
          data-testid="workspace-save"
        >
          Save
        </Button>
      </div>
    </form>
  );
}

function Leave({ card, onDone }: { card: WorkspaceCard; onDone: () => void }) {
  const forget = useListChange(api.forgetWorkspace);
  return (
    <div className="mt-2.5 ml-6">
      {forget.error && <ErrorLine title="It is still on the list" error={forget.error} onDismiss={forget.reset} />}
      <div className="flex items-center gap-2">
        <p className="min-w-0 flex-1 text-fg-2">
          {card.kind === "team"
            ? "Its password and keys are deleted on this machine. The team's database and storage stay as they are."
            : "Its folder stays as it is."}
        </p>
        <Button onClick={onDone}>Cancel</Button>
        <Button
          variant="danger"
          icon={Trash2}
          busy={forget.isPending}
          data-testid="workspace-forget-confirm"
          onClick={() => forget.mutate(card.id, { onSuccess: onDone })}
        >
          Take off the list
        </Button>
      </div>
    </div>
  );
}
