import type { WorkspaceKind } from "@/lib/api";

export const KIND_WORD: Record<WorkspaceKind, string> = { local: "Local", demo: "Demo", team: "Team" };
