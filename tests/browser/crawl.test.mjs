// Every page that can be reached from the home page, as a visitor, a worker, a manager and an administrator: accessible, within the
// screen from 320 pixels up, valid HTML.

import assert from "node:assert/strict";
import { execFile } from "node:child_process";
import { existsSync } from "node:fs";
import { mkdir, readdir, rm, writeFile } from "node:fs/promises";
import { join } from "node:path";
import { after, before, test } from "node:test";
import { fileURLToPath } from "node:url";
import { promisify } from "node:util";
import { launch, open, signIn } from "./support/browser.mjs";
import { overflow, skeleton, violations } from "./support/checks.mjs";
import { roles, root, startDemo } from "./support/demo.mjs";

const output = fileURLToPath(new URL("./output/html", import.meta.url));
// Pages of the same kind (`/actions/{id}/{slug}`) that are visited, and pages in all, for each role.
const alike = 3;
const most = 300;

let demo, browser;
const checked = new Set();

before(async () => {
  await rm(output, { recursive: true, force: true });
  await mkdir(output, { recursive: true });
  [demo, browser] = await Promise.all([startDemo(), launch()]);
});

after(async () => {
  await browser?.close();
  await demo?.stop();
});

// `/actions/01J…/gerer-son-budget?page=2` is of the kind `/actions/*/*?page`.
function kind(url) {
  const path = url.pathname
    .split("/")
    .map((part) => (/^[0-9A-Z]{26}$|^\d+$|^[A-Z]{2,}|-.*-|_/.test(part) ? "*" : part))
    .join("/");
  return `${path}?${[...url.searchParams.keys()].sort().filter((key, place, keys) => key !== keys[place - 1]).join("&")}`;
}

// A mail as its recipient sees it: no page of ours, it has neither landmarks nor the HTML of today.
const isMail = (url) => /^\/admin\/(modeles|courrier)\/[^/]+\/html$/.test(url.pathname);

async function links(page) {
  return page.evaluate(() => [...document.querySelectorAll("a[href]")].map((link) => link.href));
}

async function check(page, role, url) {
  const complaints = [];
  const say = (what, found) => complaints.push(...found.map((text) => `${role} ${url.pathname}${url.search}: ${what}: ${text}`));
  await page.setViewportSize({ width: 320, height: 800 });
  say("320 px", await overflow(page));
  const shape = await skeleton(page);
  if (!checked.has(shape)) {
    checked.add(shape);
    const practices = !isMail(url);
    await page.setViewportSize({ width: 1280, height: 900 });
    say("axe, 1280 px", await violations(page, { practices }));
    await page.emulateMedia({ colorScheme: "dark" });
    await page.setViewportSize({ width: 360, height: 800 });
    say("axe, 360 px, dark", await violations(page, { practices }));
    await page.emulateMedia({ colorScheme: "light" });
  }
  return complaints;
}

for (const role of Object.keys(roles)) {
  test(`pages reached as ${role}`, { timeout: 1_200_000 }, async () => {
    const context = await open(browser, demo.url);
    const page = await context.newPage();
    const errors = [];
    page.on("pageerror", (error) => errors.push(`${page.url()}: ${error.message}`));
    // A page that is not found is told of as a link, once.
    const told = (message) => message.type() === "error" && message.location().url !== page.url();
    page.on("console", (message) => told(message) && errors.push(`${page.url()}: ${message.text()}: ${message.location().url}`));
    if (roles[role]) await signIn(page, role);
    const waiting = [new URL("/", demo.url)];
    const seen = new Set(["/"]);
    const visited = new Map();
    const complaints = [];
    let count = 0;
    while (waiting.length > 0 && count < most) {
      const url = waiting.shift();
      const answer = await context.request.get(url.href);
      const type = answer.headers()["content-type"] ?? "";
      if (answer.status() !== 200) complaints.push(`${role} ${url.pathname}${url.search}: a link leads to ${answer.status()}`);
      if (!type.startsWith("text/html")) continue;
      count += 1;
      if (!isMail(url)) await writeFile(join(output, `${role}-${String(count).padStart(3, "0")}.html`), `${await answer.text()}<!-- ${url.pathname}${url.search} -->\n`);
      await page.goto(url.href, { waitUntil: "load" });
      complaints.push(...(await check(page, role, url)));
      // What a mail's example leads to does not exist.
      for (const href of isMail(url) ? [] : await links(page)) {
        const next = new URL(href);
        next.hash = "";
        const name = next.pathname + next.search;
        if (next.origin !== demo.url || seen.has(name)) continue;
        seen.add(name);
        const times = visited.get(kind(next)) ?? 0;
        visited.set(kind(next), times + 1);
        if (times < alike) waiting.push(next);
      }
    }
    await context.close();
    console.log(`${role}: ${count} pages of ${visited.size} kinds${waiting.length ? `, ${waiting.length} left` : ""}`);
    const all = [...complaints, ...errors];
    assert.ok(all.length === 0, `\n${all.join("\n")}\n`);
    assert.ok(count > 5, `only ${count} pages are reached`);
  });
}

// One virtual machine for all: what the crawl saw, and every template with its samples when the suite has rendered them.
test("pages are valid HTML", { timeout: 600_000 }, async () => {
  const folders = [output, join(root, "target/pages")].filter((folder) => existsSync(folder));
  assert.ok((await readdir(output)).length > 0);
  const jar = fileURLToPath(new URL("./node_modules/vnu-jar/build/dist/vnu.jar", import.meta.url));
  const run = promisify(execFile)("java", ["-Xss2m", "-jar", jar, "--errors-only", "--skip-non-html", "--format", "gnu", ...folders], { maxBuffer: 64 << 20 });
  const said = await run.then(() => "", (error) => error.stderr || error.message);
  assert.equal(said.split("\n").slice(0, 60).join("\n"), "");
});
