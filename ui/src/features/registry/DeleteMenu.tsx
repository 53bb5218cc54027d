import { Ellipsis, Trash2 } from "lucide-react";
import { useState } from "react";
import { ConfirmDialog, IconButton, Menu, toast } from "@/components";
import { api } from "@/lib/api";
import { plural } from "@/lib/format";

type Props = { name: string; versionCount: number; version: number | null };

/** Deleting in the registry is final, so the name is typed. What serves must be stopped before; the shell refuses else. */
export function DeleteMenu({ name, versionCount, version }: Props) {
  const [asked, setAsked] = useState<"model" | "version" | null>(null);
  const close = () => setAsked(null);
  return (
    <>
      <Menu
        align="end"
        trigger={<IconButton icon={Ellipsis} label="Model menu" data-testid="model-menu" />}
        entries={[
          ...(version === null
            ? []
            : [
                {
                  label: `Delete v${version}…`,
                  icon: Trash2,
                  danger: true,
                  testId: "delete-version",
                  onSelect: () => setAsked("version"),
                },
              ]),
          {
            label: "Delete model…",
            icon: Trash2,
            danger: true,
            testId: "delete-model",
            onSelect: () => setAsked("model"),
          },
        ]}
      />
      {asked === "version" && version !== null && (
        <ConfirmDialog
          title={`Delete v${version} of ${name}`}
          verb={`Delete v${version}`}
          typed={`v${version}`}
          danger
          safe="This cannot be undone."
          data-testid="delete-version-dialog"
          onClose={close}
          onConfirm={async () => {
            await api.deleteVersion({ name, version });
            toast.ok({ title: `v${version} of ${name} deleted` });
          }}
        >
          <p className="text-fg-2">
            The version, its tags and its aliases go. Its run and files stay, its number is never given again, and the
            history still tells when it stood in which stage.
          </p>
        </ConfirmDialog>
      )}
      {asked === "model" && (
        <ConfirmDialog
          title={`Delete ${name}`}
          verb="Delete model"
          typed={name}
          danger
          safe="This cannot be undone."
          data-testid="delete-model-dialog"
          onClose={close}
          onConfirm={async () => {
            await api.deleteModel(name);
            toast.ok({ title: `${name} deleted` });
          }}
        >
          <p className="text-fg-2">
            The model goes with {plural(versionCount, "version")}, tags, aliases and stages. Runs and files stay.
          </p>
        </ConfirmDialog>
      )}
    </>
  );
}
