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

// What a program says, and that it answers; it is stopped with the suite, however that ends.
async function started(options, port) {
  const url = `http://127.0.0.1:${port}`;
  const child = spawn(program, options, { stdio: ["ignore", "ignore", "pipe"], env: { PATH: process.env.PATH } });
  let said = "";
  child.stderr.on("data", (text) => (said = (said + text).slice(-4000)));
  const ended = once(child, "exit");
  const stop = async () => {
    child.kill("SIGTERM");
    await ended;
  };
  // A suite that is interrupted leaves no server behind.
  process.once("exit", () => child.kill("SIGKILL"));
  for (let tries = 0; tries < 600; tries++) {
    if (child.exitCode !== null) throw new Error(`the demonstration ended: ${said}`);
    const answer = await fetch(`${url}/readyz`).catch(() => null);
    if (answer?.ok) return { url, stop, log: () => said };
    await new Promise((resolve) => setTimeout(resolve, 100));
  }
  await stop();
  throw new Error(`the demonstration does not start: ${said}`);
}

// The day is always the same, and so are the identifiers: what one run shows, the next shows too. `wakeUp` lets it go on on another day,
// whose jobs are done at once.
export async function startDemo({ today = "2026-03-03" } = {}) {
  const folder = await mkdtemp(join(tmpdir(), "traitdunion-browser."));
  const port = await freePort();
  const on = (day) => started(["demo", "--listen", `127.0.0.1:${port}`, "--data", join(folder, "data"), "--today", day], port);
  let running = await on(today);
  const stop = async () => {
    await running.stop();
    await rm(folder, { recursive: true, force: true });
  };
  const wakeUp = async (day) => {
    await running.stop();
    running = await on(day);
  };
  return { url: running.url, data: join(folder, "data"), stop, wakeUp, log: () => running.log() };
}
