import type { InspectSource } from "@/lib/view";

export type { InspectSource };

export const sourceKey = (source: InspectSource): string => JSON.stringify(source);
