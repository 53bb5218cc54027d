import { persistent } from "@/lib/persist";

/** Whether the left panel shows its lists, or only icons. */
export const panelOpen = persistent("panel.open", true);
