import { useState } from "react";
import { ConfirmDialog } from "@/components";
import { plural } from "@/lib/format";
import { trashRuns } from "./actions";
import { ReachField } from "./ReachField";
import { type BulkTarget, countOf, firstReach, scopeOf } from "./scope";

export function TrashDialog({ target, onClose }: { target: BulkTarget; onClose: () => void }) {
  const [reach, setReach] = useState(firstReach(target));
  const count = countOf(target, reach);
  return (
    <ConfirmDialog
      title="Move runs to the trash"
      verb={`Move ${plural(count, "run")}`}
      danger
      safe="Nothing is deleted; the trash restores."
      ready={count > 0}
      data-testid="bulk-trash"
      onClose={onClose}
      onConfirm={() => trashRuns(scopeOf(target, reach))}
    >
      <ReachField target={target} value={reach} onChange={setReach} />
      <p className="text-fg-2">
        The runs leave lists, searches and charts. Metrics, files and registered versions stay as they are.
      </p>
    </ConfirmDialog>
  );
}
