// A demonstration of one's own: started on a free port, stopped with the suite.

import { spawn } from "node:child_process";
import { once } from "node:events";
import { mkdtemp, rm } from "node:fs/promises";
import { createServer } from "node:net";
import { tmpdir } from "node:os";
import { join } from "node:path";
import { fileURLToPath } from "node:url";

export const root = fileURLToPath(new URL("../../../", import.meta.url));
const program = process.env.TRAITDUNION_TEST_PROGRAM || join(root, "target/debug/traitdunion");

export const password = "demonstration-vienne";
export const roles = {
  visitor: null,
  worker: "agent@vienne.example",
  manager: "responsable@vienne.example",
  administrator: "admin@vienne.example",
};

async function freePort() {
  const server = createServer();
  server.listen(0, "127.0.0.1");
  await once(server, "listening");
  const { port } = server.address();
  server.close();
  await once(server, "close");
  return port;
}

// The day is always the same, and so are the identifiers: what one run shows, the next shows too.
// Given a folder, it goes on with what is there, and leaves it behind.
export async function startDemo({ today = "2026-03-03", folder: kept } = {}) {
  const folder = kept ?? (await mkdtemp(join(tmpdir(), "traitdunion-browser.")));
  const port = await freePort();
  const url = `http://127.0.0.1:${port}`;
  const options = ["demo", "--listen", `127.0.0.1:${port}`, "--data", join(folder, "data"), "--today", today];
  const child = spawn(program, options, { stdio: ["ignore", "ignore", "pipe"], env: { PATH: process.env.PATH } });
  let said = "";
  child.stderr.on("data", (text) => (said = (said + text).slice(-4000)));
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
    if (!kept) await rm(folder, { recursive: true, force: true });
  };
  // A suite that is interrupted leaves no server behind.
  process.once("exit", () => child.kill("SIGKILL"));
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`the demonstration ended: ${said}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return { url, stop, data: join(folder, "data"), log: () => said };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`the demonstration does not start: ${said}`);
}
