// A private PostgreSQL and a private MinIO for one test: on free ports, gone with it.
import { execFileSync, spawn } from "node:child_process";
import { chownSync, existsSync, mkdirSync, openSync, readdirSync, readFileSync, rmSync } from "node:fs";
import { homedir } from "node:os";
import { delimiter, join } from "node:path";
import { eventually, freePort, scratch, sleep } from "./harness.js";

function onPath(name) {
  const folders = (process.env.PATH ?? "").split(delimiter);
  return folders.map((folder) => join(folder, name)).find((file) => existsSync(file));
}

/** Debian keeps server programs off the PATH. */
function postgresFolder() {
  const debian = "/usr/lib/postgresql";
  const versions = existsSync(debian) ? readdirSync(debian).sort((a, b) => Number(b) - Number(a)) : [];
  const found = versions.map((version) => join(debian, version, "bin")).find((bin) => existsSync(join(bin, "initdb")));
  return found ?? join(onPath("initdb") ?? "", "..");
}

/** PostgreSQL refuses to run as root, so root runs it as somebody else. */
function somebody() {
  if (process.getuid?.() !== 0) return {};
  for (const name of ["postgres", "nobody"]) {
    const line = readFileSync("/etc/passwd", "utf8")
      .split("\n")
      .find((each) => each.startsWith(`${name}:`));
    if (line) return { uid: Number(line.split(":")[2]), gid: Number(line.split(":")[3]) };
  }
  return {};
}

export async function startPostgres() {
  const bin = postgresFolder();
  const user = somebody();
  const folder = scratch("postgres");
  if (user.uid !== undefined) chownSync(folder, user.uid, user.gid);
  const data = join(folder, "data");
  const options = { ...user, cwd: "/", stdio: ["ignore", "ignore", "pipe"] };
  const initdb = ["--auth=trust", "--username=drydock", "--encoding=UTF8", "--no-locale", "--no-sync", "-D", data];
  execFileSync(join(bin, "initdb"), initdb, options);
  const port = await freePort();
  let server;
  const sql = (text) =>
    execFileSync(join(bin, "psql"), ["-qXAt", "-h", "127.0.0.1", "-p", port, "-U", "drydock", "-d", "postgres", "-c", text], {
      cwd: "/",
      encoding: "utf8",
    }).trim();
  const start = async () => {
    const log = openSync(join(folder, "log"), "a", 0o666);
    server = spawn(join(bin, "postgres"), ["-D", data, "-p", String(port), "-h", "127.0.0.1", "-k", folder], {
      ...user,
      cwd: "/",
      stdio: ["ignore", log, log],
    });
    await eventually("PostgreSQL", () => {
      try {
        execFileSync(join(bin, "pg_isready"), ["-q", "-h", "127.0.0.1", "-p", String(port)], { cwd: "/" });
        return true;
      } catch {
        return false;
      }
    }, 60_000);
  };
  /** `SIGINT` is PostgreSQL's "fast" stop: connections are ended, nothing is lost. */
  const stop = async () => {
    if (!server) return;
    const ended = new Promise((done) => server.once("exit", done));
    server.kill("SIGINT");
    await ended;
    server = undefined;
  };
  const remove = async () => {
    await stop();
    rmSync(folder, { recursive: true, force: true });
  };
  await start();
  return { port, url: `postgres://drydock@127.0.0.1:${port}/postgres`, sql, start, stop, remove };
}

/** The MinIO that xtask has built, or one on the PATH; `undefined` where there is none. */
export function minioProgram() {
  const cache = process.env.XDG_CACHE_HOME ?? join(homedir(), ".cache");
  return [process.env.DRYDOCK_MINIO, onPath("minio"), join(cache, "drydock/tools/minio")].find(
    (file) => file && existsSync(file),
  );
}

export async function startMinio(bucket) {
  const folder = scratch("minio");
  // In MinIO's folder, a folder is a bucket.
  mkdirSync(join(folder, "data", bucket), { recursive: true });
  const port = await freePort();
  const keys = { accessKey: "drydock-test", secretKey: "drydock-test-secret" };
  const log = openSync(join(folder, "log"), "a");
  const env = { ...process.env, HOME: folder, MINIO_ROOT_USER: keys.accessKey, MINIO_ROOT_PASSWORD: keys.secretKey };
  const args = ["server", join(folder, "data"), "--address", `127.0.0.1:${port}`, "--quiet"];
  const server = spawn(minioProgram(), args, { env, stdio: ["ignore", log, log] });
  const endpoint = `http://127.0.0.1:${port}`;
  await eventually("MinIO", async () => {
    try {
      return (await fetch(`${endpoint}/minio/health/live`)).ok;
    } catch {
      return false;
    }
  }, 60_000);
  const remove = async () => {
    server.kill("SIGKILL");
    await sleep(100);
    rmSync(folder, { recursive: true, force: true });
  };
  return { ...keys, endpoint, bucket, remove };
}
