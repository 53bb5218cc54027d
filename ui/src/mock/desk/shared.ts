import type { Fingerprint } from "@/bindings";

/** A stable 64-digit hexadecimal text that looks like a digest; it is not one. */
export function hash(text: string): string {
  let out = "";
  for (let round = 0; out.length < 64; round += 1) {
    let state = 2166136261 ^ (round * 374761393);
    for (const letter of text) state = Math.imul(state ^ letter.charCodeAt(0), 16777619);
    out += (state >>> 0).toString(16).padStart(8, "0");
  }
  return out.slice(0, 64);
}

/** Repeatable noise in [0, 1). */
export function noise(seed: number): () => number {
  let state = seed >>> 0;
  return () => {
    state = (Math.imul(state, 1664525) + 1013904223) >>> 0;
    return state / 4294967296;
  };
}

export const FINGERPRINT: Fingerprint = {
  cpu: "Mock CPU 16-Core",
  cores: 16,
  memoryBytes: 34_359_738_368,
  os: "Linux 6.8",
  governor: "performance",
  affinity: "0-15",
  driver: null,
  runtimeVersion: "1.30.0",
  digest: "3d2dbb41",
};
