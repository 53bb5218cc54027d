import { useEffect } from "react";
import { ConfirmDialog, toast } from "@/components";
import { api, onCloseAsked } from "@/lib/api";
import { closeAsked } from "@/lib/desk";
import { useSignal } from "@/lib/signal";
import { Endings, endings } from "./endings";

/** The window was asked to close while something runs: what that ends, and whether it shall. */
export function CloseDialog() {
  const activity = useSignal(closeAsked);
  useEffect(() => onCloseAsked(closeAsked.set), []);
  if (!activity) return null;
  const stay = () => {
    closeAsked.set(null);
    api.answerClose(false).catch((error) => toast.error("The window could not be told to stay", error));
  };
  return (
    <ConfirmDialog
      title="Close Drydock?"
      verb="Close Drydock"
      safe="Everything logged so far is kept."
      data-testid="close-dialog"
      onConfirm={() => api.answerClose(true)}
      onClose={stay}
    >
      <div data-testid="close-endings">
        <p className="font-medium">Closing ends what runs here:</p>
        <Endings lines={endings(activity)} />
      </div>
    </ConfirmDialog>
  );
}
