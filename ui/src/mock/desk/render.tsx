// Test rendering: a component with its providers, answered by the mock shell; single commands can be replaced.
import { QueryClientProvider } from "@tanstack/react-query";
import { render } from "@testing-library/react";
import type { ReactNode } from "react";
import { ToastProvider } from "@/components/Toast";
import { TooltipProvider } from "@/components/Tooltip";
import { createQueryClient } from "@/lib/cache";
import { resetPersistent } from "@/lib/persist";
import { installMock, mockHandlers } from "../index";

// biome-ignore lint/suspicious/noExplicitAny: the wire is untyped
type Overrides = Record<string, (args: any) => unknown>;

export function renderDesk(node: ReactNode, overrides: Overrides = {}, empty = false) {
  resetPersistent();
  installMock({ ...mockHandlers(empty), ...overrides });
  const client = createQueryClient();
  return render(
    <QueryClientProvider client={client}>
      <TooltipProvider>
        <ToastProvider>{node}</ToastProvider>
      </TooltipProvider>
    </QueryClientProvider>,
  );
}
