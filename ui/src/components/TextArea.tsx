import type { Ref, TextareaHTMLAttributes } from "react";
import { cx } from "@/lib/cx";

type Props = Omit<TextareaHTMLAttributes<HTMLTextAreaElement>, "onChange" | "className"> & {
  value: string;
  onChange: (value: string) => void;
  mono?: boolean;
  className?: string;
  ref?: Ref<HTMLTextAreaElement>;
};

/** Several lines of text. */
export function TextArea({ value, onChange, mono = false, className, ...rest }: Props) {
  return (
    <textarea
      value={value}
      onChange={(event) => onChange(event.target.value)}
      spellCheck={false}
      className={cx(
        "block w-full resize-y rounded border border-outline bg-app px-2 py-1.5 leading-[18px] outline-none placeholder:text-fg-3",
        "focus-visible:border-accent focus-visible:outline-none focus-visible:ring-1 focus-visible:ring-accent",
        mono && "mono",
        className,
      )}
      {...rest}
    />
  );
}
