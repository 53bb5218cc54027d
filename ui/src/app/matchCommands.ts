import type { Command } from "./commands";

/** All letters in order; earlier and closer is better; null when they do not all occur. */
export function score(text: string, search: string): number | null {
  const hay = text.toLowerCase();
  const whole = hay.indexOf(search);
  if (whole >= 0) return whole === 0 ? 0 : 1 + whole / 100;
  let at = -1;
  let gaps = 0;
  for (const letter of search) {
    const next = hay.indexOf(letter, at + 1);
    if (next < 0) return null;
    gaps += next - at - 1;
    at = next;
  }
  return 10 + gaps;
}

/** Best first, but a group stays together: it stands where its best command stands. */
export function matchCommands(commands: readonly Command[], search: string): Command[] {
  const wanted = search.trim().toLowerCase();
  if (!wanted) return [...commands];
  const scored = commands.flatMap((command) => {
    const points = score(command.label, wanted) ?? score(`${command.group} ${command.label}`, wanted);
    return points === null ? [] : { command, points };
  });
  const best = new Map<string, number>();
  for (const { command, points } of scored)
    best.set(command.group, Math.min(best.get(command.group) ?? points, points));
  return scored
    .sort(
      (a, b) =>
        (best.get(a.command.group) ?? 0) - (best.get(b.command.group) ?? 0) ||
        a.command.group.localeCompare(b.command.group) ||
        a.points - b.points,
    )
    .map(({ command }) => command);
}
