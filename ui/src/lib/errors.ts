// One shape for everything that can go wrong behind the wire: a stable kind and a human sentence.
import type { AppError } from "../bindings";

export class DrydockError extends Error implements AppError {
  readonly kind: string;
  readonly field: string | null;
  readonly hint: string | null;
  /** The command that failed, for "Copy details". */
  readonly command: string | null;

  constructor(error: AppError, command: string | null = null) {
    super(error.message);
    this.name = "DrydockError";
    this.kind = error.kind;
    this.field = error.field;
    this.hint = error.hint;
    this.command = command;
  }
}

function isAppError(value: unknown): value is AppError {
  if (typeof value !== "object" || value === null) return false;
  const { kind, message } = value as Record<string, unknown>;
  return typeof kind === "string" && typeof message === "string";
}

/** Framework failures (bad arguments, access rules) arrive as plain strings; ours as objects. */
export function toDrydockError(cause: unknown, command: string | null = null): DrydockError {
  if (cause instanceof DrydockError) return cause;
  if (isAppError(cause)) {
    const { kind, message, field = null, hint = null } = cause;
    return new DrydockError({ kind, message, field, hint }, command);
  }
  const message = cause instanceof Error ? cause.message : typeof cause === "string" ? cause : JSON.stringify(cause);
  return new DrydockError(
    { kind: "internal", message: message || "Unknown failure", field: null, hint: null },
    command,
  );
}

export function isCancelled(cause: unknown): boolean {
  return cause instanceof DrydockError && cause.kind === "cancelled";
}

/** What "Copy details" puts on the clipboard. */
export function errorDetails(error: DrydockError, context?: string): string {
  return [
    context,
    `${error.kind}: ${error.message}`,
    error.field && `field: ${error.field}`,
    error.hint && `hint: ${error.hint}`,
    error.command && `command: ${error.command}`,
    `at: ${new Date().toISOString()}`,
  ]
    .filter(Boolean)
    .join("\n");
}
