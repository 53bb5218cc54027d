// The only door to the shell: nothing outside lib/ imports the bindings or @tauri-apps.
import { Channel } from "@tauri-apps/api/core";
import { getCurrentWebview } from "@tauri-apps/api/webview";
import { type Activity, type ChangeTag, type Connection, commands, events, type MenuCommand } from "../bindings";
import { toDrydockError } from "./errors";

export type * from "../bindings";
export { DrydockError, errorDetails, isCancelled, toDrydockError } from "./errors";
export type { Channel };

type Commands = typeof commands;

/** Every command of the shell, by its contract name. Each rejects with a DrydockError, never with anything else. */
export const api: Commands = Object.fromEntries(
  Object.entries(commands).map(([name, run]) => [
    name,
    async (...args: unknown[]) => {
      try {
        return await (run as (...args: unknown[]) => Promise<unknown>)(...args);
      } catch (cause) {
        throw toDrydockError(cause, name);
      }
    },
  ]),
) as unknown as Commands;

/** A stream from a running command: `api.checkGates(input, channel(step => ...))`. */
export function channel<T>(onMessage: (message: T) => void): Channel<T> {
  const stream = new Channel<T>();
  stream.onmessage = onMessage;
  return stream;
}

/** Subscribes now, unsubscribes synchronously even while the subscription is still being made. */
function subscription(start: () => Promise<() => void>): () => void {
  let stopped = false;
  let stop: (() => void) | undefined;
  start().then(
    (unlisten) => {
      if (stopped) unlisten();
      else stop = unlisten;
    },
    (cause) => console.error("could not subscribe", cause),
  );
  return () => {
    stopped = true;
    stop?.();
  };
}

export function onChanged(callback: (tags: ChangeTag[]) => void): () => void {
  return subscription(() => events.changed.listen((event) => callback(event.payload.tags)));
}

export function onConnectionChanged(callback: (connection: Connection) => void): () => void {
  return subscription(() => events.connectionChanged.listen((event) => callback(event.payload.connection)));
}

export function onCloseAsked(callback: (activity: Activity) => void): () => void {
  return subscription(() => events.closeAsked.listen((event) => callback(event.payload.activity)));
}

export function onOpenModelFile(callback: (path: string) => void): () => void {
  return subscription(() => events.openModelFile.listen((event) => callback(event.payload.path)));
}

export function onMenuCommand(callback: (command: MenuCommand["command"]) => void): () => void {
  return subscription(() => events.menuCommand.listen((event) => callback(event.payload.command)));
}

export type FileDrag = { phase: "over"; paths: string[] } | { phase: "leave" } | { phase: "drop"; paths: string[] };

/** Files dragged from the desktop. Native file drop excludes HTML5 drag and drop, so this is the only way in. */
export function onFileDrag(callback: (drag: FileDrag) => void): () => void {
  let entered: string[] = [];
  return subscription(() =>
    getCurrentWebview().onDragDropEvent(({ payload }) => {
      if (payload.type === "enter") entered = payload.paths;
      if (payload.type === "enter" || payload.type === "over") callback({ phase: "over", paths: entered });
      else if (payload.type === "drop") callback({ phase: "drop", paths: payload.paths });
      else callback({ phase: "leave" });
    }),
  );
}
