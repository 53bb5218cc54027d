import type { ReactNode } from "react";
import { Card } from "../Card";

type Props = {
  title: string;
  sub?: ReactNode;
  /** Right end of the head: small buttons. */
  actions?: ReactNode;
  children: ReactNode;
  "data-testid"?: string;
};

/** The frame of a chart: a 28 px head, the plot, no legend inside. */
export function ChartCard({ title, sub, actions, children, "data-testid": testId }: Props) {
  return (
    <Card className="flex min-h-0 min-w-0 flex-col" data-testid={testId} aria-label={title}>
      <header className="flex h-7 flex-none items-center gap-2 pr-1.5 pl-2.5">
        <h4 className="min-w-0 truncate font-semibold" title={title}>
          {title}
        </h4>
        {sub && <span className="flex-none text-fg-3 text-label">{sub}</span>}
        <span className="ml-auto flex flex-none items-center">{actions}</span>
      </header>
      {children}
    </Card>
  );
}
