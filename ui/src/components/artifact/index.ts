export { ArtifactSheet } from "./ArtifactSheet";
export { ArtifactViewer } from "./ArtifactViewer";
