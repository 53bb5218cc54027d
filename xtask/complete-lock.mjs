// Completes ui/package-lock.json after `npm install` on a registry that lacks other platforms' optional packages.
//
// npm leaves those out of the lock file, and `npm ci` then refuses the file on every machine. Their versions are pinned by
// the packages that want them, so the entries can be written: name, version, and the platform that the name says.
// Usage: node xtask/complete-lock.mjs ui/package-lock.json
import { readFileSync, writeFileSync } from "node:fs";

const file = process.argv[2];
const lock = JSON.parse(readFileSync(file, "utf8"));
const systems = { android: "android", darwin: "darwin", freebsd: "freebsd", linux: "linux", openharmony: "openharmony", win32: "win32", windows: "win32" };
const processors = { arm64: "arm64", x64: "x64", ia32: "ia32", arm: "arm", riscv64: "riscv64", ppc64: "ppc64", s390x: "s390x", wasm32: "wasm32" };

/** `cli-linux-arm64-musl` says linux, arm64, musl. */
function platformOf(name) {
  const words = name.split("/").at(-1).split("-");
  const os = words.map((word) => systems[word]).find(Boolean);
  const cpu = words.map((word) => processors[word]).find(Boolean);
  const libc = os !== "linux" ? undefined : words.includes("musl") ? "musl" : words.includes("gnu") ? "glibc" : undefined;
  return { ...(cpu && { cpu: [cpu] }), ...(os && { os: [os] }), ...(libc && { libc: [libc] }) };
}

const added = [];
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const at = `node_modules/${name}`;
    const platform = platformOf(name);
    if (lock.packages[at] || lock.packages[`${path}/${at}`] || Object.keys(platform).length === 0) continue;
    lock.packages[at] = { version, ...platform, ...(entry.dev && { dev: true }), optional: true };
    added.push(`${name}@${version}`);
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : 1)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
console.log(added.length ? `added ${added.join(", ")}` : "complete already");
