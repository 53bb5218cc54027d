// Mock answers of registry, deployment, serving, monitoring, inspection and benchmark. They keep state, so a promotion
// or a deployment in the mock shows its consequence on every page.
import { deploymentHandlers } from "./deployment";
import { diffHandlers } from "./diff";
import { gateHandlers } from "./gates";
import { labHandlers } from "./lab";
import { profileHandlers } from "./profile";
import { registryHandlers } from "./registry";
import { treesHandlers } from "./trees";

export const deskHandlers = {
  ...registryHandlers,
  ...deploymentHandlers,
  ...labHandlers,
  ...diffHandlers,
  ...treesHandlers,
  ...profileHandlers,
  ...gateHandlers,
};
