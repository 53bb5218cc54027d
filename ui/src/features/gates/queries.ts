import { keepPreviousData, queryOptions, useMutation, useQuery, useQueryClient } from "@tanstack/react-query";
import { useState } from "react";
import { toast } from "@/components/Toast";
import { api, channel, type DeployStep, type GateCheck, type ReportFormat } from "@/lib/api";
import { keys } from "@/lib/cache";
import { useTask } from "@/lib/task";
import type { InspectSource } from "@/lib/view";

export const gateReportsQuery = (name: string, version: number) =>
  queryOptions({
    queryKey: keys.gateReports(name, version),
    queryFn: () => api.listGateReports({ name, version }),
  });

export const gateFileQuery = (name: string) =>
  queryOptions({ queryKey: keys.gateFile(name), queryFn: () => api.getGateFile(name) });

const STEPS = ["fetch", "verify", "load", "smoke", "warm"];

/** A run of the gates with its lines as they arrive. */
function useRun<Input, Answer>(
  run: (input: Input, taskId: string, heard: (step: DeployStep) => void) => Promise<Answer>,
) {
  const client = useQueryClient();
  const task = useTask();
  const [step, setStep] = useState<DeployStep | null>(null);
  const [checks, setChecks] = useState<GateCheck[]>([]);
  const hear = (next: DeployStep) => {
    setStep(next);
    const { check } = next;
    if (check) setChecks((before) => [...before.filter((each) => each.id !== check.id), check]);
  };
  const mutation = useMutation({
    mutationFn: (input: Input) => {
      setStep(null);
      setChecks([]);
      return task.run("gates", (taskId) => run(input, taskId, hear));
    },
    onSettled: () => client.invalidateQueries({ queryKey: ["models"] }),
  });
  const done = step ? STEPS.indexOf(step.step) + (step.state === "running" ? 0 : 1) : 0;
  return { ...mutation, step, checks, fraction: step ? done / STEPS.length : null, cancel: task.cancel };
}

/** Of a registered version; the evidence is kept with it. */
export const useVersionGates = () =>
  useRun((input: { name: string; version: number }, taskId, heard) =>
    api.checkGates(input, taskId, channel<DeployStep>(heard)),
  );

/** Of a file, against a gate file on disk or the usual limits. */
export const useFileGates = (source: InspectSource) =>
  useRun((gateFile: string | null, taskId, heard) =>
    api.checkFileGates(source, gateFile, taskId, channel<DeployStep>(heard)),
  );

/** A report of kept evidence, or of evidence that only this window has. */
export type Saved = { reportId: string } | { evidence: string };

export function useSaveReport() {
  return useMutation({
    mutationFn: ({ of, format }: { of: Saved; format: ReportFormat }) =>
      "reportId" in of ? api.saveGateReport(of.reportId, format) : api.saveFileGateReport(of.evidence, format),
    onSuccess: (path) => {
      if (path) toast.ok({ title: "Report saved", detail: path });
    },
    onError: (error) => toast.error("The report was not saved", error),
  });
}

/** What a text would ask, or what is wrong with it; the answer before stays until the next one is there. */
export const useReadGateFile = (text: string) =>
  useQuery({
    queryKey: ["workspace", "never", "gate file text", text],
    queryFn: () => api.readGateFile(text),
    placeholderData: keepPreviousData,
    gcTime: 10_000,
  });

export function useGateFileEdits(name: string) {
  const client = useQueryClient();
  const settle = () => client.invalidateQueries({ queryKey: ["models"] });
  return {
    save: useMutation({
      mutationFn: (input: { text: string; note: string; base: number | null }) => api.saveGateFile({ name, ...input }),
      onSuccess: settle,
    }),
    restore: useMutation({
      mutationFn: (revision: number) => api.restoreGateFile({ name, revision }),
      onSuccess: settle,
    }),
  };
}
