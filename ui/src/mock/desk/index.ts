// Mock answers of registry, deployment, serving, monitoring, inspection and benchmark. They keep state, so a promotion
// or a deployment in the mock shows its consequence on every page.
import { costHandlers } from "./cost";
import { deploymentHandlers } from "./deployment";
import { diffHandlers } from "./diff";
import { gateHandlers } from "./gates";
import { labHandlers } from "./lab";
import { profileHandlers } from "./profile";
import { proveHandlers } from "./prove";
import { registryHandlers } from "./registry";
import { runHandlers } from "./run";
import { treesHandlers } from "./trees";
import { workerHandlers } from "./worker";

export const deskHandlers = {
  ...costHandlers,
  ...deploymentHandlers,
  ...labHandlers,
  ...diffHandlers,
  ...profileHandlers,
  ...gateHandlers,
  ...registryHandlers,
  ...treesHandlers,
  ...proveHandlers,
  ...workerHandlers,
  ...runHandlers,
};
