import { useMutation } from "@tanstack/react-query";
import { useRef, useState } from "react";
import { toast } from "@/components";
import { api, channel, type ImportInput, type ImportStep, isCancelled } from "@/lib/api";
import { useTask } from "@/lib/task";
import { told } from "./words";

/** What the source holds, and how far the counting is. */
export function useImportPreview() {
  const task = useTask();
  const [step, setStep] = useState<ImportStep | null>(null);
  const mutation = useMutation({
    mutationFn: (input: ImportInput) => {
      setStep(null);
      return task.run("preview-import", (id) => api.previewImport(input, id, channel<ImportStep>(setStep)));
    },
  });
  return { ...mutation, step, cancel: task.cancel };
}

/** The import itself; it goes on when the dialog closes, and then says by itself how it ended. */
export function useImport(watched: boolean) {
  const task = useTask();
  const isWatched = useRef(watched);
  isWatched.current = watched;
  const [step, setStep] = useState<ImportStep | null>(null);
  const mutation = useMutation({
    mutationFn: (input: ImportInput) => {
      setStep(null);
      return task.run("import", (id) => api.runImport(input, id, channel<ImportStep>(setStep)));
    },
    onSuccess: (report) => {
      if (!isWatched.current) toast.ok({ title: "The import has ended", detail: told(report.runs) });
    },
    onError: (error) => {
      if (!isWatched.current && !isCancelled(error)) toast.error("The import has ended", error);
    },
  });
  return { ...mutation, step, cancel: task.cancel };
}
