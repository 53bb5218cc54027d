import type { LucideIcon } from "lucide-react";
import type { ButtonHTMLAttributes, Ref } from "react";
import { cx } from "@/lib/cx";
import { Tooltip } from "./Tooltip";

type Props = Omit<ButtonHTMLAttributes<HTMLButtonElement>, "className" | "aria-label"> & {
  icon: LucideIcon;
  /** The accessible name and the tooltip. */
  label: string;
  kbd?: string;
  size?: 20 | 24 | 32;
  iconSize?: number;
  pressed?: boolean;
  className?: string;
  ref?: Ref<HTMLButtonElement>;
};

/** A command with an icon alone; its word is the tooltip and the accessible name. */
export function IconButton({ icon: Icon, label, kbd, size = 24, iconSize = 14, pressed, className, ...rest }: Props) {
  return (
    <Tooltip text={label} kbd={kbd}>
      <button
        type="button"
        aria-label={label}
        aria-pressed={pressed}
        className={cx(
          "inline-flex flex-none items-center justify-center rounded text-fg-2 enabled:hover:bg-hover enabled:hover:text-fg disabled:opacity-50",
          size === 20 ? "size-5" : size === 24 ? "size-6" : "size-8",
          pressed && "bg-hover text-fg",
          className,
        )}
        {...rest}
      >
        <Icon size={iconSize} aria-hidden />
      </button>
    </Tooltip>
  );
}
