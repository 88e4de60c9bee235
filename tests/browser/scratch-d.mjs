import { launch, open, signIn } from "./support/browser.mjs";
const url = "http://127.0.0.1:18779";
const browser = await launch();
const out = "/tmp/d/shots";
import { mkdirSync } from "node:fs";
mkdirSync(out, { recursive: true });
const pages = JSON.parse(process.argv[2]);
for (const width of [1280, 360]) {
  const contexts = {};
  for (const [who, name, path] of pages) {
    if (!contexts[who]) { contexts[who] = await open(browser, url, { width, height: 900 }); const p = await contexts[who].newPage(); await signIn(p, who); contexts[who].p = p; }
    const p = contexts[who].p;
    await p.goto(path);
    await p.screenshot({ path: `${out}/${name}-${width}.png`, fullPage: true });
    console.log(width, name, p.url(), await p.evaluate(() => document.documentElement.scrollWidth));
  }
}
await browser.close();
