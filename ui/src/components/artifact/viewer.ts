import type { ArtifactAbout, ArtifactRef } from "@/lib/api";

/** What every view of a file is given. */
export type ViewerProps = {
  file: ArtifactRef;
  about: ArtifactAbout;
  /** The file turned out not to be what its name says: there is nothing but its source. */
  onSourceOnly: () => void;
};
