// Remakes docs/screenshots/*.png from the demonstration: the main pages, at 1280 and 360 pixels.

import { mkdir } from "node:fs/promises";
import { join } from "node:path";
import { launch, open, signIn } from "./support/browser.mjs";
import { root, startDemo } from "./support/demo.mjs";

// Name, who looks, where: a path, or the first link of a page that matches.
const pages = [
  ["accueil", "visitor", "/"],
  ["recherche", "visitor", "/recherche?q=budget"],
  ["actions", "visitor", "/actions"],
  ["action", "visitor", { from: "/recherche?q=budget", click: 'main a[href^="/actions/"]' }],
  ["schema", "visitor", "/schema"],
  ["fiche", "visitor", { from: "/schema", click: 'main a[href*="/fiches/"]' }],
  ["suivre", "visitor", { from: "/recherche?q=budget", click: "a[href^='/abonnements/nouveau']" }],
  ["rencontres", "visitor", "/rencontres"],
  ["mon-espace", "manager", "/mon-espace"],
  ["conventions", "manager", "/conventions"],
  ["annonce", "manager", { from: "/annonces", click: ".results article:nth-of-type(2) a" }],
  ["autres-mds", "worker", "/dans-les-autres-mds"],
  ["abonnements", "worker", "/abonnements"],
  ["presenter", "worker", "/actions/nouvelle"],
  ["administration-comptes", "administrator", "/admin/comptes"],
  ["administration", "administrator", "/admin"],
];

const folder = join(root, "docs/screenshots");
await mkdir(folder, { recursive: true });
const [demo, browser] = await Promise.all([startDemo(), launch()]);
try {
  for (const width of [1280, 360]) {
    for (const role of new Set(pages.map(([, role]) => role))) {
      const context = await open(browser, demo.url, { width, height: width === 360 ? 780 : 900 });
      const page = await context.newPage();
      if (role !== "visitor") await signIn(page, role);
      for (const [name, , where] of pages.filter(([, who]) => who === role)) {
        const { from, click } = typeof where === "string" ? { from: where } : where;
        await page.goto(from);
        if (click) await Promise.all([page.waitForURL((url) => url.pathname !== new URL(from, demo.url).pathname), page.locator(click).first().click()]);
        await page.evaluate(() => document.fonts.ready);
        await page.screenshot({ path: join(folder, `${name}-${width}.png`) });
        console.log(`docs/screenshots/${name}-${width}.png`);
      }
      await context.close();
    }
  }
} finally {
  await browser.close();
  await demo.stop();
}
